"""Asking for a mode as text, as it stands in files and in a terminal: what cannot be stays there, beside the reason."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from gui.text.words import MARKS
from gui.widgets.wrapped import fit_height, wrapped


class ModeTextDialog(QDialog):
    """Emits the mode that was typed, once it is one that can be: `why_not` gives a sentence against a text, or ""."""

    chosen = Signal(str)

    def __init__(self, window: QWidget, present: str, example: str, why_not: Callable[[str], str]) -> None:
        super().__init__(window)
        self._why_not = why_not
        self.setWindowTitle(self.tr("Mode as text"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.line = QLineEdit(present)
        self.line.selectAll()
        asked = QLabel(self.tr("As in files and in a terminal, for example: {mode}").format(mode=example))
        asked.setBuddy(self.line)
        self.problem = wrapped()
        self.problem.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (asked, self.line, self.problem, buttons):
            column.addWidget(widget)
        column.addStretch(1)

    def accept(self) -> None:
        """Choose what was typed, or say why that cannot be, and leave it to be mended."""
        text = self.line.text().strip()
        problem = self._why_not(text)
        self.problem.setText(f"{MARKS['error']}  {problem}")
        self.problem.setVisible(bool(problem))
        if problem:
            self.line.setFocus()
            fit_height(self)
            return
        super().accept()
        self.chosen.emit(text)
