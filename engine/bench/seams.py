"""Seams of a large model between modes, in copies of its state, and what preparing a mode costs the running one.

    |--step--|--step--|--step--|--step--|--step--|      slowed: the seconds of preparing, over the steps made in them,
         | preparing            |                       whole and in part; so it is a mean, of all that happened in them

What preparing a mode costs the running one is compared to what as many threads of ranks cost it that train a smaller
model of their own (`neighbours.py`): that is a mode's share of cores, caches and memory, before it trains and after.
"""

import contextlib
import itertools
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

from engine.bench.loops import median, verdict
from engine.bench.neighbours import neighbours
from engine.bench.set_up import timed_digits
from engine.config.mode_text import parse_mode
from engine.events.message import Message
from engine.events.ranks import RankFailed
from engine.events.run import Notice
from engine.events.shift import Shifted, ShiftFailed
from engine.rows import StepBatch
from engine.session.session import Session
from engine.session.starter import RankStarter

KNOBS = {"hidden": 4096, "layers": 6}
WEIGHTS = 64 * 4096 + 4 * 4096**2 + 4096 * 10 + 5 * 4096 + 10
STATE_BYTES = 3 * 4 * WEIGHTS
MODES = (
    "cpu,threads=1",
    "cpu,threads=2",
    "cpu,dp=2",
    "cpu,dp=2,transport=shm",
    "cpu,fsdp=2",
    "cpu,tp=2",
    "cpu,pp=2",
    "cpu,hogwild=2",
)
AT_THE_END = ("cpu,dp=4", "cpu,threads=1")
"""What needs the most memory, once."""
NEIGHBOURS = {"hidden": 2048, "layers": 6}
SEAM_LIMIT = 3.0
ROUNDS = 3
"""So often a pair of modes is measured, if it was over a limit the first time."""


def through_all(modes: Sequence[str]) -> list[str]:
    """A closed walk that makes every shift from one of `modes` to another once: n (n - 1) of them."""
    first, *rest = modes
    if not rest:
        return [first]
    there_and_back = [mode for other in rest[:-1] for mode in (other, first)]
    return [first, *there_and_back, *through_all([rest[-1], *rest[:-1]]), first]


def copy_s() -> float:
    """Seconds to copy the state once, memory to memory, all pages in place; the median of five."""
    source, target = np.ones(STATE_BYTES, np.uint8), np.zeros(STATE_BYTES, np.uint8)
    taken = []
    for _ in range(5):
        begin_s = time.perf_counter()
        np.copyto(target, source)
        taken.append(time.perf_counter() - begin_s)
    return median(taken)


def take(session: Session) -> list[Message]:
    """What a session says within the next moment.

    Raises:
        RuntimeError: a rank or a shift failed; the sentence says why.
    """
    session.wait(0.05)
    taken = session.take()
    for message in taken:
        if isinstance(message, RankFailed | ShiftFailed):
            raise RuntimeError(message.reason)
    return taken


