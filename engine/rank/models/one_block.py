"""One block of a transformer, each formula on a line of its own: attention written out, no kernel.

    e = E[character] + P[place]
    h = e + O softmax(Q K^T / sqrt(s) + mask) V      Q, K, V linear in norm(e), by heads of s numbers; none looks ahead
    z = h + W2 gelu(W1 norm(h))                       scores = W3 norm(z)

Who holds what, where two ranks share the model (`SPLITS`; norms and P are whole on both):

              E           Q, K, V        O             W1             W2           W3
    rank 0    upper rows  heads 1, 2     their rows    left columns   their rows   columns of the first characters
    rank 1    lower rows  heads 3, 4     their rows    right columns  their rows   columns of the others
                     sum                        sum                          sum                       side by side

(`transformer.py` has the block that deep models are made of, with the kernel of attention.)

Sources: Vaswani et al., "Attention Is All You Need", NeurIPS 2017; norms before each part: Xiong et al., "On Layer
Normalization in the Transformer Architecture", ICML 2020; the division: Shoeybi et al., "Megatron-LM", 2019.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

LAYERS = ("embed", "attention", "feed", "head")
SPLITS = {
    "embed.characters": "embedding",
    "attention.ask": "heads",
    "attention.out": "row",
    "feed.grow": "column",
    "feed.shrink": "row",
    "head.out": "column",
}
"""How ranks share its matrices."""


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


def one_block(characters: int, context: int, width: int, head_width: int) -> nn.Module:
    """The model: numbers of characters, (b, context), become scores of what follows each, (b, context, characters)."""
    parts = (
        Embed(characters, context, width),
        Attention(width, head_width, context),
        Feed(width),
        Head(width, characters),
    )
    return nn.Sequential(OrderedDict(zip(LAYERS, parts, strict=True)))
