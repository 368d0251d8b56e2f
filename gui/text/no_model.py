"""Why there is no model that could be looked into, in a sentence."""

from PySide6.QtCore import QObject

from gui.model.run_view import ENDED, RunView
from gui.text.engine_text import engine_text


def why_no_model(tr: QObject, run: RunView | None) -> str:
    """Say why nothing of `run` can be looked into just now; "" where there is a model in memory."""
    if run is None or (run.spec is None and not run.is_replay):
        return tr.tr("Press Play: while the model trains, it can be looked into and tried here.")
    if run.is_replay:
        return tr.tr("A recorded run has no model to look into. What is trained from its end on has one.")
    if run.why_unevaluated:
        return engine_text(run.why_unevaluated)
    if run.status in ENDED:
        return tr.tr("The run has ended, and its model is no longer in memory. Press Play to go on with it.")
    return ""
