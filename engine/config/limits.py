"""Ranges of values, each written once: in the type of the field that holds it. Checks and widgets read them there."""

import re
from functools import cache
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, inspect

from engine.config.untrusted import shown
from engine.errors import RequestError

BatchSize = Annotated[int, Meta(ge=1, le=1_000_000)]
LearningRate = Annotated[float, Meta(ge=0.0, le=1e6)]
Degree = Annotated[int, Meta(ge=1, le=64)]
"""Ranks of a technique, or of a mode in all."""
Threads = Annotated[int, Meta(ge=1, le=1024)]
Seed = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Steps = Annotated[int, Meta(ge=0, le=2**62)]
StepsPerSecond = Annotated[float, Meta(ge=0.1, le=10_000.0)]
HangLimit = Annotated[float, Meta(ge=0.5, le=86_400.0)]
"""Seconds."""
SlowdownFactor = Annotated[float, Meta(ge=1.0, le=100.0)]
"""How many times as long a phase takes on purpose."""
MessageDelay = Annotated[float, Meta(ge=0.0, le=1.0)]
"""Seconds that a message takes longer on purpose."""


class Range(NamedTuple):
    """Smallest and largest value, and whether only whole numbers count."""

    smallest: float
    largest: float
    is_whole: bool

    @property
    def text(self) -> str:
        """The range in words, such as `1 to 1,000,000` or `0 to 2^62`."""
        return f"{limit_text(self.smallest)} to {limit_text(self.largest)}"


READABLE = 10**12
"""From here on nobody counts the digits of a number."""
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
"""A fraction as much of the world writes it."""


def limit_text(limit: float) -> str:
    """The end of a range as people read it: `1,000,000`, `0.1`; of huge whole numbers `2^62`, `2^63 - 1`."""
    if abs(limit) < READABLE:
        return f"{limit:,.0f}" if limit == int(limit) else f"{limit:g}"
    exponent = (int(limit) + 1).bit_length() - 1
    return {2**exponent: f"2^{exponent}", 2**exponent - 1: f"2^{exponent} - 1"}.get(int(limit), f"{limit:g}")


@cache
def range_of(type_: Any) -> Range:
    """The range that a number's type states."""
    found = inspect.type_info(type_)
    assert isinstance(found, inspect.IntType | inspect.FloatType)
    assert found.ge is not None
    assert found.le is not None
    return Range(found.ge, found.le, isinstance(found, inspect.IntType))


@cache
def ranges_of(struct: type[msgspec.Struct]) -> dict[str, Range]:
    """The ranges of a struct's fields that have one, by name; None beside a number is left out of account."""
    found = {}
    for field in msgspec.structs.fields(struct):
        info = inspect.type_info(field.type)
        parts = info.types if isinstance(info, inspect.UnionType) else (info,)
        for part in parts:
            if isinstance(part, inspect.IntType | inspect.FloatType) and part.ge is not None and part.le is not None:
                found[field.name] = Range(part.ge, part.le, isinstance(part, inspect.IntType))
    return found


def check(name: str, value: object, allowed: Range) -> None:
    """Check that a value is within a range.

    Raises:
        RequestError: it is not, or is no number; the sentence says what is allowed.
    """
    kinds = int if allowed.is_whole else int | float
    if isinstance(value, kinds) and not isinstance(value, bool) and allowed.smallest <= value <= allowed.largest:
        return
    sentence = (
        "{name} = {value} must be a whole number from {range}."
        if allowed.is_whole
        else "{name} = {value} must be a number from {range}."
    )
    if not allowed.is_whole and isinstance(value, str) and DECIMAL_COMMA.fullmatch(value):
        sentence = "{name} = {value} must be a number from {range}, with a decimal point: {pointed}."
        raise RequestError(sentence, name=name, value=shown(value), range=allowed.text, pointed=value.replace(",", "."))
    raise RequestError(sentence, name=name, value=shown(value), range=allowed.text)
