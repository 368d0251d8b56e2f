"""The gradient by the lecture's formula beside autograd, and points that somebody puts into the plane."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from engine.pictures import HeatMap, Plane, Scatter
from engine.rank.data.subject import Subject
from engine.rank.data.workload import Workload
from engine.rank.evaluator.looks import checked
from engine.rank.workloads import spirals
from tests.subjects import (
    one_thread,  # noqa: F401 - a fixture
    subject_of,
)

pytestmark = pytest.mark.usefixtures("one_thread")


def built(*chosen: int) -> tuple[Workload, Subject]:
    torch.manual_seed(3)
    workload = spirals.build({"hidden": 8, "layers": 3, "turns": 1.5, "noise": 0.02}, 0)
    model = workload.make_model()
    return workload, Subject(model, workload.validation, torch.no_grad()(model), chosen)


def test_the_gradient_by_the_formula_is_the_slope_of_the_loss() -> None:
    weight = 5
    workload, subject = built(weight)
    picture = workload.looks["gradient"](subject)
    assert isinstance(picture, HeatMap)
    table = np.frombuffer(picture.values, np.float32).reshape(len(picture.rows), len(picture.columns))
    assert workload.validation is not None
    points, classes = workload.validation.first(8)
    assert table[:8, 1].tolist() == classes.tolist()

    def loss(by: float) -> float:
        """By its definition, in double precision, with the weight moved."""
        model = copy.deepcopy(subject.model).double()
        with torch.no_grad():
            model[-1].weight[0, weight] += by  # type: ignore[index, union-attr]
            likely = torch.sigmoid(model(points.double())[:, 0]).tolist()
        pairs = zip(likely, classes.tolist(), strict=True)
        return -sum(math.log(p) if y else math.log(1 - p) for p, y in pairs) / 8

    slope = (loss(1e-5) - loss(-1e-5)) / 2e-5
    assert table[8, 4] == pytest.approx(slope, rel=1e-4)
    assert table[9, 4] == pytest.approx(slope, rel=1e-4)
    assert table[:8, 4].sum() == pytest.approx(slope, rel=1e-4)
    assert table[:8, 2] == pytest.approx(table[:8, 0] - table[:8, 1])
    assert picture.note.values["difference"] < 1e-7  # type: ignore[operator]
    assert picture.choices[0].chosen == weight
    assert next(subject.model.parameters()).grad is None


def test_each_weight_of_the_widest_last_layer_can_be_chosen() -> None:
    workload, subject = subject_of("spirals", 4_095, hidden=4_096, layers=2)
    picture = checked(workload.looks["gradient"](subject))
    assert (len(picture.choices[0].options), picture.choices[0].chosen) == (4_096, 4_095)


def test_of_points_that_are_put_the_model_says_what_it_says_of_the_plane_below_them() -> None:
    workload, subject = built()
    given = Plane(points=((0.5, -0.25, 1), (-1.25, 1.25, 0)))
    (picture,) = list(workload.tries["points"](subject, given))
    assert isinstance(picture, Scatter)
    likely = subject.model(torch.tensor([[0.5, -0.25], [-1.25, 1.25]]))[:, 0].sigmoid().tolist()
    assert [float(name) for name in picture.names] == pytest.approx(likely, abs=0.006)
    assert picture.note.values["loss"] == pytest.approx(-(math.log(likely[0]) + math.log(1 - likely[1])) / 2, rel=1e-5)
    field = np.frombuffer(picture.field, np.uint8).reshape(64, 64) / 255
    assert field[63, 0] == pytest.approx(likely[1], abs=0.005)  # the corner at the left above
    (empty,) = list(workload.tries["points"](subject, Plane()))
    assert isinstance(empty, Scatter)
    assert empty.field == picture.field
    one = list(workload.tries["points"](subject, Plane(points=given.points[:1], is_learned=True)))
    assert str(one[0].note) == f"Beside your point stands p(class 1); its loss is {-math.log(likely[0]):.3f}."
    assert str(one[-1].note).startswith("A copy of the model has learned your point alone for 150 steps of Adam; its ")


def test_a_copy_learns_the_points_and_the_model_stays_as_it_is() -> None:
    workload, subject = built()
    before = copy.deepcopy(subject.model)
    points = ((0.5, -0.25, 1), (0.6, -0.2, 0), (-1.0, 0.0, 1))
    answers = list(workload.tries["points"](subject, Plane(points=points, is_learned=True)))
    own = copy.deepcopy(before)
    optimizer = torch.optim.Adam(own.parameters(), 0.01)
    where, classes = torch.tensor([point[:2] for point in points]), torch.tensor([float(point[2]) for point in points])
    losses = []
    for _ in range(150):
        optimizer.zero_grad()
        loss = nn.BCEWithLogitsLoss()(own(where)[:, 0], classes)
        loss.backward()
        optimizer.step()
        losses.append(functional.binary_cross_entropy(own(where)[:, 0].sigmoid(), classes).item())
    assert [one.note.values["step"] for one in answers] == [0, *range(5, 151, 5)]
    assert [one.note.values["loss"] for one in answers[1:]] == pytest.approx(losses[4::5], rel=1e-3)
    assert losses[-1] < losses[0]
    for parameter, other in zip(before.parameters(), subject.model.parameters(), strict=True):
        assert torch.equal(parameter, other)
