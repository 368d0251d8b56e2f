"""The optimizer without its wrapping is the optimizer, to the bit."""

import torch
from torch import nn

from engine.rank.step.optimizer import DirectAdam


def test_direct_adam_is_adam_to_the_bit() -> None:
    torch.manual_seed(0)
    models = [nn.Linear(5, 3) for _ in range(2)]
    models[1].load_state_dict(models[0].state_dict())
    plain = torch.optim.Adam(models[0].parameters(), lr=0.01, fused=True)
    direct = DirectAdam(list(models[1].parameters()), 0.01)
    for step in range(20):
        for model in models:
            (model(torch.full((4, 5), step / 7)) ** 2).sum().backward()
        plain.step()
        plain.zero_grad()
        direct.direct_step()
        direct.zero_grad()
        if step == 9:  # a shift in between
            direct.load_state_dict(direct.state_dict())
    for one, other in zip(models[0].parameters(), models[1].parameters(), strict=True):
        assert torch.equal(one, other)
