"""The first law: the mathematics does not depend on the mode. Every mode against the plain one-thread run.

Modes are found, not listed: every technique that has a card is run on 2 and on 4 ranks. fp64 within 1e-10 relative is
the proof (another order of summation gives 1e-15); fp32 within 1e-4.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from engine.cards import techniques
from engine.events import RunFinished
from engine.mode import parse_mode
from engine.spec import RunSpec, make_spec
from engine.states import last_state
from tests.conftest import Watched

STEPS = 200
CHANGES = {70: {"lr": 0.002}, 140: {"batch_size": 13}}
TOLERANCE = {"fp64": 1e-10, "fp32": 1e-4}
WORKLOADS = {"digits-mlp": {"knobs": {"hidden": 32}, "batch_size": 50}, "spirals": {"batch_size": 33}}
Watch = Callable[..., Watched]
Outcome = tuple[dict[int, float], dict[str, np.ndarray]]


def spread_modes() -> list[str]:
    return ["cpu,threads=2"] + [f"cpu,{key}={n}" for key in techniques() if key for n in (2, 4)]


def train(watch: Watch, spec: RunSpec, shifts: dict[int, str], directory: Path) -> Outcome:
    """Losses of all steps and the final weights, with the changes of CHANGES and the given shifts."""
    run = watch(spec, directory=directory)
    for step in sorted({*CHANGES, *shifts}):
        run.session.run_until(step)
        run.until(lambda m, at=step: getattr(m, "status", "") == "paused" and m.step == at)
        if step in CHANGES:
            run.session.change(**CHANGES[step])
        if step in shifts:
            run.session.shift(shifts[step])
            run.until(lambda m, mode=shifts[step]: getattr(m, "to_mode", "") == mode)
            run.until(lambda m, at=step: getattr(m, "status", "") == "paused" and m.step == at)
    run.session.play()
    run.until(lambda m: isinstance(m, RunFinished))
    run.status("finished")
    run.session.close()
    state = last_state(directory)
    assert state is not None
    weights = {k: v for k, v in load_file(directory / state.name).items() if k.startswith("model.")}
    return run.losses(), weights


def furthest(one: Outcome, other: Outcome) -> float:
    """Largest relative difference of a loss or of a weight tensor (by its norm)."""
    assert list(one[0]) == list(other[0]) == list(range(STEPS))
    losses = max(abs(other[0][step] - loss) / abs(loss) for step, loss in one[0].items())
    weights = max(
        float(np.linalg.norm(other[1][name] - weight) / np.linalg.norm(weight)) for name, weight in one[1].items()
    )
    return max(losses, weights)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp64", "fp32"])
@pytest.mark.parametrize("workload", list(WORKLOADS))
def test_every_mode_gives_the_one_thread_run(watch: Watch, tmp_path: Path, workload: str, precision: str) -> None:
    def spec(mode: str) -> RunSpec:
        return make_spec(workload, mode=f"{mode},precision={precision}", steps=STEPS, **WORKLOADS[workload])

    reference = train(watch, spec("cpu,threads=1"), {}, tmp_path / "reference")
    differences = {}
    for index, mode in enumerate(spread_modes()):
        differences[mode] = furthest(reference, train(watch, spec(mode), {}, tmp_path / f"mode-{index}"))
    modes = [*spread_modes(), "cpu,threads=1"]
    shifts = {1 + 37 * index: parse_mode(f"{mode},precision={precision}").text for index, mode in enumerate(modes)}
    differences["shifts through all"] = furthest(
        reference, train(watch, spec("cpu,threads=1"), shifts, tmp_path / "shifts")
    )
    for mode, difference in differences.items():
        print(f"{workload:<12} {precision} {mode:<20} {difference:.1e}")
    assert max(differences.values()) <= TOLERANCE[precision], differences


def test_same_spec_twice_is_bitwise_the_same(watch: Watch, tmp_path: Path) -> None:
    spec = make_spec("digits-mlp", mode="cpu,threads=1", steps=STEPS, knobs={"hidden": 32})
    one, two = (train(watch, spec, {}, tmp_path / name) for name in ("one", "two"))
    assert one[0] == two[0]
    assert all((one[1][name] == two[1][name]).all() for name in one[1])
