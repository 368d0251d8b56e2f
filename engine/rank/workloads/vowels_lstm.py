"""An LSTM hears two vowels, moment by moment, and tells which of nine men said them.

    i, f, o = sigmoid(W x_t + U h_(t-1) + b)
    c_t     = f c_(t-1) + i tanh(W' x_t + U' h_(t-1) + b')       h_t = o tanh(c_t)
    p(man)  = softmax(V h_T + b)                                 loss = -log p[man], after the last moment alone

An utterance has 7 to 29 moments, of 12 numbers each (coefficients of a linear prediction: how the mouth is shaped).
Shorter ones begin with moments of zeros, so that all end together.
Why time cannot be split: each moment needs the state after the one before it.

Data: the pack `vowels`, as its authors divided it: 270 utterances to train on, 370 held back.
Sources: Kudo, Toyama and Shimbo, "Multidimensional curve classification using passing-through regions", Pattern
Recognition Letters 20, 1999; Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997.
"""

from collections import OrderedDict

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.packs.presence import read_file
from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload
from engine.rank.looks.classes import confusion
from engine.rank.looks.memory import heard_last, hidden_state
from engine.rank.looks.voices import turn_voice

CARD = {
    "name": "vowels-lstm",
    "title": "Vowels · LSTM",
    "rung": 130,
    "summary": "A recurrent network hears two spoken vowels and tells which of nine men said them.",
    "batch_size": 32,
    "lr": 0.01,
    "train_samples": 270,
    "validation_samples": 370,
    "unit": "utterances",
    "packs": ["vowels"],
    "looks": [
        {
            "name": "state",
            "title": "Hidden state",
            "kind": "heat map",
            "help": "What the network remembers along a line, unit by unit: each moment needs the one before it.",
        },
        {
            "name": "heard",
            "title": "By moments heard",
            "kind": "curve",
            "help": "How many are right by the end of an utterance alone, without the memory of its beginning.",
        },
        {
            "name": "confusion",
            "title": "Confusion matrix",
            "kind": "heat map",
            "help": "How often each man (row) of the held-back utterances is taken for each (column).",
        },
    ],
    "tries": [
        {
            "name": "turn",
            "title": "Turn a voice",
            "kind": "turned",
            "help": "Choose a held-back utterance and raise or lower its coefficients: whose voice is it taken for?",
        },
    ],
    "layers": 3,
    "whole": "An LSTM needs each moment for the next: ranks that shared its matrices would meet at every one.",
    "knobs": [
        {
            "name": "width",
            "title": "Width",
            "help": "Numbers that the network remembers an utterance by.",
            "default": 64,
            "minimum": 4,
            "maximum": 1024,
        },
    ],
}

MOMENTS, NUMBERS, MEN = 29, 12, 9


class Recur(nn.Module):
    """One layer, along an utterance: what it shows at each moment, or at the last alone."""

    def __init__(self, inputs: int, width: int, *, only_last: bool) -> None:
        super().__init__()
        self.gates = nn.LSTM(inputs, width, batch_first=True)
        self.only_last = only_last

    def forward(self, moments: Tensor) -> Tensor:
        """Moments, (b, t, inputs), become what is shown, (b, t, width) or (b, width)."""
        shown: Tensor = self.gates(moments)[0]
        return shown[:, -1] if self.only_last else shown


def read_utterances(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Utterances, (n, 29, 12), with zeros before the shorter ones, and who said them, (n,)."""
    rows = text.partition("@data")[2].split("\n")[1:]
    said = [row.strip().split(":") for row in rows if row.strip()]  # twelve curves, then the man
    utterances = np.zeros((len(said), MOMENTS, NUMBERS), dtype=np.float32)
    for number, (*curves, _) in enumerate(said):
        values = np.array([curve.split(",") for curve in curves], dtype=np.float32).T
        utterances[number, MOMENTS - len(values) :] = values
    return utterances, np.array([int(row[-1]) - 1 for row in said])


def build(knobs: Knobs, seed: int) -> Workload:  # noqa: ARG001 - the data and their split are the same for every seed
    """Utterances, (samples, 29, 12), and the number of the man, (samples,)."""
    width = int(knobs["width"])

    def make_model() -> nn.Module:
        parts = {
            "first": Recur(NUMBERS, width, only_last=False),  # (b, 29, 12) -> (b, 29, width)
            "second": Recur(width, width, only_last=True),  # -> (b, width)
            "head": nn.Linear(width, MEN),  # -> (b, men)
        }
        return nn.Sequential(OrderedDict(parts))

    def source(name: str) -> Tensors:
        utterances, men = read_utterances(read_file("vowels", name).decode("ascii"))
        return Tensors(torch.from_numpy(utterances), torch.from_numpy(men))

    train = source("train.ts")
    return Workload(
        train=train,
        validation=source("test.ts"),
        make_model=make_model,
        layers=("first", "second", "head"),
        loss_sum=lambda outputs, wanted: functional.cross_entropy(outputs, wanted, reduction="sum"),
        score_sum=lambda outputs, wanted: (outputs.argmax(1) == wanted).sum(),
        looks={
            "state": hidden_state(
                {"1": "first.gates", "2": "second.gates"}, lambda _: [str(moment + 1) for moment in range(MOMENTS)]
            ),
            "heard": heard_last,
            "confusion": confusion([str(man + 1) for man in range(MEN)]),
        },
        tries={"turn": turn_voice(train)},
    )
