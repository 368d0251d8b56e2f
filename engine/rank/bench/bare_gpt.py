"""A GPT and its loop as one writes them by hand, in the manner of nanoGPT; of the engine its shapes and text alone.

A batch is stacked from slices of the text at random places, embedding and head share one table, the optimizer is fused
AdamW. Source: Karpathy, nanoGPT, 2022 (model.py, train.py), without dropout, biases and gradient clipping.
"""

from collections.abc import Callable
from time import perf_counter

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data.python_text import ALPHABET, TRAIN_CHARACTERS, documentation, numbers_of
from engine.rank.data.workload import Workload


class _Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_attn, self.c_proj = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.c_fc, self.mlp_proj = nn.Linear(width, 4 * width, bias=False), nn.Linear(4 * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        b, t, c = x.shape
        q, k, v = self.c_attn(self.ln_1(x)).split(c, dim=2)
        q, k, v = (part.view(b, t, self.heads, c // self.heads).transpose(1, 2) for part in (q, k, v))
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.c_proj(y.transpose(1, 2).contiguous().view(b, t, c))
        out: Tensor = x + self.mlp_proj(functional.gelu(self.c_fc(self.ln_2(x))))
        return out


class _Gpt(nn.Module):
    def __init__(self, depth: int, width: int, heads: int, context: int) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(len(ALPHABET), width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(_Block(width, heads) for _ in range(depth))
        self.ln_f, self.lm_head = nn.LayerNorm(width), nn.Linear(width, len(ALPHABET), bias=False)
        self.wte.weight = self.lm_head.weight
        nn.init.normal_(self.lm_head.weight, std=0.02)

    def forward(self, tokens: Tensor, targets: Tensor) -> Tensor:
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1], device=tokens.device))
        for block in self.blocks:
            x = block(x)
        logits: Tensor = self.lm_head(self.ln_f(x))
        return functional.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))


def nanogpt(workload: Workload, batch_size: int, lr: float, device: torch.device) -> Callable[[int], float]:
    """A loop of so many steps that gives their seconds; shapes are those of the workload's own model."""
    context, width = workload.make_model().get_parameter("embed.places").shape
    data = numbers_of(documentation())[: TRAIN_CHARACTERS + context]
    model = _Gpt(len(workload.layers) - 2, width, workload.heads, context).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.95), fused=True)

    def get_batch() -> tuple[Tensor, Tensor]:
        begins = torch.randint(len(data) - context, (batch_size,))
        x = torch.stack([data[begin : begin + context] for begin in begins])
        y = torch.stack([data[begin + 1 : begin + 1 + context] for begin in begins])
        return x.to(device), y.to(device)

    def run(steps: int) -> float:
        begin_s = perf_counter()
        for _ in range(steps):
            loss = model(*get_batch())
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return perf_counter() - begin_s

    return run
