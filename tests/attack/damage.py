"""Accidents that befall the bytes of a file: some of them random, some what parsers are known to stumble over."""

import random
import re

# fmt: off
HUGE = [
    b"9" * 400, b"9" * 5_000, b"-1", b"1e400", b"0x" + b"f" * 5_000, b"18446744073709551616", b"1" + b"0" * 30, b"nan",
    b"inf", b"-0", b"0", b"4294967296", b"1e-400", b"true", b"null", b'""', b"[]", b"{}",
]
PIECES = [
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\n", b'"', b"'", b'"""', b"[" * 2_000, b"{" * 2_000, b'{"a":' * 2_000,
    b"[[" * 500 + b"]]" * 500, b"a." * 2_000, b"=", b"\\u0000", b"\\ud800", b"\xe2\x80\xae", b"\xc2\xb2", b",",
    b":", b"\x7f\xf8\x00\x00\x00\x00\x00\x00", b"\xff" * 8, b"%s{x}{", b"\\" * 999,
]
# fmt: on


def damaged(data: bytes, rng: random.Random, other: bytes) -> bytes:
    """`data` after one to four accidents."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        accident = rng.choice(ACCIDENTS)
        data = accident(data, rng, other)
    return data


def _flip(data: bytes, rng: random.Random, _: bytes) -> bytes:
    changed = bytearray(data or b"\0")
    for _ in range(rng.choice((1, 1, 1, 8))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(data: bytes, rng: random.Random, _: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _drop(data: bytes, rng: random.Random, _: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + data[at + rng.choice((1, 1, 8, 64)) :]


def _double(data: bytes, rng: random.Random, _: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[: at + rng.choice((1, 8, 200))] + data[at:]


def _splice(data: bytes, rng: random.Random, other: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def _insert(data: bytes, rng: random.Random, _: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(PIECES) + data[at + rng.choice((0, 0, 1)) :]


def _number(data: bytes, rng: random.Random, _: bytes) -> bytes:
    found = list(re.finditer(rb"-?\d+(\.\d+)?(e-?\d+)?", data))
    if not found:
        return data
    one = rng.choice(found)
    return data[: one.start()] + rng.choice(HUGE) + data[one.end() :]


def _value(data: bytes, rng: random.Random, _: bytes) -> bytes:
    found = list(re.finditer(rb'"[^"\n]*"|true|false|null', data))
    if not found:
        return data
    one = rng.choice(found)
    return data[: one.start()] + rng.choice(HUGE + [b'"' + piece + b'"' for piece in PIECES]) + data[one.end() :]


def _exchange(data: bytes, rng: random.Random, _: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    rng.shuffle(lines)
    return b"".join(lines)


ACCIDENTS = (_flip, _flip, _cut, _drop, _double, _splice, _insert, _number, _number, _value, _exchange)
