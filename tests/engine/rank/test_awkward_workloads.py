"""Workloads as real ones are: each is one new file in a copy of the project, and every mode that fits agrees with one
thread on it. What does not fit is refused in a sentence."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT

AWKWARD = ROOT / "tests/awkward"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with all awkward workloads in it, and the files that one of them reads."""
    place = tmp_path_factory.mktemp("copy") / "project"
    place.mkdir()
    for name in ("engine", "resources"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "main.py", place)
    room = place / "engine/rank/workloads"
    for path in AWKWARD.glob("[a-z]*.py"):
        shutil.copy(path, room)
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 4, 20_000)
    np.save(
        room / "mapped-inputs.npy",
        rng.integers(0, 192, (20_000, 256)).astype(np.uint8) + 16 * classes[:, None].astype(np.uint8),
    )
    np.save(room / "mapped-targets.npy", classes)
    return place


def run(place: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """What a command, or a program behind -c, prints in the copy."""
    return subprocess.run(
        [sys.executable, *(arguments if arguments[0] == "-c" else ("main.py", *arguments))],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        env=os.environ | {"GEARSHIFT_HOME": str(place / "home")},
    )


WORKLOADS = {
    "padded": {"dp", "fsdp", "pp", "tp"},
    "frozen": {"dp", "fsdp", "pp", "tp"},
    "branched": {"dp", "fsdp"},
    "mapped": {"dp", "fsdp", "pp"},
    "adapted": {"dp", "fsdp", "pp", "tp"},
}
"""And the techniques that fit each."""
FITTING = """
import sys
from engine.config.catalogue import modes_that_fit
from engine.config.roles import is_exact
from engine.config.spec import make_spec
spec = make_spec(sys.argv[1])
print(*(mode.text for mode in modes_that_fit(spec.workload, spec.knobs, 2, precision="fp64") if is_exact(mode)))
"""
STEPS_A_MODE = 4


@pytest.mark.slow
@pytest.mark.parametrize(
    "workload",
    [
        "padded",
        "adapted",
        pytest.param("mapped", marks=pytest.mark.long),
        pytest.param("frozen", marks=pytest.mark.long),
        pytest.param("branched", marks=pytest.mark.long),
    ],
)
def test_a_run_through_modes_that_fit_is_that_of_one_thread(copy: Path, workload: str) -> None:
    """One mode of each technique that fits, any of them and in any order."""
    modes = run(copy, "-c", FITTING, workload).stdout.split()
    keys = {mode: re.findall(r"(\w+)=2", mode)[0] for mode in modes}
    assert set(keys.values()) >= WORKLOADS[workload]
    random.shuffle(modes)
    modes = list({keys[mode]: mode for mode in modes}.values())
    shifts = [f"--shift={STEPS_A_MODE * at}:{mode}" for at, mode in enumerate(modes, 1)]
    plain = ("train", "--workload", workload, "--mode", "cpu,threads=1,precision=fp64", "--json", "-")
    losses = []
    for asked in ([], shifts):
        done = run(copy, *plain, "--steps", str(STEPS_A_MODE * (len(modes) + 1)), *asked)
        assert done.returncode == 0, done.stderr
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        losses.append([line["loss"] for line in lines if "loss" in line and "seconds" in line])
    assert len(losses[0]) == STEPS_A_MODE * (len(modes) + 1)
    assert losses[1] == pytest.approx(losses[0], rel=1e-12), shifts


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("workload", "keys"), WORKLOADS.items())
def test_every_mode_that_fits_agrees_with_one_thread(copy: Path, workload: str, keys: set[str]) -> None:
    bench = (
        "bench",
        "parity",
        "--workload",
        workload,
        "--precision",
        "fp64",
        "--ranks",
        "2",
        "--steps",
        "25",
    )
    done = run(copy, *bench)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = re.findall(r"fp64 (\S+) +(\S+)$", done.stdout, re.MULTILINE)
    assert {key for mode, _ in rows for key in re.findall(r"(\w+)=2", mode)} >= keys
    assert all(float(difference) <= 1e-13 for _, difference in rows)


@pytest.mark.slow
def test_a_rank_that_has_nothing_to_train_is_shifted_to_and_from(copy: Path) -> None:
    """With two layers the first of two stages is frozen; its rank writes its part of the state all the same."""
    losses = []
    for shifts in ((), ("--shift", "8:cpu,pp=2,precision=fp64", "--shift", "16:cpu,pp=2,dp=2,precision=fp64")):
        plain = (
            "train",
            "--workload",
            "frozen",
            "--set",
            "depth=2",
            "--mode",
            "cpu,threads=1,precision=fp64",
        )
        done = run(copy, *plain, *shifts, "--shift", "20:cpu,dp=2,precision=fp64", "--steps", "24", "--json", "-")
        assert done.returncode == 0, done.stderr
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        losses.append([line["loss"] for line in lines if "loss" in line and "seconds" in line])
    assert len(losses[0]) == 24
    assert losses[1] == pytest.approx(losses[0], rel=1e-13)


@pytest.mark.slow
def test_what_is_no_chain_is_cut_by_no_pipeline_and_the_reason_is_a_sentence(copy: Path) -> None:
    done = run(copy, "train", "--workload", "branched", "--mode", "cpu,pp=2", "--steps", "5")
    assert done.returncode == 2
    assert "This model has one layer, 2 stages asked." in done.stderr
