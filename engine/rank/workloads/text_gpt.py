"""A GPT: a transformer that reads a text and says of each token which comes next. One dial sets its size.

    h0 = E[character] + P[place]
    a  = h + O softmax(Q K^T / sqrt(s) + mask) V      Q, K, V linear in norm(h), by heads of s numbers; none looks ahead
    h' = a + W2 gelu(W1 norm(a))                       so often as the model is deep
    p(next) = softmax(W3 norm(h))                      loss = -log p[next], the mean over all characters of all lines

    size (million weights)    0.1    0.8      3     10     30    124        12 depth width^2, and little more
    depth                       4      4      6      6     10     16
    width                      48    128    192    384    512    800
    heads                       4      4      6      6      8     16
    context                    64    128    128    256    256    512

A sample is a line as long as the context that begins anywhere in the text, and counts for as many tokens. Ranks that
share the model divide heads, the columns of W1 and the rows of W2, and the alphabet (rows of E, columns of W3);
stages of a pipeline divide blocks, which all cost the same.

Text: Python's own documentation (`engine/rank/data/python_text.py`), or a Chinese novel, whose alphabet has 3,072
characters (`classic_text.py`, the data pack `classic`); the last fifth is held back. A token is a character, or one of
512 (3,488) pieces of words (`pieces.py`): then a line reaches 2.6 times as far back, and the loss is that of a piece.
What can be compared is the metric, bits a character: -log2 p of all that is held back over its characters.
Sources: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019 (GPT-2); Vaswani et al.,
"Attention Is All You Need", NeurIPS 2017; Dao et al., "FlashAttention", NeurIPS 2022 (the attention kernel).
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data import classic_text, python_text
from engine.rank.data.python_text import ALPHABET
from engine.rank.data.subject import Subject
from engine.rank.data.tokens import tokens_of
from engine.rank.data.workload import Knobs, Workload, Writing
from engine.rank.looks.language import attention, continue_text, loss_by_position

CARD = {
    "name": "text-gpt",
    "title": "Text · GPT",
    "rung": 100,
    "summary": "A transformer learns to write on, character by character, in the manner of the text it reads.",
    "batch_size": 16,
    "lr": 0.003,
    "train_samples": 300_000,
    "validation_samples": 64,
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
    "metric": {"name": "bits/character", "kind": "number"},
    "layers": "layers",
    "widths": ["heads"],
    "knobs": [
        {
            "name": "size",
            "title": "Size",
            "help": "Weights of the model: sets how deep and wide it is, its heads, and how far it looks back.",
            "default": 0.1,
            "choices": [0.1, 0.8, 3.0, 10.0, 30.0, 124.0],
            "unit": "M",
            "means": {
                "layers": [6, 6, 8, 8, 12, 18],
                "width": [48, 128, 192, 384, 512, 800],
                "heads": [4, 4, 6, 6, 8, 16],
                "context": [64, 128, 128, 256, 256, 512],
            },
        },
        {
            "name": "text",
            "title": "Text",
            "help": "What it reads: Python's documentation, or the novel Romance of the Three Kingdoms, in Chinese.",
            "default": "Python",
            "choices": ["Python", "Three Kingdoms"],
            "packs": {"Three Kingdoms": "classic"},
            "means": {"train_samples": [300_000, 470_000]},
        },
        {
            "name": "tokens",
            "title": "Tokens",
            "help": "What it reads and writes one by one: characters, or pieces of words (byte-pair encoding).",
            "default": "characters",
            "choices": ["characters", "BPE"],
        },
    ],
}

LONGEST = 512  # so far apart begin lines that are validated on, in characters
VALIDATED = 64
SPREAD = 0.02  # of fresh weights, as in GPT-2


class Embed(nn.Module):
    """A vector for each character: what it is, and where it stands."""

    def __init__(self, context: int, width: int, characters: int = len(ALPHABET)) -> None:
        super().__init__()
        self.characters = nn.Embedding(characters, width)
        self.places = nn.Parameter(torch.randn(context, width) * SPREAD)

    def forward(self, characters: Tensor) -> Tensor:
        """Numbers of characters, (b, t), become vectors, (b, t, width)."""
        vectors: Tensor = self.characters(characters)
        return vectors + self.places

    def further_on(self, characters: Tensor, begin: int) -> Tensor:
        """Numbers of characters, (b, t), at the places from `begin` on become vectors, (b, t, width)."""
        vectors: Tensor = self.characters(characters)
        return vectors + self.places[begin : begin + characters.shape[1]]


class Block(nn.Module):
    """To each character is added what those up to it (or all) say to it, and then what follows from that."""

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
        return self._told(vectors, heard)

    def asked(self, vectors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What each looks for, goes by and says: q, k and v, each (b, heads, t, head_width)."""
        asked = self.ask(self.before_attention(vectors)).unflatten(2, (-1, 3, self.head_width))  # this rank's heads
        q, k, v = asked.transpose(1, 3).unbind(1)
        return q, k, v

    def read_on(self, vectors: Tensor, kept: Tensor | None, begin: int, context: int) -> tuple[Tensor, Tensor]:
        """Pass on vectors (1, t, width) from place `begin` on, which hear what was read before; no pass of those anew.

        `kept` are k and v of up to `context` places, (2, 1, heads, context, head_width), of which those before `begin`
        are filled (None: no place is); it comes back with the new ones in it, beside what comes out.
        """
        q, k, v = self.asked(vectors)
        count = q.shape[2]
        end = begin + count
        if kept is None:
            kept = k.new_empty(2, *k.shape[:2], context, self.head_width)
        kept[0, :, :, begin:end], kept[1, :, :, begin:end] = k, v
        sees = torch.ones(count, end, dtype=torch.bool).tril(begin) if count > 1 else None  # one alone sees all
        k, v = kept[:, :, :, :end]
        heard = functional.scaled_dot_product_attention(q, k, v, attn_mask=sees)
        return self._told(vectors, heard), kept

    def _told(self, vectors: Tensor, heard: Tensor) -> Tensor:
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
    """A score for each character that may come next."""

    def __init__(self, width: int, characters: int = len(ALPHABET)) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, characters, bias=False)

    def forward(self, vectors: Tensor) -> Tensor:
        """Vectors, (b, t, width), become scores, (b, t, characters)."""
        scores: Tensor = self.out(self.norm(vectors))
        return scores


