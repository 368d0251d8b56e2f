"""What validation tells beside the loss, by the name that the card gives it: `accuracy 98.6 %`, `R² 0.38`."""

from PySide6.QtCore import QCoreApplication

from engine.config.cards import workloads
from engine.config.workload_card import MetricCard
from gui.model.run_view import RunView
from gui.text.engine_text import engine_text


def metric_of(run: RunView) -> MetricCard:
    """What the workload of a run is judged by beside its loss; an accuracy where that is not known."""
    card = workloads().get(run.spec.workload) if run.spec is not None else None
    return card.metric if card is not None else MetricCard()


def metric_words(run: RunView) -> str:
    """The newest metric of a run with its name; "" where there is none."""
    last, metric = run.validation.last, metric_of(run)
    if last is None or last.metric is None:
        return ""
    return f"{engine_text(metric.name)} {metric.text(last.metric)}"


def validation_words(run: RunView) -> str:
    """Why a run is not validated, or on how much of the split it was last; "" where there is nothing to say."""
    last = run.validation.last
    if run.why_unevaluated or last is None or last.is_whole:
        return engine_text(run.why_unevaluated)
    words = QCoreApplication.translate(
        "Validation",
        "Loss, and a metric, on {part:,} {unit} of {all:,} that are held back, the same ones each time: a large model "
        "is validated on all of them when its run ends.",
    )
    return words.format(part=last.samples, all=last.held_back, unit=engine_text(run.unit))
