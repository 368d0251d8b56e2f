"""All-reduce by size and transport, measured now in processes of its own, as a log-log plot with the line fitted.

seconds = alpha + bytes / beta        alpha: latency, beta: bandwidth
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.explain.rules.facts import Link
from gui.look.theme import RANK_COLOURS, plot_colours
from gui.model.intents import KeepLinks
from gui.text import figures
from gui.widgets.axes import number_axes
from gui.window.side_process import SideProcess

MARKS = ("o", "t", "s", "d")
LEAST, LETTERS, LINES = QSize(820, 640), 100, 36
"""The size at first, in pixels; more where so many letters and lines take more, as far as the window reaches."""


class Measurement(SideProcess):
    """The measuring process and its file."""

    done = Signal(object)
    """The table, a row a transport."""
    failed = Signal(str)

    def __init__(self, window: QObject) -> None:
        super().__init__(window)
        self._place = tempfile.TemporaryDirectory()
        self._file = Path(self._place.name) / "links.json"

    def start(self) -> None:
        """Begin to measure; `done` or `failed` follows, unless it is stopped."""
        self.begin("bench", "parallel", "--only", "links", "--json", str(self._file))

    def finish(self) -> None:
        """Tell what was measured, or why it could not be."""
        try:
            table = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            table = None
        said = self.said()
        self._place.cleanup()
        super().finish()
        if self.is_stopped:
            return
        if table:
            self.done.emit(table)
        else:
            self.failed.emit(said)


class LinksDialog(QDialog):
    """Measures when opened, unless training runs, which would be measured too; closing it ends the measurement."""

    intent = Signal(object)

    def __init__(self, parent: QWidget, is_computing: Callable[[], bool]) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Links between ranks: all-reduce by size"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        letters = self.fontMetrics()
        wanted = QSize(LETTERS * letters.averageCharWidth(), LINES * letters.lineSpacing())
        self.resize(wanted.expandedTo(LEAST).boundedTo(parent.size()))
        colours = plot_colours(self.palette())
        self._plot = pg.PlotWidget(axisItems=number_axes(), background=colours.background)
        self._plot.setLogMode(True, True)
        self._plot.setLabel("bottom", self.tr("bytes"))
        self._plot.setLabel("left", self.tr("seconds"))
        size = f"{self.font().pointSize()}pt"
        self._plot.addLegend(offset=(20, 10), labelTextColor=colours.foreground, labelTextSize=size)
        self._show_numbers(shown=False)
        self._plot.setMenuEnabled(False)
        self._table = QTableWidget()
        self._table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        for header in (self._table.horizontalHeader(), self._table.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._busy = QProgressBar()
        self._busy.setRange(0, 0)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        self._start = buttons.addButton(self.tr("Measure"), QDialogButtonBox.ButtonRole.ActionRole)
        self._start.clicked.connect(self._measure)
        layout = QVBoxLayout(self)
        for widget, stretch in ((self._plot, 3), (self._table, 2), (self._words, 0), (self._busy, 0), (buttons, 0)):
            layout.addWidget(widget, stretch)
        self._window = parent
        self._measurement: Measurement | None = None
        self._is_computing = is_computing
        self._was_computing = False
        if is_computing():
            self._busy.hide()
            self._words.setText(
                self.tr("Training runs and would slow down what is measured here: pause it, then press Measure.")
            )
        else:
            self._measure()

    def _measure(self) -> None:
        self._start.setEnabled(False)
        self._busy.show()
        self._was_computing = self._is_computing()
        self._words.setText(self.tr("Two processes exchange 4 KiB to 64 MiB over each transport."))
        self._measurement = Measurement(self._window)
        self._measurement.done.connect(self._fill)
        self._measurement.failed.connect(self._on_failure)
        self._measurement.start()

    def _show_numbers(self, *, shown: bool) -> None:
        """Along both axes; before anything is measured they would only be made up."""
        for side in ("left", "bottom"):
            self._plot.getAxis(side).setStyle(showValues=shown)

    def _come_to_rest(self) -> None:
        """It can be measured again."""
        self._measurement = None
        self._busy.hide()
        self._start.setEnabled(True)

    def _on_failure(self, why: str) -> None:
        self._come_to_rest()
        self._words.setText(self.tr("The measurement failed. {why}").format(why=why[-400:]))

    def _fill(self, table: list[dict[str, Any]]) -> None:
        self._come_to_rest()
        if not self._was_computing:
            self.intent.emit(KeepLinks(links_of(table)))
        self._plot.clear()
        self._show_numbers(shown=True)
        sizes = [size for size, _ in table[0]["points"]]
        self._table.setRowCount(len(sizes))
        self._table.setColumnCount(len(table))
        self._table.setVerticalHeaderLabels([figures.size(size) for size in sizes])
        self._table.setHorizontalHeaderLabels([row["transport"] for row in table])
        words = []
        for column, row in enumerate(table):
            colour = RANK_COLOURS[column]
            x, y = (np.array(values, float) for values in zip(*row["points"], strict=True))
            self._plot.plot(
                x, y, pen=None, symbol=MARKS[column], symbolBrush=colour, symbolPen=None, name=row["transport"]
            )
            self._plot.plot(x, row["alpha_s"] + x / row["bytes_per_s"], pen=pg.mkPen(colour, width=2))
            for index, seconds in enumerate(y):
                self._table.setItem(index, column, QTableWidgetItem(figures.seconds(float(seconds))))
            words.append(
                self.tr("{transport}: latency {alpha}, bandwidth {beta}/s").format(
                    transport=row["transport"],
                    alpha=figures.seconds(row["alpha_s"]),
                    beta=figures.size(row["bytes_per_s"]),
                )
            )
        beside = self.tr("Measured BESIDE TRAINING, which took cores from it") if self._was_computing else ""
        self._words.setText(
            (beside or self.tr("Measured"))
            + self.tr(", median of 12. Lines: seconds = alpha + bytes / beta. ")
            + "; ".join(words)
        )

    def closeEvent(self, event: QCloseEvent) -> None:
        """What is still being measured ends, and nobody waits for it."""
        if self._measurement is not None:
            self._measurement.stop()
        super().closeEvent(event)


def links_of(table: list[dict[str, Any]]) -> dict[str, Link]:
    """The lines that were fitted, by transport."""
    return {
        row["transport"]: Link(ranks=row["ranks"], alpha_s=row["alpha_s"], bytes_per_s=row["bytes_per_s"])
        for row in table
    }
