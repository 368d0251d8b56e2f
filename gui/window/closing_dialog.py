"""What is seen while the window closes: that the last state is being saved, how far, and a way to leave without it."""

from time import perf_counter

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from gui.text import figures
from gui.widgets.put_in import put_in

APPEARS_MS = 300
"""A run that is saved at once needs no dialog that flashes up."""


class ClosingDialog(QDialog):
    """Does not block the window behind it. `leave` is emitted when the user would rather not wait."""

    leave = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Gearshift")
        self.setModal(False)
        self._began_s = perf_counter()
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Saving"))
        button = QPushButton(self.tr("Leave without saving"))
        button.setToolTip(
            self.tr("What was learned since the last saved state is lost; the record of the run is kept.")
        )
        button.setAutoDefault(False)
        button.clicked.connect(self.leave)
        layout = QVBoxLayout(self)
        layout.addWidget(self._words)
        layout.addWidget(self._bar)
        row = put_in(layout, QHBoxLayout())
        row.addStretch(1)
        row.addWidget(button)
        self.setMinimumWidth(360)
        self.show_progress(None)
        QTimer.singleShot(APPEARS_MS, self, self.show)

    def show_progress(self, saved: tuple[int, int] | None) -> None:
        """Bytes saved so far, of how many; None while that is not known."""
        elapsed = figures.seconds(max(1.0, round(perf_counter() - self._began_s)))
        if saved is None or saved[1] <= 0:
            self._bar.setRange(0, 0)
            text = self.tr("Saving the last state … {elapsed}").format(elapsed=elapsed)
        else:
            percent = min(100, round(100 * saved[0] / saved[1]))
            self._bar.setRange(0, 100)
            self._bar.setValue(percent)
            text = self.tr("Saving the last state: {percent} % of {size} … {elapsed}").format(
                percent=percent, size=figures.size(saved[1]), elapsed=elapsed
            )
        self._words.setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape does not mean "lose what was learned"."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Nor does its close button; it goes when the window does."""
        event.ignore()
