"""A line to type a value in."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from gui.text import figures


class Field(QLineEdit):
    """A value that is taken on Enter or when the focus leaves, and only if it changed: then `committed` is emitted."""

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

    def _commit(self) -> None:
        if self.text().strip() != self._last:
            self._last = self.text().strip()
            self.setModified(False)
            self.committed.emit()