class Reading:
    """What a GPT says of what follows a line, asked again and again while the line grows.

    Keys and values of what it has read are kept, so that a character more costs the pass of that one, not of the whole
    line. A line that is no longer the last one with something behind it is read from its beginning.
    """

    def __init__(self, subject: Subject, blocks: list[str], context: int) -> None:
        self._subject, self._blocks, self._context = subject, blocks, context
        self._line = torch.empty(0, dtype=torch.int64)
        self._kept: dict[str, Tensor] = {}

    def __call__(self, line: Tensor) -> Tensor:
        """Scores of what may follow the numbers in `line`, (t,), as many as the context at most: (characters,)."""
        known = len(self._line)
        begin = known if known < len(line) and torch.equal(line[:known], self._line) else 0
        model, self._line = self._subject.model, line
        embed, head = model.get_submodule("embed"), model.get_submodule("head")
        assert isinstance(embed, Embed)
        with torch.no_grad(), self._subject.as_run():
            vectors = embed.further_on(line[None, begin:], begin)
            for name in self._blocks:
                block = model.get_submodule(name)
                assert isinstance(block, Block)
                kept = self._kept.get(name)
                vectors, self._kept[name] = block.read_on(vectors, kept, begin, self._context)
            scores: Tensor = head(vectors[:, -1])[0]
        return scores


def splits(blocks: list[str]) -> dict[str, str]:
    """How ranks share the matrices of a transformer of such blocks: heads and width within, the alphabet outside."""
    in_block = {"ask": "heads", "out": "row", "grow": "column", "shrink": "row"}
    return {
        "embed.characters": "embedding",
        **{f"{block}.{name}": kind for block in blocks for name, kind in in_block.items()},
        "head.out": "column",
    }


def build(knobs: Knobs, seed: int) -> Workload:  # noqa: ARG001 - the text is the same for every seed
    """Lines of tokens by number, (samples, context), and the same moved on by one."""
    size = CARD["knobs"][0]  # type: ignore[index]
    layers, width, heads, context = (means[size["choices"].index(knobs["size"])] for means in size["means"].values())
    blocks = [f"block{number}" for number in range(1, layers - 1)]
    is_novel = knobs.get("text") == "Three Kingdoms"
    text = classic_text if is_novel else python_text
    tokens = tokens_of(text, context, LONGEST, VALIDATED, in_pieces=knobs.get("tokens") == "BPE")

    def make_model() -> nn.Module:
        parts: dict[str, nn.Module] = {"embed": Embed(context, width, tokens.known)}
        parts |= {name: Block(width, heads) for name in blocks}
        model = nn.Sequential(OrderedDict(parts | {"head": Head(width, tokens.known)}))
        for name, parameter in model.named_parameters():
            if parameter.dim() == 2:  # what is added to the stream is less, so that its sum does not grow with depth
                adds = name.endswith(("out.weight", "shrink.weight")) and not name.startswith("head")
                nn.init.normal_(parameter, std=SPREAD / (2 * len(blocks)) ** 0.5 if adds else SPREAD)
        return model

    def loss_sum(scores: Tensor, wanted: Tensor) -> Tensor:
        return functional.cross_entropy(scores.flatten(0, 1), wanted.flatten(), reduction="sum")

    return Workload(
        train=tokens.train,
        validation=tokens.validation,
        make_model=make_model,
        layers=("embed", *blocks, "head"),
        splits=splits(blocks),
        heads=heads,
        loss_sum=loss_sum,
        score_sum=lambda scores, wanted: tokens.bits(loss_sum(scores, wanted)),
        writing=Writing(tokens.validation.first(1)[0][0], tokens.text_of),
        looks={"attention": attention(blocks, heads, attention_of, tokens.text_of), "position": loss_by_position},
        tries={
            "continue": continue_text(
                context, tokens.typed, tokens.text_of, lambda subject: Reading(subject, blocks, context)
            )
        },
    )
