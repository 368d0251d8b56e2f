"""Saving the state beside training: rank 0 copies it between two steps, a thread writes it while the next ones run."""

import threading
from pathlib import Path
from time import perf_counter

import torch

from engine import states
from engine.rank import state
from engine.rank.control import Control
from engine.wire import Saved


class Saver:
    """Writes one state at a time to the run's directory. `busy` while one is being written."""

    def __init__(self, directory: Path, control: Control) -> None:
        self._directory = directory
        self._control = control
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """A state is being written; its tensors must not be touched."""
        return self._thread is not None and self._thread.is_alive()

    def save(self, tensors: state.Tensors, numbers: dict[str, str]) -> None:
        """Write in the background. The caller must not change `tensors` while `busy`."""
        self.wait()
        self._thread = threading.Thread(target=self._write, args=(tensors, numbers), name="saver", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until the state being written is on disk (or has failed)."""
        if self._thread is not None:
            self._thread.join()

    def _write(self, tensors: state.Tensors, numbers: dict[str, str]) -> None:
        step = int(numbers["step"])
        begin_s = perf_counter()
        temporary = self._directory / f"{states.state_name(step)}.partial"
        try:
            if not all(torch.isfinite(t).all() for name, t in tensors.items() if name.startswith("model.")):
                raise ValueError("its weights are no longer finite numbers")
            state.write(str(temporary), tensors, numbers)
            manifest = states.publish(self._directory, temporary, step)
        except Exception as error:
            temporary.unlink(missing_ok=True)
            problem = f"The state before step {step:,} could not be saved in {self._directory}: {error}"
            self._control.report(Saved(step=step, name="", state_bytes=0, seconds=0.0, problem=problem))
        else:
            self._control.report(
                Saved(
                    step=step,
                    name=manifest.name,
                    state_bytes=manifest.state_bytes,
                    seconds=perf_counter() - begin_s,
                    problem="",
                )
            )
