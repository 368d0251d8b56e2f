"""Everything a rank imports, imported before there is a rank: by the fork server, or by a spare."""

import gc
import importlib
from contextlib import suppress

from engine.config.cards import techniques, workloads

FIRST = (
    "torch",
    "torch._dynamo",  # 0.8 s that the first optimizer, DDP or DTensor imports; 90 MB
    "torch.distributed.fsdp",
    "torch.distributed.pipelining",
    "torch.distributed.tensor.parallel",
    "torch.profiler",
    "engine.rank.life",
    "engine.rank.boundary",
    "engine.rank.evaluator.evaluator",
    "engine.rank.loop",
    "engine.rank.rank",
)


def import_all() -> None:
    """Everything a rank will import, once. What one file cannot is told by the rank that needs it.

    300,000 objects come with torch, and all stay. To look for garbage among them makes importing a fifth longer;
    frozen, they are not looked at between steps either, and their pages stay shared.
    """
    gc.disable()
    for name in FIRST:
        importlib.import_module(name)
    for module in [card.module for card in techniques().values()] + [card.module for card in workloads().values()]:
        with suppress(Exception):
            importlib.import_module(module)
    gc.freeze()
    gc.enable()
