"""One block of a transformer reads a play by characters, and says at each which comes next.

    e = E[character] + P[place]
    h = e + O softmax(Q K^T / sqrt(s) + mask) V      Q, K, V linear in norm(e), by heads of s numbers; none looks ahead
    z = h + W2 gelu(W1 norm(h))                       p(next) = softmax(W3 norm(z))        loss = -log p[next]

A sample is a line of characters as long as the context, beginning anywhere in the text; at each of its characters the
next is asked for, so a sample counts for as many tokens. With tensor parallelism each rank has some of the heads, of
the columns of W1 and rows of W2, and of the rows of E: see `splits`.

Text: William Shakespeare, "Romeo and Juliet" (1597), in the public domain; its last tenth is held back.
Sources: Vaswani et al., "Attention Is All You Need", NeurIPS 2017; norms before each part: Xiong et al., "On Layer
Normalization in the Transformer Architecture", ICML 2020.
"""

from collections import OrderedDict
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload, Writing
from engine.rank.looks.language import attention, continue_text, loss_by_position

CARD = {
    "name": "text-attention",
    "title": "Text · Attention",
    "rung": 70,
    "summary": "One attention block learns to write on, character by character, in the manner of Romeo and Juliet.",
    "batch_size": 32,
    "lr": 0.003,
    "train_samples": 120_000,
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

TEXT = Path(__file__).parents[3] / "resources" / "text" / "romeo-and-juliet.txt"
TRAIN_SAMPLES = 120_000
VALIDATION_SAMPLES = 100
LONGEST = 128
"""Lines that are validated on begin so far apart, whatever the context."""


class Embed(nn.Module):
    """A vector for each character: what it is, and where it stands."""

    def __init__(self, characters: int, context: int, width: int) -> None:
        super().__init__()
        self.characters = nn.Embedding(characters, width)
        self.places = nn.Parameter(torch.randn(context, width) / 10)

    def forward(self, characters: Tensor) -> Tensor:
        """Numbers of characters, (b, t), become vectors, (b, t, width)."""
        vectors: Tensor = self.characters(characters)
        return vectors + self.places


class Attention(nn.Module):
    """To each character is added what those up to it have to say to it."""

    def __init__(self, width: int, head_width: int, context: int) -> None:
        super().__init__()
        self.head_width = head_width
        self.norm = nn.LayerNorm(width)
        # Rows: head by head, its q, k and v. What a bias would add to k is the same for all that q is compared with:
        # softmax does not see it, so its gradient is nothing but rounding, which Adam would blow up to steps.
        self.ask = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width)
        self.register_buffer("future", torch.ones(context, context, dtype=torch.bool).triu(1), persistent=False)

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors in and out have the shape (b, t, width)."""
        weights, v = self.attend(vectors)
        outputs: Tensor = self.out((weights @ v).transpose(1, 2).flatten(2))
        return vectors + outputs

    def attend(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """How much each hears of each, (b, heads, t, t), and what these say, (b, heads, t, head_width)."""
        asked = self.ask(self.norm(vectors)).unflatten(2, (-1, 3, self.head_width))  # as many heads as this rank has
        q, k, v = asked.transpose(1, 3).unbind(1)  # each (b, heads, t, head_width)
        scores = q @ k.transpose(2, 3) / self.head_width**0.5  # (b, heads, t, t)
        return scores.masked_fill(self.future, float("-inf")).softmax(3), v


def attention_of(block: nn.Module, vectors: Tensor) -> Tensor:
    """How much each character hears of each, (b, heads, t, t), where `vectors` come into the block."""
    assert isinstance(block, Attention)
    return block.attend(vectors)[0]


class Feed(nn.Module):
    """To each character is added what follows from its own vector."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.grow = nn.Linear(width, 4 * width)
        self.shrink = nn.Linear(4 * width, width)

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors in and out have the shape (b, t, width)."""
        outputs: Tensor = self.shrink(functional.gelu(self.grow(self.norm(vectors))))
        return vectors + outputs


class Head(nn.Module):
    """A score for each character that may come next."""

    def __init__(self, width: int, characters: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, characters)

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors, (b, t, width), become scores, (b, t, characters)."""
        scores: Tensor = self.out(self.norm(vectors))
        return scores


def build(knobs: Knobs, seed: int) -> Workload:  # noqa: ARG001 - the text is the same for every seed
    """Lines of characters by number, (samples, context), and the same moved on by one."""
    text = TEXT.read_text(encoding="ascii")
    known = sorted(set(text))
    numbers = torch.tensor([known.index(character) for character in text])
    heads, head_width, context = (int(knobs[name]) for name in ("heads", "head_width", "context"))
    width = heads * head_width
    lines = numbers.unfold(0, context + 1, 1)  # a view: every line there is, one for each place to begin
    train = lines[:TRAIN_SAMPLES]
    validation = lines[TRAIN_SAMPLES + LONGEST :: LONGEST][:VALIDATION_SAMPLES]

    def text_of(numbers: Tensor) -> str:
        return "".join(known[number] for number in numbers.tolist())

    def typed(text: str) -> Tensor:
        return torch.tensor([known.index(character if character in known else " ") for character in text])

    def make_model() -> nn.Module:
        parts = {
            "embed": Embed(len(known), context, width),
            "attention": Attention(width, head_width, context),
            "feed": Feed(width),
            "head": Head(width, len(known)),
        }
        return nn.Sequential(OrderedDict(parts))

    return Workload(
        train=Tensors(train[:, :-1], train[:, 1:], context),
        validation=Tensors(validation[:, :-1], validation[:, 1:], context),
        make_model=make_model,
        layers=("embed", "attention", "feed", "head"),
        splits={
            "embed.characters": "embedding",
            "attention.ask": "heads",
            "attention.out": "row",
            "feed.grow": "column",
            "feed.shrink": "row",
            "head.out": "column",
        },
        heads=heads,
        loss_sum=lambda scores, wanted: functional.cross_entropy(
            scores.flatten(0, 1), wanted.flatten(), reduction="sum"
        ),
        score_sum=lambda scores, wanted: (scores.argmax(2) == wanted).sum(),
        writing=Writing(validation[0, :-1], text_of),
        looks={"attention": attention(["attention"], heads, attention_of, text_of), "position": loss_by_position},
        tries={"continue": continue_text(context, typed, text_of)},
    )
