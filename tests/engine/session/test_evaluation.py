"""The evaluator: what it finds is true, and whatever becomes of it, training goes on as if it were not there."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from safetensors.torch import load_file

from engine.config.spec import RunSpec, make_spec
from engine.errors import Sentence
from engine.events.evaluator import Answer, EvaluatorChanged, Points, Surface, TextSample, Validated
from engine.events.ranks import RankFailed
from engine.events.run import Notice, RunFinished, RunStarted, SegmentStarted, StatusChanged
from engine.events.shift import Shifted
from engine.events.states import StateSaved
from engine.rank.data.batches import Batches
from engine.rank.evaluator.evaluator import LOW_PRIORITY
from engine.rank.workloads import digits_mlp
from engine.record.reader import read_record
from engine.record.states import last_state
from engine.rows import StepBatch
from engine.session import ending
from engine.session.evaluation import OFF
from engine.session.session import Session
from engine.session.starter import RankStarter
from tests.conftest import Watched

SMALL: dict[str, Any] = {"knobs": {"hidden": 16}, "batch_size": 32}
Watch = Callable[..., Watched]


def started(watch: Watch, **fields: Any) -> Watched:
    """A run that has made a step, and been looked at since: before its first one a shift is no shift."""
    run = watch(make_spec("digits-mlp", **{**SMALL, **fields}))
    run.session.play()
    run.until(lambda m: isinstance(m, SegmentStarted))
    run.until(lambda m: isinstance(m, Validated))
    return run


def evaluator_of(run: Watched) -> int:
    """Its process number."""
    process = run.session._run.evaluation.process
    assert process is not None
    assert process.pid is not None
    return process.pid


def made_steps(run: Watched, count: int) -> None:
    """Wait for so many more steps."""
    run.drain()
    goal = len(run.steps()) + count
    while len(run.steps()) < goal:
        run.until(lambda m: isinstance(m, StepBatch))


def outputs_of(directory: Path, spec: RunSpec) -> tuple[torch.Tensor, torch.Tensor]:
    """Of the last saved state, on the validation split: what the model says, and what is right."""
    state = last_state(directory)
    assert state is not None
    weights = {name[6:]: w for name, w in load_file(directory / state.name).items() if name.startswith("model.")}
    workload = digits_mlp.build(spec.knobs, spec.seed)
    model = workload.make_model().to(next(iter(weights.values())).dtype)
    model.load_state_dict(weights)
    assert workload.validation is not None
    inputs, targets = workload.validation.to(torch.device("cpu"), model[0].weight.dtype).first(360)
    with torch.no_grad():
        return model(inputs), targets


@pytest.mark.parametrize(
    "mode",
    [
        "cpu,threads=1,precision=fp64",
        "cpu,threads=2,precision=fp64",
        "cpu,dp=2,precision=fp64",
        "cpu,dp=2,transport=shm,precision=fp64",
        "cpu,fsdp=3,precision=fp64",
        "cpu,tp=2,precision=fp64",
        "cpu,pp=2,precision=fp64",
        "cpu,pp=2,dp=2,precision=fp64",
        "cpu,dp=2,zero=2,precision=fp64",
        "cpu,dp=2,local=7,precision=fp64",
        "cpu,hogwild=2,precision=fp64",
    ],
)
def test_validation_is_that_of_the_weights_of_its_step_in_every_mode(watch: Watch, tmp_path: Path, mode: str) -> None:
    spec = make_spec("digits-mlp", mode=mode, steps=30, batch_size=50, knobs={"hidden": 32, "layers": 4})
    run = watch(spec, directory=tmp_path / "run")
    run.session.run_until(10)
    run.until(lambda m: isinstance(m, Validated) and m.step == 10)
    run.session.play()
    run.until(lambda m: isinstance(m, RunFinished))
    last = run.of(Validated)[-1]
    assert isinstance(last, Validated)
    assert (last.step, last.samples) == (30, 360)
    run.session.close()
    outputs, targets = outputs_of(tmp_path / "run", spec)
    loss = torch.nn.functional.cross_entropy(outputs, targets).item()
    assert last.loss == pytest.approx(loss, rel=1e-12)
    assert last.metric == (outputs.argmax(1) == targets).double().mean().item()
    assert isinstance(end := run.of(RunFinished)[-1], RunFinished)
    assert (end.validation_loss, end.validation_metric) == (last.loss, last.metric)


def test_modes_agree_on_the_validation_of_the_same_step(watch: Watch, tmp_path: Path) -> None:
    found = {}
    for mode in ("threads=1", "dp=2", "fsdp=2", "tp=2", "pp=2"):
        spec = make_spec("digits-mlp", mode=f"cpu,{mode},precision=fp64", steps=20, knobs={"hidden": 32, "layers": 4})
        run = watch(spec, directory=tmp_path / mode)
        run.session.run_until(10)
        run.until(lambda m: isinstance(m, Validated) and m.step == 10)
        run.session.play()
        run.until(lambda m: isinstance(m, RunFinished))
        run.session.close()
        found[mode] = [(m.step, m.loss) for m in run.of(Validated) if m.step in (10, 20)]  # type: ignore[attr-defined]
    plain = found.pop("threads=1")
    assert [step for step, _ in plain] == [10, 20]
    for mode, there in found.items():
        assert [step for step, _ in there] == [10, 20], mode
        for (_, loss), (_, expected) in zip(there, plain, strict=True):
            assert loss == pytest.approx(expected, rel=1e-12), mode


def test_of_replicas_that_train_by_themselves_it_sees_the_first(watch: Watch) -> None:
    spec = make_spec("digits-mlp", mode="cpu,dp=2,local=1000,precision=fp64", batch_size=50, knobs={"hidden": 32})
    run = watch(spec)
    run.session.run_until(10)
    seen = run.until(lambda m: isinstance(m, Validated) and m.step == 10)
    workload = digits_mlp.build(spec.knobs, spec.seed).to(torch.device("cpu"), torch.float64)
    torch.manual_seed(spec.seed)
    model = workload.make_model().double()
    optimizer = torch.optim.SGD(model.parameters(), lr=spec.lr, momentum=0.9)
    batches = Batches(workload.train, seed=spec.seed, rank=0, world_size=2)
    for step in range(10):  # what rank 0 does
        batch = batches.take(step * spec.batch_size, spec.batch_size)
        optimizer.zero_grad()
        (workload.loss_sum(model(batch.inputs), batch.targets) / batch.units).backward()
        optimizer.step()
    assert workload.validation is not None
    inputs, targets = workload.validation.first(360)
    with torch.no_grad():
        loss = torch.nn.functional.cross_entropy(model(inputs), targets).item()
    assert seen.loss == pytest.approx(loss, rel=1e-10)  # type: ignore[union-attr]


def test_one_evaluator_sees_a_run_through_its_shifts_other_precisions_and_hogwild(watch: Watch) -> None:
    run = started(watch)
    pid = evaluator_of(run)
    for mode in ("cpu,hogwild=2", "cpu,tp=2,precision=fp64", "cpu,dp=2", "cpu,threads=1,precision=bf16"):
        run.session.shift(mode)
        run.until(lambda m: isinstance(m, Shifted))
        run.until(lambda m: isinstance(m, Validated) and m.loss is not None and m.loss < 2.3)  # it learns
        assert evaluator_of(run) == pid
    assert not [m for m in run.of(Notice) if m.level != "info"]  # type: ignore[attr-defined]


def test_looks_at_low_priority_and_has_a_row_of_its_own(watch: Watch) -> None:
    run = started(watch)
    pid = evaluator_of(run)
    run.until(lambda m: "evaluator" in [usage.label for usage in getattr(m, "processes", ())])
    priorities = {os.getpriority(os.PRIO_PROCESS, thread.id) for thread in psutil.Process(pid).threads()}
    assert LOW_PRIORITY in priorities


def test_decision_surface_and_points_come_from_it(watch: Watch) -> None:
    run = watch(make_spec("spirals", steps=20, mode="cpu,tp=2"))
    run.session.run_until(10)
    run.until(lambda m: isinstance(m, Surface) and m.step == 10)
    run.session.play()
    run.until(lambda m: isinstance(m, RunFinished))
    assert len(run.of(Points)) == 1
    assert run.of(Surface)[-1].step == 20  # type: ignore[attr-defined]


def test_a_model_of_language_writes_first_and_last_and_the_record_keeps_it(watch: Watch, tmp_path: Path) -> None:
    run = watch(make_spec("text-attention", steps=20, mode="cpu,tp=2"), directory=tmp_path / "run")
    run.session.run_until(10)
    run.until(lambda m: isinstance(m, TextSample))
    run.session.play()
    run.until(lambda m: isinstance(m, RunFinished))
    told = [m for m in run.of(TextSample) if isinstance(m, TextSample)]
    texts = [text for text in told if text.is_over]
    (first, *growing), whole = [text for text in told if text.step == texts[0].step], texts[0].text
    assert not first.is_over  # told as it is written
    assert all(whole.startswith(text.text) for text in (first, *growing))
    assert texts[-1].step == 20
    assert all(text.text and text.prompt == texts[0].prompt and len(text.prompt) == 64 for text in texts)
    run.session.close()
    assert [m for m in read_record(tmp_path / "run").events if isinstance(m, TextSample)] == texts


def test_killed_it_is_told_and_replaced_and_training_goes_on(watch: Watch) -> None:
    run = started(watch)
    for _ in range(2):
        pid = evaluator_of(run)
        os.kill(pid, signal.SIGKILL)
        notice = run.until(lambda m: isinstance(m, Notice) and m.level == "warning")
        assert isinstance(notice, Notice)
        assert f"process {pid}" in notice.text
        assert "SIGKILL" in notice.text
        assert "takes its place" in notice.text
        run.until(lambda m: isinstance(m, Validated))
        assert evaluator_of(run) != pid
    os.kill(evaluator_of(run), signal.SIGKILL)
    off = run.until(lambda m: isinstance(m, EvaluatorChanged))
    assert isinstance(off, EvaluatorChanged)
    assert not off.is_on
    assert "without validation" in off.reason
    made_steps(run, 500)
    assert run.session._run.evaluation.process is None
    run.session.evaluate(on=True)  # tried again, because somebody asks for it
    run.until(lambda m: isinstance(m, Validated))
    steps = run.steps()
    assert steps == list(range(len(steps)))
    assert not run.of(RankFailed)


def test_frozen_it_holds_up_nothing(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "LAST_LOOK_S", 0.5)
    run = started(watch)
    os.kill(evaluator_of(run), signal.SIGSTOP)
    run.until(lambda _: run.session._run.evaluation._is_ordered)
    made_steps(run, 500)
    run.session.shift("cpu,dp=2")
    run.until(lambda m: isinstance(m, Shifted))
    run.session.pause()
    run.status("paused")
    run.session.play()
    made_steps(run, 100)
    run.session.stop()
    notice = run.until(lambda m: isinstance(m, Notice) and m.level == "warning")
    assert isinstance(notice, Notice)
    assert "did not look at the last weights" in notice.text
    run.status("finished")
    run.session.close()
    assert isinstance(last_state(run.session.directory), object)


def test_a_run_that_ends_waits_a_while_for_its_last_look(watch: Watch) -> None:
    run = started(watch)
    pid = evaluator_of(run)
    os.kill(pid, signal.SIGSTOP)
    run.goes_on()  # past the weights that it has looked at: of these no last look would be wanted
    run.session.stop()
    run.until(lambda m: isinstance(m, StatusChanged) and m.words == "last validation")  # the ranks are gone
    os.kill(pid, signal.SIGCONT)
    end = run.until(lambda m: isinstance(m, RunFinished))
    last = run.of(Validated)[-1]
    assert isinstance(last, Validated)
    assert isinstance(end, RunFinished)
    assert (last.step, last.loss) == (end.step, end.validation_loss)


def test_frozen_a_session_closes_at_once(watch: Watch) -> None:
    run = started(watch)
    pid = evaluator_of(run)
    os.kill(pid, signal.SIGSTOP)
    begin_s = time.monotonic()
    run.session.close()
    assert time.monotonic() - begin_s < 3.0
    assert not psutil.pid_exists(pid)


def test_frozen_it_is_found_and_replaced(watch: Watch) -> None:
    run = started(watch, hang_limit_s=1.0)
    pid = evaluator_of(run)
    os.kill(pid, signal.SIGSTOP)
    notice = run.until(lambda m: isinstance(m, Notice) and m.level == "warning")
    assert isinstance(notice, Notice)
    assert "frozen" in notice.text
    run.until(lambda m: isinstance(m, Validated))
    assert evaluator_of(run) != pid
    assert not psutil.pid_exists(pid)


def test_what_it_says_of_steps_that_are_made_again_is_not_told(watch: Watch) -> None:
    run = started(watch)
    pid = evaluator_of(run)
    run.until(lambda m: isinstance(m, Validated))
    os.kill(pid, signal.SIGSTOP)
    run.until(lambda _: run.session._run.evaluation._is_ordered)
    look = run.session._run.evaluation._whole
    assert look is not None
    crew = run.session._run.crews.crew
    assert crew is not None
    crew.processes[0].kill()
    run.until(lambda m: isinstance(m, RankFailed))
    run.session.play()
    again = run.until(lambda m: isinstance(m, RunStarted))
    # Nor is it what the run has come to, if it should end at that very step with other weights.
    kept = run.session._run.evaluation.validated
    assert kept is None or kept.step <= again.step  # type: ignore[union-attr]
    os.kill(pid, signal.SIGCONT)
    seen = run.until(lambda m: isinstance(m, Validated))
    assert seen.step != look.step  # type: ignore[union-attr]
    assert evaluator_of(run) == pid


def test_off_on_request_there_is_none_and_the_record_says_why(starter: RankStarter, tmp_path: Path) -> None:
    spec = make_spec("digits-mlp", steps=50, **SMALL)
    session = Session(spec, starter, directory=tmp_path / "run", is_evaluated=False)
    run = Watched(session)
    try:
        session.play()
        end = run.until(lambda m: isinstance(m, RunFinished))
        assert end.validation_loss is None  # type: ignore[union-attr]
        assert session._run.evaluation.process is None
    finally:
        session.close()
    events = read_record(tmp_path / "run").events
    assert [event.reason for event in events if isinstance(event, EvaluatorChanged)] == [OFF]
    assert not [event for event in events if isinstance(event, Validated)]


def test_switched_off_and_on_while_it_trains(watch: Watch) -> None:
    run = started(watch)
    pid = evaluator_of(run)
    run.session.evaluate(on=False)
    run.until(lambda m: isinstance(m, EvaluatorChanged) and not m.is_on)
    assert not psutil.pid_exists(pid)
    seen = len(run.of(Validated))
    made_steps(run, 500)
    assert len(run.of(Validated)) == seen
    run.session.evaluate(on=True)
    run.until(lambda m: isinstance(m, EvaluatorChanged) and m.is_on)
    run.until(lambda m: isinstance(m, Validated))


def test_asked_it_answers_by_the_weights_last_looked_at(watch: Watch) -> None:
    spec = make_spec("digits-mlp", mode="cpu,dp=2,precision=fp64", **SMALL)
    run = watch(spec)
    run.session.run_until(40)
    run.until(lambda m: isinstance(m, Validated) and m.step == 40)
    number = run.session.ask([0, 7, 359])
    answer = run.until(lambda m: isinstance(m, Answer))
    assert isinstance(answer, Answer)
    assert (answer.number, answer.step, answer.reason) == (number, 40, "")
    run.until(lambda m: isinstance(m, StateSaved) and m.step == 40)
    outputs, targets = outputs_of(run.session.directory, spec)
    assert torch.tensor(answer.outputs, dtype=torch.float64) == pytest.approx(outputs[[0, 7, 359]], rel=1e-12)
    assert [int(row[0]) for row in answer.targets] == targets[[0, 7, 359]].tolist()


def test_a_question_that_cannot_be_answered_is_answered_so(watch: Watch) -> None:
    run = started(watch)
    run.session.ask([360])
    answer = run.until(lambda m: isinstance(m, Answer))
    assert "0 to 359" in answer.reason  # type: ignore[union-attr]
    assert isinstance(answer.reason, Sentence)  # type: ignore[union-attr]
    run.session.evaluate(on=False)
    run.session.ask([0])
    answer = run.until(lambda m: isinstance(m, Answer))
    assert answer.reason == OFF  # type: ignore[union-attr]
