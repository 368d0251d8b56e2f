"""ComputeMode: how a run is computed, as one line of text that is the same in menus, files and on the command line.

`cpu,threads=2` · `dp=2` · `cuda:0,precision=bf16` · `cpu,pp=4,microbatches=8,schedule=1f1b` · `dp=2,tp=2`

A bare word is the device; `KEY=VALUE` pairs are threads a rank, precision, the degree of a technique whose card carries
that key, or one of that technique's options (`engine/config/cards.py`). `ranks=N` states how many processes there are,
and is checked against the product of the degrees.
"""

import math
import os
import re

import msgspec

from engine.config.cards import OptionCard, techniques
from engine.config.untrusted import shown
from engine.errors import RequestError

PRECISIONS = ("fp64", "fp32", "bf16", "fp16")
DEVICE_PATTERN = re.compile(r"[a-z][a-z_]*(:\d{1,3})?")
MAXIMUM_RANKS = 64
MAXIMUM_CHARACTERS = 200
AUTO = "auto"
"""An option's value that stands for the device's own backend: gloo on CPU, NCCL on CUDA."""


def cores() -> int:
    """Cores this process may use (its affinity mask where the system has one)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ComputeMode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One compute mode. `threads` is per rank; None means cores // ranks, at least one.

    `degrees` are (key, ranks) in the order of the techniques' axes, outermost first; `options` (key, value) as given.
    """

    device: str = "cpu"
    threads: int | None = None
    precision: str = "fp32"
    degrees: tuple[tuple[str, int], ...] = ()
    options: tuple[tuple[str, int | str], ...] = ()

    @property
    def world_size(self) -> int:
        """Number of ranks: the product of the degrees."""
        return math.prod(degree for _, degree in self.degrees)

    @property
    def keys(self) -> tuple[str, ...]:
        """The techniques in force, outermost first; none for the single process."""
        return tuple(key for key, _ in self.degrees)

    def degree(self, key: str) -> int:
        """How many ranks a technique spreads over; 1 where it is not in force."""
        return dict(self.degrees).get(key, 1)

    def option(self, key: str) -> int | str:
        """The value of a technique's option: as given, or its default."""
        given = dict(self.options)
        value = given[key] if key in given else _options()[key].default
        return self.backend if value == AUTO else value

    @property
    def threads_per_rank(self) -> int:
        """Threads each rank computes with, the default worked out."""
        return self.threads or max(1, cores() // self.world_size)

    @property
    def text(self) -> str:
        """The canonical text: `parse_mode(mode.text) == mode`."""
        parts = [self.device]
        parts += [f"{key}={degree}" for key, degree in self.degrees]
        parts += [f"{key}={value}" for key, value in self.options]
        if self.threads is not None:
            parts.append(f"threads={self.threads}")
        if self.precision != "fp32":
            parts.append(f"precision={self.precision}")
        return ",".join(parts)

    @property
    def words(self) -> str:
        """The mode for people: `Data parallel ×2 · CPU · 1 thread each · gloo · fp32`."""
        cards, ranks = techniques(), self.world_size
        parts = [f"{cards[key].title} ×{degree}" for key, degree in self.degrees] or [cards[""].title]
        parts.append(self.device.upper() if ":" not in self.device else self.device)
        if self.device == "cpu":
            count = self.threads_per_rank
            parts.append(f"{count} thread{'s' if count != 1 else ''}" + (" each" if ranks > 1 else ""))
        for key in self.keys:
            for option in cards[key].options:
                value = self.option(option.key)
                parts.append(str(value) if option.choices else f"{value} {option.title.lower()}")
        if ranks > 1 and "dp" not in self.keys and "hogwild" not in self.keys:
            parts.append(self.backend)
        parts.append(self.precision)
        return " · ".join(dict.fromkeys(parts))

    @property
    def backend(self) -> str:
        """The library that carries torch's messages between ranks on this device."""
        return "nccl" if self.device.startswith("cuda") else "gloo"


def make_mode(
    device: str,
    degrees: dict[str, int],
    options: dict[str, int | str],
    threads: int | None = None,
    precision: str = "fp32",
) -> ComputeMode:
    """A mode in canonical form: degrees of 1 and options that no technique in force has are left out.

    Raises:
        RequestError: the techniques do not go together.
    """
    cards = techniques()
    spread = sorted(((k, n) for k, n in degrees.items() if n > 1), key=lambda item: (cards[item[0]].axis, item[0]))
    for index, (one, _) in enumerate(spread):
        for other, _ in spread[index + 1 :]:
            if other not in cards[one].together and one not in cards[other].together:
                raise RequestError(
                    "{one} and {other} cannot be combined. {one} goes with: {known}.",
                    one=one,
                    other=other,
                    known=", ".join(k for k in cards if k and _together(one, k)) or "nothing else",
                )
    known = [option for key, _ in spread for option in cards[key].options]
    plain = ComputeMode(device=device, threads=threads, precision=precision, degrees=tuple(spread))
    kept = tuple((o.key, options[o.key]) for o in known if options.get(o.key, AUTO) not in (AUTO, plain.option(o.key)))
    return msgspec.structs.replace(plain, options=kept)


def _together(one: str, other: str) -> bool:
    cards = techniques()
    return other in cards[one].together or one in cards[other].together


def _options() -> dict[str, OptionCard]:
    return {option.key: option for card in techniques().values() for option in card.options}


def _whole_number(key: str, value: str, minimum: int, maximum: int, text: str) -> int:
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
                "mode {text!r} has an empty part. Write it as in 'cpu,threads=2' or 'cpu,dp=2'; `gearshift modes` "
                "lists what there is.",
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


def parse_mode(text: str) -> ComputeMode:
    """Read a mode's text.

    Raises:
        RequestError: a part is unknown, given twice, or out of range; the sentence names it and what is allowed.
    """
    cards, option_cards = techniques(), _options()
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
            threads = _whole_number(key, value, 1, 1024, text)
        elif key == "precision":
            precision = _one_of(key, value, PRECISIONS, text)
        elif key == "ranks":
            asked_ranks = _whole_number(key, value, 1, MAXIMUM_RANKS, text)
        elif key in cards and key:
            degrees[key] = _whole_number(key, value, 1, cards[key].maximum, text)
        elif key in option_cards:
            card = option_cards[key]
            options[key] = (
                _one_of(key, value, card.choices, text)
                if card.choices
                else _whole_number(key, value, card.minimum, card.maximum, text)
            )
        else:
            known = ["device", "threads", "precision", "ranks", *(key for key in cards if key), *option_cards]
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
        owners = [card.key for card in cards.values() if any(option.key == key for option in card.options)]
        if not any(degrees.get(owner, 1) > 1 for owner in owners):
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
