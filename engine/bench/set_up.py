"""The set-ups on which things are timed: the same as ever, whatever a workload begins with."""

from collections.abc import Mapping
from typing import Any

from engine.config.spec import RunSpec, make_spec


def timed_digits(knobs: Mapping[str, Any], **fields: Any) -> RunSpec:
    """The digits, once each, learnt by Adam, as the hand-written loops do."""
    return make_spec("digits-mlp", optimizer="adam", knobs={"copies": 1, **knobs}, **fields)


def timed_set_up(mode: str = "cpu,threads=1") -> RunSpec:
    """MLP 64-1024-1024-10 on digits, 256 a batch: 23 ms a step on one thread of 2 cores."""
    return timed_digits({"hidden": 1024, "layers": 3}, mode=mode, batch_size=256, lr=0.0003)
