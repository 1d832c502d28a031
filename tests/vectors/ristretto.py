"""ristretto255 (RFC 9496) and expand_message_xmd (RFC 9380), in plain integers.

Slow and not constant in time: for vectors only. Must not know: pseudonyms, keys, domains.
"""

import hashlib

P = 2**255 - 19
# The order of the group.
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_ONE = pow(2, (P - 1) // 4, P)
# RFC 9496 section 4.1: of the two roots this one.
SQRT_AD_MINUS_ONE = 25063068953384623474111414158702152701244531502492656460079210482610430750235
ONE_MINUS_D_SQUARED = (1 - D * D) % P
D_MINUS_ONE_SQUARED = (D - 1) ** 2 % P


def _negative(x):
    return x % P & 1


def _absolute(x):
    return -x % P if _negative(x) else x % P


def _sqrt_ratio(u, v):
    """RFC 9496 section 4.2: whether u/v is a square, and the root of it or of i·u/v."""
    root = u * v**3 * pow(u * v**7, (P - 5) // 8, P) % P
    found = v * root * root % P
    if found in (-u % P, -u * SQRT_MINUS_ONE % P):
        root = root * SQRT_MINUS_ONE % P
    return found in (u % P, -u % P), _absolute(root)


_, INVSQRT_A_MINUS_D = _sqrt_ratio(1, (-1 - D) % P)


def add(a, b):
    """The sum of two points, in extended coordinates."""
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e, h = (y1 + x1) * (y2 + x2), (y1 - x1) * (y2 - x2)
    e, h = e - h, e + h
    f, g = 2 * z1 * z2 - 2 * t1 * t2 * D, 2 * z1 * z2 + 2 * t1 * t2 * D
    return e * f % P, g * h % P, f * g % P, e * h % P


def negate(a):
    """The point that gives the identity with `a`."""
    return -a[0] % P, a[1], a[2], -a[3] % P


def multiply(scalar, point):
    """`scalar` times `point`."""
    result = (0, 1, 1, 0)
    for bit in reversed(range(scalar.bit_length())):
        result = add(result, result)
        if scalar >> bit & 1:
            result = add(result, point)
    return result


def encode(point):
    """The 32 bytes of a point (section 4.3.2)."""
    x, y, z, t = point
    u1, u2 = (z + y) * (z - y) % P, x * y % P
    _, inverse = _sqrt_ratio(1, u1 * u2 * u2 % P)
    d1, d2 = inverse * u1 % P, inverse * u2 % P
    z_inverse = d1 * d2 * t % P
    if _negative(t * z_inverse):
        x, y = y * SQRT_MINUS_ONE % P, x * SQRT_MINUS_ONE % P
        d2 = d1 * INVSQRT_A_MINUS_D % P
    if _negative(x * z_inverse):
        y = -y % P
    return _absolute(d2 * (z - y)).to_bytes(32, "little")


def _map(t):
    """Section 4.3.4, MAP."""
    r = SQRT_MINUS_ONE * t * t % P
    u, v = (r + 1) * ONE_MINUS_D_SQUARED % P, (-1 - r * D) * (r + D) % P
    square, s = _sqrt_ratio(u, v)
    c = -1
    if not square:
        s, c = -_absolute(s * t) % P, r
    n = (c * (r - 1) * D_MINUS_ONE_SQUARED - v) % P
    w0, w1, w2, w3 = 2 * s * v, n * SQRT_AD_MINUS_ONE, 1 - s * s, 1 + s * s
    return w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P


def from_uniform(data):
    """The point of 64 uniform bytes (section 4.3.4)."""
    halves = (int.from_bytes(data[at:at + 32], "little") % 2**255 for at in (0, 32))
    return add(*map(_map, halves))


def expand(message, context):
    """expand_message_xmd of RFC 9380 section 5.3.1 with SHA-512: 64 bytes, so one block."""
    suffix = context + bytes([len(context)])
    first = hashlib.sha512(bytes(128) + message + b"\x00\x40\x00" + suffix).digest()
    return hashlib.sha512(first + b"\x01" + suffix).digest()


def _generator():
    y = 4 * pow(5, -1, P) % P
    _, x = _sqrt_ratio((y * y - 1) % P, (D * y * y + 1) % P)
    return x, y, 1, x * y % P


GENERATOR = _generator()
# RFC 9496 appendix A.1.
assert encode(GENERATOR).hex() == (
    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")
