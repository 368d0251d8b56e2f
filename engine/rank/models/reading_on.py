"""How a transformer goes on with a text without reading all of it again: keys and values of what it has read are kept.

    token t comes:   q_t, k_t, v_t of it alone          kept:  K = [k_0 ... k_(t-1)],  V = [v_0 ... v_(t-1)]
    K <- [K, k_t],  V <- [V, v_t]                       heard = softmax(q_t K^T / sqrt(s)) V

None looks ahead, so what was said of the tokens before does not change by what follows: in each block, two vectors a
token are all that the tokens behind it ever ask of it. A token more costs the pass of one, where reading anew costs the
pass of t. What is paid is memory: 2 x width numbers a token and block.

Source: Pope et al., "Efficiently Scaling Transformer Inference", MLSys 2023 (the KV cache, section 2).
"""

import torch
from torch import Tensor
from torch.nn import functional

from engine.rank.data.subject import Subject
from engine.rank.models.transformer import Block, Embed


class Reading:
    """What a GPT says of what follows a line, asked again and again while the line grows.

    A line that is no longer the last one with something behind it is read from its beginning.
    """

    def __init__(self, subject: Subject, blocks: list[str], context: int) -> None:
        self._subject, self._blocks, self._context = subject, blocks, context
        self._line = torch.empty(0, dtype=torch.int64)
        self._kept: dict[str, Tensor] = {}

    def __call__(self, line: Tensor) -> Tensor:
        """Scores of what may follow the numbers in `line`, (t,), as many as the context at most: (tokens,)."""
        known = len(self._line)
        begin = known if known < len(line) and torch.equal(line[:known], self._line) else 0
        model, self._line = self._subject.model, line
        embed, head = model.get_submodule("embed"), model.get_submodule("head")
        assert isinstance(embed, Embed)
        with torch.no_grad(), self._subject.as_run():
            vectors = embed.characters(line[None, begin:]) + embed.places[begin : len(line)]  # (1, new, width)
            for name in self._blocks:
                block = model.get_submodule(name)
                assert isinstance(block, Block)
                kept = self._kept.get(name)
                vectors, self._kept[name] = read_on(block, vectors, kept, begin, self._context)
            scores: Tensor = head(vectors[:, -1])[0]
        return scores


def read_on(block: Block, vectors: Tensor, kept: Tensor | None, begin: int, context: int) -> tuple[Tensor, Tensor]:
    """Pass on vectors (1, t, width) from place `begin` on, which hear what was read before; no pass of those anew.

    `kept` are k and v of up to `context` places, (2, 1, heads, context, head_width), of which those before `begin`
    are filled (None: no place is); it comes back with the new ones in it, beside what comes out, (1, t, width).
    """
    q, k, v = block.asked(vectors)  # each (1, heads, t, head_width)
    count = q.shape[2]
    end = begin + count
    if kept is None:
        kept = k.new_empty(2, *k.shape[:2], context, block.head_width)
    kept[0, :, :, begin:end], kept[1, :, :, begin:end] = k, v
    sees = torch.ones(count, end, dtype=torch.bool).tril(begin) if count > 1 else None  # one alone sees all
    k, v = kept[:, :, :, :end]
    heard = functional.scaled_dot_product_attention(q, k, v, attn_mask=sees)
    return block.told(vectors, heard), kept
