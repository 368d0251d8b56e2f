"""From where a run can go on whose loss is lost, and at which learning rate."""

import msgspec

from gui.model.run_view import RunView


class WayBack(msgspec.Struct, frozen=True):
    """From the saved state before `step`, at the learning rate `lr` (None: not known, so as the state has it)."""

    step: int
    lr: float | None


def way_back(run: RunView) -> WayBack | None:
    """From before the learning rate was raised if that state is kept, else from the last one with a loss.

    None: no state is kept of a step whose loss was still a number, or there are no ranks to go on with.
    """
    lost_at = run.loss.lost_at
    if lost_at is None or run.is_replay:
        return None
    kept = [step for step in run.health.saved if step < lost_at]  # at `lost_at` itself the weights are lost
    changes = [one for one in run.changes if one.lr is not None]
    if not kept:
        return None
    if changes and changes[-1].step > lost_at:  # chosen since, to go on with
        return WayBack(kept[-1], run.lr)
    if changes and changes[-1].lr is not None and changes[-1].lr > changes[-1].lr_before:
        before = [step for step in kept if step <= changes[-1].step]
        return WayBack((before or kept)[-1], changes[-1].lr_before)
    return WayBack(kept[-1], run.lr)