class Steps:
    """The steps of a session, taken from it as they end."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.ends_s: list[float] = []
        """When each step ended, since the run began."""

    def take(self) -> list[Message]:
        """What the session says within the next moment.

        Raises:
            RuntimeError: a rank or a shift failed; the sentence says why.
        """
        taken = take(self._session)
        for message in taken:
            if isinstance(message, StepBatch):
                self.ends_s += message.rows["at_s"].tolist()
        return taken

    def next(self, count: int) -> list[float]:
        """Seconds from the end of a step to the end of the next, of the next `count` steps."""
        begun = len(self.ends_s)
        while len(self.ends_s) < begun + count + 1:
            self.take()
        return np.diff(self.ends_s[begun:]).tolist()


def seconds_a_step(ends_s: Sequence[float], begin_s: float, end_s: float) -> float:
    """Seconds a step took from `begin_s` to `end_s`, where steps ended at `ends_s`; those cut off count in part."""
    steps = sum(
        max(0.0, min(end_s, after_s) - max(begin_s, before_s)) / (after_s - before_s)
        for before_s, after_s in itertools.pairwise(ends_s)
    )
    return (end_s - begin_s) / steps


class Found(NamedTuple):
    """What one shift was found to cost."""

    copies: float
    """Its seam, in copies of the state."""
    slowed: float
    """A step beside preparing, to one beside as many threads of others that train."""
    longest: float
    """The longest of the steps after it, less a copy of the state, to their median."""
    excess_bytes: float
    """Memory it took beyond what was stated."""


class Shifts:
    """A run that trains, shifted again and again; what each pair of modes was found to cost, each time."""

    def __init__(self, starter: RankStarter, session: Session, directory: Path, count: int) -> None:
        """Comes back when it trains on one thread. `count` steps are looked at after each shift."""
        self.found: dict[tuple[str, str], list[Found]] = {}
        self._starter, self._session, self._directory, self._count = starter, session, directory, count
        self._beside_others: dict[tuple[str, int], float] = {}
        self._mode = MODES[0]
        self._steps = Steps(session)
        session.play()
        self._steps.next(count)
        self._before_s = self._steps.next(count)

    def _share(self, threads: int) -> float:
        """How many times as long a step takes beside as many `threads` of others that train; found once a mode."""
        if (key := (self._mode, threads)) not in self._beside_others:
            directory = self._directory / f"beside-{len(self._beside_others)}"
            with neighbours(self._starter, threads, directory, NEIGHBOURS):
                beside_s = self._steps.next(2 * self._count)
            self._beside_others[key] = sum(beside_s) / len(beside_s) / median(self._before_s)
            self._before_s = self._steps.next(self._count)
        return max(1.0, self._beside_others[key])

    def make(self, mode: str) -> None:
        """Shift to a mode; the seam, the steps beside and after it, the memory it took and was stated."""
        steps, before_s = self._steps, self._before_s
        threads = parse_mode(mode).world_size * parse_mode(mode).threads_per_rank
        share = self._share(threads)
        once_s = copy_s()
        free_bytes = lowest_bytes = psutil.virtual_memory().available
        self._session.shift(mode)
        stated_gib, shifted = 0.0, None
        while shifted is None:
            for message in steps.take():
                if isinstance(message, Notice) and "GiB of memory" in message.text:
                    stated_gib = float(message.text.split("up to ")[1].split(" GiB")[0])
                elif isinstance(message, Shifted):
                    shifted = message
            lowest_bytes = min(lowest_bytes, psutil.virtual_memory().available)
        ready_s = shifted.requested_s + shifted.split.prepare_s
        slowed_s = seconds_a_step(steps.ends_s, shifted.requested_s, ready_s)
        after_s = steps.next(self._count)
        lowest_bytes = min(lowest_bytes, psutil.virtual_memory().available)
        found = Found(
            copies=shifted.seconds / once_s,
            slowed=slowed_s / median(before_s) / share,
            longest=(max(after_s) - once_s) / median(after_s),
            excess_bytes=free_bytes - lowest_bytes - stated_gib * 2**30,
        )
        print(
            f"{mode:<24} seam {shifted.seconds:.3f} s = {found.copies:.1f} copies of {once_s:.3f} s (gather "
            f"{shifted.split.gather_s:.3f}, start {shifted.split.start_s:.3f}, load {shifted.split.load_s:.3f}); "
            f"prepared in {shifted.split.prepare_s:.1f} s, meanwhile {slowed_s:.2f} s a step = {found.slowed:.2f} of "
            f"{share:.2f} times beside {threads} neighbours (before {median(before_s):.2f}); "
            f"steps after {median(after_s):.2f} s, longest {max(after_s):.2f}; "
            f"memory taken {(free_bytes - lowest_bytes) / 2**30:.2f} GiB, stated {stated_gib:.2f}",
            flush=True,
        )
        self.found.setdefault((self._mode, mode), []).append(found)
        self._before_s, self._mode = after_s, mode

    def medians(self) -> dict[tuple[str, str], Found]:
        """The medians of what shifts from one mode to another were found to cost, by the pair of modes."""
        return {
            pair: Found(*(median(list(values)) for values in zip(*found, strict=True)))
            for pair, found in self.found.items()
        }


def seams(starter: RankStarter, directory: Path, route: Sequence[str], count: int) -> bool:
    """Along a route from one thread on. Pairs that are over a limit are measured twice more: their median counts."""
    with contextlib.closing(Session(timed_digits(KNOBS), starter, directory=directory)) as session:
        shifts = Shifts(starter, session, directory, count)
        for mode in route:
            shifts.make(mode)
        over = [pair for pair, found in shifts.medians().items() if found.copies > SEAM_LIMIT or found.slowed > 1.0]
        for before, mode in over * (ROUNDS - 1):
            print(f"again: {before} to {mode}")
            shifts.make(before)
            shifts.make(mode)
    pairs = shifts.medians().values()
    kept = verdict(
        f"seams of {len(pairs)} pairs, copies of the state, longest", max(f.copies for f in pairs), SEAM_LIMIT
    )
    print(f"their median: {median([found.copies for found in pairs]):.1f} copies; {len(over)} pairs measured again")
    print(f"a step beside preparing / beside threads of others: median {median([found.slowed for found in pairs]):.2f}")
    kept &= verdict("the same, of the pair that slowed most", max(found.slowed for found in pairs), 1.0)
    kept &= verdict("steps after a shift: longest less a copy / median (counting)", max(f.longest for f in pairs), 2.0)
    excess_bytes = max(found.excess_bytes for found in pairs)
    return kept & verdict("memory beyond what was stated, GiB", excess_bytes / 2**30, 0.0)
