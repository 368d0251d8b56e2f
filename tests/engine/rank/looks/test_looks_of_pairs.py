"""Looks at models that bring two things together, people and items, pictures and names, beside sums made by hand."""

import numpy as np
import pytest
import torch
from torch import nn

from engine.pictures import Bars, Curve, Drawing, HeatMap, ImageGrid, Line, Picks, Scatter
from engine.rank.data.choices import generated
from engine.rank.looks.digits import digit_of
from engine.rank.workloads.digits_two_views import LETTERS, NAMES, TwoViews
from tests.subjects import one_thread, subject_of  # noqa: F401 - a fixture

NAMES_OF_SONGS = generated(0).names
ONE = Drawing(side=16, ink=bytes([0] * 7 + [255] * 2 + [0] * 7) * 16)


pytestmark = pytest.mark.usefixtures("one_thread")


def test_recall_is_how_often_what_was_held_back_is_among_so_many() -> None:
    workload, subject = subject_of("recommender")
    picture = workload.looks["recall"](subject)
    assert isinstance(picture, Curve)
    model, often = np.frombuffer(picture.y, np.float32).reshape(2, 50)
    assert workload.validation is not None
    users, wanted = workload.validation.first(len(workload.validation))
    order = subject.forward(users).argsort(dim=1, descending=True)
    places = [order[row].tolist().index(int(item)) for row, (item, _) in enumerate(wanted[:1_000])]
    rest = [(order[row] == item).nonzero().item() for row, (item, _) in enumerate(wanted) if row >= 1_000]
    for k in (1, 10, 50):
        assert model[k - 1] == pytest.approx(np.mean([place < k for place in places + rest]), abs=1e-6)
    counts = np.bincount(generated(0).train[:, 1], minlength=300)
    most = set(np.argsort(-counts, kind="stable")[:10].tolist())
    assert often[9] == pytest.approx(np.mean([int(item) in most for item, _ in wanted]), abs=0.003)  # ties
    score = workload.score_sum(subject.forward(users), wanted) / len(wanted)
    assert picture.note.values["model"] == pytest.approx(float(score))


