"""What stands in a panel before the first step: what to press, unless steps are about to come by themselves."""

from PySide6.QtCore import QObject

from gui.model.run_view import RunView


def first_words(tr: QObject, run: RunView, what: str) -> str:
    """Say what is to be seen here: once Play is pressed, or in a moment, where a run or a replay has begun."""
    return (tr.tr("In a moment: {what}") if run.is_running else tr.tr("Press Play: {what}")).format(what=what)
