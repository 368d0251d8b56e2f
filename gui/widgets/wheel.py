"""The mouse wheel over a list or a number: it turns what has been clicked, and scrolls past everything else."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget


class _Passing(QObject):
    """Leaves the wheel to whatever the watched control lies in, unless that control has the keyboard."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def let_wheel_pass(*controls: QWidget) -> None:
    """Have the wheel change none of these, nor give it the keyboard, before it was clicked or Tab led to it."""
    for control in controls:
        control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        control.installEventFilter(_Passing(control))
