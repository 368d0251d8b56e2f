"""Looks at models of tables, and what is turned in a row, beside sums made by hand from the same weights."""

import importlib
from typing import Any

import numpy as np
import pytest
import torch

from engine.config.cards import workloads
from engine.pictures import Bars, Curve, Scatter, Turned
from engine.rank.data.package_files import package_file
from engine.rank.data.subject import Subject
from engine.rank.data.workload import Workload


def built(name: str, **knobs: Any) -> tuple[Workload, Subject, torch.Tensor, torch.Tensor]:
    """A model of fresh weights, and the held-back rows with what is true of them."""
    torch.manual_seed(3)
    card = workloads()[name]
    workload = importlib.import_module(card.module).build({one.name: one.default for one in card.knobs} | knobs, 0)
    model = workload.make_model().double()
    workload = workload.to(torch.device("cpu"), torch.float64)
    with torch.no_grad():
        list(model.parameters())[-2].mul_(8.0)  # so that not all is said with the same probability
    assert workload.validation is not None
    rows, wanted = workload.validation.first(len(workload.validation))
    return workload, Subject(model, workload.validation, torch.no_grad()(model)), rows, wanted


def lines(curve: Curve) -> np.ndarray:
    return np.frombuffer(curve.y, np.float32).reshape(len(curve.names), -1)


def test_calibration_is_the_share_that_is_so_of_what_is_said_by_tenths() -> None:
    workload, subject, rows, classes = built("tabular-mlp", table="wine")
    picture = workload.looks["calibration"](subject)
    assert isinstance(picture, Curve)
    tenths: list[list[tuple[float, bool]]] = [[] for _ in range(10)]
    for said, true in zip(subject.model(rows).softmax(1).tolist(), classes.tolist(), strict=True):
        for one, chance in enumerate(said):
            tenths[int(10 * chance)].append((chance, one == true))
    filled = [tenth for tenth in tenths if tenth]
    said = [np.mean([chance for chance, _ in tenth]) for tenth in filled]
    share = [np.mean([is_so for _, is_so in tenth]) for tenth in filled]
    assert np.frombuffer(picture.x, np.float32) == pytest.approx(said, rel=1e-5)
    assert lines(picture)[0] == pytest.approx(share, rel=1e-5)
    assert lines(picture)[1] == pytest.approx(said, rel=1e-5)
    gap = sum(len(tenth) * abs(p - q) for tenth, p, q in zip(filled, said, share, strict=True)) / (3 * len(rows))
    assert picture.note.values["gap"] == pytest.approx(gap)


def test_residuals_are_what_was_measured_less_what_is_foretold_in_the_unit_of_the_data() -> None:
    workload, subject, rows, _ = built("tabular-regression")
    picture = workload.looks["residuals"](subject)
    assert isinstance(picture, Scatter)
    path = package_file("sklearn", "datasets", "data", "diabetes_target.csv.gz")
    progress = np.loadtxt(path)[np.random.default_rng(0).permutation(442)]
    foretold = subject.model(rows)[:, 0].detach().numpy() * progress[:353].std() + progress[:353].mean()
    assert np.frombuffer(picture.x, np.float32) == pytest.approx(foretold, rel=1e-5)
    assert np.frombuffer(picture.y, np.float32) == pytest.approx(progress[353:] - foretold, abs=1e-3)
    off = np.sqrt(np.mean((progress[353:] - foretold) ** 2))
    assert picture.note.values["off"] == pytest.approx(off, rel=1e-5)
    assert picture.note.values["spread"] == pytest.approx(progress[353:].std(), rel=1e-5)
    grouped = workload.looks["calibration"](subject)
    assert isinstance(grouped, Curve)
    parts = np.array_split(np.argsort(foretold), 5)
    assert np.frombuffer(grouped.x, np.float32) == pytest.approx([foretold[part].mean() for part in parts], rel=1e-5)
    assert lines(grouped)[0] == pytest.approx([progress[353:][part].mean() for part in parts], rel=1e-5)


@pytest.mark.parametrize("name", ["tabular-mlp", "tabular-regression"])
def test_a_feature_is_worth_what_the_loss_rises_without_it_the_dearest_first(name: str) -> None:
    workload, subject, rows, wanted = built(name)
    picture = workload.looks["worth"](subject)
    assert isinstance(picture, Bars)

    def loss(rows: torch.Tensor) -> float:
        outputs = subject.model(rows).detach()
        if name == "tabular-regression":
            return float(((outputs[:, 0] - wanted) ** 2).mean())
        return float(-outputs.log_softmax(1)[range(len(rows)), wanted].mean())

    worth = []
    for column in range(rows.shape[1]):
        hidden = rows.clone()
        hidden[:, column] = 0.0
        worth.append(loss(hidden) - loss(rows))
    assert picture.values == pytest.approx(sorted(worth, reverse=True), abs=1e-6)
    assert max(worth) > 0.001
    assert len(set(picture.names)) == len(worth)


def test_what_is_turned_is_said_of_by_the_model_in_the_feature_s_own_unit() -> None:
    workload, subject, rows, _ = built("tabular-mlp")
    given = Turned(sample=7, feature=20, values={20: 1.5, 3: -1.0})
    (picture,) = list(workload.tries["turn"](subject, given))
    assert isinstance(picture, Curve)
    row = rows[7].clone()
    row[3], row[20] = -1.0, 1.5
    now = subject.model(row).softmax(0).tolist()
    path = package_file("sklearn", "datasets", "data", "breast_cancer.csv")
    data = np.loadtxt(path, delimiter=",", skiprows=1)[np.random.default_rng(0).permutation(569)][:455]
    own, spread = data[:, 20].mean(), data[:, 20].std()
    assert picture.x_title.values["name"] == "worst radius"
    assert picture.mark == pytest.approx(own + 1.5 * spread)
    x = np.frombuffer(picture.x, np.float32)
    assert (x[0], x[-1]) == pytest.approx((own - 3 * spread, own + 3 * spread))
    place = int(np.argmin(np.abs(x - picture.mark)))  # 1.5 is one of the places
    assert lines(picture)[:, place] == pytest.approx(now, abs=1e-5)
    row[20] = -3.0
    assert lines(picture)[:, 0] == pytest.approx(subject.model(row).softmax(0).tolist(), abs=1e-5)
    before = subject.model(rows[7]).softmax(0).tolist()
    assert picture.note.values["before"] == f"malignant {before[0]:.0%}, benign {before[1]:.0%}"
    assert [choice.chosen for choice in picture.choices] == [7, 20]
    far = int(rows[:, 20].argmax())
    assert rows[far, 20] > 3.1
    (beyond,) = list(workload.tries["turn"](subject, Turned(sample=far, feature=20)))
    assert isinstance(beyond, Curve)
    x = np.frombuffer(beyond.x, np.float32)  # where the row stands is on the axis
    assert (x[0], x[-1]) == pytest.approx((own - 3 * spread, beyond.mark))
    (plain,) = list(workload.tries["turn"](subject, Turned(sample=10_000, feature=10_000)))
    assert [choice.chosen for choice in plain.choices] == [113, 29]
