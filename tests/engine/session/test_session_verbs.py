"""What verbs accept and refuse, what is told of a shift and of who computes, and waiting for something to take."""

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from engine.config.limits import BatchSize, range_of
from engine.config.spec import make_spec
from engine.errors import RequestError
from engine.events.machine import DeviceSample
from engine.events.ranks import SlowedDown
from engine.events.run import Notice, StatusChanged
from engine.events.shift import Shifted
from engine.rows import StepBatch
from tests.conftest import Watched

MAXIMUM_BATCH_SIZE = int(range_of(BatchSize).largest)
SMALL = {"knobs": {"hidden": 16}, "batch_size": 32}
Watch = Callable[..., Watched]
INSIDE: list[tuple[str, dict[str, Any]]] = [
    ("change", {"lr": 0.0}), ("change", {"lr": 1e6}),
    ("change", {"batch_size": 1}), ("change", {"batch_size": MAXIMUM_BATCH_SIZE}),
    ("slow_down", {"factor": 1.0}), ("slow_down", {"factor": 100.0}),
    ("slow_down", {"delay_s": 0.0}), ("slow_down", {"delay_s": 1.0}),
    ("slow_down", {"phase": "forward"}), ("slow_down", {"phase": "backward"}),
    ("break_rank", {"rank": 0, "how": "freeze"}), ("break_rank", {"rank": 0, "how": "exception"}),
]  # fmt: skip
OUTSIDE: list[tuple[str, dict[str, Any]]] = [
    ("change", {"lr": -1e-9}), ("change", {"lr": 1.001e6}), ("change", {"lr": float("nan")}),
    ("change", {"batch_size": 0}), ("change", {"batch_size": MAXIMUM_BATCH_SIZE + 1}),
    ("slow_down", {"factor": 0.99}), ("slow_down", {"factor": 100.1}),
    ("slow_down", {"delay_s": -0.1}), ("slow_down", {"delay_s": 1.1}),
    ("slow_down", {"phase": "sideways"}), ("step", {"count": 0}),
    ("break_rank", {"rank": 0, "how": "politely"}),
]  # fmt: skip


def test_verbs_accept_what_is_within_their_bounds_and_refuse_the_rest(watch: Watch) -> None:
    session = watch(make_spec("digits-mlp", **SMALL)).session
    for verb, values in INSIDE:
        getattr(session, verb)(**values)
    for verb, values in OUTSIDE:
        with pytest.raises(RequestError):
            getattr(session, verb)(**values)


def test_waiting_ends_with_the_next_message_or_with_its_time(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.stop()
    run.status("finished")
    run.session.wait(0.05)  # what was taken already may have left a sign
    run.drain()
    begin_s = time.perf_counter()
    run.session.wait(0.05)
    assert time.perf_counter() - begin_s >= 0.05


def test_a_rank_is_slowed_down_as_asked_and_by_default_no_more(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.run_until(2)
    run.status("paused")
    run.session.slow_down(rank=0, phase="forward", factor=2.0, delay_s=0.25)
    run.session.slow_down()
    run.until(lambda m: isinstance(m, SlowedDown) and m.factor == 1.0)
    told = [(m.rank, m.phase, m.factor, m.delay_s) for m in run.of(SlowedDown) if isinstance(m, SlowedDown)]
    assert told == [(0, "forward", 2.0, 0.25), (0, "compute", 1.0, 0.0)]


@pytest.mark.skipif(sys.platform == "win32", reason="spares have other names")
def test_a_shift_says_how_far_it_is_and_samples_name_who_computes(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))
    run.session.shift("cpu,dp=2")
    run.until(lambda m: isinstance(m, Shifted))
    run.until(lambda m: isinstance(m, StatusChanged) and m.status == "running")
    words = [m.words for m in run.of(StatusChanged) if isinstance(m, StatusChanged) and m.status == "shifting"]
    told = list(dict.fromkeys(text.partition(": ")[2] for text in words))
    last = [text for text in told if "ranks ready" not in text]
    assert told[0] == "0 of 2 ranks ready"
    assert last == ["gathering the state", "loading the state", "first step"]
    run.drain()
    sample = run.until(lambda m: isinstance(m, DeviceSample) and len(m.processes) > 3, 20)
    assert {"window", "rank 0", "rank 1"} <= {usage.label for usage in sample.processes}  # type: ignore[attr-defined]


def test_a_session_that_has_failed_answers_every_verb(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    run = watch(make_spec("digits-mlp", **SMALL))

    def broken(**_: object) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(psutil, "cpu_percent", broken)  # what the session's thread asks for its samples
    run.status("failed", 10)
    threads = [thread for thread in threading.enumerate() if thread.name == "session"]
    for thread in threads:
        thread.join(10)
    assert any("on purpose" in m.text and "ZeroDivisionError" in m.details for m in told(run, "error"))
    for act in (run.session.play, run.session.pause, run.session.stop):
        before = len(told(run, "error"))
        act()
        assert "Nothing can be done in this run any more" in told(run, "error")[before].text


def told(run: Watched, level: str) -> list[Notice]:
    return [m for m in run.of(Notice) if isinstance(m, Notice) and m.level == level]
