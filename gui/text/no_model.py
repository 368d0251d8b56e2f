"""Why there is no model that could be looked into, in a sentence."""

from PySide6.QtCore import QObject

from gui.model.next_play import NextPlay
from gui.model.run_view import ENDED, RunView
from gui.text.engine_text import engine_text


def why_no_model(tr: QObject, run: RunView, ahead: NextPlay | None) -> str:
    """Say why nothing of `run` can be looked into just now; "" where there is a model in memory.

    `ahead` is what Play will do with it, as far as that is known.
    """
    if run.spec is None and not run.is_replay:
        return tr.tr("Press Play: while the model trains, it can be looked into and tried here.")
    if run.is_replay:
        return _of_a_record(tr, ahead)
    if run.why_unevaluated:
        return engine_text(run.why_unevaluated)
    if run.status in ENDED:
        if _goes_on(ahead):
            return tr.tr("The run has ended, and its model is no longer in memory. Press Play to go on with it.")
        return tr.tr("The run has ended, and its model is no longer in memory.")
    return ""


def _goes_on(ahead: NextPlay | None) -> bool:
    """Whether Play goes on from a state, as far as that is known: not of a run that is being replayed."""
    return ahead is not None and not (ahead.is_new or ahead.is_lost)


def _of_a_record(tr: QObject, ahead: NextPlay | None) -> str:
    if _goes_on(ahead):
        return tr.tr("A recorded run has no model to look into. What is trained from its end on has one.")
    if ahead is not None and ahead.is_new:
        return tr.tr("A recorded run has no model to look into, and no state of this one was saved.")
    if ahead is not None and ahead.is_lost:
        return tr.tr("A recorded run has no model to look into, and no saved state of this one is whole.")
    return tr.tr("A recorded run has no model to look into.")
