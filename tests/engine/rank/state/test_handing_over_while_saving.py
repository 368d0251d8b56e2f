"""Handing over waits for no chunk of a state that is being saved, and what was torn by it is never published."""

import hashlib
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from engine.ipc.reports import Saved
from engine.rank.state.saver import Saver
from engine.record import states
from tests.saving import Told, shared_state


class Slow:
    """A hash that comes to the end of its first chunk when it may."""

    def __init__(self) -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()
        self._digest = hashlib.sha256()

    def update(self, chunk: memoryview) -> None:
        self._digest.update(chunk)
        self.begun.set()
        assert self.may_end.wait(30)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    digest = Slow()
    monkeypatch.setattr("engine.rank.state.saver.hashlib", SimpleNamespace(sha256=lambda: digest))
    return digest


@pytest.mark.parametrize("is_finite_afterwards", [True, False])
def test_handing_over_waits_for_no_chunk_and_tears_no_state(
    tmp_path: Path, slow: Slow, is_finite_afterwards: bool
) -> None:
    told = Told()
    with shared_state(1.0) as state:
        saver = Saver(tmp_path, told, state)
        saver.save(7, 1, every_s=1.0, gently=False)
        assert slow.begun.wait(30)
        abandoned = threading.Thread(target=saver.abandon, daemon=True)
        abandoned.start()
        abandoned.join(10)
        assert not abandoned.is_alive()
        state.begin()  # the memory is written to, while the chunk is not yet at its end
        state.views["model.weight"].fill_(2.0 if is_finite_afterwards else torch.nan)
        state.end()
        slow.may_end.set()
        saver.wait()
        assert not any(isinstance(report, Saved) for report in told.reports)
        assert not list(tmp_path.iterdir())


def test_what_was_wholly_read_before_is_published(tmp_path: Path, slow: Slow) -> None:
    told = Told()
    with shared_state(1.0) as state:
        saver = Saver(tmp_path, told, state)
        saver.save(7, 1, every_s=1.0, gently=False)
        assert slow.begun.wait(30)
        saver.abandon()
        slow.may_end.set()
        saver.wait()
        (saved,) = (report for report in told.reports if isinstance(report, Saved))
        assert saved.problem == ""
        found = states.last_state(tmp_path)
        assert found is not None
        assert found.step == 7


def test_weights_that_are_no_longer_finite_are_no_state(tmp_path: Path) -> None:
    told = Told()
    with shared_state(float("inf")) as state:
        saver = Saver(tmp_path, told, state)
        saver.save(7, 1, every_s=1.0, gently=False)
        saver.wait()
        (saved,) = (report for report in told.reports if isinstance(report, Saved))
        assert "no longer finite" in saved.problem
        assert not list(tmp_path.iterdir())
