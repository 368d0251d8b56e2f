"""The window that `bench window` compares with: two pyqtgraph plots in a main window of the same size, nothing else.

Run as a process of its own; it prints when it is painted and answers, by the system's monotonic clock, and ends.
"""

import sys
import time

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QSplitter

WIDTH, HEIGHT = 1280, 800


class Plain(QMainWindow):
    """Two empty plots, one above the other."""

    def __init__(self) -> None:
        super().__init__()
        plots = QSplitter()
        for _ in range(2):
            plots.addWidget(pg.PlotWidget())
        self.setCentralWidget(plots)
        self.resize(WIDTH, HEIGHT)
        self.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The first paint is the sign, as it is for the real window."""
        if event.type() == QEvent.Type.Paint and watched is self:
            self.removeEventFilter(self)
            QTimer.singleShot(0, self._tell)
        return False

    def _tell(self) -> None:
        print(time.monotonic(), flush=True)
        QTimer.singleShot(0, QApplication.quit)


def main() -> int:
    """Show the plain window until it has answered."""
    qt = QApplication(["plain"])
    qt.setStyle("Fusion")
    window = Plain()
    window.show()
    return qt.exec()


if __name__ == "__main__":
    sys.exit(main())
