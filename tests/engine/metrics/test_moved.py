"""What goes through shared memory is counted in the ranks: nothing on a network interface tells of it."""

from collections.abc import Callable

import pytest

from engine.config.fits import why_not
from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.events.ranks import StepAnatomy
from engine.metrics.segment_sums import moved_bytes, moved_bytes_a_step, sent_bytes, summed_bytes
from tests.conftest import Watched


def taken_apart(watch: Callable[..., Watched], mode: str) -> list[StepAnatomy]:
    run = watch(make_spec("digits-mlp", mode=mode, batch_size=32, knobs={"hidden": 16}))
    run.session.play()
    for _ in range(4):
        run.until(lambda message: isinstance(message, StepAnatomy))
    run.session.pause()
    run.status("paused")
    return run.of(StepAnatomy)  # type: ignore[return-value]


def test_bytes_through_shared_memory_are_what_the_formula_says(watch: Callable[..., Watched]) -> None:
    anatomies = taken_apart(watch, "cpu,dp=2,transport=shm")
    by_formula = sum(moved_bytes(entry) for rank in anatomies[-1].ranks for entry in rank.traffic)
    measured = moved_bytes_a_step(anatomies)
    assert by_formula > 0
    assert measured == pytest.approx(by_formula)
    assert sent_bytes(anatomies[-1]).sum() + summed_bytes(anatomies[-1]).sum() == pytest.approx(by_formula)


def test_what_is_handed_to_mpi_is_counted(watch: Callable[..., Watched]) -> None:
    mode = "cpu,dp=2,transport=mpi"
    if reason := why_not(parse_mode(mode)):
        pytest.skip(str(reason))
    anatomies = taken_apart(watch, mode)
    payload = sum(entry.payload_bytes for rank in anatomies[-1].ranks for entry in rank.traffic)
    assert moved_bytes_a_step(anatomies) == pytest.approx(2 * payload)


def test_messages_are_no_memory(watch: Callable[..., Watched]) -> None:
    assert moved_bytes_a_step(taken_apart(watch, "cpu,dp=2")) is None
    assert moved_bytes_a_step([]) is None
