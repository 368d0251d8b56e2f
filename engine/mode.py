"""ComputeMode: how a run is computed, as one line of text that is the same in menus, files and on the command line.

`cpu,threads=2` · `dp=2` · `cuda:0,precision=bf16` · `cpu,dp=4,threads=1`

A bare word is the device; `KEY=VALUE` pairs are threads a rank, precision, or the degree of a technique whose card
carries that key (`engine/cards.py`).
"""

import math
import os
import re

import msgspec

from engine.cards import techniques
from engine.errors import RequestError

PRECISIONS = ("fp64", "fp32", "bf16", "fp16")
DEVICE_PATTERN = re.compile(r"[a-z][a-z_]*(:\d{1,3})?")


def cores() -> int:
    """Cores this process may use (its affinity mask where the system has one)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ComputeMode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One compute mode. `threads` is per rank; None means cores // ranks, at least one."""

    device: str = "cpu"
    threads: int | None = None
    precision: str = "fp32"
    degrees: tuple[tuple[str, int], ...] = ()

    @property
    def world_size(self) -> int:
        """Number of ranks: the product of the degrees."""
        return math.prod(degree for _, degree in self.degrees)

    @property
    def technique(self) -> str:
        """The key of the technique in force; "" for the single process."""
        return self.degrees[0][0] if self.degrees else ""

    @property
    def threads_per_rank(self) -> int:
        """Threads each rank computes with, the default worked out."""
        return self.threads or max(1, cores() // self.world_size)

    @property
    def text(self) -> str:
        """The canonical text: `parse_mode(mode.text) == mode`."""
        parts = [self.device]
        parts += [f"{key}={degree}" for key, degree in self.degrees]
        if self.threads is not None:
            parts.append(f"threads={self.threads}")
        if self.precision != "fp32":
            parts.append(f"precision={self.precision}")
        return ",".join(parts)

    @property
    def words(self) -> str:
        """The mode for people: `Data parallel ×2 · CPU · 1 thread each · gloo · fp32`."""
        ranks = self.world_size
        spread = techniques()[self.technique].title + (f" ×{ranks}" if ranks > 1 else "")
        parts = [spread, self.device.upper() if ":" not in self.device else self.device]
        if self.device == "cpu":
            count = self.threads_per_rank
            parts.append(f"{count} thread{'s' if count != 1 else ''}" + (" each" if ranks > 1 else ""))
        if ranks > 1:
            parts.append(self.backend)
        parts.append(self.precision)
        return " · ".join(parts)

    @property
    def backend(self) -> str:
        """The library that carries messages between ranks on this device."""
        return "nccl" if self.device.startswith("cuda") else "gloo"


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


def parse_mode(text: str) -> ComputeMode:  # noqa: PLR0912 - one branch a key, with its own sentence
    """Read a mode's text.

    Raises:
        RequestError: a part is unknown, given twice, or out of range; the sentence names it and what is allowed.
    """
    device: str | None = None
    threads: int | None = None
    precision: str | None = None
    degrees: dict[str, int] = {}
    known = [key for key in techniques() if key]
    for raw in text.split(","):
        part = raw.strip()
        if not part:
            raise RequestError(
                "mode {text!r} has an empty part. Write it as in 'cpu,threads=2' or 'cpu,dp=2'; `gearshift "
                "modes` lists what there is.",
                text=text,
            )
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            key, value = "device", part
        if key == "device":
            if device is not None:
                raise RequestError(
                    "mode {text!r} names two devices, {device} and {value}. Name one.",
                    text=text,
                    device=device,
                    value=value,
                )
            if not DEVICE_PATTERN.fullmatch(value):
                raise RequestError(
                    "mode {text!r}: {value!r} is not a device. Write cpu, cuda:0, mps, xpu:0, ...",
                    text=text,
                    value=value,
                )
            device = value
        elif key == "threads":
            if threads is not None:
                raise RequestError("mode {text!r} gives threads twice.", text=text)
            threads = _whole_number(key, value, 1, 1024, text)
        elif key == "precision":
            if precision is not None:
                raise RequestError("mode {text!r} gives precision twice.", text=text)
            if value not in PRECISIONS:
                raise RequestError(
                    "mode {text!r}: precision={value} is not one of {known}.",
                    text=text,
                    value=value,
                    known=", ".join(PRECISIONS),
                )
            precision = value
        elif key in known:
            if key in degrees:
                raise RequestError("mode {text!r} gives {key} twice.", text=text, key=key)
            card = techniques()[key]
            degrees[key] = _whole_number(key, value, 1, card.maximum, text)
        else:
            raise RequestError(
                "mode {text!r}: {key!r} is unknown. Known are device, threads, precision, {known}.",
                text=text,
                key=key,
                known=", ".join(known),
            )
    if device is not None and device != "cpu" and ":" not in device and device != "mps":
        device += ":0"
    if threads is not None and device not in (None, "cpu"):
        raise RequestError(
            "mode {text!r}: threads= counts CPU threads and means nothing on {device}. Leave it out.",
            text=text,
            device=device,
        )
    spread = tuple((key, degree) for key, degree in degrees.items() if degree > 1)
    if len(spread) > 1:
        raise RequestError(
            "mode {text!r} combines {known}: choose one of them.",
            text=text,
            known=" and ".join((key for key, _ in spread)),
        )
    return ComputeMode(device=device or "cpu", threads=threads, precision=precision or "fp32", degrees=spread)
