"""Keys that mean something to the control that has the keyboard are its own, not shortcuts of the window."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QPlainTextEdit,
    QWidget,
)

from gui.widgets.lane_view import LaneView

WITH_KEYS = (QAbstractButton, QAbstractSlider, QComboBox, QAbstractItemView, QPlainTextEdit, LaneView)
"""Controls that do something with keys that are shortcuts of the window elsewhere."""
BUTTON_KEYS = (Qt.Key.Key_Space,)
CONTROL_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_S, Qt.Key.Key_R)


class ControlKeys(QObject):
    """Watches every control of `window` from the first time it has the keyboard: they come and go with workloads."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self.on_focus)

    def on_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        """Another control has the keyboard."""
        if isinstance(now, WITH_KEYS) and self._window.isAncestorOf(now):
            now.installEventFilter(self)  # once more is the same

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave to a focused control the keys that it knows itself."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = BUTTON_KEYS if isinstance(watched, QAbstractButton) else CONTROL_KEYS
            if event.key() in keys:
                event.accept()
                return True
        return super().eventFilter(watched, event)
