"""How large a model is, in words: its weights, the sum of what training it holds, the operations of a step."""

from PySide6.QtCore import QObject

from engine.config.model_sum import model_sum
from gui.model.model_size import flops_a_step, model_of
from gui.model.run_view import RunView
from gui.text import figures


def model_words(tr: QObject, run: RunView, *, is_long: bool = True) -> str:
    """One line on the run's model; short: without what the bytes of a weight are made of. "" before it was counted."""
    count, operations = model_of(run), flops_a_step(run)
    if count is None or run.spec is None:
        return ""
    found, weights = model_sum(count, run.spec.optimizer), figures.short(count.weights)
    parts = tr.tr("weight {weight} + gradient {gradient} + {optimizer} {numbers}").format(
        weight=found.weight_bytes,
        gradient=found.gradient_bytes,
        optimizer=run.spec.optimizer,
        numbers=found.optimizer_bytes,
    )
    words = {"weights": weights, "each": found.trained_bytes, "parts": parts, "state": figures.size(found.state_bytes)}
    if count.trained == count.weights:
        line = tr.tr("{weights} weights × {each} bytes ({parts}) = {state}")
        short = tr.tr("{weights} weights × {each} bytes = {state}")
    else:
        words |= {"trained": figures.short(count.trained), "frozen": found.weight_bytes}
        line = tr.tr("{weights} weights of {frozen} bytes, {trained} of them trained: {each} bytes ({parts}) = {state}")
        short = tr.tr("{weights} weights of {frozen} bytes, {trained} trained: {each} = {state}")
    said = (line if is_long else short).format(**words)
    if operations is not None:
        said += " · " + tr.tr("{operations} a step").format(operations=figures.short(operations, "FLOP"))
    return said
