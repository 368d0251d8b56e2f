"""A transformer guesses characters that were taken out of a text, from those on both sides of the gap.

    of each line k places are hidden:       t h e _ w o r d _ h a s       (k = 15 % of the line)
    h = blocks(E[character or gap] + P[place])      every place sees every other, before it and behind it
    p(character) = softmax(W norm(h))               loss = -log p[hidden character], the mean over the gaps alone

Which places are hidden, (seed, sample) says: each place of each line has a number of its own, and the k with the least
are hidden. So no rank draws anything, every mode hides the same, and a line counts for k tokens, known beforehand.
(BERT shows a fifth of its gaps unhidden or replaced, so that the encoder can be used on whole sentences; nothing here
does.)

Text: Python's own documentation (`engine/rank/data/python_text.py`); topics from the last fifth are held back.
Source: Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", NAACL 2019, section 3.1.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data.python_text import ALPHABET, lines, text_of, typed
from engine.rank.data.source import Source
from engine.rank.data.workload import Knobs, Workload
from engine.rank.looks.gaps import fill_in, guessed_gaps
from engine.rank.workloads.text_gpt import SPREAD, Block, Embed, Head, splits

CARD = {
    "name": "text-bert",
    "title": "Text · BERT",
    "rung": 90,
    "summary": "A transformer that sees both sides of a gap guesses the characters that are missing in a text.",
    "batch_size": 32,
    "lr": 0.003,
    "train_samples": 300_000,
    "validation_samples": 256,
    "unit": "tokens",
    "looks": [
        {
            "name": "gaps",
            "title": "Guessed gaps",
            "kind": "text",
            "help": "Held-back lines with their gaps, what the model puts into them, and what stood there.",
        },
    ],
    "tries": [
        {
            "name": "fill",
            "title": "Fill in the blank",
            "kind": "line",
            "help": "Type a line with _ for each character that is missing: the model guesses it from both sides.",
        },
    ],
    "layers": "layers",
    "widths": ["heads"],
    "knobs": [
        {
            "name": "layers",
            "title": "Layers",
            "help": "Blocks of attention and MLP, and two more: the embedding and the head.",
            "default": 4,
            "minimum": 3,
            "maximum": 26,
        },
        {
            "name": "heads",
            "title": "Heads",
            "help": "Each looks for something else in the line; each is 16 numbers wide.",
            "default": 4,
            "minimum": 1,
            "maximum": 64,
        },
    ],
}

CONTEXT, HIDDEN, APART, GAP = 64, 10, 192, len(ALPHABET)
NOT_ASKED = -100  # a target at places that are not hidden


def _mixed(numbers: Tensor) -> Tensor:
    """Numbers that look drawn by chance, each from one number alone (int64, which wraps around)."""
    for factor, shift in ((-7046029254386353131, 31), (-4417276706812531889, 29)):
        numbers = (numbers ^ (numbers >> shift)) * factor
    return (numbers ^ (numbers >> 32)) & (2**62 - 1)


class Gaps(Source):
    """Lines with gaps: those of sample i are the i-th of the seed."""

    units = HIDDEN

    def __init__(self, text: Tensor, seed: int) -> None:
        self._text = text  # (samples, t)
        self._seed = seed

    def __len__(self) -> int:
        return len(self._text)

    def take(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Lines with gaps, (b, t), and what is in the gaps, (b, t)."""
        text = self._text.index_select(0, indices)
        places = indices[:, None] * text.shape[1] + torch.arange(text.shape[1], device=text.device)
        mixed = _mixed(places + _mixed(torch.tensor(self._seed, device=text.device)))
        hidden = mixed.topk(HIDDEN, largest=False).indices
        inputs = text.scatter(1, hidden, GAP)
        targets = torch.full_like(text, NOT_ASKED).scatter(1, hidden, text.gather(1, hidden))
        return inputs, targets

    def to(self, device: torch.device, dtype: torch.dtype) -> "Gaps":  # noqa: ARG002 - there are whole numbers alone
        """This source with its lines on `device`."""
        return Gaps(self._text.to(device), self._seed)

    @property
    def index_device(self) -> torch.device:
        """The device on which the text lies."""
        return self._text.device


def build(knobs: Knobs, seed: int) -> Workload:
    """Lines of 64 characters with 10 gaps each."""
    heads, layers = int(knobs["heads"]), int(knobs["layers"])
    blocks = [f"block{number}" for number in range(1, layers - 1)]

    def make_model() -> nn.Module:
        width = 16 * heads
        parts = {
            "embed": Embed(CONTEXT, width, characters=len(ALPHABET) + 1),
            **{name: Block(width, heads, looks_ahead=True) for name in blocks},
            "head": Head(width),
        }
        model = nn.Sequential(OrderedDict(parts))
        for parameter in model.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=SPREAD)
        return model

    train, validation = lines(CONTEXT - 1, APART, 256)
    return Workload(
        train=Gaps(train, seed),
        validation=Gaps(validation, 0),
        make_model=make_model,
        layers=("embed", *blocks, "head"),
        splits=splits(blocks),
        heads=heads,
        loss_sum=lambda scores, wanted: functional.cross_entropy(
            scores.flatten(0, 1), wanted.flatten(), reduction="sum", ignore_index=NOT_ASKED
        ),
        score_sum=lambda scores, wanted: (scores.argmax(2) == wanted).sum(),
        looks={"gaps": guessed_gaps(GAP, text_of)},
        tries={"fill": fill_in(CONTEXT, GAP, typed, text_of)},
    )
