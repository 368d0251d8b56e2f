"""What is told of a run at a place on its plots: the loss there, and how fast it was."""

from math import isfinite, isnan

from PySide6.QtCore import QObject

from gui.model.run_view import RunView
from gui.text import figures
from gui.text.engine_text import engine_text


class ReadOutWords(QObject):
    """Puts it into words; it is a QObject only for `tr`."""

    def values_at(self, run: RunView, kind: str, at: float, smoothing: float) -> list[str]:
        """Loss, smoothed loss and rate at place `at` of the x axis `kind`, as they are drawn there."""
        loss = run.loss.raw.value_at(kind, at)
        parts = [self.tr("loss {value}").format(value=self.loss(loss))]
        if smoothing and loss is not None and isfinite(loss):
            value = self.loss(run.loss.smoothed(smoothing).value_at(kind, at))
            parts.append(self.tr("smoothed {value}").format(value=value))
        rates = (run.throughput.steady.value_at(kind, at), run.throughput.curve.value_at(kind, at))
        if rates[0] is not None and rates[1] is not None:
            parts.append(self._rate(rates[0], rates[1], engine_text(run.unit)))
        return parts

    def _rate(self, line: float, window: float, unit: str) -> str:
        """What the line shows first: it is a median of two seconds, and a single window may lie far from it."""
        rate, just_then = figures.count(line), figures.count(window)
        words = self.tr("about {rate} {unit}/s").format(rate=rate, unit=unit)
        return words if rate == just_then else self.tr("{words} (just then {rate})").format(words=words, rate=just_then)

    def loss(self, value: float | None) -> str:
        """A loss, or why there is none to be drawn."""
        if value is None or isfinite(value):
            return figures.loss(value)
        return self.tr("not a number") if isnan(value) else self.tr("infinite, or beyond 3.4e38")

    def axis(self, kind: str, unit: str, *, is_log: bool) -> str:
        """What runs along an axis; time is written as minutes and seconds, or along logarithms in seconds."""
        names = {"step": self.tr("step"), "time": self.tr("time, s") if is_log else self.tr("time"), "samples": unit}
        return names[kind]

    def counted(self, units: list[str]) -> str:
        """What is counted of all runs by the name that cards have for it; a word for none of `units` where they differ.

        It stands in a corner of a plot: beside it legends say what is counted of each run.
        """
        return engine_text(units[0]) if len(units) == 1 else self.tr("units")

    def place(self, kind: str, at: float, unit: str) -> str:
        """A place on an axis ("step", "time" or "samples"), which are counted in `unit`."""
        if kind == "time":
            return self.tr("at {time}").format(time=figures.seconds(at))
        if kind == "samples":
            return f"{figures.count(at)} {unit}"
        return self.tr("step {step}").format(step=figures.count(at))
