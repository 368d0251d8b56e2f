"""MiniLM as it was published, the data pack `minilm`: its pieces of words, its weights, and their names here."""

from collections.abc import Mapping, Sequence
from functools import cache

import safetensors.torch
import torch
from torch import Tensor

from engine.packs.presence import checked_file, read_file
from engine.rank.data.word_pieces import WordPieces


def published_pieces(learned: Sequence[str] = ()) -> WordPieces:
    """The pieces of words that the published weights know; at free places characters of `learned` that they lack."""
    return WordPieces(read_file("minilm", "vocab.txt").decode("utf-8").removesuffix("\n").split("\n"), learned)


@cache
def published_weights() -> Mapping[str, Tensor]:
    """The weights as they were published, by their names there: the data pack `minilm`.

    A process looks the file through once, 87 MiB, and then has it mapped: ranks share its pages, and none keeps a copy.
    """
    return safetensors.torch.load_file(checked_file("minilm", "model.safetensors"))


def as_here(weights: Mapping[str, Tensor], heads: int, blocks: int, context: int) -> dict[str, Tensor]:
    """Published weights by their names in `minilm.py`, for `context` places; q, k and v in one, head by head."""
    kind = weights["embeddings.token_type_embeddings.weight"][0]  # of the first sentence: here there is one
    found = {
        "embed.words.weight": weights["embeddings.word_embeddings.weight"],
        "embed.places": weights["embeddings.position_embeddings.weight"][:context] + kind,
    }
    same = {
        "out": "attention.output.dense",
        "after_attention": "attention.output.LayerNorm",
        "grow": "intermediate.dense",
        "shrink": "output.dense",
        "after_feed": "output.LayerNorm",
    }
    for part in ("weight", "bias"):
        found[f"embed.norm.{part}"] = weights[f"embeddings.LayerNorm.{part}"]
        for number in range(blocks):
            there, here = f"encoder.layer.{number}", f"block{number + 1}"
            asked = [weights[f"{there}.attention.self.{name}.{part}"] for name in ("query", "key", "value")]
            by_head = torch.stack([one.unflatten(0, (heads, -1)) for one in asked], 1)
            found[f"{here}.ask.{part}"] = by_head.flatten(0, 2)
            found |= {f"{here}.{name}.{part}": weights[f"{there}.{theirs}.{part}"] for name, theirs in same.items()}
    return found
