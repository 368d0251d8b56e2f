"""How large the model of a run is, as its ranks have counted it."""

from engine.anatomy import ModelCount
from engine.events.ranks import flops_per_unit, model_count
from gui.model.run_view import RunView


def model_of(run: RunView) -> ModelCount | None:
    """The count of the mode in force; None before its ranks have said it, and in older records."""
    return model_count(run.segments[-1].ranks) if run.segments else None


def flops_a_step(run: RunView) -> float | None:
    """Floating-point operations of the last step, of all ranks together; None where they were not counted."""
    a_unit = flops_per_unit(run.segments[-1].ranks) if run.segments else None
    units = run.loss.axis.of("samples")
    return a_unit * float(units[-1] - units[-2]) if a_unit and len(units) > 1 else None
