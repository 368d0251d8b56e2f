"""How large the model of a run is, as its ranks have counted it."""

from engine.anatomy import ModelCount
from gui.model.run_view import RunView


def model_of(run: RunView) -> ModelCount | None:
    """The count of the mode in force; None before its ranks have said it, and in older records."""
    ranks = run.segments[-1].ranks if run.segments else ()
    return next((rank.model for rank in ranks if rank.model is not None), None)


def flops_a_step(run: RunView) -> float | None:
    """Floating-point operations of the last step, of all ranks together; None where they were not counted."""
    ranks, units = (run.segments[-1].ranks if run.segments else ()), run.loss.axis.of("samples")
    a_unit = next((rank.flops_per_unit for rank in ranks if rank.flops_per_unit), None)
    return a_unit * float(units[-1] - units[-2]) if a_unit and len(units) > 1 else None
