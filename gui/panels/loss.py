"""The loss over the run, with what everyone asks of such a plot: smoothing, three x axes, logarithms, seams, values."""

from itertools import chain

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.look.scale import GRID, HALF, TIGHT
from gui.look.view import ALL, FOLLOW, PlotView
from gui.model.intents import TakeAway
from gui.model.run_view import ENDED
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text import figures
from gui.text.engine_text import engine_text
from gui.text.first_words import first_words
from gui.text.metric import metric_words, validation_words
from gui.text.read_out import ReadOutWords
from gui.text.seams import SeamWords
from gui.widgets.controls_button import ControlsButton
from gui.widgets.drawn_runs import DrawnRun, DrawnRuns
from gui.widgets.flow import FlowRow
from gui.widgets.help_button import HelpButton
from gui.widgets.legend import Legend
from gui.widgets.put_in import put_in
from gui.widgets.switch_icon import OF_DOTS
from gui.widgets.traces import Trace
from gui.widgets.upper_plot import UpperPlot
from gui.widgets.wheel import let_wheel_pass

SLIDER_STEPS = 99
UNITS = 2
"""The place, among what can run along the x axis, of what is counted: samples, or tokens."""


class LossPanel(Panel):
    """Training loss, raw and smoothed, and validation."""

    panel_id = "loss"
    area = "centre"
    order = 1
    share = 40
    watches = ("steps", "segments", "validation", "run", "status")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._seam_words, self._words = SeamWords(), ReadOutWords()
        self._legend = Legend()
        tip = self.tr("Training loss of each step, over the whole batch.")
        self._legend.add("raw", self.tr("loss"), tip, expected="0.0000")
        tip = self.tr("Exponentially smoothed training loss, de-biased.")
        self._legend.add("line", self.tr("smoothed"), tip, brief=self.tr("smooth"))
        self._legend.add(
            "validation",
            self.tr("validation loss"),
            self.tr("Loss, and a metric, on samples never trained on: if the loss rises, the model overfits."),
            OF_DOTS,
            brief=self.tr("val."),
            expected="0.0000",
        )
        self._legend.toggled.connect(lambda *_: self._redraw())
        self._drawn = DrawnRuns(self._legend, "line", self.tr("A run; here it is shown or hidden."), own="raw")
        self._clear = QToolButton()
        self._clear.setText("\N{MULTIPLICATION X}")
        self._clear.setAccessibleName(self.tr("Take away"))
        self._clear.setToolTip(self.tr("Take away the runs laid beside this one; their records stay where they are."))
        self._clear.clicked.connect(lambda: self.intent.emit(TakeAway()))
        self._legend.keep_last(self._clear)
        self._clear.hide()
        self._smoothing, self._exact = self._smoothing_controls()
        self._axis = self._axis_choice()
        self._log_x = self._check(self.tr("log x"), self.tr("Logarithmic x axis: the first steps get room."))
        self._log_y = self._check(self.tr("log y"), self.tr("Logarithmic loss and rate: modes of any speed are seen."))
        self._follow = self._check(self.tr("follow"), self.tr("Keep the latest part of the run in view."))
        self._log_x.toggled.connect(lambda on: view.set(log_x=on))
        self._log_y.toggled.connect(lambda on: view.set(log_y=on))
        self._follow.clicked.connect(lambda on: view.set(follow=FOLLOW if on else ALL))
        self._plot = UpperPlot(view)
        self._plot.setAccessibleName(self.tr("Loss over the run"))
        self._plot.range_changed.connect(self._redraw)
        self._empty = QLabel(self._plot)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._plot.sentence = self._empty
        self._said: list[str] = []
        """Of the place under the crosshair."""
        self._readout = QLabel()
        self._readout.setAutoFillBackground(True)
        self._readout.setBackgroundRole(QPalette.ColorRole.Base)
        self._readout.hide()
        self._plot.keep_head()
        self._lay_out()
        view.changed.connect(self._on_view)
        view.crosshair_moved.connect(self._read_out)
        self._drawn.paint(self.palette())

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Loss")

    def refresh(self, store: Store) -> None:
        """Draw the visible part of all runs; the values are the newest, those of the curves of the live run."""
        self._empty.setText(first_words(self, store.live, self.tr("the loss of every step appears here.")))
        self._drawn.take(store.runs.values())
        self._drawn.name_own(self.tr("loss"))
        self.view.show_run(store.live.run_id)
        if store.live.status in ENDED and self.view.follow == FOLLOW:
            self.view.set(follow=ALL)  # there is no latest part any more, but a last one
        if self._axis.itemText(UNITS) != (unit := self._words.counted(self._drawn.units)):
            self._axis.setItemText(UNITS, unit)
        self._redraw()
        last = store.live.last_loss
        words, own = "" if last is None else self._words.loss(last), self._legend.title("raw")
        self._legend.show_value("raw", words, f"{own} {figures.loss(last)}", f"{own} {figures.loss(last, 3)}")
        validation = store.live.validation.last
        if validation:
            loss, metric = self._words.loss(validation.loss), metric_words(store.live)
            words = " · ".join(filter(None, (loss, metric)))  # first the value of the dots, on the axis of the loss
            short, brief = (
                self.tr("val. {loss}").format(loss=each) for each in (words, figures.loss(validation.loss, 3))
            )
            self._legend.show_value("validation", words, short, brief)
        else:
            self._legend.show_value("validation", self.tr("none") if store.live.why_unevaluated else "")
        self._legend.show_why("validation", validation_words(store.live))
        self._drawn.show_ends(self._words.loss)
        self._clear.setVisible(bool(store.beside))
        self._fit_controls()
        self._read_out()

    def _redraw(self) -> None:
        shown, kind = self._drawn.shown, self.view.x_kind
        seams = self._seam_words.seams([(drawn.title, drawn.run) for drawn in shown], kind)
        self._plot.x_name.show_name(self._words.axis(kind, self._axis.itemText(UNITS), is_log=self.view.log_x))
        self._plot.draw(dict(chain.from_iterable(map(self._traces, shown))), seams, self._drawn.extent(kind))
        self._empty.setVisible(self._plot.is_blank)

    def _traces(self, drawn: DrawnRun) -> list[tuple[str, Trace]]:
        """Of one run, by name: single steps, faint behind what is smoothed, and validation.

        Runs beside the live one have a line alone, dashed: of many, single steps would cover what there is to see.
        """
        run, colours, smoothing = drawn.run, drawn.colours, self.view.smoothing
        line = run.loss.smoothed(smoothing) if smoothing else run.loss.raw
        traces = {}
        if drawn.number:
            traces["line"] = Trace(line, colours.line, width=2, dash=colours.dash, is_beside=True)
        else:
            traces["raw"] = Trace(run.loss.raw, colours.raw, is_behind=True)
            if smoothing:
                is_ranged = not self._legend.is_shown("raw")
                traces["line"] = Trace(line, colours.line, width=2, is_ranged=is_ranged)
        traces["validation"] = Trace(
            run.validation.loss, colours.validation, is_dotted=True, is_beside=drawn.number > 0
        )
        return [(drawn.name(name), trace) for name, trace in traces.items() if self._legend.is_shown(name)]

    def _on_view(self) -> None:
        self._follow.setChecked(self.view.follow == FOLLOW)
        self._log_y.setChecked(self.view.log_y)
        self._axis.setCurrentIndex(self._axis.findData(self.view.x_kind))
        self._redraw()

    def _read_out(self) -> None:
        """The values under the crosshair; of several runs, each with its name."""
        at, kind = self.view.crosshair, self.view.x_kind
        if at is None or self._drawn.is_empty:
            self._said = []
            self._readout.hide()
            return
        place = min(max(at, 0.0), self._drawn.extent(kind)[1])
        parts = [self._words.place(kind, place, self._axis.itemText(UNITS))]
        shown = self._drawn.shown
        for drawn in shown:
            words = self._words.values_at(drawn.run, kind, at, self.view.smoothing)
            parts += words if len(shown) == 1 else [f"{drawn.title}: {' · '.join(words)}"]
        self._said = parts
        self._place_readout()

    # Controls --------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._controls = FlowRow()
        self._more_controls = ControlsButton(self.tr("Smoothing, axes, follow: how the plot is drawn"))
        label = QLabel(self.tr("smoothing"))
        label.setBuddy(self._exact)
        widgets: list[QWidget] = [label, self._smoothing, self._exact, self._axis]
        for widget in [*widgets, self._log_x, self._log_y, self._follow]:
            self._controls.add_control(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(TIGHT)
        self._top = put_in(layout, QGridLayout())
        self._top.setContentsMargins(GRID, HALF, GRID, 0)
        self._top.setColumnStretch(1, 1)
        self._top.addWidget(self._legend, 0, 0)
        self._more = HelpButton(self.help_wanted)
        self.desk = [self._controls, self._more_controls, self._more]
        self._controls_place = (0, 2, 1, 1)
        self._top.addWidget(self._controls, 0, 2)
        self._more_controls.toggled.connect(self._fit_controls)
        self._top.addWidget(self._more_controls, 0, 3)
        self._top.addWidget(self._more, 0, 4)
        layout.addWidget(self._plot, 1)
        self._readout.setParent(self._plot)

    def _fit_controls(self) -> None:
        """Controls beside the legend where there is room, else below it while they are wanted: height is for plots."""
        if self._more.isHidden():
            return  # nobody sits at the desk
        needed = self._legend.sizeHint().width() + self._controls.sizeHint().width() + 40
        has_room = needed <= self.width()
        place = (0, 2, 1, 1) if has_room else (1, 0, 1, 5)
        if place != self._controls_place:
            self._controls_place = place
            self._top.addWidget(self._controls, *place)
        self._more_controls.setHidden(has_room)
        self._controls.setVisible(has_room or self._more_controls.isChecked())

    def resizeEvent(self, event: object) -> None:
        """Keep what is said over the plot in place."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._fit_controls()
        self._place_readout()

    def _place_readout(self) -> None:
        """Above the curves, at the right: as much of it as there is room for; where that is little, a value alone."""
        room, advance = self._plot.width() - 2 * GRID, self._readout.fontMetrics().horizontalAdvance
        said = list(self._said)
        while len(said) > 1 and advance("   ".join(said)) > room:
            said.pop(-1 if len(said) > 2 else 0)
        self._readout.setText("   ".join(said))
        self._readout.adjustSize()
        self._readout.move(self._plot.width() - self._readout.width() - GRID, TIGHT)
        self._readout.setVisible(bool(said))

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_drawn"):
            self._drawn.paint(self.palette())
            self._redraw()

    def _smoothing_controls(self) -> tuple[QSlider, QDoubleSpinBox]:
        tooltip = self.tr("Weight of the past in the smoothed curve: 0 shows steps as they are. Type up to 0.999.")
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, SLIDER_STEPS)
        slider.setMinimumWidth(60)
        slider.setMaximumWidth(110)
        exact = QDoubleSpinBox()
        exact.setRange(0.0, 0.999)
        exact.setDecimals(3)
        exact.setSingleStep(0.01)
        let_wheel_pass(exact)
        for widget in (slider, exact):
            widget.setToolTip(tooltip)
            widget.setAccessibleName(self.tr("Smoothing"))
        exact.setValue(self.view.smoothing)
        slider.setValue(round(self.view.smoothing * 100))
        slider.valueChanged.connect(lambda value: exact.setValue(value / 100))
        exact.valueChanged.connect(self._on_smoothing)
        return slider, exact

    def _on_smoothing(self, weight: float) -> None:
        self._smoothing.blockSignals(True)
        self._smoothing.setValue(min(SLIDER_STEPS, round(weight * 100)))
        self._smoothing.blockSignals(False)
        self.view.set(smoothing=weight)

    def _axis_choice(self) -> QComboBox:
        box = QComboBox()
        let_wheel_pass(box)
        for kind, title in (("step", self.tr("steps")), ("time", self.tr("time")), ("samples", engine_text("samples"))):
            box.addItem(title, kind)
        box.setToolTip(self.tr("What runs along the x axis. By samples or tokens, batch sizes compare fairly."))
        box.setAccessibleName(self.tr("X axis"))
        box.currentIndexChanged.connect(lambda _: self.view.set(x_kind=box.currentData(), follow=ALL))
        return box

    def _check(self, text: str, tooltip: str) -> QCheckBox:
        box = QCheckBox(text)
        box.setToolTip(tooltip)
        return box