def lying(model: torch.nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    """Where items lie and what they have by themselves: what comes of people on the axes, and of nobody."""
    tower, people = model.get_submodule("items"), torch.eye(8)
    renown = tower(torch.zeros(1, 8)).detach()[0]
    return (tower(people).detach() - renown).T.double(), renown.double()


@pytest.mark.parametrize("items", ["table", "titles"])
def test_the_map_is_along_the_directions_in_which_items_differ_most(items: str) -> None:
    workload, subject = subject_of("recommender", items=items)
    picture = workload.looks["map"](subject)
    assert isinstance(picture, Scatter)
    factors = lying(subject.model)[0].numpy()
    centred = factors - factors.mean(0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    for found, direction in ((picture.x, vectors[:, -1]), (picture.y, vectors[:, -2])):
        place = np.frombuffer(found, np.float32)
        assert np.abs(place) == pytest.approx(np.abs(centred @ direction), abs=1e-4)
    assert picture.note.values["kept"] == pytest.approx(values[-2:].sum() / values.sum())
    assert picture.names[7] == NAMES_OF_SONGS[7]
    for parameter in subject.model.parameters():
        nn.init.constant_(parameter, torch.inf)  # a rate far too large
    diverged = workload.looks["map"](subject)
    assert isinstance(diverged, Scatter)
    assert not np.frombuffer(diverged.x + diverged.y, np.float32).any()


@pytest.mark.parametrize("known_by", ["table", "titles"])
def test_what_picks_add_sums_up_to_the_scores_and_is_a_step_of_newtons_method(known_by: str) -> None:
    workload, subject = subject_of("recommender", items=known_by, spread=0.3)
    picks = (4, 17, 250)
    (picture,) = list(workload.tries["pick"](subject, Picks(items=(*picks, 4, 9_999))))
    assert isinstance(picture, HeatMap)
    table = np.frombuffer(picture.values, np.float32).reshape(10, 2 + len(picks))
    assert table[:, 0] == pytest.approx(table[:, 1:].sum(1), abs=1e-5)
    q, b = lying(subject.model)

    def unlikely(person: torch.Tensor) -> torch.Tensor:
        return -(q @ person + b).log_softmax(0)[list(picks)].sum() + person.square().sum() / 2

    start = torch.zeros(8, dtype=torch.float64, requires_grad=True)
    slope = torch.autograd.grad(unlikely(start), start)[0]
    curvature = torch.autograd.functional.hessian(unlikely, start)
    person = -torch.linalg.solve(curvature, slope)
    scores = (q @ person + b).detach()
    order = [item for item in scores.argsort(descending=True).tolist() if item not in picks][:10]
    assert picture.rows == tuple(NAMES_OF_SONGS[item] for item in order)
    assert table[:, 0] == pytest.approx(scores[order].numpy(), abs=1e-5)
    (empty,) = list(workload.tries["pick"](subject, Picks()))
    assert isinstance(empty, HeatMap)
    assert empty.rows[0] == NAMES_OF_SONGS[int(b.argmax())]
    assert len(empty.choices[0].options) == 300


def cosine(model: TwoViews, pixels: torch.Tensor, name: str) -> torch.Tensor:
    """Of pictures (n, 64) and one name, by the two towers alone."""
    letters = torch.tensor([LETTERS.index(letter) + 1 for letter in name])
    there = model.name(model.letters(letters).mean(0))
    return torch.nn.functional.cosine_similarity(model.picture(pixels), there[None]).detach()


@pytest.mark.parametrize("language", [0, 1])
def test_the_similarity_matrix_has_the_mean_cosine_of_each_digit_with_each_name(language: int) -> None:
    workload, subject = subject_of("digits-two-views", language)
    picture = workload.looks["similarity"](subject)
    assert isinstance(picture, HeatMap)
    assert picture.columns == tuple(NAMES[language])
    table = np.frombuffer(picture.values, np.float32).reshape(10, 10)
    assert isinstance(subject.model, TwoViews)
    assert workload.validation is not None
    inputs, digits = workload.validation.first(360)
    for digit, name in ((0, 0), (3, 7), (9, 1)):
        found = cosine(subject.model, inputs[digits == digit, :64], NAMES[language][name]).mean()
        assert table[digit, name] == pytest.approx(float(found), abs=1e-5)


def test_a_drawing_gets_its_name_in_both_languages_and_a_name_its_pictures() -> None:
    workload, subject = subject_of("digits-two-views")
    model = subject.model
    assert isinstance(model, TwoViews)
    (named,) = list(workload.tries["draw"](subject, ONE))
    assert isinstance(named, Bars)
    assert named.names == (*NAMES[0], *NAMES[1])
    assert named.seen is not None
    shown = digit_of(ONE) / digit_of(ONE).max()
    assert named.seen.pixels == bytes((255 * shown).round().to(torch.uint8).flatten().tolist())
    for language in (0, 1):
        near = torch.stack([cosine(model, digit_of(ONE).flatten(1), name)[0] for name in NAMES[language]])
        chances = (20 * near).softmax(0).tolist()
        assert named.values[10 * language : 10 * language + 10] == pytest.approx(chances, rel=1e-3)
    (found,) = list(workload.tries["type"](subject, Line(text=" Seven")))
    assert isinstance(found, ImageGrid)
    assert workload.validation is not None
    inputs, digits = workload.validation.first(360)
    near = cosine(model, inputs[:, :64], "seven")
    best = near.argsort(descending=True)[:24]
    assert [words.values["near"] for words in found.captions] == pytest.approx(near[best].tolist(), abs=1e-5)
    first = np.frombuffer(found.pixels, np.uint8).reshape(-1, 8, 8)[0] / 255
    assert first == pytest.approx(inputs[best[0], :64].view(8, 8).numpy(), abs=1 / 255)
    assert found.note.values["often"] == int(torch.bincount(digits[best]).max())
    (other,) = list(workload.tries["type"](subject, Line(text="hello")))  # no name of a digit has an l
    assert other.note.values["word"] == "heo"
    near = cosine(model, inputs[:, :64], "heo").sort(descending=True).values[:24]
    assert [words.values["near"] for words in other.captions] == pytest.approx(near.tolist(), abs=1e-5)
    (unknown,) = list(workload.tries["type"](subject, Line(text="ä!")))
    assert "none of these letters" in str(unknown.note)
