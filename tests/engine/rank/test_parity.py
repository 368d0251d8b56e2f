"""The first law: the mathematics does not depend on the mode. Every mode against the plain one-thread run.

Workloads and modes are found, not listed: every technique that has a card, alone and combined, with each choice of each
option, on 2 and on 4 ranks. fp64 within 1e-14 relative is the proof (another order of summation gives 1e-15), within
1e-10 for those models that are deep enough to make more of a rounding; fp32 within 1e-4.
The suite makes runs that shift through a part of them in a random order, another one each time; one run through all of
them, and the whole table, each cell a run of its own, are `pytest -m long` (and `gearshift bench parity`).
"""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from safetensors.numpy import load_file

from engine.config.cards import workloads
from engine.config.catalogue import modes_that_fit
from engine.config.fits import facts_of, why_not
from engine.config.mode import make_mode
from engine.config.roles import is_exact, option_with
from engine.config.spec import RunSpec, make_spec
from engine.events.run import RunFinished
from engine.events.shift import Shifted
from engine.packs.presence import trainable, why_absent, why_no_data
from engine.record.states import last_state
from tests.conftest import Watched
from tests.engine.rank.small import HEAVY, OTHERS, WORKLOADS, exact_modes, set_up

STEPS = 100
TOLERANCE = {"fp64": 1e-14, "fp32": 1e-4}
DEEP_TOLERANCE = {"fp64": 1e-10, "fp32": 1e-4}
LONGEST_S = 240.0
"""Of the steps between two orders, on one thread."""
Watch = Callable[..., Watched]
Outcome = tuple[dict[int, float], dict[str, np.ndarray]]


def train(
    watch: Watch,
    spec: RunSpec,
    shifts: dict[int, str],
    directory: Path,
    changes: Mapping[int, dict[str, Any]] | None = None,
) -> Outcome:
    """Losses of all steps and the final weights, with the given changes and shifts."""
    if changes is None:
        changes = {int(0.3 * spec.steps): {"lr": min(0.002, 2 * spec.lr)}, int(0.6 * spec.steps): {"batch_size": 19}}
    run = watch(spec, directory=directory, is_evaluated=False)
    for step in sorted({*changes, *shifts}):
        run.session.run_until(step)
        run.until(lambda m, at=step: getattr(m, "status", "") == "paused" and m.step == at, LONGEST_S)
        if step in changes:
            run.session.change(**changes[step])
        if step in shifts:
            run.session.shift(shifts[step])
            told = run.until(lambda m, mode=shifts[step]: getattr(m, "to_mode", "") == mode)
            assert isinstance(told, Shifted), told
            run.until(lambda m, at=step: getattr(m, "status", "") == "paused" and m.step == at)
    run.session.play()
    run.until(lambda m: isinstance(m, RunFinished), LONGEST_S)
    run.status("finished")
    run.session.close()
    state = last_state(directory)
    assert state is not None
    weights = {k: v for k, v in load_file(directory / state.name).items() if k.startswith("model.")}
    return run.losses(), weights


def furthest(one: Outcome, other: Outcome, steps: int = STEPS) -> float:
    """Largest relative difference of a loss or of a weight tensor (by its norm)."""
    assert list(one[0]) == list(other[0]) == list(range(steps))
    losses = max(abs(other[0][step] - loss) / abs(loss) for step, loss in one[0].items())
    weights = max(
        float(np.linalg.norm(other[1][name] - weight) / np.linalg.norm(weight)) for name, weight in one[1].items()
    )
    return max(losses, weights)


def spec(name: str, mode: str, steps: int = STEPS) -> RunSpec:
    return make_spec(mode=mode, steps=steps, **set_up(name))


def compare(watch: Watch, place: Path, workload: str, precision: str, modes: list[str]) -> dict[str, float]:
    """Each mode's largest difference from the one-thread run, printed as it comes."""
    plain = f"cpu,threads=1,precision={precision}"
    reference = train(watch, spec(workload, plain), {}, place / "reference")
    differences = {}
    for index, mode in enumerate([f"cpu,threads=2,precision={precision}", *modes]):
        outcome = train(watch, spec(workload, mode), {}, place / f"mode-{index}")
        differences[mode] = furthest(reference, outcome)
        print(f"{workload:<12} {mode:<56} {differences[mode]:.1e}", flush=True)
    return differences


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("workload", "precision", "at_most"),
    [
        ("digits-mlp", "fp64", 6),
        ("spirals", "fp32", 3),
        ("text-attention", "fp64", 3),
        pytest.param("digits-mlp", "fp64", 99, marks=pytest.mark.long),
        pytest.param("spirals", "fp64", 99, marks=pytest.mark.long),
        pytest.param("spirals", "fp32", 99, marks=pytest.mark.long),
        pytest.param("text-attention", "fp64", 99, marks=pytest.mark.long),
        *(
            pytest.param(name, precision, 99, marks=pytest.mark.long)
            for name in OTHERS
            if name not in HEAVY
            for precision in TOLERANCE
        ),
    ],
)
def test_one_run_through_all_modes_in_random_order_is_the_one_thread_run(
    watch: Watch, tmp_path: Path, workload: str, precision: str, at_most: int
) -> None:
    agrees(watch, tmp_path, workload, precision, at_most)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("precision", ["fp64", "fp32"])
