"""Looks and tries through a whole session: drawn while somebody watches, answered while it trains and pauses."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from engine.config.spec import make_spec
from engine.errors import RequestError, Sentence
from engine.events.evaluator import EvaluatorChanged, LookDrawn, TryAnswered, Validated
from engine.events.run import RunFinished
from engine.events.states import StateSaved
from engine.ipc.orders import Try
from engine.pictures import (
    Bars,
    Drawing,
    HeatMap,
    ImageGrid,
    Line,
    Picks,
    Plane,
    Prompt,
    Scatter,
    Stream,
    Text,
    Turned,
)
from engine.record.reader import read_record
from engine.session.questions import try_of
from tests.conftest import Watched
from tests.engine.session.test_evaluation import evaluator_of, outputs_of

SMALL: dict[str, Any] = {"knobs": {"hidden": 16, "layers": 3}, "batch_size": 32, "lr": 0.001}
ONE = Drawing(side=16, ink=bytes([0] * 7 + [255] * 2 + [0] * 7) * 16)
Watch = Callable[..., Watched]


def drawn(run: Watched, look: str, step: int | None = None) -> LookDrawn:
    """The next picture of that look, of those weights."""
    found = run.until(lambda m: isinstance(m, LookDrawn) and m.look == look and step in (None, m.step))
    assert isinstance(found, LookDrawn)
    return found


def answered(run: Watched, number: int) -> TryAnswered:
    """The first answer of that number."""
    found = run.until(lambda m: isinstance(m, TryAnswered) and m.number == number)
    assert isinstance(found, TryAnswered)
    return found


def test_a_watched_look_is_of_the_weights_of_its_step_in_a_mode_that_spreads_them(watch: Watch) -> None:
    spec = make_spec("digits-mlp", mode="cpu,tp=2,precision=fp64", **SMALL)
    run = watch(spec)
    run.session.watch("confusion")
    run.session.run_until(40)
    picture = drawn(run, "confusion", 40).picture
    run.until(lambda m: isinstance(m, StateSaved) and m.step == 40)
    outputs, targets = outputs_of(run.session.directory, spec)
    expected = np.zeros((10, 10), np.float32)
    np.add.at(expected, (targets.numpy(), outputs.argmax(1).numpy()), 1)
    assert isinstance(picture, HeatMap)
    assert np.frombuffer(picture.values, np.float32).reshape(10, 10).tolist() == expected.tolist()


def test_only_what_is_watched_is_drawn_and_paused_another_is_drawn_at_once(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.run_until(10)
    run.until(lambda m: isinstance(m, Validated) and m.step == 10)
    assert not run.of(LookDrawn)
    run.session.watch("wrong")
    assert isinstance(drawn(run, "wrong", 10).picture, ImageGrid)
    run.session.watch("weights")
    assert isinstance(drawn(run, "weights", 10).picture, ImageGrid)
    run.session.watch("")
    run.session.run_until(20)
    run.until(lambda m: isinstance(m, Validated) and m.step == 20)
    assert max(m.step for m in run.of(LookDrawn)) == 10  # type: ignore[attr-defined]


def test_a_watched_look_is_drawn_of_the_last_weights_and_by_an_evaluator_that_takes_anothers_place(
    watch: Watch, tmp_path: Any
) -> None:
    run = watch(make_spec("digits-mlp", steps=60, **SMALL), directory=tmp_path / "run")
    run.session.watch("confusion")
    run.session.run_until(20)
    drawn(run, "confusion", 20)
    run.session._run.evaluation.process.kill()  # type: ignore[union-attr]
    run.session.play()
    run.until(lambda m: isinstance(m, RunFinished))
    assert run.of(LookDrawn)[-1].step == 60  # type: ignore[attr-defined]
    run.session.close()
    assert not [m for m in read_record(tmp_path / "run").events if isinstance(m, LookDrawn)]


def test_a_try_is_answered_while_it_trains_while_it_pauses_and_by_newer_weights_anew(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.run_until(5)
    run.session.try_out(0, "draw", ONE)  # before there are weights
    first = answered(run, 0)
    assert isinstance(first.picture, Bars)
    assert sum(first.picture.values) == pytest.approx(1.0)
    run.until(lambda m: isinstance(m, Validated) and m.step == 5)
    run.session.try_out(1, "draw", ONE)
    again = answered(run, 1)
    assert (again.step, again.reason) == (5, "")
    run.session.run_until(200)
    run.until(lambda m: isinstance(m, Validated) and m.step == 200)
    run.session.try_out(2, "draw", ONE)
    later = answered(run, 2)
    assert later.step == 200
    assert later.picture != again.picture
    run.session.play()
    run.session.try_out(3, "draw", ONE)
    assert isinstance(answered(run, 3).picture, Bars)


def test_what_cannot_be_looked_at_or_tried_is_told_and_the_evaluator_lives(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.run_until(5)
    run.until(lambda m: isinstance(m, Validated))
    pid = evaluator_of(run)
    run.session.watch("nothing")
    assert drawn(run, "nothing").reason == "This workload has no look called nothing."
    run.session.try_out(0, "nothing", ONE)
    assert "nothing" in answered(run, 0).reason
    run.session.try_out(1, "draw", Prompt(text="a drawing it is not"))
    wrong = answered(run, 1)
    assert isinstance(wrong.reason, Sentence)
    assert "could not be tried" in wrong.reason
    assert wrong.is_over
    with pytest.raises(RequestError, match="temperature"):
        run.session.try_out(2, "draw", Prompt(text="", temperature=-1.0))
    run.session.try_out(3, "draw", ONE)
    assert answered(run, 3).reason == ""
    assert evaluator_of(run) == pid
    run.session.evaluate(on=False)
    run.until(lambda m: isinstance(m, EvaluatorChanged) and not m.is_on)
    run.session.try_out(4, "draw", ONE)
    assert "switched off" in answered(run, 4).reason


@pytest.mark.parametrize(
    "given",
    [
        Line(text="a"),
        Plane(points=((0.5, -1.0, 1),), is_learned=True),
        Turned(sample=3, feature=2, values={2: -1.5, 7: 0.25}),
        Picks(items=(4, 0)),
        Stream(text="a\nb", alarm=0.25),
    ],
    ids=lambda given: type(given).__name__,
)
def test_what_is_given_arrives_at_the_evaluator_as_it_was(given: Any) -> None:
    order = try_of(7, "name", given)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(order), type=Try) == order
    assert order.given == given


@pytest.mark.parametrize(
    "given",
    [
        Plane(points=((float("nan"), 0.0, 1),)),
        Plane(points=((0.0, 0.0, 2),)),
        Picks(items=(-1,)),
        Stream(text="", alarm=2.0),
    ],
)
def test_what_no_model_can_be_given_is_refused(given: Any) -> None:
    with pytest.raises(RequestError, match="cannot be tried"):
        try_of(7, "name", given)


def test_points_in_the_plane_are_answered_while_it_trains(watch: Watch) -> None:
    run = watch(make_spec("spirals", knobs={"hidden": 8}))
    run.session.watch("gradient")
    run.session.play()
    assert isinstance(drawn(run, "gradient").picture, HeatMap)
    run.session.try_out(0, "points", Plane(points=((0.5, 0.0, 1),), is_learned=True))
    last = run.until(lambda m: isinstance(m, TryAnswered) and m.is_over)
    assert not last.reason  # type: ignore[union-attr]
    shown = [m.picture for m in run.of(TryAnswered) if m.picture is not None]  # type: ignore[attr-defined]
    assert isinstance(shown[-1], Scatter)
    assert shown[-1].note.values["step"] == 150


def test_a_text_comes_token_by_token_while_it_trains_and_ends_when_that_is_asked_for(watch: Watch) -> None:
    run = watch(make_spec("text-attention", knobs={"context": 16}, batch_size=8))
    run.session.play()
    run.session.try_out(0, "continue", Prompt(text="What ", tokens=3, temperature=0.0))
    whole = run.until(lambda m: isinstance(m, TryAnswered) and m.is_over)
    shown = [m.picture for m in run.of(TryAnswered) if m.picture is not None]  # type: ignore[attr-defined]
    assert not whole.reason  # type: ignore[union-attr]
    assert len(shown[-1].text) == 3
    run.session.try_out(1, "continue", Prompt(text="What ", tokens=2_000))
    assert isinstance(answered(run, 1).picture, Text)
    run.session.try_out(1, "", None)
    run.until(lambda m: isinstance(m, TryAnswered) and m.number == 1 and m.is_over)
    shown = [m.picture for m in run.of(TryAnswered) if m.picture is not None]  # type: ignore[attr-defined]
    assert 0 < len(shown[-1].text) < 2_000
    run.session.try_out(2, "continue", Prompt(text="And ", tokens=1))
    assert answered(run, 2).reason == ""
