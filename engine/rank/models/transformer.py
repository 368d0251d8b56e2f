"""A transformer's parts: what reads a text, token by token, and says of each what follows it, or what stands in a gap.

    h0 = E[token] + P[place]
    a  = h + O softmax(Q K^T / sqrt(s) + mask) V      Q, K, V linear in norm(h), by heads of s numbers
    h' = a + W2 gelu(W1 norm(a))                       one block; so often as the model is deep
    scores = W3 norm(h)                                one for each token there is

The mask hides what lies ahead; who fills gaps has none. The kernel never writes the scores Q K^T down.

Who holds what, where two ranks share the model (`splits`; norms and P are whole on both):

              E           Q, K, V        O             W1            W2           W3
    rank 0    upper rows  heads 1, 2     their rows    left columns  their rows   columns of the first tokens
    rank 1    lower rows  heads 3, 4     their rows    right columns their rows   columns of the others
                      sum                       sum                       sum                           side by side

So a block sends twice: the sum behind O, and the sum behind W2. Stages of a pipeline have whole blocks each.

Sources: Vaswani et al., "Attention Is All You Need", NeurIPS 2017; norms before each part and the spread of fresh
weights: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019 (GPT-2); the kernel: Dao et al.,
"FlashAttention", NeurIPS 2022; the division: Shoeybi et al., "Megatron-LM", 2019.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

SPREAD = 0.02  # of fresh weights, as in GPT-2


class Embed(nn.Module):
    """A vector for each token: what it is, and where it stands."""

    def __init__(self, context: int, width: int, tokens: int) -> None:
        super().__init__()
        self.characters = nn.Embedding(tokens, width)
        self.places = nn.Parameter(torch.randn(context, width) * SPREAD)

    def forward(self, tokens: Tensor) -> Tensor:
        """Numbers of tokens, (b, t), become vectors, (b, t, width)."""
        vectors: Tensor = self.characters(tokens)
        return vectors + self.places


class Block(nn.Module):
    """To each token is added what those up to it (or all) say to it, and then what follows from that."""

    def __init__(self, width: int, heads: int, *, looks_ahead: bool = False) -> None:
        super().__init__()
        self.head_width, self.is_causal = width // heads, not looks_ahead
        self.before_attention, self.before_feed = nn.LayerNorm(width), nn.LayerNorm(width)
        self.ask = nn.Linear(width, 3 * width, bias=False)  # rows: head by head, its q, k and v
        self.out = nn.Linear(width, width, bias=False)
        self.grow = nn.Linear(width, 4 * width, bias=False)
        self.shrink = nn.Linear(4 * width, width, bias=False)

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors in and out have the shape (b, t, width)."""
        q, k, v = self.asked(vectors)
        heard = functional.scaled_dot_product_attention(q, k, v, is_causal=self.is_causal)  # (b, heads, t, head_width)
        return self.told(vectors, heard)

    def asked(self, vectors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What each looks for, goes by and says: q, k and v, each (b, heads, t, head_width)."""
        asked = self.ask(self.before_attention(vectors)).unflatten(2, (-1, 3, self.head_width))  # this rank's heads
        q, k, v = asked.transpose(1, 3).unbind(1)
        return q, k, v

    def told(self, vectors: Tensor, heard: Tensor) -> Tensor:
        """Vectors (b, t, width) with what each has heard, (b, heads, t, head_width), and what follows from it."""
        vectors = vectors + self.out(heard.transpose(1, 2).flatten(2))
        outputs: Tensor = self.shrink(functional.gelu(self.grow(self.before_feed(vectors))))
        return vectors + outputs


def attention_of(block: nn.Module, vectors: Tensor) -> Tensor:
    """What the kernel of a causal block works with and does not tell, (b, heads, t, t), of what comes into it."""
    assert isinstance(block, Block)
    q, k, _ = block.asked(vectors)
    future = torch.ones(q.shape[2], q.shape[2], dtype=torch.bool).triu(1)
    return (q @ k.transpose(2, 3) / block.head_width**0.5).masked_fill(future, float("-inf")).softmax(3)


class Head(nn.Module):
    """A score for each token that may stand there."""

    def __init__(self, width: int, tokens: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, tokens, bias=False)

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors, (b, t, width), become scores, (b, t, tokens)."""
        scores: Tensor = self.out(self.norm(vectors))
        return scores


def gpt(blocks: list[str], context: int, width: int, heads: int, tokens: int) -> nn.Module:
    """A transformer of blocks by these names, none of which looks ahead, with the fresh weights of GPT-2.

    It takes numbers of tokens, (b, context), and gives scores of what follows each, (b, context, tokens).
    """
    parts: dict[str, nn.Module] = {"embed": Embed(context, width, tokens)}
    parts |= {name: Block(width, heads) for name in blocks}
    model = nn.Sequential(OrderedDict(parts | {"head": Head(width, tokens)}))
    for name, parameter in model.named_parameters():
        if parameter.dim() == 2:  # what is added to the stream is less, so that its sum does not grow with depth
            adds = name.endswith(("out.weight", "shrink.weight")) and not name.startswith("head")
            nn.init.normal_(parameter, std=SPREAD / (2 * len(blocks)) ** 0.5 if adds else SPREAD)
    return model


def splits(blocks: list[str]) -> dict[str, str]:
    """How ranks share the matrices of a transformer of such blocks: heads and width within, the alphabet outside."""
    in_block = {"ask": "heads", "out": "row", "grow": "column", "shrink": "row"}
    return {
        "embed.characters": "embedding",
        **{f"{block}.{name}": kind for block in blocks for name, kind in in_block.items()},
        "head.out": "column",
    }
