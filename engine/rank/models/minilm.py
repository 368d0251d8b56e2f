"""MiniLM: a small BERT that was trained on a billion pairs of sentences to lay those side by side that mean the same.

    h0 = norm(E[piece] + P[place])
    a  = norm(h + O softmax(Q K^T / sqrt(s)) V)       Q, K, V linear in h, by 12 heads of s = 32; every piece hears all
    h' = norm(a + W2 gelu(W1 a))                      six times, or fewer
    sentence = mean of h over the pieces, of length 1            similarity of two = s . s'

With LoRA the matrix of Q, K and V stays as it is, and what is learned is a product of two thin ones beside it:

    [Q K V] = W h + 2 U (D h)       D (8, 384) drawn, U (1152, 8) zeros at first: 12,288 numbers a block; W has 442,368

Behind the end of a line all numbers are zero, in every layer: so each knows by itself what is none of the sentence.

Sources: Wang et al., "MiniLM: Deep Self-Attention Distillation for Task-Agnostic Compression of Pre-Trained
Transformers", NeurIPS 2020; Reimers and Gurevych, "Sentence-BERT", EMNLP 2019; Hu et al., "LoRA: Low-Rank Adaptation of
Large Language Models", ICLR 2022. Weights: sentence-transformers/all-MiniLM-L6-v2, the data pack `minilm`.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.rank.models.minilm_weights import as_here


class Shape(NamedTuple):
    """How many pieces of words it knows, numbers a piece has, heads listen, and blocks follow each other."""

    pieces: int
    width: int
    heads: int
    blocks: int


MINILM = Shape(30_522, 384, 12, 6)
RANK, LOUDER = 8, 2.0
"""Of what is learned beside a matrix (LoRA): how thin it is, and by what it is multiplied."""
SPREAD = 0.02  # of fresh weights, as in BERT
EPSILON = 1e-12


class Embed(nn.Module):
    """A vector for each piece: what it is, and where it stands."""

    def __init__(self, shape: Shape, context: int) -> None:
        super().__init__()
        self.words = nn.Embedding(shape.pieces, shape.width)
        self.places = nn.Parameter(torch.randn(context, shape.width) * SPREAD)
        self.norm = nn.LayerNorm(shape.width, EPSILON)

    def forward(self, numbers: Tensor) -> Tensor:
        """Numbers of pieces, (b, ..., t), become vectors, (b, ..., t, width); of 0, behind the end, zeros."""
        vectors: Tensor = self.norm(self.words(numbers) + self.places)
        return vectors * (numbers != 0)[..., None]


class Block(nn.Module):
    """To each piece is added what all say to it, and then what follows from that."""

    def __init__(self, shape: Shape, *, is_adapted: bool) -> None:
        super().__init__()
        width, self.head_width = shape.width, shape.width // shape.heads
        self.ask = nn.Linear(width, 3 * width)  # rows: head by head, its q, k and v
        self.ask_down = nn.Linear(width, RANK, bias=False) if is_adapted else None
        self.ask_up = nn.Linear(RANK, 3 * width, bias=False) if is_adapted else None
        self.out = nn.Linear(width, width)
        self.after_attention = nn.LayerNorm(width, EPSILON)
        self.grow = nn.Linear(width, 4 * width)
        self.shrink = nn.Linear(4 * width, width)
        self.after_feed = nn.LayerNorm(width, EPSILON)

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors in and out have the shape (b, ..., t, width)."""
        lines = vectors.flatten(0, -3)  # (lines, t, width)
        known = is_known(lines)  # (lines, t)
        asked = self.ask(lines)
        if self.ask_down is not None and self.ask_up is not None:
            asked = asked + LOUDER * self.ask_up(self.ask_down(lines))
        by_head = asked.unflatten(2, (-1, 3, self.head_width))  # of this rank's heads
        q, k, v = by_head.transpose(1, 3).unbind(1)  # each (lines, heads, t, head_width)
        heard = known.clone()
        heard[:, 0] = True  # of a line that is empty, too: the mean of nothing is no number
        said = functional.scaled_dot_product_attention(q, k, v, attn_mask=heard[:, None, None, :])
        lines = self.after_attention(lines + self.out(said.transpose(1, 2).flatten(2)))
        lines = self.after_feed(lines + self.shrink(functional.gelu(self.grow(lines))))
        return (lines * known[:, :, None]).view_as(vectors)


def is_known(vectors: Tensor) -> Tensor:
    """Where a piece stands, (..., t), and not nothing."""
    return (vectors != 0).any(-1)


def sentences_of(vectors: Tensor) -> Tensor:
    """The vectors of a line's pieces, (..., t, width), become that of a sentence, (..., width), of length 1."""
    known = is_known(vectors)
    share = known.to(vectors.dtype) / known.sum(-1, keepdim=True).clamp(min=1)
    return functional.normalize((vectors * share[..., None]).sum(-2), dim=-1)


Parts = OrderedDict[str, nn.Module]


def encoder(shape: Shape, context: int, learns: str, weights: Mapping[str, Tensor] | None) -> Parts:
    """The encoder, layer by layer, by name, for lines of `context` pieces; None of weights: fresh ones.

    `learns` is "frozen" (no weight is trained), "low-rank" (of each block two thin matrices), or anything else: all.
    """
    embed, *blocks = layers(shape)
    parts: Parts = OrderedDict({embed: Embed(shape, context)})
    parts |= {name: Block(shape, is_adapted=learns == "low-rank") for name in blocks}
    taken = {} if weights is None else as_here(weights, shape.heads, shape.blocks, context)
    with torch.no_grad():
        for name, parameter in nn.ModuleDict(parts).named_parameters():
            parameter.requires_grad_("ask_" in name if learns == "low-rank" else learns != "frozen")
            if name in taken:
                parameter.copy_(taken[name])
            elif "ask_up" in name or name.endswith("bias"):
                parameter.zero_()
            elif parameter.dim() == 2:
                nn.init.normal_(parameter, std=SPREAD)
    return parts


def layers(shape: Shape) -> tuple[str, ...]:
    """The names of its layers, in their order."""
    return ("embed", *(f"block{number + 1}" for number in range(shape.blocks)))


def splits(shape: Shape, learns: str) -> dict[str, str]:
    """How ranks share its matrices: heads and width within blocks, the table by pieces."""
    thin = {"ask_up": "heads"} if learns == "low-rank" else {}
    in_block = {"ask": "heads", **thin, "out": "row", "grow": "column", "shrink": "row"}
    names = {f"{block}.{name}": kind for block in layers(shape)[1:] for name, kind in in_block.items()}
    return {"embed.words": "embedding", **names}
