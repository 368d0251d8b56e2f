"""Asking over how many ranks a technique is to go: a number that cannot be is refused beside it, with the reason."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QSpinBox, QVBoxLayout, QWidget

from gui.text.words import MARKS
from gui.widgets.wrapped import fit_height, wrapped


class RanksDialog(QDialog):
    """Emits the number, once it is one that can be: `why_not` gives a sentence against a number, or ""."""

    chosen = Signal(int)

    def __init__(
        self, window: QWidget, title: str, present: int, limits: tuple[int, int], why_not: Callable[[int], str]
    ) -> None:
        """`limits` are the fewest and the most ranks that may be asked for at all."""
        super().__init__(window)
        self._why_not = why_not
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.number = QSpinBox()
        self.number.setRange(*limits)
        self.number.setValue(present)
        self.number.selectAll()
        self.number.valueChanged.connect(self._judge)
        asked = QLabel(self.tr("Over how many ranks?"))
        asked.setBuddy(self.number)
        self.problem = wrapped()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.take = buttons.button(QDialogButtonBox.StandardButton.Ok)
        column = QVBoxLayout(self)
        for widget in (asked, self.number, self.problem, buttons):
            column.addWidget(widget)
        column.addStretch(1)
        self._judge(self.number.value())

    def _judge(self, number: int) -> None:
        """Say why this number cannot be, as long as it is there."""
        problem = self._why_not(number)
        self.problem.setText(f"{MARKS['error']}  {problem}" if problem else "")
        self.problem.setVisible(bool(problem))
        self.take.setEnabled(not problem)
        fit_height(self)

    def accept(self) -> None:
        """Choose the number; Enter in the field does so, too, and not where the number cannot be."""
        if self.take.isEnabled():
            super().accept()
            self.chosen.emit(self.number.value())
