"""A pace in words, the same in the menu, the status line, the log and on the plots."""

from PySide6.QtCore import QObject

from gui.text.engine_text import counted_by


def pace_words(tr: QObject, steps_per_s: float | None) -> str:
    """How many steps a second are made at most; None: as many as there can be."""
    if steps_per_s is None:
        return tr.tr("full speed")
    if steps_per_s == 1:
        return tr.tr("1 step a second")
    return tr.tr("{n} steps a second", None, counted_by(steps_per_s)).format(n=f"{steps_per_s:g}")


def pace_mark(tr: QObject, steps_per_s: float | None) -> str:
    """What stands on a plot where the pace changed, and in the status line while it holds."""
    return tr.tr("pace: {pace}").format(pace=pace_words(tr, steps_per_s))
