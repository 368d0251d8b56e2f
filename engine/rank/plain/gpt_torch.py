"""The GPT of names in torch, which notes what is computed and finds the derivatives of it by itself.

    e = E[character] + P[place]                  p = softmax(W3 norm(z))       norm(x) = x / sqrt(mean(x^2) + 1e-5)
    h = e + O attention(norm(e))                 loss = -log p[next], the mean over the characters of a name
    z = h + W2 relu(W1 norm(h))

The same model is `gpt_python.py`, one number at a time, and `gpt_numpy.py`, with every derivative written out.
Of shapes b are names, t places, w the numbers of a character, s those of them that a head has.
Sources: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019 (GPT-2); Vaswani et al., "Attention
Is All You Need", NeurIPS 2017; Zhang and Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.rank.plain.gpt_python import NOT_ASKED, SMALL

SPREAD = 0.08  # of fresh weights


def make_model(characters: int, places: int, heads: int, size: int) -> nn.Sequential:
    """A model with fresh weights: layers `embed`, `block` and `head`, `heads` heads of `size` numbers."""
    width = heads * size
    parts = {"embed": Embed(characters, places, width), "block": Block(width, size), "head": Head(characters, width)}
    model = nn.Sequential(OrderedDict(parts))
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=SPREAD)
    return model


def norm(vectors: Tensor) -> Tensor:
    """Vectors (b, t, w) of the same direction whose mean square is 1."""
    return functional.rms_norm(vectors, vectors.shape[-1:], eps=SMALL)


class Embed(nn.Module):
    """A vector for each character: what it is, and where it stands."""

    def __init__(self, characters: int, places: int, width: int) -> None:
        super().__init__()
        self.characters = nn.Embedding(characters, width)
        self.places = nn.Parameter(torch.empty(places, width))

    def forward(self, characters: Tensor) -> Tensor:
        """Numbers of characters, (b, t), become vectors, (b, t, w)."""
        vectors: Tensor = self.characters(characters)
        return vectors + self.places[: characters.shape[1]]


class Block(nn.Module):
    """To each character is added what those up to it say to it, and then what follows from that."""

    def __init__(self, width: int, size: int) -> None:
        super().__init__()
        self.size = size
        self.ask = nn.Linear(width, 3 * width, bias=False)  # rows: head by head, its q, k and v
        self.out = nn.Linear(width, width, bias=False)
        self.grow = nn.Linear(width, 4 * width, bias=False)
        self.shrink = nn.Linear(4 * width, width, bias=False)

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors in and out have the shape (b, t, w)."""
        shares, v = self.attend(vectors)
        vectors = vectors + self.out((shares @ v).transpose(1, 2).flatten(2))
        outputs: Tensor = self.shrink(self.grow(norm(vectors)).relu())
        return vectors + outputs

    def attend(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """How much each hears of each, (b, heads, t, t), and what these say, (b, heads, t, s)."""
        asked = self.ask(norm(vectors)).unflatten(2, (-1, 3, self.size))  # as many heads as this rank has
        q, k, v = asked.transpose(1, 3).unbind(1)  # each (b, heads, t, s)
        future = torch.ones(q.shape[2], q.shape[2], dtype=torch.bool, device=q.device).triu(1)
        return (q @ k.transpose(2, 3) / self.size**0.5).masked_fill(future, float("-inf")).softmax(3), v


class Head(nn.Module):
    """A score for each character that may come next."""

    def __init__(self, characters: int, width: int) -> None:
        super().__init__()
        self.out = nn.Linear(width, characters, bias=False)

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors, (b, t, w), become scores, (b, t, characters)."""
        scores: Tensor = self.out(norm(vectors))
        return scores


def attention_of(block: nn.Module, vectors: Tensor) -> Tensor:
    """How much each character hears of each, (b, heads, t, t), where `vectors` come into the block."""
    assert isinstance(block, Block)
    return block.attend(vectors)[0]


def loss_sum(scores: Tensor, wanted: Tensor) -> Tensor:
    """Nats a character, summed up over names, (), by scores (b, t, characters) and what follows, (b, t)."""
    nats = functional.cross_entropy(scores.transpose(1, 2), wanted, ignore_index=NOT_ASKED, reduction="none")  # (b, t)
    return (nats.sum(1) / (wanted != NOT_ASKED).sum(1)).sum()


def score_sum(scores: Tensor, wanted: Tensor) -> Tensor:
    """The share of a name's characters that are guessed, summed up over names, ()."""
    return ((scores.argmax(2) == wanted).sum(1) / (wanted != NOT_ASKED).sum(1)).sum()
