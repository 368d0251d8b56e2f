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
    return "" if last is None or last.metric is None else f"{engine_text(metric.name)} {metric.text(last.metric)}"


def metric_on(run: RunView) -> str:
    """The newest metric of a run with its name, and on how many samples if not on all; "" where there is none."""
    last, words = run.validation.last, metric_words(run)
    if last is None or last.is_whole or not words:
        return words
    part = QCoreApplication.translate("Validation", "{metric} on {part:,} of {all:,}")
    return part.format(metric=words, part=last.samples, all=last.held_back)


def validation_words(run: RunView) -> str:
    """Why a run is not validated, or on what, and how that differs from what is trained on; "" where it is as usual."""
    last, translate = run.validation.last, QCoreApplication.translate
    card = workloads().get(run.spec.workload) if run.spec is not None else None
    differs = engine_text(card.training) if card is not None else ""
    if run.why_unevaluated or ((last is None or last.is_whole) and not differs):
        return engine_text(run.why_unevaluated)
    if last is None or last.is_whole:
        words = translate("Validation", "Loss, and a metric, on samples never trained on.")
    else:
        words = translate(
            "Validation",
            "Loss, and a metric, on {part:,} {unit} of {all:,} that are held back, the same ones each time: a large "
            "model is validated on all of them when its run ends.",
        ).format(part=last.samples, all=last.held_back, unit=engine_text(run.unit))
    return " ".join(filter(None, (words, differs)))
