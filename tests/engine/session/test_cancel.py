"""A shift is given up in each of its phases: its ranks are gone, and the run is as if it had not been asked for.

Each phase is held, so that the shift is in it for certain: of a rank that is not heard nobody knows that it is ready,
one that is frozen does not load, or hand over, and steps that are not read are not the first.
"""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import psutil
import pytest

from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.errors import RequestError
from engine.events.evaluator import Validated
from engine.events.ranks import RankFailed
from engine.events.run import Changed, SegmentStarted, StatusChanged
from engine.events.shift import ShiftCancelled, Shifted, ShiftFailed
from engine.rows import StepBatch
from engine.session.crew import Crew
from engine.session.estimate import memory_of
from engine.session.shift import Phase, Shift
from engine.session.starter import RankStarter
from tests.conftest import Watched

SPEC = {"knobs": {"hidden": 16}, "batch_size": 32, "mode": "cpu,threads=1,precision=fp64"}
NEXT = "cpu,dp=2,precision=fp64"
OTHER = "cpu,tp=2,precision=fp64"
STEPS = 60
Watch = Callable[..., Watched]
PHASES = [Phase.PREPARING, Phase.GATHERING, Phase.LOADING, Phase.FIRST_STEP]


@cache
def _losses(starter: RankStarter, directory: Any) -> dict[int, float]:
    from engine.session.session import Session

    session = Session(make_spec("digits-mlp", **SPEC), starter, directory=directory)
    run = Watched(session)
    session.run_until(STEPS)
    run.until(lambda m: isinstance(m, StatusChanged) and m.status == "paused" and m.step == STEPS)
    session.close()
    return run.losses()


@pytest.fixture
def undisturbed(starter: RankStarter, tmp_path_factory: pytest.TempPathFactory) -> dict[int, float]:
    """Losses by step of the run that no shift was ever asked of."""
    return _losses(starter, tmp_path_factory.getbasetemp() / "undisturbed")


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Callable[[Phase], None]:
    """Lets every shift from now on stay in one phase, as long as nobody gives it up."""

    def make(phase: Phase) -> None:
        begin, init = Shift._begin, Shift.__init__

        def frozen_when_begun(shift: Shift, *arguments: Any, **named: Any) -> None:
            shift.crew.processes[-1].freeze()
            begin(shift, *arguments, **named)

        def frozen_when_born(shift: Shift, *arguments: Any, **named: Any) -> None:
            init(shift, *arguments, **named)
            was_born = shift.crew.heard

            def heard(rank: int, report: Any) -> Any:
                return [] if rank == len(shift.crew.processes) - 1 else was_born(rank, report)

            monkeypatch.setattr(shift.crew, "heard", heard)

        if phase == Phase.PREPARING:
            monkeypatch.setattr(Shift, "__init__", frozen_when_born)
        elif phase == Phase.LOADING:
            monkeypatch.setattr(Shift, "_begin", frozen_when_begun)
        elif phase == Phase.FIRST_STEP:
            read, held = Shift.read, []

            def nothing_of_the_first(shift: Shift) -> Any:
                held.extend([shift] if not held else [])
                return None if shift is held[0] else read(shift)

            monkeypatch.setattr(Shift, "read", nothing_of_the_first)

    return make


def at_phase(run: Watched, phase: Phase) -> list[psutil.Process]:
    """Wait until the shift is in its phase; the processes of its ranks."""
    words = {
        Phase.PREPARING: "ranks ready",
        Phase.GATHERING: "gathering the state",
        Phase.LOADING: "loading the state",
        Phase.FIRST_STEP: "first step",
    }[phase]
    run.until(lambda m: isinstance(m, StatusChanged) and words in m.words)
    shift = run.session._run.crews.shift
    assert shift is not None
    run.until_true(lambda: all(process.pid is not None for process in shift.crew.processes))
    assert shift.phase == phase
    return [psutil.Process(process.pid) for process in shift.crew.processes]


def paused_and_held(watch: Watch, hold: Callable[[Phase], None], phase: Phase) -> tuple[Watched, Crew]:
    """A run that pauses before step 10, whose next shift will stay in that phase; and the crew that computes."""
    run = watch(make_spec("digits-mlp", **SPEC))
    run.session.run_until(10)
    run.status("paused")
    hold(phase)
    crew = run.session._run.crews.crew
    assert crew is not None
    if phase == Phase.GATHERING:
        crew.processes[0].freeze()
    return run, crew


def play_slowly(run: Watched) -> None:
    """Without an end, and in seconds not as far as STEPS."""
    run.session.keep_pace(5.0)
    run.session.play()


def goes_on(run: Watched, undisturbed: dict[int, float]) -> None:
    """Up to STEPS, every step once, every loss what it would have been."""
    run.session.run_until(STEPS)  # before it is fast: without an end it would be beyond STEPS in no time
    run.session.keep_pace(None)
    run.until(lambda m: isinstance(m, StatusChanged) and m.status == "paused" and m.step == STEPS)
    assert run.steps() == list(range(STEPS))
    assert run.losses() == pytest.approx(undisturbed, rel=1e-10)
    assert not run.of(ShiftFailed)
    assert not run.of(RankFailed)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("is_paused", [False, True])
