"""What Play will do with a run that is shown but does not compute: one that failed, was stopped, or was recorded.

It goes on from the last saved state, with what was chosen since; without a state, a new run begins.
"""

from pathlib import Path
from typing import Any

import msgspec

from engine.config.fits import facts_of, why_not
from engine.config.hardware import HardwareReport
from engine.config.mode import ComputeMode
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec
from engine.errors import RequestError
from engine.record.states import has_states, saved_states
from engine.session.source import Source


class Wish(msgspec.Struct, frozen=True):
    """What was chosen for the shown run to go on with. None: as it was."""

    mode: str | None = None
    lr: float | None = None
    batch_size: int | None = None

    def and_also(self, **chosen: Any) -> "Wish":
        """A later choice on top of earlier ones."""
        return msgspec.structs.replace(self, **{name: value for name, value in chosen.items() if value is not None})


class NextPlay(msgspec.Struct, frozen=True):
    """Play goes on before `step` in `mode`, up to `steps` (None: until stopped), or begins a new run (`is_new`).

    `lr` and `batch_size` are what it computes with then; `wish` is what of all this was chosen anew. `is_complete`:
    all the steps the run was to make are made, so it goes on without a limit. `is_lost`: states were saved, but none is
    whole, so Play does nothing but say so.
    """

    step: int
    mode: str
    steps: int | None
    lr: float | None = None
    batch_size: int | None = None
    wish: Wish = Wish()
    is_new: bool = False
    is_complete: bool = False
    is_lost: bool = False


def next_play(
    source: Source,
    wish: Wish,
    set_up: RunSpec,
    *,
    has_failed: bool,
    now: tuple[str, float | None, int | None],
) -> NextPlay:
    """What Play will do with `source`. `now` is the mode, learning rate and batch size last in force ("", None).

    Looks at the states' sizes only: that they are whole is found out when one is taken up.
    """
    states = saved_states(source.directory)
    is_lost = not states and has_states(source.directory)
    if not states and (is_lost or not has_failed):
        return NextPlay(
            step=0,
            mode=set_up.mode,
            steps=set_up.steps,
            lr=set_up.lr,
            batch_size=set_up.batch_size,
            wish=wish,
            is_new=not is_lost,
            is_lost=is_lost,
        )
    step, spec = states[-1].step if states else 0, source.spec
    is_complete = spec.steps is not None and step >= spec.steps and not has_failed
    mode, lr, batch_size = now
    return NextPlay(
        step=step,
        mode=wish.mode or mode or spec.mode,
        steps=None if is_complete else spec.steps,
        lr=wish.lr if wish.lr is not None else spec.lr if lr is None else lr,
        batch_size=wish.batch_size or batch_size or spec.batch_size,
        wish=wish,
        is_complete=is_complete,
    )


def refuse(spec: RunSpec, mode: ComputeMode, hardware: HardwareReport | None, batch_size: int | None = None) -> None:
    """Check that what is trained can be computed so on this machine, and that its data are here.

    Raises:
        RequestError: it cannot; the sentence says why, and what to do.
    """
    from engine.packs.presence import require_data  # imported when a run is to begin

    require_data(spec.workload, spec.knobs)
    if reason := why_not(mode, facts_of(spec.workload, spec.knobs), hardware, batch_size):
        raise RequestError(
            "{reason} Choose another mode in the menus Device, Parallelism and Precision, then press Play.",
            reason=reason,
        )


def fits(spec: RunSpec, mode: str) -> bool:
    """Whether what is set up can be computed in `mode`, as far as that is seen without a look at the machine."""
    return not why_not(parse_mode(mode), facts_of(spec.workload, spec.knobs), batch_size=spec.batch_size)


def no_torch(problem: str) -> RequestError:
    """Why nothing can compute here. `problem` is what the process that tried wrote, the reason in its last line."""
    why = next((line.strip() for line in reversed(problem.splitlines()) if line.strip()), "")
    return RequestError(
        "torch could not be loaded ({why}), so nothing can be trained here; records can be looked at. Install it with: "
        "make setup (or: pip install -c constraints.txt .), then open the window again.",
        why=why,
    )


def no_whole_state(directory: Path) -> RequestError:
    """Why the run in `directory` cannot go on, though states of it were saved."""
    return RequestError(
        "No saved state of this run is whole, so it cannot go on. Reset, then Play begins a new one; the record in "
        "{directory} is kept.",
        directory=directory,
    )
