"""A mode as one line of text, the same in menus, files and on the command line.

`cpu,threads=2` · `dp=2` · `cuda:0,precision=bf16` · `cpu,pp=4,microbatches=8,schedule=1f1b` · `dp=2,tp=2`

A bare word is the device; `KEY=VALUE` pairs are threads a rank, precision, the degree of a technique whose card carries
that key, or one of that technique's options (`engine/config/cards.py`). `ranks=N` states how many processes there are,
and is checked against the product of the degrees. `ComputeMode.text` writes what `parse_mode` reads.
"""

import re
from functools import lru_cache

from engine.config import limits
from engine.config.cards import techniques
from engine.config.mode import PRECISIONS, ComputeMode, make_mode, options_by_key, owners_of
from engine.config.technique_card import MAXIMUM_RANKS
from engine.config.untrusted import shown
from engine.errors import RequestError

DEVICE_PATTERN = re.compile(r"[a-z][a-z_]*(:\d{1,3})?")
MAXIMUM_CHARACTERS = 200
TEXTS_KEPT = 256
"""So many texts, the latest, are not read a second time: a window asks for the mode in force at every frame."""


def _whole_number(key: str, value: str, minimum: float, maximum: float, text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", value) or not minimum <= int(value) <= maximum:
        raise RequestError(
            "mode {text!r}: {key}={value} must be a whole number from {minimum} to {maximum}.",
            text=text,
            key=key,
            value=value,
            minimum=minimum,
            maximum=maximum,
        )
    return int(value)


def _one_of(key: str, value: str, choices: tuple[str, ...], text: str) -> str:
    if value not in choices:
        raise RequestError(
            "mode {text!r}: {key}={value} is not one of {known}.",
            text=text,
            key=key,
            value=value,
            known=", ".join(choices),
        )
    return value


def _parts(text: str) -> dict[str, str]:
    """KEY=VALUE pairs of a mode's text; a bare word is the device."""
    if len(text) > MAXIMUM_CHARACTERS:
        raise RequestError(
            "mode {text} has {count:,} characters; at most {maximum} are read.",
            text=shown(text),
            count=len(text),
            maximum=MAXIMUM_CHARACTERS,
        )
    found: dict[str, str] = {}
    for raw in text.split(","):
        part = raw.strip()
        if not part:
            raise RequestError(
                "mode {text!r} has an empty part. Write it as in 'cpu,threads=2'; `gearshift modes` lists them all.",
                text=text,
            )
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            key, value = "device", part
        if key == "device" and key in found:
            raise RequestError(
                "mode {text!r} names two devices, {device} and {other}. Name one.",
                text=text,
                device=found[key],
                other=value,
            )
        if key in found:
            raise RequestError("mode {text!r} gives {key} twice.", text=text, key=key)
        found[key] = value
    return found


@lru_cache(TEXTS_KEPT)
def parse_mode(text: str) -> ComputeMode:
    """Read a mode's text.

    Raises:
        RequestError: a part is unknown, given twice, or out of range; the sentence names it and what is allowed.
    """
    cards, option_cards = techniques(), options_by_key()
    device, threads, precision, asked_ranks = "cpu", None, "fp32", None
    degrees: dict[str, int] = {}
    options: dict[str, int | str] = {}
    for key, value in _parts(text).items():
        if key == "device":
            if not DEVICE_PATTERN.fullmatch(value):
                raise RequestError(
                    "mode {text!r}: {value!r} is not a device. Write cpu, cuda:0, mps, xpu:0, ...",
                    text=text,
                    value=value,
                )
            device = value if value in ("cpu", "mps") or ":" in value else f"{value}:0"
        elif key == "threads":
            threads = _whole_number(key, value, *limits.range_of(limits.Threads)[:2], text)
        elif key == "precision":
            precision = _one_of(key, value, PRECISIONS, text)
        elif key == "ranks":
            asked_ranks = _whole_number(key, value, *limits.range_of(limits.Degree)[:2], text)
        elif key in cards and key and key not in option_cards:
            degrees[key] = _whole_number(key, value, 1, cards[key].maximum, text)
        elif key in option_cards:
            card = option_cards[key]
            options[key] = (
                _one_of(key, value, card.choices, text)
                if card.choices
                else _whole_number(key, value, card.minimum, card.largest, text)
            )
        else:
            known = ["device", "threads", "precision", "ranks"]
            known += [key for key in cards if key and key not in option_cards] + list(option_cards)
            raise RequestError(
                "mode {text!r}: {key!r} is unknown. Known are {known}.", text=text, key=key, known=", ".join(known)
            )
    if device != "cpu" and threads is not None:
        raise RequestError(
            "mode {text!r}: threads= counts CPU threads and means nothing on {device}. Leave it out.",
            text=text,
            device=device,
        )
    for key in options:
        owners = owners_of(key)
        if owners and not any(degrees.get(owner, 1) > 1 for owner in owners):
            raise RequestError(
                "mode {text!r}: {key}= belongs to {owners}=N, which is not there. Add it, or leave {key} out.",
                text=text,
                key=key,
                owners="= or ".join(owners),
            )
    mode = make_mode(device, degrees, options, threads, precision)
    _check_ranks(mode, asked_ranks)
    return mode


def rank_sum(mode: ComputeMode) -> str:
    """How the number of ranks comes about: `dp(2) * tp(3) = 6`."""
    return " * ".join(f"{key}({degree})" for key, degree in mode.degrees) + f" = {mode.world_size}"


def _check_ranks(mode: ComputeMode, asked: int | None) -> None:
    if asked is not None and asked != mode.world_size:
        raise RequestError(
            "{sum} ranks, {asked} asked for. Make the product and ranks= agree, or leave ranks= out.",
            sum=rank_sum(mode) if mode.degrees else "single process = 1",
            asked=asked,
        )
    if mode.world_size > MAXIMUM_RANKS:
        raise RequestError("{sum} ranks; at most {maximum} are possible.", sum=rank_sum(mode), maximum=MAXIMUM_RANKS)
