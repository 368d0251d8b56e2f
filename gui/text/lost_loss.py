"""What is said of a run whose loss is lost: not a number, infinite, or many times what it began with."""

from math import isnan

from PySide6.QtCore import QObject

from gui.model.run_view import RunView
from gui.model.way_back import way_back
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
        words = tr.tr("{what}. The learning rate is {lr} since step {n}, before it was {before}.")
        before, lr = figures.rate(change.lr_before), figures.rate(change.lr)
        what = words.format(what=what, lr=lr, n=f"{change.step:,}", before=before)
    elif run.lr is not None:
        what = tr.tr("{what}, at a learning rate of {lr}.").format(what=what, lr=figures.rate(run.lr))
    else:
        what += "."
    return f"{what} {_help_words(tr, run)}"


def _help_words(tr: QObject, run: RunView) -> str:
    """From where it can go on, and at which learning rate; that Reset begins anew, where it cannot."""
    back = way_back(run)
    if back is None and run.loss.lost_at is not None and run.health.saved and not run.is_replay:
        return tr.tr("The saved states are all from after that: Reset begins anew.")
    if back is None:
        return tr.tr("Reset begins anew.")
    if back.lr is None:
        return tr.tr("It can go on from step {n}; Reset begins anew.").format(n=f"{back.step:,}")
    if run.lr is not None and back.lr < run.lr:
        words = tr.tr("It can go on from step {n}, at {lr} again; Reset begins anew.")
    else:
        words = tr.tr("It can go on from step {n}, at {lr}: set a smaller one first, or it may come to this again.")
    return words.format(n=f"{back.step:,}", lr=figures.rate(back.lr))
