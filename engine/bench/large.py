"""`gearshift bench large`: a model of 67 M weights (810 MB of state) shifted, saved, and refused where it does not fit.

All ratios are to a copy of the state measured in the same run, on the same machine, in the same minutes.

    |--step--|--step--|--step--|--step--|--step--|      slowed: the seconds of preparing, over the steps made in them,
         | preparing            |                       whole and in part; so it is a mean, of all that happened in them

What preparing a mode costs the running one is compared to what as many threads of ranks cost it that train a smaller
model of their own (`neighbours.py`): that is a mode's share of cores, caches and memory, before it trains and after.
"""

import argparse
import contextlib
import itertools
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psutil

from engine.bench.loops import median, verdict
from engine.bench.neighbours import neighbours
from engine.bench.set_up import timed_digits
from engine.config.mode_text import parse_mode
from engine.events.message import Message
from engine.events.ranks import RankFailed
from engine.events.run import Notice, StatusChanged
from engine.events.shift import Shifted, ShiftFailed
from engine.events.states import StateSaved
from engine.rows import StepBatch
from engine.session.session import Session
from engine.session.starter import RankStarter, make_starter

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
TOO_LARGE = {"hidden": 8192, "layers": 32}


def main(arguments: list[str], _: str = "") -> int:
    """Print every figure; 0 if every limit is kept."""
    parser = argparse.ArgumentParser(prog="gearshift bench large", description=__doc__)
    parser.add_argument("--steps", type=int, default=4, help="steps after each shift")
    parser.add_argument(
        "--every-pair", action="store_true", help="every pair of modes (some forty minutes), not each once"
    )
    parser.add_argument("--saving", type=float, default=60.0, help="seconds over which saving is watched, at least")
    parser.add_argument("--only", choices=("seams", "saving", "refusal"), help="one part of it")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as directory, contextlib.closing(make_starter()) as starter:
        kept = True
        if options.only in (None, "seams"):
            route = through_all(MODES) if options.every_pair else [*MODES, MODES[0]]
            kept &= seams(starter, Path(directory) / "seams", [*route[1:], *AT_THE_END], options.steps)
        if options.only in (None, "saving"):
            kept &= saving(starter, Path(directory) / "saving", options.saving)
        if options.only in (None, "refusal"):
            kept &= refusal(starter, Path(directory) / "refusal")
    return 0 if kept else 1


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
        taken = _take(self._session)
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


def seams(starter: RankStarter, directory: Path, route: Sequence[str], count: int) -> bool:
    """Along a route from one thread on: the seam, the steps beside and after it, the memory it took and was stated."""
    ratios, longest, excess_bytes, shares = [], [], [], []
    beside_others: dict[tuple[str, int], float] = {}
    running = MODES[0]
    with contextlib.closing(Session(timed_digits(KNOBS), starter, directory=directory)) as session:
        steps = Steps(session)
        session.play()
        steps.next(count)
        before_s = steps.next(count)
        for mode in route:
            threads = parse_mode(mode).world_size * parse_mode(mode).threads_per_rank
            if (running, threads) not in beside_others:
                with neighbours(starter, threads, directory / f"beside-{len(beside_others)}", NEIGHBOURS):
                    beside_s = steps.next(2 * count)
                beside_others[running, threads] = sum(beside_s) / len(beside_s) / median(before_s)
                before_s = steps.next(count)
            share = max(1.0, beside_others[running, threads])
            once_s = copy_s()
            free_bytes = lowest_bytes = psutil.virtual_memory().available
            session.shift(mode)
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
            after_s = steps.next(count)
            lowest_bytes = min(lowest_bytes, psutil.virtual_memory().available)
            ratios.append(shifted.seconds / once_s)
            longest.append((max(after_s) - once_s) / median(after_s))
            excess_bytes.append(free_bytes - lowest_bytes - stated_gib * 2**30)
            shares.append(slowed_s / median(before_s) / share)
            print(
                f"{mode:<24} seam {shifted.seconds:.3f} s = {ratios[-1]:.1f} copies of {once_s:.3f} s (gather "
                f"{shifted.split.gather_s:.3f}, start {shifted.split.start_s:.3f}, load {shifted.split.load_s:.3f}); "
                f"prepared in {shifted.split.prepare_s:.1f} s, meanwhile {slowed_s:.2f} s a step = {shares[-1]:.2f} of "
                f"{share:.2f} times beside {threads} neighbours (before {median(before_s):.2f}); "
                f"steps after {median(after_s):.2f} s, longest {max(after_s):.2f}; "
                f"memory taken {(free_bytes - lowest_bytes) / 2**30:.2f} GiB, stated {stated_gib:.2f}",
                flush=True,
            )
            before_s, running = after_s, mode
    kept = verdict(f"{len(ratios)} seams, copies of the state, longest", max(ratios), SEAM_LIMIT)
    print(f"their median: {median(ratios):.1f} copies")
    print(f"a step beside preparing / beside as many threads of others that train: median {median(shares):.2f}")
    kept &= verdict("the same, of the shift that slowed most", max(shares), 1.0)
    kept &= verdict("steps after a shift: longest less a copy / median (counting)", max(longest), 2.0)
    return kept & verdict("memory beyond what was stated, GiB", max(excess_bytes) / 2**30, 0.0)


