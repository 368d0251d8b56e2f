"""The session's verbs on real ranks: each takes effect at a step boundary, no step is lost and none repeated."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from engine.config.mode import ComputeMode
from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.errors import RequestError
from engine.events.evaluator import Validated
from engine.events.ranks import RankFailed, StepAnatomy
from engine.events.run import Changed, RunFinished, SegmentStarted
from engine.events.shift import Shifted, ShiftFailed
from engine.record.states import last_state
from engine.rows import StepBatch
from engine.session.shift import Phase, Shift
from tests.conftest import Watched

SMALL = {"knobs": {"hidden": 16}, "batch_size": 32}
Watch = Callable[..., Watched]


def in_order(run: Watched) -> bool:
    """Steps came as 0, 1, 2, ... without a gap or a repetition."""
    steps = run.steps()
    return steps == list(range(len(steps)))


def test_pause_step_and_step_n_are_exact(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.step(1)
    run.status("paused")
    assert run.steps() == [0]
    run.session.step(7)
    run.until(lambda m: getattr(m, "status", "") == "paused" and m.step == 8)
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    asked_s = time.perf_counter()
    run.session.pause()
    at = run.status("paused").step  # type: ignore[union-attr]
    assert time.perf_counter() - asked_s < 0.2
    run.session.step(3)
    run.until(lambda m: getattr(m, "status", "") == "paused" and m.step == at + 3)
    assert len(run.steps()) == at + 3
    assert in_order(run)


@pytest.mark.parametrize("mode", ["cpu,threads=1", "cpu,dp=2", "cpu,hogwild=2"])
def test_every_single_step_is_taken_apart_on_all_ranks(watch: Watch, mode: str) -> None:
    run = watch(make_spec("digits-mlp", mode=mode, **SMALL))
    run.session.step(1)
    for step in range(1, 5):
        run.until(lambda m, step=step: getattr(m, "status", "") == "paused" and m.step == step)
        run.session.step(1)
    run.until(lambda m: isinstance(m, StepAnatomy) and m.step == 4)
    told = [(m.step, len(m.ranks)) for m in run.of(StepAnatomy)]  # type: ignore[union-attr]
    assert told[-4:] == [(step, parse_mode(mode).world_size) for step in range(1, 5)]


def test_live_changes_take_effect_and_are_told(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", mode="cpu,dp=2", **SMALL))
    run.session.run_until(5)
    run.status("paused")
    run.session.change(lr=0.01, batch_size=7)
    changed = run.until(lambda m: isinstance(m, Changed) and m.batch_size == 7)
    assert (changed.step, changed.lr) == (5, 0.01)  # type: ignore[union-attr]
    run.session.step(2)
    run.until(lambda m: getattr(m, "status", "") == "paused" and m.step == 7)
    samples = [n for batch in run.of(StepBatch) for n in batch.rows["samples"].tolist()]  # type: ignore[union-attr]
    assert samples == [32] * 5 + [7] * 2
    with pytest.raises(RequestError, match="batch_size"):
        run.session.change(batch_size=0)


def test_shift_at_step_0_twice_in_a_row_and_while_paused(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.run_until(0)
    run.status("paused")
    run.session.shift("cpu,dp=2")
    assert run.until(lambda m: isinstance(m, Shifted)).step == 0  # type: ignore[union-attr]
    run.session.shift("cpu,threads=2")
    run.until(lambda m: isinstance(m, Shifted))
    run.session.step(4)
    run.until(lambda m: getattr(m, "status", "") == "paused" and m.step == 4)
    assert in_order(run)
    assert [s.mode for s in run.of(SegmentStarted)] == ["cpu,threads=1", "cpu,dp=2", "cpu,threads=2"]  # type: ignore[union-attr]


@pytest.mark.parametrize("paused", [False, True])
def test_the_parts_of_a_seam_add_up(watch: Watch, paused: bool) -> None:
    # Ranks of a pipeline stop, load and begin at different moments: the more so, the more unequal its stages are.
    run = watch(make_spec("digits-mlp", knobs={"hidden": 1024, "layers": 3}))
    for mode in ("cpu,pp=2", "cpu,dp=2", "cpu,pp=2,microbatches=2"):
        run.session.play()
        run.until(lambda m: isinstance(m, StepBatch))
        if paused:
            run.session.pause()
            run.status("paused")
        run.session.shift(mode)
        event = run.until(lambda m: isinstance(m, Shifted))
        assert isinstance(event, Shifted)
        parts_s = event.split.gather_s, event.split.start_s, event.split.load_s
        assert min(parts_s) >= 0
        assert sum(parts_s) == pytest.approx(event.seconds, abs=1e-9)
        assert event.seconds < event.at_s - event.requested_s + 1e-9


def test_shifts_asked_for_during_a_shift_end_in_the_last_wish(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    for index in range(50):
        run.session.shift(("cpu,dp=2", "cpu,threads=2", "cpu,threads=1")[index % 3])
    run.session.shift("cpu,threads=2")
    run.until(lambda m: isinstance(m, Shifted) and m.to_mode == "cpu,threads=2")
    first = len(run.steps())
    while len(run.steps()) < first + 20:
        run.until(lambda m: isinstance(m, StepBatch))
    run.session.pause()
    run.status("paused")
    assert in_order(run)
    assert run.session.mode == "cpu,threads=2"


def test_a_shift_that_fails_leaves_the_run_as_it_was(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    run.session.shift("cuda:0")
    assert "cuda" in run.until(lambda m: isinstance(m, ShiftFailed)).reason  # type: ignore[union-attr]
    run.session.shift("cpu,dp=2")
    run.until(lambda m: getattr(m, "status", "") == "shifting")
    shift = run.session._run.crews.shift
    assert shift is not None
    shift.crew.processes[1].kill()
    failed = run.until(lambda m: isinstance(m, ShiftFailed))
    assert "SIGKILL" in failed.reason  # type: ignore[union-attr]
    assert "Rank 1" in failed.reason  # type: ignore[union-attr]
    run.goes_on(10)
    assert in_order(run)
    assert run.session.mode == "cpu,threads=1"


def when_gathering(run: Watched, act: Callable[[Shift], None]) -> None:
    """Do something on the session's own thread, at the moment in which the old crew was asked for its state."""
    crews = run.session._run.crews
    advance = crews.advance

    def advance_and_act(shift: Shift) -> None:
        before = shift.phase
        advance(shift)
        if before == Phase.PREPARING and shift.phase == Phase.GATHERING:
            act(shift)

    crews.advance = advance_and_act  # type: ignore[method-assign]


