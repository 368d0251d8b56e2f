"""Saving the state beside training: ranks copy it into shared memory between two steps, a thread writes it to disk.

    boundary:  copy (all ranks)  |  step  |  step  |  ...            the only time that training stands
    thread:                      chunk . . . chunk . . . chunk  ->  fsync  ->  rename  ->  the older state goes
                                 (hash, write)   (rest)

One state at a time. Beside training the thread works for at most a hundredth of the time: after a chunk that took t
seconds of a core it rests for some 100 t, so that 770 MiB take minutes and nobody sees them. Who waits for a state (a
pause, the end) has it written without rests. Only while it is read out of memory can it be given up (`abandon`), for
the memory is wanted again. Nobody waits for that: beside others that compute, a thread of the lowest priority comes to
the end of a chunk when it may; and what was written to meanwhile is not whole, as the ranks' tallies tell.
"""

import contextlib
import hashlib
import os
import threading
from pathlib import Path
from time import perf_counter, thread_time

import numpy as np

from engine.ipc.control import Control
from engine.ipc.reports import Saved, Saving
from engine.rank.state.shared_state import SharedState
from engine.record import states

CHUNK_BYTES = 1 << 22
TELL_EVERY_S = 0.1
WAIT_TELLS_S = 1.0
LOWEST_PRIORITY = 19
WORK_FRAC = 0.008
"""Of the time, what hashing and writing take beside training. With the copy of the state it is below a hundredth."""


class Saver:
    """Writes the crew's state to the run's directory, on rank 0. `busy` while it does."""

    def __init__(self, directory: Path, control: Control, state: SharedState) -> None:
        self._directory = directory
        self._control = control
        self._state = state
        self._thread: threading.Thread | None = None
        self._given_up = threading.Event()
        self._progress: Saving | None = None

    @property
    def busy(self) -> bool:
        """Whether a state is being written."""
        return self._thread is not None and self._thread.is_alive()

    def save(self, step: int, number: int, *, every_s: float, gently: bool) -> None:
        """Write in the background what ranks write into memory as `number`.

        Gently: beside training, with rests; it counts that another comes `every_s` after the beginning of this one, or
        when this one is written, if that is later.
        """
        self.wait()
        self._given_up.clear()
        self._progress = Saving(step=step, saved_bytes=0, total_bytes=self._state.layout.total_bytes)
        self._thread = threading.Thread(
            target=self._save, args=(step, number, every_s, gently), name="saver", daemon=True
        )
        self._thread.start()

    def abandon(self) -> None:
        """The memory is wanted: a state that is not wholly read out of it before it is written to again is given up."""
        self._given_up.set()

    def wait(self) -> None:
        """Wait until the state being written is on disk, or has failed. Meanwhile the saver tells how far that is."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(WAIT_TELLS_S)
            if self._thread.is_alive() and self._progress is not None:
                self._control.report(self._progress)

    def _save(self, step: int, number: int, every_s: float, gently: bool) -> None:
        if hasattr(os, "setpriority"):  # Linux has priorities by thread; training goes first
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_PRIORITY)
        begin_s = perf_counter()
        temporary = self._directory / f"{states.state_name(step)}.partial"
        try:
            sha256 = self._write(temporary, step, number, gently)
            if sha256 is None:
                temporary.unlink(missing_ok=True)
                return
            manifest = states.publish(self._directory, temporary, step, sha256)
        except Exception as error:
            with contextlib.suppress(OSError):  # it may never have been made; a disk that can only be read keeps it
                temporary.unlink()
            self._control.report(
                Saved(step=step, name="", state_bytes=0, seconds=0.0, work_s=0.0, every_s=every_s, problem=str(error))
            )
        else:
            seconds = perf_counter() - begin_s
            self._control.report(
                Saved(
                    step=step,
                    name=manifest.name,
                    state_bytes=manifest.state_bytes,
                    seconds=seconds,
                    work_s=thread_time(),
                    every_s=max(every_s, seconds),
                    problem="",
                )
            )

    def _write(self, path: Path, step: int, number: int, gently: bool) -> str | None:
        """The SHA-256 of what was written; None if it was given up.

        Raises:
            OSError: the disk does not take it.
            ValueError: a weight is not finite.
        """
        state = self._state
        state.await_all(number)
        total_bytes = state.layout.total_bytes
        digest, told_s = hashlib.sha256(), (begin_s := perf_counter())
        with path.open("xb", buffering=0) as file, memoryview(state.memory) as memory:
            for begin in range(0, total_bytes, CHUNK_BYTES):
                # What took nothing of a core (a disk or a core that it waited for) needs no rest.
                rest_s = begin_s + thread_time() / WORK_FRAC - perf_counter() if gently else 0.0
                if self._given_up.wait(max(0.0, rest_s)):
                    return None
                with memory[begin : min(begin + CHUNK_BYTES, total_bytes)] as chunk:
                    digest.update(chunk)
                    written = 0
                    while written < len(chunk):
                        written += file.write(chunk[written:])
                if (now_s := perf_counter()) - told_s > TELL_EVERY_S:
                    told_s = now_s
                    self._progress = Saving(step=step, saved_bytes=begin + written, total_bytes=total_bytes)
                    self._control.report(self._progress)
            weights = (view.numpy() for name, view in state.views.items() if name.startswith("model."))
            are_finite = all(map(_is_finite, weights))
        if not state.is_still(number):  # asked after all has been read
            return None
        if not are_finite:
            raise ValueError("its weights are no longer finite numbers")
        return digest.hexdigest()


def _is_finite(values: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> bool:
    """In pieces: what is compared must not take as much memory as the model."""
    flat = values.reshape(-1)
    return all(bool(np.isfinite(flat[i : i + CHUNK_BYTES]).all()) for i in range(0, len(flat), CHUNK_BYTES))
