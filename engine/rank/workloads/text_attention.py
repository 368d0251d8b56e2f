"""One block of a transformer reads a text by characters, and says at each which comes next.

    p(next) = softmax(head(feed(attention(embed(line)))))        loss = -log p[next]

The block, formula by formula, and which rank holds what of it: `engine/rank/models/one_block.py`. A sample is a line of
characters as long as the context, beginning anywhere in the text; at each of its characters the next is asked for, so a
sample counts for as many tokens.

Text: Python's own documentation (`engine/rank/data/python_text.py`); topics from the last fifth are held back.
Source: Vaswani et al., "Attention Is All You Need", NeurIPS 2017.
"""

from torch.nn import functional

from engine.rank.data.python_text import ALPHABET, lines, text_of, typed
from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload, Writing
from engine.rank.looks.language import attention, continue_text, loss_by_position
from engine.rank.models.one_block import LAYERS, SPLITS, attention_of, one_block

CARD = {
    "name": "text-attention",
    "title": "Text · Attention",
    "rung": 70,
    "summary": "One attention block reads Python's documentation and learns to write on, character by character.",
    "batch_size": 32,
    "lr": 0.003,
    "train_samples": 300_000,
    "validation_samples": 100,
    "unit": "tokens",
    "pictures": ["text"],
    "looks": [
        {
            "name": "attention",
            "title": "Attention map",
            "kind": "heat map",
            "help": "Which characters each character hears, in one head of one layer: the darker, the more.",
        },
        {
            "name": "position",
            "title": "Loss by position",
            "kind": "curve",
            "help": "How well the next character is guessed at each place of a line: further on, more has been read.",
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
    "layers": 4,
    "widths": ["heads"],
    "knobs": [
        {
            "name": "heads",
            "title": "Heads",
            "help": "Each looks for something else in the characters so far; ranks that share the model divide them.",
            "default": 4,
            "minimum": 1,
            "maximum": 64,
        },
        {
            "name": "head_width",
            "title": "Width of a head",
            "help": "Numbers a head compares characters by; heads times this is the model's width.",
            "default": 16,
            "minimum": 2,
            "maximum": 256,
        },
        {
            "name": "context",
            "title": "Context",
            "help": "Characters that can be looked back at: the work of attention grows with its square.",
            "default": 64,
            "choices": [16, 32, 64, 128],
            "unit": "characters",
        },
    ],
}

APART = 512
"""Lines that are validated on begin so far apart, whatever the context: they are from all of what is held back."""


def build(knobs: Knobs, seed: int) -> Workload:  # noqa: ARG001 - the text is the same for every seed
    """Lines of characters by number, (samples, context), and the same moved on by one."""
    heads, head_width, context = (int(knobs[name]) for name in ("heads", "head_width", "context"))
    width = heads * head_width
    train, validation = lines(context, APART, 100)
    return Workload(
        train=Tensors(train[:, :-1], train[:, 1:], context),
        validation=Tensors(validation[:, :-1], validation[:, 1:], context),
        make_model=lambda: one_block(len(ALPHABET), context, width, head_width),
        layers=LAYERS,
        splits=SPLITS,
        heads=heads,
        loss_sum=lambda scores, wanted: functional.cross_entropy(
            scores.flatten(0, 1), wanted.flatten(), reduction="sum"
        ),
        score_sum=lambda scores, wanted: (scores.argmax(2) == wanted).sum(),
        writing=Writing(validation[0, :-1], context, text_of),
        looks={"attention": attention(["attention"], heads, attention_of, text_of), "position": loss_by_position},
        tries={"continue": continue_text(context, typed, text_of)},
    )
