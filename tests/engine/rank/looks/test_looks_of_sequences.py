"""Looks at networks that read one moment after the other, and at guesses in gaps, beside what is computed by hand."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from engine.pictures import Curve, HeatMap, Line, Text, Turned
from engine.rank.data.gaps import GAP
from engine.rank.data.python_text import text_of, typed
from engine.rank.data.source import Tensors
from engine.rank.data.subject import Subject
from engine.rank.looks.memory import heard_last
from engine.rank.looks.voices import turn_voice
from engine.rank.workloads.vowels_lstm import Recur
from tests import subjects
from tests.subjects import one_thread  # noqa: F401 - a fixture

subject_of = partial(subjects.subject_of, spread=0.3)  # so that no head hears of all alike
pytestmark = pytest.mark.usefixtures("one_thread")


def by_hand(lstm: nn.LSTM, inputs: torch.Tensor) -> np.ndarray:
    """What an LSTM shows along one line, (t, width), by its formulas."""
    w, u, b, c = (parameter.detach().double() for parameter in lstm.parameters())
    shown, kept = torch.zeros(u.shape[1], dtype=torch.float64), torch.zeros(u.shape[1], dtype=torch.float64)
    rows = []
    for moment in inputs.double():
        i, f, g, o = (w @ moment + u @ shown + b + c).chunk(4)
        kept = f.sigmoid() * kept + i.sigmoid() * g.tanh()
        shown = o.sigmoid() * kept.tanh()
        rows.append(shown.numpy())
    return np.stack(rows)


def test_the_hidden_state_is_that_of_the_formulas_moment_by_moment() -> None:
    line = 2
    workload, subject = subject_of("text-lstm", 0, line)
    picture = workload.looks["state"](subject)
    assert isinstance(picture, HeatMap)
    assert workload.validation is not None
    characters = workload.validation.take(torch.tensor([line]))[0]
    first = subject.model.get_submodule("first.gates")
    assert isinstance(first, nn.LSTM)
    state = by_hand(first, subject.model.get_submodule("embed")(characters)[0].detach())  # (t, width)
    units = [int(row) - 1 for row in picture.rows]
    found = np.frombuffer(picture.values, np.float32).reshape(len(units), 64)
    assert found == pytest.approx(state[:, units].T, abs=1e-4)
    spread = state.std(0)
    assert spread[units].min() >= np.delete(spread, units).max() - 1e-4
    assert len(units) == 48
    assert "".join(picture.columns) == text_of(characters[0]).replace(" ", "␣").replace("\n", "␣")


def test_a_line_in_pieces_forgets_what_was_before_and_the_loss_is_that_of_lines_of_their_own() -> None:
    workload, subject = subject_of("text-lstm")
    picture = workload.looks["cut"](subject)
    assert isinstance(picture, Curve)
    whole, cut = np.frombuffer(picture.y, np.float32).reshape(2, 64)
    assert workload.validation is not None
    inputs, wanted = workload.validation.first(len(workload.validation))
    chances = subject.forward(inputs).log_softmax(2)
    second, third = (subject.forward(inputs[:, at : at + 16]).log_softmax(2) for at in (16, 32))
    for place in (0, 20, 40):
        right = [-float(chances[line, place, wanted[line, place]]) for line in range(len(wanted))]
        assert whole[place] == pytest.approx(np.mean(right), rel=1e-4)
    for part, begins, place in ((second, 16, 20), (third, 32, 40)):
        right = [-float(part[line, place - begins, wanted[line, place]]) for line in range(len(wanted))]
        assert cut[place] == pytest.approx(np.mean(right), rel=1e-4)
    assert cut[:16] == pytest.approx(whole[:16], rel=1e-4)
    assert (np.abs(cut[16:] - whole[16:]) > 1e-3).any()


def test_who_hears_the_end_alone_is_right_as_often_as_a_network_that_begins_there() -> None:
    torch.manual_seed(3)
    model = nn.Sequential(Recur(12, 8, only_last=True), nn.Linear(8, 3))
    inputs, classes = torch.randn(40, 29, 12), torch.randint(0, 3, (40,))
    picture = heard_last(Subject(model, Tensors(inputs, classes), torch.no_grad()(model)))
    assert isinstance(picture, Curve)
    found = np.frombuffer(picture.y, np.float32)
    lstm = model[0].gates
    assert isinstance(lstm, nn.LSTM)
    for heard in (1, 5, 29):
        last = np.stack([by_hand(lstm, one[29 - heard :])[-1] for one in inputs])
        scores = torch.from_numpy(last).float() @ model[1].weight.T + model[1].bias  # type: ignore[operator, arg-type]
        assert found[heard - 1] == pytest.approx(float((scores.argmax(1) == classes).float().mean()))


def test_a_voice_is_turned_where_it_is_heard_and_told_of_by_the_network() -> None:
    torch.manual_seed(3)
    model = nn.Sequential(Recur(12, 8, only_last=True), nn.Linear(8, 9))
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.5)
    inputs = torch.randn(20, 29, 12) + torch.randn(20, 1, 12)
    inputs[:, :5] = 0.0  # silence
    source = Tensors(inputs, torch.arange(20) % 9)
    subject = Subject(model, source, torch.no_grad()(model))
    (picture,) = list(turn_voice(source)(subject, Turned(sample=11, feature=4, values={4: 1.5, 7: -1.0})))
    assert isinstance(picture, Curve)
    means = inputs[:, 5:].double().mean(1)
    own, spread = means.mean(0), means.std(0, correction=0)

    def chances(coefficients: dict[int, float]) -> torch.Tensor:
        heard = inputs[11:12, 5:].double()
        for number, value in coefficients.items():
            heard[..., number] += own[number] + value * spread[number] - means[11, number]
        return subject.forward(torch.cat([torch.zeros(1, 5, 12), heard.float()], 1))[0].softmax(0)

    assert picture.mark == pytest.approx(float(own[4] + 1.5 * spread[4]), rel=1e-4)
    x = np.frombuffer(picture.x, np.float32)
    y = np.frombuffer(picture.y, np.float32).reshape(3, -1)
    men = [int(name.values["number"]) - 1 for name in picture.names]
    for value in (-3.0, 1.5, 3.0):
        place = int(np.argmin(np.abs(x - float(own[4] + value * spread[4]))))
        assert y[:, place] == pytest.approx(chances({7: -1.0, 4: value})[men].numpy(), abs=1e-5)
    for told, turned in (("now", {7: -1.0, 4: 1.5}), ("before", {})):
        said = chances(turned)
        best = int(said.argmax())
        assert str(picture.note.values[told]).startswith(f"{best + 1} ({float(said[best]):.0%}), ")
    assert picture.note.values["man"] == 11 % 9 + 1
    (last,) = list(turn_voice(source)(subject, Turned(sample=999, feature=999)))
    assert [choice.chosen for choice in last.choices] == [19, 11]


def test_gaps_are_shown_as_guessed_and_what_is_right_and_wrong_is_marked() -> None:
    workload, subject = subject_of("text-bert")
    picture = workload.looks["gaps"](subject)
    assert isinstance(picture, Text)
    assert workload.validation is not None
    inputs, wanted = workload.validation.first(8)
    said = subject.forward(inputs).argmax(2)
    weights, at, right = np.frombuffer(picture.weights, np.float32), 0, 0
    for line in range(8):
        rows = picture.text.split("\n")[4 * line : 4 * line + 4]
        assert [len(row) for row in rows] == [64, 64, 64, 0]
        for place in range(64):
            is_gap = int(inputs[line, place]) == GAP
            true = text_of((wanted if is_gap else inputs)[line, place : place + 1]).replace("\n", "↵")
            guess = text_of((said if is_gap else inputs)[line, place : place + 1]).replace("\n", "↵")
            seen = guess.replace(" ", "␣") if is_gap else guess
            assert [row[place] for row in rows[:3]] == ["▯" if is_gap else true, seen, true]
            assert weights[at + 65 + place] == (0 if not is_gap else 1 if guess == true else -1)
            right += is_gap and guess == true
        at += 3 * 65 + 1
    assert not np.delete(weights, [196 * line + 65 + place for line in range(8) for place in range(64)]).any()
    assert picture.note.values == {"gaps": 80, "right": right}


def test_what_is_typed_with_gaps_is_filled_in_by_the_likeliest_from_both_sides() -> None:
    workload, subject = subject_of("text-bert")
    (picture,) = list(workload.tries["fill"](subject, Line(text="The s_rict w_rd")))
    assert isinstance(picture, Text)
    line = torch.zeros(1, 64, dtype=torch.int64)
    line[0, :15] = typed("The s_rict w_rd")
    line[0, [5, 12]] = GAP
    chances = subject.forward(line)[0].softmax(1)
    best = [text_of(chances[place].argmax()[None]).replace("\n", "↵") for place in (5, 12)]
    seen = [guess.replace(" ", "␣") for guess in best]
    assert picture.text == f"The s{seen[0]}rict w{seen[1]}rd"
    weights = np.frombuffer(picture.weights, np.float32)
    assert weights[[5, 12]] == pytest.approx(chances[[5, 12]].max(1).values.numpy(), rel=1e-4)
    assert np.count_nonzero(weights) == 2
    told = best[0].replace(" ", "␣")
    assert str(picture.note.values["told"]).startswith(f"{told} {float(chances[5].max()):.0%}, ")
    later = next(iter(workload.tries["fill"](subject, Line(text="The s_rict w_rld"))))
    assert isinstance(later, Text)
    assert np.frombuffer(later.weights, np.float32)[5] != weights[5]  # what stands behind a gap counts
    (whole,) = list(workload.tries["fill"](subject, Line(text="中" * 100)))
    assert isinstance(whole, Text)
    assert whole.text == "?" * 64 + "…"  # the rest is not read
    (nothing,) = list(workload.tries["fill"](subject, Line(text="")))
    assert "Type a line" in str(nothing.note)
