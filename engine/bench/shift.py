"""`gearshift bench shift`: from the request to the first finished step in the new mode, minus that step."""

import argparse
import contextlib
import tempfile
import time
from pathlib import Path

from engine.bench.loops import median, verdict
from engine.events import RankFailed, Shifted, ShiftFailed, StepBatch
from engine.pool import SparePool
from engine.session import Session
from engine.spec import make_spec

ROUTES = (("cpu,threads=1", "cpu,threads=2"), ("cpu,threads=1", "cpu,dp=2"), ("cpu,dp=2", "cpu,threads=1"))
WARM_LIMIT_S, COLD_LIMIT_S = 0.5, 4.0


def main(arguments: list[str], _: str = "") -> int:
    """Print every shift and the medians; 0 if every limit is kept and no step was lost or repeated."""
    parser = argparse.ArgumentParser(prog="gearshift bench shift")
    parser.add_argument("--rounds", type=int, default=7, help="shifts a route")
    rounds = parser.parse_args(arguments).rounds
    kept = True
    medians = []
    with tempfile.TemporaryDirectory() as directory:
        for number, (start, target) in enumerate(ROUTES):
            warm = route(start, target, rounds, Path(directory) / f"warm-{number}", warm=True)
            kept &= verdict(f"{start} -> {target}, warm, median seconds", median(warm), WARM_LIMIT_S)
            cold = route(start, target, 2, Path(directory) / f"cold-{number}", warm=False)
            kept &= verdict(f"{start} -> {target}, cold, longest seconds", max(cold), COLD_LIMIT_S)
            medians.append(median(warm))
    print("No step was lost and none repeated.")
    return 0 if verdict("warm, slowest route, median seconds", max(medians), WARM_LIMIT_S) and kept else 1


def route(start: str, target: str, rounds: int, directory: Path, *, warm: bool) -> list[float]:
    """Shift from `start` to `target` and back, `rounds` times; only the way there is timed."""
    times = []
    with contextlib.closing(SparePool(size=2 if warm else 0, gently=False)) as pool:
        with contextlib.closing(Session(make_spec("digits-mlp", mode=start), pool, directory=directory)) as session:
            steps: list[int] = []
            session.play()
            _until(session, steps, lambda m: isinstance(m, StepBatch))
            for number in range(rounds):
                if warm:
                    _wait_warm(pool, session, steps)
                session.shift(target)
                shifted = _until(session, steps, lambda m: isinstance(m, Shifted))
                assert isinstance(shifted, Shifted)
                assert shifted.split.first_step_s is not None
                times.append(shifted.at_s - shifted.requested_s - shifted.split.first_step_s)
                print(
                    f"{start} -> {target} {'warm' if warm else 'cold'} {number + 1}: {times[-1]:.3f} s "
                    f"(prepare {shifted.split.prepare_s:.3f} beside training; seam {shifted.seconds:.3f}: "
                    f"gather {shifted.split.gather_s:.3f}, start {shifted.split.start_s:.3f}, "
                    f"load {shifted.split.load_s:.3f})",
                    flush=True,
                )
                if number < rounds - 1:
                    if warm:
                        _wait_warm(pool, session, steps)
                    session.shift(start)
                    _until(session, steps, lambda m: isinstance(m, Shifted))
            assert steps == list(range(len(steps))), "a step was lost or repeated"
    return times


def _wait_warm(pool: SparePool, session: Session, steps: list[int]) -> None:
    """Spares warm gently beside training; the messages of that time are read all the same."""
    while not pool.wait_warm(pool.size, 0.05):
        _collect(session, steps)


def _collect(session: Session, steps: list[int]) -> list[object]:
    taken = session.take()
    for message in taken:
        if isinstance(message, StepBatch):
            steps += message.rows["step"].tolist()
        elif isinstance(message, RankFailed | ShiftFailed):
            raise RuntimeError(message.reason)
    return list(taken)


def _until(session: Session, steps: list[int], done: object) -> object:
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s:
        session.wait(0.5)
        for message in _collect(session, steps):
            if done(message):  # type: ignore[operator]
                return message
    raise RuntimeError("the shift did not come to an end")
