"""A verdict: why the mode in force is as fast as it is, in a sentence, with the figures that it stands on."""

from collections.abc import Callable

import msgspec

from engine.errors import Sentence
from engine.explain.rules.facts import Facts, ModeFacts
from engine.metrics.mode_measure import factor
from engine.sizes import size


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A measured number. `unit`: "s", "B", "share" (of 1), "times", "cores", "/s", or "" for a plain number."""

    name: str
    value: float
    unit: str = ""
    is_measured: bool = True
    """False: worked out by a formula."""

    @property
    def text(self) -> str:
        """The number for people, with its unit."""
        return {
            "s": seconds,
            "B": size,
            "share": "{:.0%}".format,
            "times": _times,
            "cores": "{:.1f}".format,
            "/s": "{:,.0f} /s".format,
        }.get(self.unit, "{:g}".format)(self.value)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule says. `example` is the name of an example that shows the opposite; "" where there is none."""

    rule: str
    text: Sentence
    figures: tuple[Figure, ...] = ()
    example: str = ""
    named: tuple[int, ...] = ()
    """Phases that the sentence names, by index."""
    tells: frozenset[str] = frozenset()
    """What else it tells only beyond a limit, by a word of the rule's own: once told, the limit is kinder."""
    share: float | None = None
    """Of a step, what it says does not split: told once, it stays until it is clearly another."""
    then: ModeFacts | None = None
    """The mode it compares with, where that is another one than the run's baseline."""
    why: Sentence | None = None
    """Why computing takes longer, where figures of the verdict tell."""
    measured: Sentence | None = None
    """What was measured of the mode, and of the one it is compared with, in a sentence; None: no rate."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table: `judge` is a pure function that answers None where `condition` does not hold.

    `is_told_at_once`: it rests on what was asked for, not on what is measured, and needs no settled rate.
    `is_of_both_modes`: it compares speeds, so what other programs took beside the mode compared with matters to it.
    `is_slowed_by_us`: it has no cause of its own, so what Gearshift itself takes of the cores matters to it.
    `tells_of_other_programs`: no sentence before it is needed for that.
    `is_urgent`: it tells of what has come over the mode, or has gone, not of what the mode is: it need not wait long.
    """

    key: str
    condition: str
    judge: Callable[[Facts], Verdict | None]
    is_told_at_once: bool = False
    is_of_both_modes: bool = False
    is_slowed_by_us: bool = False
    tells_of_other_programs: bool = False
    is_urgent: bool = False


def _times(value: float) -> str:
    return f"×{factor(value)}"


def seconds(value: float) -> str:
    """A duration in milliseconds, or in seconds where it is that long."""
    return f"{value:.3g} s" if value >= 1 else f"{value * 1e3:.2g} ms" if value < 0.01 else f"{value * 1e3:.3g} ms"
