"""A pace in words, the same in the menu, the status line, the log and on the plots."""

from PySide6.QtCore import QObject


def pace_words(tr: QObject, steps_per_s: float | None) -> str:
    """How many steps a second are made at most; None: as many as there can be."""
    if steps_per_s is None:
        return tr.tr("full speed")
    return tr.tr("{n} step(s) a second").format(n=f"{steps_per_s:g}")


def pace_mark(tr: QObject, steps_per_s: float | None) -> str:
    """What stands on a plot where the pace changed, and in the status line while it holds."""
    return tr.tr("pace: {pace}").format(pace=pace_words(tr, steps_per_s))
