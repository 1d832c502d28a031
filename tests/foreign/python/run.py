"""Other people's verifiers in Python over published logs of many sizes.

    python tests/foreign/python/run.py FOLDER

FOLDER is what `cargo run -p seinhuis-audit --example published -- FOLDER` wrote. Prints a line per
size and exits 0 only if every verifier takes what we publish and prove, and refuses what was altered.
"""

import importlib.util
import pathlib
import sys

import by_pymerkle
import by_sigstore
from published import all_sizes

LATE = importlib.util.find_spec("aics_tlog")


def main():
    if not __debug__:
        sys.exit("the checks are assertions; run without -O")
    version = ".".join(map(str, sys.version_info[:2]))
    print(f"python {version}: sigstore, pymerkle" + (", aics-tlog" if LATE else
          "; not aics-tlog, which needs Python 3.12"))
    tree, roots = by_pymerkle.Tree(), {}
    for log in all_sizes(pathlib.Path(sys.argv[1])):
        taken, refused, root = by_sigstore.check(log)
        taken += tree.check(log, root)
        if LATE:
            import by_aics
            same, more = by_aics.check(log, roots)
            taken, refused = taken + same, refused + more
        roots[log.size] = root
        print(f"py   {log.size:6} entries: {taken:3} proofs taken, {refused:5} altered refused",
              flush=True)


if __name__ == "__main__":
    main()