def saving(starter: RankStarter, directory: Path, seconds: float) -> bool:
    """A minute of training with states being saved: what a step loses by it, and what share of the time it takes."""
    once_s = copy_s()
    spec = timed_digits(KNOBS, mode="cpu,threads=1")
    with contextlib.closing(Session(spec, starter, directory=directory)) as session:
        session.play()
        taken: list[float] = []
        saved: list[StateSaved] = []
        end_s = time.monotonic() + seconds
        gaps_s, ends_s, last_s = [], [], None
        # On to the first state, however late it comes: it is what is looked at.
        while time.monotonic() < end_s or (not saved and time.monotonic() < end_s + 5 * seconds):
            for message in _take(session):
                if isinstance(message, StepBatch):
                    for row in message.rows:
                        begin_s = float(row["at_s"] - row["seconds"])
                        gaps_s.append(begin_s - last_s if last_s is not None else 0.0)
                        last_s = float(row["at_s"])
                        ends_s.append(last_s)
                        taken.append(float(row["seconds"]))
                elif isinstance(message, StateSaved):
                    saved.append(message)
    warm = 2  # the first two steps meet cold memory
    whole_s = [step_s + gap_s for step_s, gap_s in zip(taken, gaps_s, strict=True)][warm:]
    ends_s = ends_s[warm:]
    print(
        f"{len(whole_s)} steps, median {median(whole_s):.3f} s, longest {max(whole_s):.3f} s, {len(saved)} saved; "
        f"a copy of the state takes {once_s:.3f} s"
    )
    kept = verdict("a step while saving: longest less a copy / median", (max(whole_s) - once_s) / median(whole_s), 1.3)
    kept &= verdict("states saved in that time", len(saved), 1, at_least=True)
    for event in saved:
        begin_s = event.at_s - event.seconds
        beside = [step_s for step_s, end_s in zip(whole_s, ends_s, strict=True) if begin_s <= end_s <= event.at_s]
        without = [step_s for step_s, end_s in zip(whole_s, ends_s, strict=True) if not begin_s <= end_s <= event.at_s]
        copied_s = max(0.0, beside[0] - median(whole_s)) if beside else 0.0
        lost_frac = (sum(beside) - len(beside) * median(beside)) / sum(beside) if beside else 0.0
        in_a_minute_s = copied_s + event.work_s * min(1.0, 60 / event.seconds)
        print(
            f"saved {event.state_bytes / 1e6:,.0f} MB in {event.seconds:.2f} s, {event.work_s:.2f} s of a core, beside "
            f"{len(beside)} steps of {median(beside or [0]):.3f} s (others {median(without or [0]):.3f}), the first "
            f"{copied_s:.2f} s longer for the copy; one every {event.every_s:.0f} s; two stay on the disk"
        )
        kept &= verdict("training lost beside it: what steps took beyond their median, share", lost_frac, 0.01)
        kept &= verdict("copy, hash and write, share of the minute that has most of it", in_a_minute_s / 60, 0.01)
    return kept


def refusal(starter: RankStarter, directory: Path) -> bool:
    """A model that cannot be: the sentence, and that nothing was taken before it."""
    free_bytes = psutil.virtual_memory().available
    spec = timed_digits(TOO_LARGE, mode="cpu,dp=4")
    with contextlib.closing(Session(spec, starter, directory=directory)) as session:
        session.play()
        lowest_bytes, reason = free_bytes, ""
        deadline_s = time.monotonic() + 60
        while not reason and time.monotonic() < deadline_s:
            session.wait(0.02)
            for message in session.take():
                if isinstance(message, RankFailed):
                    reason = message.reason
                elif isinstance(message, StatusChanged) and message.status == "running":
                    reason = "it was not refused"
            lowest_bytes = min(lowest_bytes, psutil.virtual_memory().available)
    print(f"{TOO_LARGE}: {reason}")
    kept = verdict("memory taken before the refusal, GiB", (free_bytes - lowest_bytes) / 2**30, 0.5)
    return kept & verdict("refused in a sentence", float("GiB are free" in reason), 1.0, at_least=True)


def _take(session: Session) -> list[Message]:
    session.wait(0.05)
    taken = session.take()
    for message in taken:
        if isinstance(message, RankFailed | ShiftFailed):
            raise RuntimeError(message.reason)
    return taken
