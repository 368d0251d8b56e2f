"""What is said of a run whose loss is lost: not a number, infinite, or many times what it began with."""

from math import isnan

from PySide6.QtCore import QObject

from gui.model.run_view import RunView
from gui.text import figures


def lost_words(tr: QObject, run: RunView) -> str:
    """Since when, at which learning rate, and what helps; "" while the loss is one to be read."""
    loss, lost_at = run.last_loss, run.loss.lost_at
    if loss is None or (lost_at is None and not run.loss.is_huge):
        return ""
    if lost_at is None:
        what = tr.tr("The loss is {now}, and was {first} at first")
        what = what.format(now=figures.loss(loss), first=figures.loss(float(run.loss.raw.levels.raw.values[0])))
    else:
        no_number = tr.tr("The loss is not a number since step {n}")
        infinite = tr.tr("The loss is infinite, or beyond 3.4e38, since step {n}")
        what = (no_number if isnan(loss) else infinite).format(n=f"{lost_at:,}")
    change = next((one for one in reversed(run.changes) if one.lr is not None), None)
    if change is not None and change.lr is not None:
        words = tr.tr("{what}. The learning rate is {lr} since step {n}, before it was {before}. Reset begins anew.")
        before, lr = figures.rate(change.lr_before), figures.rate(change.lr)
        return words.format(what=what, lr=lr, n=f"{change.step:,}", before=before)
    if run.lr is not None:
        words = tr.tr("{what}, at a learning rate of {lr}. Reset begins anew.")
        return words.format(what=what, lr=figures.rate(run.lr))
    return tr.tr("{what}. Reset begins anew.").format(what=what)
