"""What each run is judged by on samples never trained on, over its steps: the live one, and those laid beside it."""

from itertools import chain

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout

from gui.look.scale import GRID, TIGHT
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text.engine_text import engine_text
from gui.text.metric import metric_of, metric_on
from gui.text.read_out import ReadOutWords
from gui.widgets.curve_plot import CurvePlot
from gui.widgets.drawn_runs import DrawnRun, DrawnRuns
from gui.widgets.legend import Legend
from gui.widgets.traces import Trace


class MetricPanel(Panel):
    """A curve a run: accuracy, or whatever its workload is judged by, as often as it was validated."""

    panel_id = "metric"
    area = "bottom"
    order = 5
    watches = ("validation", "run")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._words, self._legend = ReadOutWords(), Legend()
        self._legend.toggled.connect(lambda *_: self._redraw())
        tooltip = self.tr("On samples never trained on, each time that they were looked at. Click: shown or hidden.")
        self._drawn = DrawnRuns(self._legend, "validation", tooltip)
        self._own = PlotView()
        """Other plots are elsewhere, and as wide as the window: this one shows the whole run, on the same axis."""
        self._plot = CurvePlot(self._own)
        self._plot.setAccessibleName(self.tr("Metric over the run"))
        self._plot.range_changed.connect(self._redraw)
        self._empty = QLabel(
            self.tr("What a run is judged by on held-back samples appears here, beside that of runs laid beside it."),
            self._plot,
        )
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._plot.sentence = self._empty
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, TIGHT, 0, 0)
        layout.setSpacing(TIGHT)
        layout.addWidget(self._legend)
        layout.addWidget(self._plot, 1)
        view.changed.connect(self._follow)
        self._own.changed.connect(self._redraw)
        self._drawn.paint(self.palette())
        self._follow()

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Metric of the runs")

    @classmethod
    def has_to_show(cls, store: Store) -> bool:
        """Whether any run was validated."""
        return any(len(run.validation.metric) for run in store.runs.values())

    def nothing_words(self) -> str:
        """Why a key that would show it does not, translated."""
        return self.tr("nothing was validated yet")

    def refresh(self, store: Store) -> None:
        """Draw all runs, and say how far each has come."""
        self._drawn.take(store.runs.values())
        self._own.show_run(store.live.run_id)
        for drawn in self._drawn.all:  # the figure is in the title: it is what the panel is for, and must not go
            words = metric_on(drawn.run)
            figure = words.removeprefix(f"{engine_text(metric_of(drawn.run).name)} ")
            parts = (drawn.title if store.beside else "", figure if drawn.number else words)
            self._legend.retitle(drawn.run.run_id, "  ".join(filter(None, parts)))
        self._redraw()

    def _redraw(self) -> None:
        self._empty.setHidden(any(len(drawn.run.validation.metric) for drawn in self._drawn.all))
        judged = [drawn.run for drawn in self._drawn.shown if len(drawn.run.validation.metric)]
        self._plot.y_in_percent(all(metric_of(run).kind == "share" for run in judged))
        traces = dict(chain.from_iterable(map(self._traces, self._drawn.shown)))
        unit = self._words.counted(self._drawn.units)
        self._plot.x_name.show_name(self._words.axis(self._own.x_kind, unit, is_log=self._own.log_x))
        self._plot.draw(traces, [], self._drawn.extent(self._own.x_kind))

    def _traces(self, drawn: DrawnRun) -> list[tuple[str, Trace]]:
        """Of one run, by name: a dot each time it was validated, and what joins them."""
        curve, colours = drawn.run.validation.metric, drawn.colours
        line = Trace(curve, colours.validation, width=2, dash=colours.dash)
        return [
            (drawn.name("metric"), line),
            (drawn.name("validated"), Trace(curve, colours.validation, is_dotted=True)),
        ]

    def _follow(self) -> None:
        self._own.set(x_kind=self.view.x_kind, log_x=self.view.log_x)

    def heightForWidth(self, width: int) -> int:  # noqa: ARG002 - the panel is as wide as that already
        """The least height: a plot would like more, and then be scrolled."""
        return self.minimumSizeHint().height()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_drawn"):
            self._drawn.paint(self.palette())
            self._redraw()
