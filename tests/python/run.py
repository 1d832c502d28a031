"""A foreign client, made from proto/, docs/formats/ and pinned roots alone, against real services.

    python tests/python/run.py --seinhuis target/debug/seinhuis [--folder DIR]

Starts a sandbox, acts as Politie and as Veilig Thuis, prints one line per step, exits 0 only if all
held, and ends the processes it started. Must not know: any Rust.
"""

import argparse
import pathlib
import signal
import sys
import tempfile
import time
import traceback

import steps
from ground import check
from partner import Partner
from pseudonyms import self_test
from sandbox import Sandbox

# Up to a minute of it is until the tick of a question.
SECONDS = 150


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seinhuis", required=True, type=pathlib.Path, help="operator's binary")
    parser.add_argument("--folder", type=pathlib.Path, help="where to; must not exist yet")
    arguments = parser.parse_args()
    if not __debug__:
        sys.exit("the formats check by assert; run without -O")
    # Asked to end, it ends what it started as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="seinhuis-python-") as scratch:
        folder = (arguments.folder or pathlib.Path(scratch) / "sandbox").absolute()
        sys.exit(run(arguments.seinhuis.absolute(), folder))


def run(binary, folder):
    """All steps; gives the exit code."""
    began = time.monotonic()
    self_test()
    with Sandbox(binary, folder) as sandbox:
        say("0", f"sandbox in {folder}", began)
        partners = [Partner(name, sandbox.partner(name)) for name in ("politie", "veilig-thuis")]
        try:
            chain = steps.Chain(*partners)
            for number, step in enumerate(steps.ALL, 1):
                at = time.monotonic()
                for line in step(chain):
                    say(number, line, at)
                    at = time.monotonic()
            took = time.monotonic() - began
            check(took < SECONDS, f"the run took {took:.1f} s, more than {SECONDS}")
        except Exception:  # told in whole, with what the services say
            traceback.print_exc()
            print(*sandbox.logs(), sep="\n", file=sys.stderr)
            print("FAILED")
            return 1
        finally:
            for partner in partners:
                partner.close()
    print(f"all held, {time.monotonic() - began:.1f} s")
    return 0


def say(step, line, began):
    """One line per step, with the time since `began`."""
    print(f"{step}  {line}  ({time.monotonic() - began:.2f} s)", flush=True)


if __name__ == "__main__":
    main()
