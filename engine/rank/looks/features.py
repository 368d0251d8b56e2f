"""What a model makes of each feature of a row: how much depends on it, and what if it were another.

worth     loss with a column at its mean, less loss      (occlusion; the model is not trained anew)
turned    f(x with x_k = v)                              for v from -3 to 3 deviations, and as far as x_k lies
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine.pictures import MOST_BARS, AnyGiven, AnyPicture, Bars, Choice, Curve, Phrase, Turned
from engine.rank.data.subject import Subject, Try
from engine.rank.looks.drawing import floats

PLACES, FAR = 61, 3.0
Look = Callable[[Subject], AnyPicture]
Answer = Callable[[Tensor], Tensor]
"""What outputs (b, ...) say in the end: probabilities (b, classes), or numbers in their own unit (b, 1)."""


class Columns(NamedTuple):
    """Features of a table: what each is called, and its mean and deviation, by which the model's inputs were made."""

    names: Sequence[str]
    means: np.ndarray
    deviations: np.ndarray


def feature_worth(columns: Columns, loss_sum: Callable[[Tensor, Tensor], Tensor]) -> Look:
    """By how much the loss rises where a feature is hidden: all rows have its mean."""

    def draw(subject: Subject) -> AnyPicture:
        assert subject.validation is not None
        rows, targets = subject.validation.first(len(subject.validation))
        whole = loss_sum(subject.forward(rows), targets).item() / len(rows)
        worth = []
        for column in range(len(columns.names)):
            hidden = rows.clone()
            hidden[:, column] = 0.0  # its mean
            worth.append(loss_sum(subject.forward(hidden), targets).item() / len(rows) - whole)
        order = np.argsort(worth)[::-1][:MOST_BARS].tolist()
        values = [float(np.nan_to_num(worth[column])) for column in order]
        return Bars(
            names=tuple(columns.names[column] for column in order),
            values=tuple(values),
            highest=max(*map(abs, values), 1e-9),
            is_share=False,
            is_lying=True,
            note=Phrase(
                "By how much the loss of the held-back rows ({loss:.3f}) rises where a feature is hidden behind its "
                "mean (occlusion); the model is not trained anew.",
                {"loss": whole},
            ),
        )

    return draw


def turn_feature(columns: Columns, answer: Answer, names: Sequence[str], y_title: Phrase) -> Try:
    """What the model says of a held-back row as one of its features goes from low to high; others may be turned."""

    def turned(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Turned)
        assert subject.validation is not None
        rows = tuple(str(number + 1) for number in range(len(subject.validation)))
        sample, column = min(given.sample, len(rows) - 1), min(given.feature, len(columns.names) - 1)
        inputs, _ = subject.validation.take(torch.tensor([sample]))
        as_it_is = answer(subject.forward(inputs))[0]
        for other, value in given.values.items():
            if other < len(columns.names):
                inputs[0, other] = value
        now = answer(subject.forward(inputs))[0]
        at = inputs[0, column].item()
        values = torch.linspace(min(-FAR, at), max(FAR, at), PLACES, dtype=inputs.dtype)
        line = inputs.repeat(PLACES, 1)
        line[:, column] = values
        own, spread = float(columns.means[column]), float(columns.deviations[column])
        place = own + spread * at
        yield Curve(
            names=tuple(Phrase("{name}", {"name": name}) for name in names),
            x=floats(own + spread * values),
            y=floats(answer(subject.forward(line)).T),
            x_title=Phrase("{name}", {"name": columns.names[column]}),
            y_title=y_title,
            highest=1.0 if len(names) > 1 else None,
            is_share=len(names) > 1,
            mark=place,
            note=Phrase(
                "{feature} {place:.4g}: {now}. As the row is: {before}.",
                {
                    "feature": columns.names[column],
                    "place": place,
                    "now": _words(names, now),
                    "before": _words(names, as_it_is),
                },
            ),
            choices=(
                Choice(title="Row", options=rows, chosen=sample),
                Choice(title="Feature", options=tuple(columns.names), chosen=column),
            ),
        )

    return turned


def _words(names: Sequence[str], values: Tensor) -> str:
    """What the model says, by name: a share where there are several."""
    if len(names) == 1:
        return f"{names[0]} {values[0].item():.1f}"
    return ", ".join(f"{name} {value:.0%}" for name, value in zip(names, values.tolist(), strict=True))
