"""What every module of the client stands on: paths, checks, time, randomness, the formats.

The bytes come from tests/vectors/formats.py: the one Python reading of docs/formats/, which the
vectors are made with. Must not know: services, partners.
"""

import os
import pathlib
import sys
import time

from cryptography.exceptions import InvalidSignature, InvalidTag

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROTO = ROOT / "proto"
ERRORS = ROOT / "docs" / "errors"

sys.path.append(str(HERE.parent / "vectors"))

import formats  # noqa: E402  (found through the path above)

f = formats


class Failed(Exception):
    """Something that must hold does not."""


def check(holds, what):
    """Raises Failed with `what` unless `holds`."""
    if not holds:
        raise Failed(what)


def same(found, expected, what):
    """Raises Failed unless both are equal."""
    if found != expected:
        raise Failed(f"{what}: {found!r}, expected {expected!r}")


# What a verifier raises when it does not take something; anything else is a fault of its own.
NOT_TAKEN = (Failed, AssertionError, ValueError, InvalidSignature, InvalidTag)


def refuses(act, what):
    """`act` must raise: the client's own verifier must not take what was altered."""
    try:
        act()
    except NOT_TAKEN:
        return
    raise Failed(f"{what} was taken")


def now():
    """Seconds since 1970."""
    return int(time.time())


def hour():
    """Hours since 1970."""
    return now() // 3600


def random(length):
    """Random bytes."""
    return os.urandom(length)
