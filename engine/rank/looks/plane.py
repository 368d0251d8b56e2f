"""Looks at a model that parts two classes in the plane, and points that somebody puts there.

    p = sigmoid(z),  z = w . h + b           L = -1/n sum y log p + (1 - y) log(1 - p)      (binary cross-entropy)
    dL/dz_i = (p_i - y_i) / n                because d log p / dz = 1 - p, and d log(1 - p) / dz = -p
    dL/dw_j = sum_i (p_i - y_i) h_ij / n     h: what comes into the last layer

The sum is made by the formula, term by term; below it stands what autograd finds of the same loss.
"""

import copy
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.pictures import AnyGiven, AnyPicture, Phrase, Plane, Scatter
from engine.rank.data.subject import Subject, Try
from engine.rank.looks.drawing import decimals_that_add_up, floats, heat_map

TERMS = 8
"""Held-back points that the loss is of."""
COLUMNS = ("p", "y", "p − y", "h", "term")
SIDE = 64
"""Places of the plane, across and up, at which the model is asked."""
LEARNING_STEPS, LEARNING_RATE, SHOWN_EVERY = 150, 0.01, 5

Forward = Callable[[Tensor], Tensor]
GROUPS = (Phrase("class 0"), Phrase("class 1"))


def gradient_terms(subject: Subject) -> AnyPicture:
    """The gradient of one weight of the last layer, term by term by the formula, and as autograd finds it."""
    assert subject.validation is not None
    assert isinstance(subject.model, nn.Sequential)
    inputs, classes = subject.validation.first(TERMS)  # (n, 2), (n,)
    last = subject.model[-1]
    assert isinstance(last, nn.Linear)
    weight = subject.choice(0, "Weight", tuple(str(number + 1) for number in range(last.in_features)))
    with torch.enable_grad():
        shown = subject.model[:-1](inputs)  # (n, h)
        scores = last(shown)[:, 0]  # (n,)
        loss = functional.binary_cross_entropy_with_logits(scores, classes.to(scores.dtype))
        found = torch.autograd.grad(loss, last.weight)[0][0, weight.chosen]
    likely, one = torch.sigmoid(scores.detach()), shown.detach()[:, weight.chosen]
    terms = (likely - classes) * one / len(classes)
    table = torch.full((len(classes) + 2, len(COLUMNS)), torch.nan, dtype=terms.dtype)
    table[:-2] = torch.stack([likely, classes.to(terms.dtype), likely - classes, one, terms], dim=1)
    table[-2, -1], table[-1, -1] = terms.sum(), found
    return heat_map(
        table,
        (*(str(number + 1) for number in range(len(classes))), "Σ", "autograd"),
        COLUMNS,
        row_title=Phrase("point"),
        column_title=Phrase(""),
        note=Phrase(
            "dL/dw = Σ (p − y) h / n, a term for each of {points} held-back points, of one weight of the last layer: "
            "{formula:.7f} by the formula, {autograd:.7f} by autograd. They differ by {difference:.1g}.",
            {
                "points": len(classes),
                "formula": terms.sum().item(),
                "autograd": found.item(),
                "difference": abs((terms.sum() - found).item()),
            },
        ),
        has_numbers=True,
        is_signed=True,
        decimals=decimals_that_add_up(terms.tolist()),
        choices=(weight,),
    )


def place_points(edge: float) -> Try:
    """What a model says of points that somebody put into the plane, and how it changes when it learns them alone."""
    axis = torch.linspace(-edge, edge, SIDE)
    grid = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), dim=-1).view(-1, 2)  # (SIDE * SIDE, 2)

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Plane)
        dtype = next(subject.model.parameters()).dtype
        points = torch.tensor([point[:2] for point in given.points], dtype=dtype).view(-1, 2)
        classes = torch.tensor([point[2] for point in given.points], dtype=dtype)

        def shown(forward: Forward, words: str, step: int) -> AnyPicture:
            field = forward(grid.to(dtype)).detach()[:, 0].float().sigmoid().nan_to_num(0.5)
            scores = forward(points).detach()[:, 0].float()
            loss = functional.binary_cross_entropy_with_logits(scores, classes.float()) if len(points) else scores.sum()
            return Scatter(
                x=floats(points[:, 0]),
                y=floats(points[:, 1]),
                group=bytes(int(point[2]) for point in given.points),
                groups=GROUPS,
                names=tuple(f"{likely:.2f}" for likely in scores.sigmoid().tolist()),
                field=(255 * field).round().to(torch.uint8).numpy().tobytes(),
                edge=edge,
                note=Phrase(words, {"points": len(points), "loss": loss.item(), "step": step}),
            )

        words = "Beside each of your {points} points stands p(class 1); their mean loss is {loss:.3f}."
        few = (
            "The model's p(class 1), all over the plane.",
            "Beside your point stands p(class 1); its loss is {loss:.3f}.",
        )
        yield shown(subject.forward, few[len(points)] if len(points) < len(few) else words, 0)
        if given.is_learned and len(points):
            yield from _learned(subject.model, points, classes, shown)

    return answer


def _learned(
    model: nn.Module,
    points: Tensor,
    classes: Tensor,
    shown: Callable[[Callable[[Tensor], Tensor], str, int], AnyPicture],
) -> Iterator[AnyPicture]:
    """A copy of the model learns the points, and nothing else."""
    own = copy.deepcopy(model)
    optimizer = torch.optim.Adam(own.parameters(), LEARNING_RATE)
    for step in range(1, LEARNING_STEPS + 1):
        with torch.enable_grad():
            loss = functional.binary_cross_entropy_with_logits(own(points)[:, 0], classes)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if step % SHOWN_EVERY == 0:
            yield shown(
                own,
                "A copy of the model has learned your point alone for {step} steps of Adam; its loss is {loss:.3f}. "
                "Around it is seen what it forgets meanwhile."
                if len(points) == 1
                else "A copy of the model has learned your {points} points alone for {step} steps of Adam; their mean "
                "loss is {loss:.3f}. Around them is seen what it forgets meanwhile.",
                step,
            )
