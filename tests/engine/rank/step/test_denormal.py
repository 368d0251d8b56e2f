"""Numbers too small to be normal, with which a CPU computes many times as long, are noughts in a rank."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from engine.config.spec import make_spec
from tests.conftest import Watched

STEPS = 1_000
"""Momentum of what has no gradient any more is 0.9 of itself after each: after 840 it is no normal number."""


def test_momentum_of_units_that_have_died_is_nought_and_takes_no_longer(
    watch: Callable[..., Watched], tmp_path: Path
) -> None:
    spec = make_spec(
        "digits-mlp",
        mode="cpu,threads=1",
        knobs={"hidden": 64, "layers": 3},
        batch_size=8,
        lr=1.0,
        steps=STEPS,
    )
    run = watch(spec, directory=tmp_path / "run", is_evaluated=False)
    run.session.play()
    run.status("finished")
    state = load_file(next((tmp_path / "run").glob("*.safetensors")))
    momentum = np.abs(np.concatenate([v.ravel() for name, v in state.items() if name.endswith("momentum_buffer")]))
    assert np.isfinite(momentum).all()
    assert (momentum == 0).any(), "some units have died"
    assert not ((momentum > 0) & (momentum < np.finfo(np.float32).tiny)).any()
