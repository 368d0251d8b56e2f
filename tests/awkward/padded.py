"""Lines of tokens of unequal length, padded: what a line counts for is its length, known from sizes alone."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload

CARD = {
    "name": "padded",
    "title": "Padded",
    "summary": "Tokens with masks.",
    "batch_size": 24,
    "lr": 0.003,
    "train_samples": 300,
    "validation_samples": 40,
    "unit": "tokens",
    "layers": 4,
    "widths": ["hidden"],
    "knobs": [{"name": "hidden", "title": "Hidden", "help": "Width.", "default": 16, "minimum": 4, "maximum": 64}],
}
TOKENS, LENGTH, PADDING = 11, 9, -100


class Tokens(nn.Module):
    """Each token sees the mean of those before it; padding has no say, for it stands at the end."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(TOKENS, 8)
        self.body = nn.ModuleDict({"mix": Mean(), "hidden": nn.Linear(8, hidden)})
        self.out = nn.Linear(hidden, TOKENS)

    def forward(self, tokens: Tensor) -> Tensor:
        outputs: Tensor = self.out(self.body["hidden"](self.body["mix"](self.embed(tokens))))
        return outputs


class Mean(nn.Module):
    """(b, t, w) -> (b, t, w): the mean of all tokens so far."""

    def forward(self, values: Tensor) -> Tensor:
        return values.cumsum(1) / torch.arange(1, values.shape[1] + 1, device=values.device)[:, None]


def build(knobs: Knobs, seed: int) -> Workload:
    """Lines that count upwards, from anywhere; the next number is asked for at each place."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, LENGTH + 1, (340,), generator=generator)
    lines = (torch.randint(0, TOKENS, (340, 1), generator=generator) + torch.arange(LENGTH + 1)) % TOKENS
    inputs, targets = lines[:, :-1], lines[:, 1:].clone()
    targets[torch.arange(LENGTH) >= lengths[:, None]] = PADDING

    def loss_sum(outputs: Tensor, wanted: Tensor) -> Tensor:
        return functional.cross_entropy(outputs.flatten(0, 1), wanted.flatten(), reduction="sum", ignore_index=PADDING)

    return Workload(
        train=Tensors(inputs[:300], targets[:300], lengths[:300]),
        validation=Tensors(inputs[300:], targets[300:], lengths[300:]),
        make_model=lambda: Tokens(int(knobs["hidden"])),
        layers=("embed", "body.mix", "body.hidden", "out"),
        splits={"embed": "embedding", "body.hidden": "column", "out": "row"},
        loss_sum=loss_sum,
        score_sum=lambda outputs, wanted: (outputs.argmax(2) == wanted).sum(),
    )
