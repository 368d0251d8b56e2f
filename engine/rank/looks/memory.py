"""Looks at a network that reads one moment after the other: what it remembers, and why time cannot be split.

h_t = o tanh(c_t)                          what it shows after moment t, by units, between -1 and 1
in one piece    h_t of h_(t-1)             each moment waits for the one before it
in pieces       h_t = f(0) where a piece begins      as if ranks began in the middle, without waiting
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from engine.pictures import AnyPicture, Curve, Phrase
from engine.rank.data.subject import Subject
from engine.rank.looks.drawing import floats, heat_map

UNITS, LINES, PIECES = 48, 8, 4
Look = Callable[[Subject], AnyPicture]


def hidden_state(layers: Mapping[str, str], moments_of: Callable[[Tensor], Sequence[str]]) -> Look:
    """What units of a layer show along a held-back line. `layers` are LSTMs' names; `moments_of` names its moments."""

    def draw(subject: Subject) -> AnyPicture:
        assert subject.validation is not None
        layer = subject.choice(0, "Layer", tuple(layers))
        count = min(LINES, len(subject.validation))
        line = subject.choice(1, "Line", tuple(str(number + 1) for number in range(count)))
        inputs, _ = subject.validation.take(torch.tensor([line.chosen]))
        lstm = subject.model.get_submodule(layers[layer.options[layer.chosen]])
        shown = subject.outputs_of(lstm, inputs)[0][0].float()  # (t, units); an LSTM gives its last state, too
        units = shown.std(0).topk(min(UNITS, shown.shape[1])).indices.sort().values
        names = moments_of(inputs[0])
        return heat_map(
            shown[:, units].T,
            tuple(str(number + 1) for number in units.tolist()),
            names,
            row_title=Phrase("unit"),
            column_title=Phrase("→ time"),
            note=Phrase(
                "What the {shown} units (of {units}) that change most show, from −1 (orange) to 1 (blue). Each column "
                "is computed of the one before it: {moments} in a row, however many cores there are.",
                {"shown": len(units), "units": shown.shape[1], "moments": len(names)},
            ),
            is_signed=True,
            choices=(layer, line),
        )

    return draw


def cut_lines(subject: Subject) -> AnyPicture:
    """The loss at each place of a line that is read in one piece, and of one whose parts begin without a memory."""
    whole, cut, lines = torch.zeros(0, dtype=torch.float64), torch.zeros(0, dtype=torch.float64), 0
    for inputs, wanted, scores in subject.slices():
        parts = inputs.tensor_split(PIECES, dim=1)
        found = [_losses(one, wanted) for one in (scores, torch.cat([subject.forward(part) for part in parts], dim=1))]
        whole, cut = found if not lines else (whole + found[0], cut + found[1])
        lines += len(wanted)
    whole, cut = whole / lines, cut / lines
    return Curve(
        names=(Phrase("in one piece"), Phrase("in pieces that do not wait")),
        x=floats(torch.arange(1, len(whole) + 1)),
        y=floats(torch.stack([whole, cut])),
        x_title=Phrase("place in the line"),
        y_title=Phrase("loss"),
        note=Phrase(
            "Time cannot be split: if {pieces} ranks read a part each and none waited for the memory of the one "
            "before, the loss of the held-back lines would be {cut:.3f} instead of {whole:.3f}.",
            {"pieces": PIECES, "cut": cut.mean().item(), "whole": whole.mean().item()},
        ),
    )


def heard_last(subject: Subject) -> AnyPicture:
    """How many are right when the network hears only the end of each sample, beginning without a memory."""
    assert subject.validation is not None
    inputs, classes = subject.validation.first(len(subject.validation))
    moments = inputs.shape[1]
    right = [
        (subject.forward(inputs[:, moments - heard :]).argmax(1) == classes).double().mean()
        for heard in range(1, moments + 1)
    ]
    return Curve(
        names=(Phrase("accuracy"),),
        x=floats(torch.arange(1, moments + 1)),
        y=floats(torch.stack(right)),
        x_title=Phrase("moments heard, up to the end"),
        y_title=Phrase("accuracy"),
        highest=1.0,
        is_share=True,
        note=Phrase(
            "Moments are computed in a row, for each needs the memory of the one before: ranks cannot share them. Who "
            "hears the last {moments} alone is right for {half:.1%} of the held-back samples, who hears all for "
            "{whole:.1%}.",
            {"half": right[moments // 2 - 1].item(), "moments": moments // 2, "whole": right[-1].item()},
        ),
    )


def _losses(scores: Tensor, wanted: Tensor) -> Tensor:
    """The loss at each place, summed over lines, (t,)."""
    losses = functional.cross_entropy(scores.flatten(0, 1).float(), wanted.flatten(), reduction="none")
    return losses.double().view_as(wanted).sum(0)
