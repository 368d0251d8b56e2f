"""An LSTM reads a text by characters, one after the other, and says after each which comes next.

    i, f, o = sigmoid(W x_t + U h_(t-1) + b)   three gates: what goes in, what is kept, what is shown
    g       = tanh(W' x_t + U' h_(t-1) + b')
    c_t     = f c_(t-1) + i g                  what it remembers
    h_t     = o tanh(c_t)                      p(next) = softmax(V h_t), loss = -log p[next]

Why time cannot be split: h_t needs h_(t-1), which needs h_(t-2), and so on to the line's first character. A transformer
computes all characters of a line at once; here they wait for each other, however many ranks there are. Nor do ranks
share the gates' matrices: they would have to meet at every character. Samples divide, and so do layers (a pipeline's
stage has the whole line of a layer).

A sample is a line of 64 characters that begins anywhere in the text, and counts for as many tokens.
Text: Python's own documentation (`engine/rank/data/python_text.py`); topics from the last fifth are held back.
Sources: Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997; the gate f: Gers,
Schmidhuber and Cummins, "Learning to Forget", Neural Computation 12(10), 2000.
"""

from collections import OrderedDict

from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data.python_text import ALPHABET, lines, text_of, typed
from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload, Writing
from engine.rank.looks.language import continue_text, loss_by_position
from engine.rank.looks.memory import cut_lines, hidden_state

CARD = {
    "name": "text-lstm",
    "title": "Text · LSTM",
    "rung": 60,
    "summary": "A recurrent network reads Python's documentation, one character after the other, and guesses the next.",
    "batch_size": 32,
    "lr": 0.003,
    "train_samples": 300_000,
    "validation_samples": 64,
    "unit": "tokens",
    "pictures": ["text"],
    "looks": [
        {
            "name": "position",
            "title": "Loss by position",
            "kind": "curve",
            "help": "How well the next character is guessed at each place of a line: further on, more has been read.",
        },
        {
            "name": "state",
            "title": "Hidden state",
            "kind": "heat map",
            "help": "What the network remembers along a line, unit by unit: each moment needs the one before it.",
        },
        {
            "name": "cut",
            "title": "Why time cannot be split",
            "kind": "curve",
            "help": "What it would cost if ranks read parts of a line without waiting for what was before.",
        },
    ],
    "tries": [
        {
            "name": "continue",
            "title": "Continue a text",
            "kind": "prompt",
            "help": "Type the beginning of a text: the model goes on with it, character by character.",
        },
    ],
    "metric": {"name": "perplexity", "kind": "perplexity"},
    "layers": 4,
    "whole": "An LSTM needs each character for the next: ranks that shared its matrices would meet at every one.",
    "knobs": [
        {
            "name": "width",
            "title": "Width",
            "help": "Numbers that the network remembers a text by, in each of its two layers.",
            "default": 128,
            "minimum": 4,
            "maximum": 1024,
        },
    ],
}

CONTEXT = 64
APART = 512


class Recur(nn.Module):
    """One layer, along a whole line: what it shows at each character."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gates = nn.LSTM(width, width, batch_first=True)

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors in and out have the shape (b, t, width); it begins with a memory of zeros."""
        shown: Tensor = self.gates(vectors)[0]
        return shown


def build(knobs: Knobs, seed: int) -> Workload:  # noqa: ARG001 - the text is the same for every seed
    """Lines of characters by number, (samples, 64), and the same moved on by one."""
    width = int(knobs["width"])

    def make_model() -> nn.Module:
        parts = {
            "embed": nn.Embedding(len(ALPHABET), width),  # (b, t) -> (b, t, width)
            "first": Recur(width),
            "second": Recur(width),
            "head": nn.Linear(width, len(ALPHABET)),  # -> (b, t, characters)
        }
        return nn.Sequential(OrderedDict(parts))

    def shown_as(line: Tensor) -> list[str]:
        return [character if character.strip() else "␣" for character in text_of(line)]

    train, validation = lines(CONTEXT, APART, 64)
    return Workload(
        train=Tensors(train[:, :-1], train[:, 1:], CONTEXT),
        validation=Tensors(validation[:, :-1], validation[:, 1:], CONTEXT),
        make_model=make_model,
        layers=("embed", "first", "second", "head"),
        loss_sum=lambda scores, wanted: functional.cross_entropy(
            scores.flatten(0, 1), wanted.flatten(), reduction="sum"
        ),
        score_sum=lambda scores, wanted: (scores.argmax(2) == wanted).sum(),
        writing=Writing(validation[0, :-1], CONTEXT, text_of),
        looks={
            "position": loss_by_position,
            "state": hidden_state({"1": "first.gates", "2": "second.gates"}, shown_as),
            "cut": cut_lines,
        },
        tries={"continue": continue_text(CONTEXT, typed, text_of)},
    )