@pytest.mark.parametrize(("workload", "part"), [(name, part) for name, parts in HEAVY.items() for part in range(parts)])
def test_some_runs_share_all_modes_of_a_heavy_workload(
    watch: Watch, tmp_path: Path, workload: str, part: int, precision: str
) -> None:
    agrees(watch, tmp_path, workload, precision, 99, part)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_other_workloads_agree_in_any_two_modes(watch: Watch, tmp_path: Path) -> None:
    """Some of them, others each time."""
    specs = {name: make_spec(**set_up(name)) for name in OTHERS}
    here = [name for name, one in specs.items() if not why_no_data(one.workload, one.knobs)]
    for name in random.sample(here, 2):
        agrees(watch, tmp_path / name, name, "fp64", 2)


def agrees(watch: Watch, place: Path, workload: str, precision: str, at_most: int, part: int = 0) -> None:
    """Each shift hands over weights, optimizer state and data cursor from one mode to any other."""
    plain = f"cpu,threads=1,precision={precision}"
    modes = exact_modes(workload, precision, 1, 2, 3, 4)
    assert len(modes) > (20 if workload in WORKLOADS else 8)
    modes = modes[part :: HEAVY.get(workload, 1)]
    seed = random.randrange(2**32)
    random.Random(seed).shuffle(modes)
    modes = modes[:at_most]
    length = len(modes) + 4 if workload in HEAVY else STEPS
    steps = sorted(random.Random(seed).sample(range(length), len(modes)))
    reference = train(watch, spec(workload, plain, length), {}, place / "reference")
    shifted = train(watch, spec(workload, plain, length), dict(zip(steps, modes, strict=True)), place / "shifted")
    difference = furthest(reference, shifted, length)
    print(f"{workload} {precision}, {len(modes)} modes, order by seed {seed}: {difference:.1e}")
    tolerance = TOLERANCE if workload in WORKLOADS else DEEP_TOLERANCE
    assert difference <= tolerance[precision], (seed, modes)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(300)
def test_every_mode_on_one_and_two_ranks_is_the_one_thread_run(watch: Watch, tmp_path: Path) -> None:
    modes = exact_modes("digits-mlp", "fp64", 1, 2)
    differences = compare(watch, tmp_path, "digits-mlp", "fp64", modes)
    assert max(differences.values()) <= TOLERANCE["fp64"], differences


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("precision", ["fp64", "fp32"])
@pytest.mark.parametrize("workload", [name for name in [*WORKLOADS, *OTHERS] if name not in HEAVY])
def test_the_whole_table(watch: Watch, tmp_path: Path, workload: str, precision: str) -> None:
    differences = compare(watch, tmp_path, workload, precision, exact_modes(workload, precision, 1, 2, 4))
    tolerance = TOLERANCE if workload in WORKLOADS else DEEP_TOLERANCE
    assert max(differences.values()) <= tolerance[precision], differences


def random_spec(rng: random.Random) -> RunSpec:
    """Any workload, with small values of its knobs, even and odd."""
    card = workloads()[rng.choice(trainable())]
    knobs: dict[str, Any] = {}
    for knob in card.knobs:
        if knob.choices:
            here = [choice for choice in knob.choices if choice not in knob.packs or not why_absent(knob.packs[choice])]
            knobs[knob.name] = rng.choice(here[:2])  # further ones may be too large for a test
        elif isinstance(knob.default, int):
            least = int(knob.minimum or 0)
            factor = rng.choice([1, 2, 12]) if knob.name in card.widths else 1
            knobs[knob.name] = factor * rng.randint(least, least + 9)
    plain = "cpu,threads=1,precision=fp64"
    optimizer = rng.choice(["adam", "sgd"])
    return make_spec(
        card.name, mode=plain, steps=STEPS, batch_size=rng.randint(1, 70), optimizer=optimizer, knobs=knobs
    )