@pytest.mark.parametrize("mode", ["cpu,dp=2", "cpu,threads=2"])
def test_a_new_crew_that_dies_while_the_state_is_gathered_gives_the_run_back(watch: Watch, mode: str) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    when_gathering(run, lambda shift: shift.crew.processes[0].kill())
    run.session.shift(mode)
    run.until(lambda m: isinstance(m, ShiftFailed))
    run.goes_on(10)
    del run.session._run.crews.advance  # the hook; the next shift is an ordinary one
    run.session.shift("cpu,dp=2,transport=shm")
    run.until(lambda m: isinstance(m, Shifted))
    run.session.stop()
    run.status("finished")
    assert in_order(run)


def test_a_run_stopped_while_the_state_is_gathered_ends_in_good_order(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    when_gathering(run, lambda _: run.session._run.finish())
    run.session.shift("cpu,dp=2")
    finished = run.until(lambda m: isinstance(m, RunFinished))
    run.status("finished")
    assert in_order(run)
    state = last_state(run.session.directory)
    assert state is not None
    assert state.step == finished.step == len(run.steps())  # type: ignore[union-attr]


def test_stop_saves_and_resume_goes_on(watch: Watch, tmp_path: Path) -> None:
    straight = watch(make_spec("spirals", steps=60))
    straight.session.play()
    straight.status("finished")
    first = watch(make_spec("spirals"), directory=tmp_path / "r")
    first.session.run_until(25)
    first.status("paused")
    first.session.stop()
    finished = first.until(lambda m: isinstance(m, RunFinished))
    assert finished.step == 25  # type: ignore[union-attr]
    first.status("finished")
    state = last_state(tmp_path / "r")
    assert state is not None
    assert state.step == 25
    first.session.close()
    second = watch(make_spec("spirals", steps=60), directory=tmp_path / "r", resume=True)
    second.session.play()
    second.status("finished")
    assert {**first.losses(), **second.losses()} == straight.losses()


def test_steps_limit_ends_the_run_with_a_validation_of_the_last_weights(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", steps=30, **SMALL))
    run.session.play()
    finished = run.until(lambda m: isinstance(m, RunFinished))
    last = run.of(Validated)[-1]
    assert last.step == 30  # type: ignore[union-attr]
    assert finished.validation_loss == last.loss  # type: ignore[union-attr]
    assert finished.segments[0].steps == 30  # type: ignore[union-attr]


def test_loss_that_is_no_number_pauses_and_names_the_step(watch: Watch) -> None:
    from engine.events.run import Diverged

    run = watch(make_spec("digits-mlp", optimizer="sgd", lr=1e6, **SMALL))
    run.session.play()
    diverged = run.until(lambda m: isinstance(m, Diverged))
    run.status("paused")
    losses = run.losses()
    first_bad = min(step for step, loss in losses.items() if not abs(loss) < float("inf"))
    assert diverged.step == first_bad  # type: ignore[union-attr]
    assert max(losses) <= first_bad + 200


@pytest.mark.skipif(sys.platform != "linux", reason="memory of a process can be limited from outside on Linux only")
def test_out_of_memory_is_a_sentence(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", knobs={"hidden": 1024}))
    run.session.run_until(2)
    run.status("paused")
    crew = run.session._run.crews.crew
    assert crew is not None
    process = psutil.Process(crew.processes[0].pid)
    limit = process.memory_info().vms + 2**30
    process.rlimit(psutil.RLIMIT_AS, (limit, limit))
    run.session.change(batch_size=1_000_000)  # a layer's activations alone take 4 GB
    run.session.play()
    failed = run.until(lambda m: isinstance(m, RankFailed))
    assert "ran out of memory" in failed.reason  # type: ignore[union-attr]


def test_precision_and_modes_report_themselves(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", mode="cpu,dp=2,precision=bf16", **SMALL))
    run.session.run_until(2)
    run.status("paused")
    segment = run.of(SegmentStarted)[0]
    assert [rank.holds for rank in segment.ranks] == ["a full replica"] * 2  # type: ignore[union-attr]
    assert segment.words.endswith("bf16")  # type: ignore[union-attr]
    assert ComputeMode(degrees=(("dp", 2),)).world_size == 2


def test_another_mode_chosen_during_the_start_is_the_one_it_starts_in(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.run_until(200)
    run.session.shift("cpu,dp=2")
    begun = run.until(lambda m: isinstance(m, SegmentStarted))
    assert (begun.step, begun.mode) == (0, "cpu,dp=2")  # type: ignore[union-attr]
    run.until(lambda m: getattr(m, "status", "") == "paused" and m.step == 200)
    assert in_order(run)
    assert run.of(Shifted) == []


def test_a_paused_run_with_a_frozen_rank_does_not_hang_in_a_shift(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", mode="cpu,dp=2", hang_limit_s=1.0, **SMALL))
    run.session.run_until(3)
    run.status("paused")
    crew = run.session._run.crews.crew
    assert crew is not None
    crew.processes[1].freeze()
    run.session.shift("cpu,threads=2")
    failed = run.until(lambda m: isinstance(m, RankFailed), 20)
    assert failed.rank == 1  # type: ignore[union-attr]
    assert "frozen" in failed.reason  # type: ignore[union-attr]


def test_a_next_rank_that_freezes_is_found_and_the_run_goes_on(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", hang_limit_s=1.0, **SMALL))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    run.session.shift("cpu,dp=2")
    crews = run.session._run.crews
    run.until(lambda _: crews.shift is not None and crews.shift.crew.processes[1].pid is not None)
    assert crews.shift is not None
    crews.shift.crew.processes[1].freeze()
    failed = run.until(lambda m: isinstance(m, ShiftFailed), 20)
    assert "Rank 1" in failed.reason  # type: ignore[union-attr]
    assert "frozen" in failed.reason  # type: ignore[union-attr]
    run.goes_on(10)
    assert in_order(run)


def test_running_on_to_a_step_that_is_past_pauses_at_once(watch: Watch, tmp_path: Path) -> None:
    first = watch(make_spec("digits-mlp", **SMALL), directory=tmp_path / "r")
    first.session.run_until(25)
    first.status("paused")
    first.ends()
    again = watch(make_spec("digits-mlp", **SMALL), directory=tmp_path / "r", resume=True)
    again.session.run_until(10)
    paused = again.status("paused")
    assert paused.step == 25  # type: ignore[union-attr]
    assert again.steps() == []
