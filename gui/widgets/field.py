"""A line to type a number in."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from gui.text import figures


class Field(QLineEdit):
    """A value that is taken on Enter or when the focus leaves, and only if it changed: then `committed` is emitted.

    Esc puts back what is in force. Space, which is in no number, ends the typing and is the window's.
    """

    committed = Signal()

    def __init__(self, name: str, help_text: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(help_text)
        self._last = ""
        self.editingFinished.connect(self._commit)

    def show_value(self, value: object) -> None:
        """Show a value, unless the user is typing."""
        text = figures.exact(value) if isinstance(value, float) else str(value)
        if not (self.hasFocus() and self.isModified()):
            self.setText(text)
        self._last = text

    def event(self, event: QEvent) -> bool:
        """Esc is this field's own key before it is the window's, and Space is not."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
            if event.key() == Qt.Key.Key_Space:
                event.ignore()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc puts back what is in force, and gives the keyboard back."""
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._last)
            self.clearFocus()
            return
        super().keyPressEvent(event)

    def _commit(self) -> None:
        if self.text().strip() != self._last:
            self._last = self.text().strip()
            self.setModified(False)
            self.committed.emit()
