"""`gearshift bench large`: a model of 67 M weights (770 MiB of state) shifted, saved, refused where it does not fit.

All ratios are to a copy of the state measured in the same run, on the same machine, in the same minutes.
"""

import argparse
import contextlib
import tempfile
import time
from pathlib import Path

import psutil

from engine.bench.loops import median, verdict
from engine.bench.seams import AT_THE_END, KNOBS, MODES, copy_s, seams, take, through_all
from engine.bench.set_up import timed_digits
from engine.events.ranks import RankFailed
from engine.events.run import StatusChanged
from engine.events.states import StateSaved
from engine.rows import StepBatch
from engine.session.session import Session
from engine.session.starter import RankStarter, make_starter
from engine.sizes import size

TOO_LARGE = {"hidden": 8192, "layers": 32}


def main(arguments: list[str], _: str = "") -> int:
    """Print every figure; 0 if every limit is kept."""
    parser = argparse.ArgumentParser(prog="gearshift bench large", description=__doc__)
    parser.add_argument("--steps", type=int, default=4, help="steps after each shift")
    parser.add_argument(
        "--every-pair", action="store_true", help="every pair of modes (some half an hour), not each once"
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
            for message in take(session):
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
            f"saved {size(event.state_bytes)} in {event.seconds:.2f} s, {event.work_s:.2f} s of a core, beside "
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