def test_a_shift_given_up_has_not_been(
    watch: Watch, hold: Callable[[Phase], None], undisturbed: dict[int, float], phase: Phase, is_paused: bool
) -> None:
    run, crew = paused_and_held(watch, hold, phase)
    if not is_paused:
        play_slowly(run)
    if is_paused and phase == Phase.FIRST_STEP:
        pytest.skip("a shift made while paused makes no first step")
    run.session.shift(NEXT)
    ranks = at_phase(run, phase)
    run.session.cancel_shift()
    given_up = run.until(lambda m: isinstance(m, ShiftCancelled), 5)
    assert (given_up.mode, given_up.to_mode) == (SPEC["mode"], NEXT)  # type: ignore[union-attr]
    assert not any(rank.is_running() for rank in ranks)
    assert run.session._run.crews.shift is None
    if phase == Phase.GATHERING:
        psutil.Process(crew.processes[0].pid).resume()
    goes_on(run, undisturbed)
    assert run.session.mode == SPEC["mode"]
    assert not run.of(Shifted)
    run.session.cancel_shift()  # there is none any more: nothing comes of it
    run.session.step(1)
    run.until(lambda m: isinstance(m, StepBatch))
    assert len(run.of(ShiftCancelled)) == 1


@pytest.mark.parametrize("phase", [Phase.PREPARING, Phase.LOADING, Phase.FIRST_STEP])
def test_a_start_given_up_can_be_made_again(
    watch: Watch,
    hold: Callable[[Phase], None],
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: dict[int, float],
    phase: Phase,
) -> None:
    run = watch(make_spec("digits-mlp", **SPEC | {"mode": NEXT}))
    with monkeypatch.context():
        hold(phase)
        run.session.play()
        ranks = at_phase(run, phase)
        run.session.change(lr=0.5)
        run.session.cancel_shift()
        given_up = run.until(lambda m: isinstance(m, ShiftCancelled), 5)
        assert (given_up.mode, given_up.to_mode) == ("", NEXT)  # type: ignore[union-attr]
        run.status("paused", 5)
        assert not any(rank.is_running() for rank in ranks)
        assert run.steps() == []
        monkeypatch.undo()
    run.session.shift(SPEC["mode"])
    run.session.change(lr=make_spec("digits-mlp").lr)
    goes_on(run, undisturbed)
    assert [m.lr for m in run.of(Changed)] == [make_spec("digits-mlp").lr]  # type: ignore[attr-defined]
    assert [(m.step, m.mode) for m in run.of(SegmentStarted)] == [(0, SPEC["mode"])]  # type: ignore[attr-defined]
    first = run.of(Validated)
    if not first:
        run.until(lambda m: isinstance(m, Validated), 20)


@pytest.mark.parametrize("phase", PHASES)
def test_another_mode_chosen_ends_the_ranks_of_the_first_at_once(
    watch: Watch,
    hold: Callable[[Phase], None],
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: dict[int, float],
    phase: Phase,
) -> None:
    run, crew = paused_and_held(watch, hold, phase)
    play_slowly(run)
    run.session.shift(NEXT)
    ranks = at_phase(run, phase)
    if phase != Phase.FIRST_STEP:  # there only the first shift is held, and must be until it is given up
        monkeypatch.undo()
    run.session.shift(OTHER)
    run.until(lambda m: isinstance(m, ShiftCancelled), 5)
    assert not any(rank.is_running() for rank in ranks)
    if phase == Phase.GATHERING:
        psutil.Process(crew.processes[0].pid).resume()
    assert run.until(lambda m: isinstance(m, Shifted)).to_mode == OTHER  # type: ignore[union-attr]
    goes_on(run, undisturbed)


def test_the_mode_in_force_chosen_again_is_a_cancel(watch: Watch, undisturbed: dict[int, float]) -> None:
    run = watch(make_spec("digits-mlp", **SPEC))
    run.session.run_until(10)
    run.status("paused")
    run.session.shift(NEXT)
    run.session.shift(SPEC["mode"])
    run.until(lambda m: isinstance(m, ShiftCancelled), 5)
    goes_on(run, undisturbed)
    assert not run.of(Shifted)


@pytest.mark.slow
def test_a_crowd_that_is_given_up_is_gone_in_seconds(
    watch: Watch, hold: Callable[[Phase], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = watch(make_spec("digits-mlp", **SPEC | {"batch_size": 128}))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    hold(Phase.PREPARING)
    run.session.shift("cpu,dp=64")
    shift = run.until_true(lambda: run.session._run.crews.shift)
    run.until(lambda m: isinstance(m, StatusChanged) and "63 of 64" in m.words, 120)
    monkeypatch.undo()
    pids = [process.pid for process in shift.crew.processes if process.pid is not None]
    taken_bytes = sum(memory.rss - memory.shared for memory in (psutil.Process(pid).memory_info() for pid in pids))
    asked_s = time.monotonic()
    run.session.shift("cpu,threads=2,precision=fp64")
    run.until(lambda m: isinstance(m, ShiftCancelled), 10)
    gone_s = time.monotonic() - asked_s
    assert not any(psutil.pid_exists(pid) for pid in pids)
    print(f"{len(pids)} ranks with {taken_bytes / 2**30:.1f} GiB gone {gone_s:.2f} s after another mode was chosen")
    assert len(pids) == 64
    assert gone_s < 3.0
    run.until(lambda m: isinstance(m, Shifted))


def test_what_ranks_take_is_known_before_there_are_any(starter: RankStarter) -> None:
    spec = make_spec("digits-mlp", **SPEC)
    few, many = (memory_of(starter, spec, parse_mode(f"cpu,dp={n}"), is_evaluated=False) for n in (2, 64))
    assert many.needed_bytes > 20 * few.needed_bytes
    assert many.needed_bytes > 64 * 100 * 2**20
    assert abs(many.free_bytes - psutil.virtual_memory().available) < 2**31
    assert memory_of(starter, spec, parse_mode("cpu"), is_evaluated=True).needed_bytes < few.needed_bytes * 2
    huge = make_spec("digits-mlp", knobs={"hidden": 4096, "layers": 8}, batch_size=32)
    with pytest.raises(RequestError, match="GiB are free"):
        memory_of(starter, huge, parse_mode("cpu,dp=64"), is_evaluated=False)
