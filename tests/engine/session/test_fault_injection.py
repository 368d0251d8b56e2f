"""A rank is killed, frozen, or raises, at a random step in each mode: it is named, nothing is left, the run goes on.

Resumed in the same mode or in another, its curve is that of the run that nothing happened to, to 1e-10 in fp64. Once
for a few modes in the suite; 20 times for every mode and fault in the long one.
"""

import math
import random
from collections.abc import Callable
from contextlib import closing
from functools import cache

import msgspec
import pytest

from engine.config.catalogue import modes_that_fit
from engine.config.roles import is_exact
from engine.config.spec import RunSpec, make_spec
from engine.events.ranks import RankFailed
from engine.events.run import RunFinished
from engine.session.session import Session
from engine.session.starter import make_starter
from tests.conftest import Watched

ENDLESS = 100_000  # no fault comes after the last step: each is a fault in the midst of a run
KNOBS = {"hidden": 16, "layers": 4}
FAULTS = ("kill", "freeze", "exception")
REPEATS = 20
OTHER_MODE = 0.15  # the share of faults after which the run goes on in another mode first
MODES = modes_that_fit("digits-mlp", make_spec("digits-mlp", knobs=KNOBS).knobs, 2, 4, precision="fp64")
MPI = ("cpu,dp=2,transport=mpi", "freeze")
EVERY_TIME = {("cpu,tp=2", "kill"), ("cpu,pp=2", "exception"), ("cpu,fsdp=2", "freeze"), ("cpu,hogwild=2", "kill"), MPI}
Watch = Callable[..., Watched]


def spec(mode: str, steps: int) -> RunSpec:
    return make_spec("digits-mlp", mode=mode, steps=steps, batch_size=50, knobs=KNOBS, hang_limit_s=1.5)


@cache
def reference(steps: int) -> tuple[float, ...]:
    """Losses of the run that nothing happens to."""
    undisturbed = msgspec.structs.replace(spec("cpu,threads=1,precision=fp64", steps), hang_limit_s=60.0)
    with closing(make_starter()) as starter, closing(Session(undisturbed, starter)) as session:
        run = Watched(session)
        session.play()
        run.until(lambda m: isinstance(m, RunFinished))
        run.status("finished")
    losses = run.losses()
    return tuple(losses[step] for step in range(steps))


def go_to(run: Watched, step: int) -> None:
    run.session.run_until(step)
    run.until(lambda m: getattr(m, "status", "") == "paused" and m.step == step)


def break_and_resume(watch: Watch, text: str, fault: str, seed: int, *, times: int) -> None:
    """One run that is broken `times` over, and goes on every time, now and then in another mode for a while."""
    rng = random.Random(seed)
    mode = next(m for m in MODES if m.text == text)
    run = watch(spec(text, ENDLESS))
    at = 0
    for _ in range(times):
        at += rng.randrange(1, 20)
        go_to(run, at)
        victim = rng.randrange(mode.world_size)
        run.session.play()
        run.session.break_rank(victim, fault)
        failed = run.until(lambda m: isinstance(m, RankFailed), 30)
        if fault != "exception":  # an exception is also told, and truly, by the rank that it left waiting
            assert failed.rank == victim, failed.reason
        words = {"kill": "SIGKILL", "freeze": "frozen", "exception": "on purpose"}[fault]
        assert words in failed.reason + failed.details
        run.status("failed")
        at = failed.resume_step
        if rng.random() < OTHER_MODE:
            other = rng.choice([m for m in MODES if m.world_size == 2 and is_exact(m)])
            run.session.shift(other.text)
            at += 3
            go_to(run, at)
            run.session.shift(text)
    steps = at + 20
    go_to(run, steps)
    losses = run.losses()
    assert set(range(steps)) <= set(losses)
    if is_exact(mode):
        for step, loss in enumerate(reference(math.ceil(steps / 500) * 500)[:steps]):
            assert losses[step] == pytest.approx(loss, rel=1e-10), (step, seed)


CASES = [(mode.text, fault) for mode in MODES for fault in FAULTS]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "fault"), [(mode, fault) for mode, fault in CASES if (mode.split(",precision")[0], fault) in EVERY_TIME]
)
def test_a_fault_is_named_and_the_run_goes_on(watch: Watch, mode: str, fault: str) -> None:
    break_and_resume(watch, mode, fault, random.randrange(2**32), times=1)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("mode", "fault"), CASES)
def test_each_fault_in_each_mode_twenty_times(watch: Watch, mode: str, fault: str) -> None:
    break_and_resume(watch, mode, fault, random.randrange(2**32), times=REPEATS)


def test_the_long_suite_breaks_every_mode() -> None:
    keys = {key for mode in MODES for key in mode.keys}
    assert keys >= {"dp", "fsdp", "tp", "pp", "hogwild"}
