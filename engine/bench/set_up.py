"""The set-up on which shifts and the window are timed: the same as ever, whatever a workload begins with."""

from engine.config.spec import RunSpec, make_spec


def timed_set_up(mode: str = "cpu,threads=1") -> RunSpec:
    """MLP 64-1024-1024-10 on digits, 256 a batch: 23 ms a step on one thread of 2 cores."""
    return make_spec("digits-mlp", mode=mode, batch_size=256, lr=0.0003, knobs={"hidden": 1024, "layers": 3})
