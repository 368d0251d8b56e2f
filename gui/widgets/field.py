"""A line to type a number in."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QLineEdit

from gui.look.scale import GRID
from gui.text import figures
from gui.widgets.wrong import paint_wrong

LEAST_LETTERS = 9


class Field(QLineEdit):
    """A value that is taken on Enter or when the focus leaves, and only if it changed: then `committed` is emitted.

    What is being typed, and what is wrong, is never overwritten. Esc puts back what is in force (`put_back`). Space,
    which is in no number, ends the typing and is the window's.
    """

    committed = Signal()
    put_back = Signal()

    def __init__(self, name: str, help_text: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(help_text)
        self._in_force = ""
        self._is_wrong = False
        self.editingFinished.connect(self._commit)

    @property
    def is_wrong(self) -> bool:
        """Whether what stands in the field cannot be."""
        return self._is_wrong

    def mark_wrong(self, is_wrong: bool) -> None:
        """What stands in it cannot be, or can: a red frame, beside the sentence that says why."""
        self._is_wrong = is_wrong
        self.update()

    def show_value(self, value: object) -> None:
        """Show what is in force, unless something else is being typed, or stands there and is wrong."""
        self._in_force = figures.exact(value) if isinstance(value, float) else str(value)
        if not (self.is_typed_in or self._is_wrong) and self.text() != self._in_force:
            self.setText(self._in_force)

    def minimumSizeHint(self) -> QSize:
        """Room for a number of some digits, or what stands in its place, in any text size."""
        metrics = self.fontMetrics()
        letters = max(
            LEAST_LETTERS * metrics.averageCharWidth(), metrics.horizontalAdvance(self.placeholderText()) + GRID
        )
        return QSize(letters + GRID, super().minimumSizeHint().height())

    @property
    def is_typed_in(self) -> bool:
        """Whether somebody is typing in it, and has not said yet that it is done."""
        return self.hasFocus() and self.isModified()

    def restore(self) -> None:
        """What is in force stands in it again, whatever was typed."""
        self.mark_wrong(False)
        self.setText(self._in_force)
        self.put_back.emit()

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
            self.restore()
            self.clearFocus()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line, in a red frame where what stands in it cannot be."""
        super().paintEvent(event)
        if self._is_wrong:
            paint_wrong(self)

    def _commit(self) -> None:
        text = self.text().strip()
        self.setModified(False)
        if text != self._in_force or self._is_wrong:
            self.committed.emit()
