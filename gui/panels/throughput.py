"""Samples a second over the run: the line that steps up or down when the mode is shifted."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from gui.look.view import PlotView
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text import figures
from gui.text.seams import SeamWords
from gui.widgets.curve_plot import CurvePlot
from gui.widgets.held_size import FigureLabel
from gui.widgets.legend import Legend


class ThroughputPanel(Panel):
    """One curve, and the rate now."""

    panel_id = "throughput"
    area = "centre"
    order = 2
    watches = ("steps", "segments", "run", "status")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._run: RunView | None = None
        self._seam_words = SeamWords()
        self._legend = Legend()
        self._legend.add(
            "throughput",
            self.tr("samples/s"),
            self.tr("Samples computed a second, by the time steps take: pauses and seams do not count."),
        )
        self._legend.toggled.connect(self._toggle)
        self._now = FigureLabel()
        self._note = QLabel()
        self._note.setEnabled(False)
        self._plot = CurvePlot(view)
        self._plot.add_line("throughput", width=2)
        self._plot.y_from_zero()
        self._plot.setAccessibleName(self.tr("Throughput over the run"))
        self._plot.range_changed.connect(self._redraw)
        self._empty = QLabel(self.tr("How fast it computes appears here, and how a shift changes it."), self._plot)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        top = QHBoxLayout()
        top.setContentsMargins(8, 2, 8, 0)
        top.addWidget(self._legend)
        top.addWidget(self._now)
        top.addStretch(1)
        top.addWidget(self._note)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(top)
        layout.addWidget(self._plot, 1)
        view.changed.connect(self._redraw)
        self._paint_swatches()

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Throughput")

    def refresh(self, store: Store) -> None:
        """Draw what is visible of the throughput curve."""
        run = self._run = store.live
        self._redraw()
        rate = run.samples_per_s
        self._legend.show_value("throughput", figures.count(rate) if rate is not None else "")
        steps = run.steps_per_s
        self._now.setText(self.tr("{rate} steps/s").format(rate=figures.short(steps)) if steps is not None else "")
        self._fit_words()

    def _redraw(self) -> None:
        run = self._run
        if run is None:
            return
        self._empty.setVisible(not len(run.throughput.curve))
        kind = self.view.x_kind
        x = run.loss.axis.of(kind)
        extent = (0.0, float(x[-1])) if len(x) else (0.0, 1.0)
        shown = {"throughput": run.throughput.curve} if self._legend.is_shown("throughput") else {}
        self._plot.draw(shown, self._seam_words.seams(run, kind), extent)

    def _toggle(self, name: str, shown: bool) -> None:
        self._plot.lines[name].setVisible(shown)
        self._redraw()

    def _fit_words(self) -> None:
        """That the warm-up is left out must be said; in fewer words, and without the steps, where room is short."""
        long, short = self.tr("first steps of each mode (warm-up) left out"), self.tr("warm-up left out")
        room = self.width() - self._legend.sizeHint().width() - 40
        now, advance = self._now.sizeHint().width(), self.fontMetrics().horizontalAdvance
        self._note.setText(long if now + advance(long) <= room else short)
        self._now.setHidden(now + advance(short) > room)

    def resizeEvent(self, event: object) -> None:
        """Keep the empty message in place."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit_words()
        self._empty.resize(self._plot.size())

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_plot"):
            self._paint_swatches()

    def _paint_swatches(self) -> None:
        self._legend.paint_swatches({"throughput": self._plot.colours().throughput})
