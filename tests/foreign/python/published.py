"""What `published` wrote: a log as it is served at one size, and our proofs. Must not know verifiers."""

import functools
import pathlib


class Published:
    """The log at one size."""

    def __init__(self, folder):
        self.size = int(folder.name)
        self.folder = folder
        self.log = folder / "log"
        self.note = (self.log / "checkpoint").read_text("utf-8")
        self.vkey = (folder.parent / "vkey").read_text("ascii").strip()
        self.inclusion = proofs(folder / "inclusion")
        self.consistency = proofs(folder / "consistency")

    @functools.cached_property
    def entries(self):
        """All entries, from the bundles as they are served."""
        found = []
        while len(found) < self.size:
            found += bundle(self.log / bundle_path(len(found) // 256, self.size))
        return found


def all_sizes(folder):
    """The log at each size, smallest first."""
    sizes = sorted(int(child.name) for child in folder.iterdir() if child.name.isdigit())
    assert len(sizes) == 10, sizes
    return [Published(folder / str(size)) for size in sizes]


def proofs(file):
    """Our proofs by index or older size."""
    lines = [line.split() for line in file.read_text("ascii").splitlines()]
    return {int(place): [bytes.fromhex(one) for one in hashes] for place, *hashes in lines}


def bundle_path(index, size):
    """C2SP tlog-tiles: groups of three digits, all but the last with an x."""
    digits = f"{index:03}"
    digits = digits.zfill((len(digits) + 2) // 3 * 3)
    groups = [digits[at:at + 3] for at in range(0, len(digits), 3)]
    name = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    width = min(size - index * 256, 256)
    return pathlib.Path("tile/entries") / (name if width == 256 else f"{name}.p/{width}")


def bundle(file):
    """The entries of a bundle."""
    data, found = file.read_bytes(), []
    while data:
        end = 2 + int.from_bytes(data[:2], "big")
        found.append(data[2:end])
        data = data[end:]
    return found


def flipped(data, at):
    """The bytes with one bit of another value."""
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1:]


def altered(proof):
    """Each hash with a bit flipped, a hash too many, and one too few."""
    for at, one in enumerate(proof):
        yield proof[:at] + [flipped(one, at)] + proof[at + 1:]
    yield proof + [bytes(32)]
    if proof:
        yield proof[1:]


def refuses(verify, *arguments):
    """Whether a verifier says no, by its word or by an exception."""
    try:
        return verify(*arguments) is False
    except Exception:  # each has its own
        return True