def random_mode(rng: random.Random, spec: RunSpec, least: int, but: str) -> str:
    """Any exact mode `but` one that fits, and the `least` batch too, with any number of threads and micro-batches."""
    while True:
        mode = rng.choice(modes_that_fit(spec.workload, spec.knobs, 2, 3, 4, 6, precision="fp64"))
        options = dict(mode.options)
        if (option := option_with(mode, "microbatches")) is not None:
            options[option.key] = rng.randint(1, 9)
        mode = make_mode("cpu", dict(mode.degrees), options, rng.choice([None, 1, 2]), "fp64")
        if mode.text != but and is_exact(mode) and not why_not(mode, facts_of(spec.workload, spec.knobs), None, least):
            return mode.text


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [random.randrange(2**32) for _ in range(20)])
def test_a_run_nobody_thought_of_is_the_one_thread_run(watch: Watch, tmp_path: Path, seed: int) -> None:
    """Any set-up, any modes, changes of learning rate and batch size at any steps."""
    rng = random.Random(seed)
    any_spec = random_spec(rng)
    changes = {
        step: {"batch_size": rng.randint(1, 90), "lr": any_spec.lr * rng.uniform(0.1, 2)}
        for step in rng.sample(range(STEPS), 3)
    }
    least = min(any_spec.batch_size, *(change["batch_size"] for change in changes.values()))
    shifts: dict[int, str] = {}
    for step in sorted(rng.sample(range(STEPS), 6)):
        shifts[step] = random_mode(rng, any_spec, least, but=[any_spec.mode, *shifts.values()][-1])
    reference = train(watch, any_spec, {}, tmp_path / "reference", changes)
    shifted = train(watch, any_spec, shifts, tmp_path / "shifted", changes)
    difference = furthest(reference, shifted)
    print(f"{seed}: {difference:.1e}  {any_spec.workload} {any_spec.knobs} {any_spec.batch_size} {shifts} {changes}")
    tolerance = TOLERANCE if any_spec.workload in WORKLOADS else DEEP_TOLERANCE
    assert difference <= tolerance["fp64"], (seed, any_spec, shifts, changes)


@pytest.mark.slow
def test_two_stages_a_rank_of_an_odd_number_of_matrices_each(watch: Watch, tmp_path: Path) -> None:
    """Matrices are paired within a stage, not across two that do not follow each other."""
    odd = make_spec("spirals", steps=STEPS, batch_size=33, knobs={"hidden": 32, "layers": 4})
    modes = {
        30 * number: f"cpu,pp=2,tp=2,schedule={schedule},precision=fp64"
        for number, schedule in enumerate(["interleaved", "zero-bubble"], 1)
    }
    plain = msgspec.structs.replace(odd, mode="cpu,threads=1,precision=fp64")
    reference = train(watch, plain, {}, tmp_path / "reference")
    shifted = train(watch, plain, modes, tmp_path / "shifted")
    assert furthest(reference, shifted) <= TOLERANCE["fp64"]


def test_hogwild_is_no_exact_mode_but_learns(watch: Watch, tmp_path: Path) -> None:
    """Two ranks that race on one copy of the weights: the loss falls as it does on one thread, if not the same way."""
    plain = make_spec("digits-mlp", mode="cpu,threads=1", steps=200, knobs={"hidden": 32})
    racing = msgspec.structs.replace(plain, mode="cpu,hogwild=2")
    last = []
    for name, run_spec in (("plain", plain), ("racing", racing)):
        run = watch(run_spec, directory=tmp_path / name)
        run.session.play()
        run.until(lambda m: isinstance(m, RunFinished))
        run.status("finished")
        run.session.close()
        losses = run.losses()
        assert list(losses) == list(range(200))
        last.append(float(np.mean([losses[step] for step in range(180, 200)])))
    print(f"mean loss of the last 20 of 200 steps: one thread {last[0]:.3f}, hogwild=2 {last[1]:.3f}")
    # Two writes a step with the same learning rate learn faster, not slower; stale gradients may cost a part of that.
    assert last[1] < 1.1 * last[0]


def test_same_spec_twice_is_bitwise_the_same(watch: Watch, tmp_path: Path) -> None:
    same = spec("digits-mlp", "cpu,threads=1")
    one, two = (train(watch, same, {}, tmp_path / name) for name in ("one", "two"))
    assert one[0] == two[0]
    assert all((one[1][name] == two[1][name]).all() for name in one[1])
