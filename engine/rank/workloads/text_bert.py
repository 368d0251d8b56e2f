"""A transformer guesses characters that were taken out of a text, from those on both sides of the gap.

    of each line k places are hidden:       t h e _ w o r d _ h a s       (k = 15 % of the line)
    h = blocks(E[character or gap] + P[place])      every place sees every other, before it and behind it
    p(character) = softmax(W norm(h))               loss = -log p[hidden character], the mean over the gaps alone

Which places are hidden, (seed, sample) says (`engine/rank/data/gaps.py`). What a block computes, and which rank holds
what of it: `engine/rank/models/transformer.py`. (BERT shows a fifth of its gaps unhidden or replaced, so that the
encoder can be used on whole sentences; nothing here does.)

Text: Python's own documentation (`engine/rank/data/python_text.py`); topics from the last fifth are held back.
Source: Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", NAACL 2019, section 3.1.
"""

from collections import OrderedDict

from torch import nn
from torch.nn import functional

from engine.rank.data.gaps import GAP, NOT_ASKED, Gaps
from engine.rank.data.python_text import ALPHABET, lines, text_of, typed
from engine.rank.data.workload import Knobs, Workload
from engine.rank.looks.gaps import fill_in, guessed_gaps
from engine.rank.models.transformer import SPREAD, Block, Embed, Head, splits

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

CONTEXT, APART = 64, 192


def build(knobs: Knobs, seed: int) -> Workload:
    """Lines of 64 characters with 10 gaps each."""
    heads, layers = int(knobs["heads"]), int(knobs["layers"])
    blocks = [f"block{number}" for number in range(1, layers - 1)]

    def make_model() -> nn.Module:
        width = 16 * heads
        parts = {
            "embed": Embed(CONTEXT, width, len(ALPHABET) + 1),
            **{name: Block(width, heads, looks_ahead=True) for name in blocks},
            "head": Head(width, len(ALPHABET)),
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
