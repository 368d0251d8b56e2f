"""Setting up a run: workload, knobs, batch, optimizer, rate, length; each says when a change takes effect."""

from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QLabel,
    QScrollArea,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from engine.config.cards import KnobCard, WorkloadCard, workloads
from engine.config.limits import ranges_of
from engine.config.spec import OPTIMIZERS, RunSpec, make_spec, parse_value
from engine.errors import RequestError
from gui.look.view import PlotView
from gui.model.intents import Change, SetUp
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text.engine_text import engine_text
from gui.widgets.field import Field


class SetupPanel(Panel):
    """The form. It emits SetUp for the next new run, and Change for what can change while a run goes."""

    panel_id = "setup"
    area = "left"
    order = 1
    watches = ("hyper", "status", "run", "set-up")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._set = make_spec("digits-mlp")
        """What the form was last filled with, or said; its batch size and learning rate may be hidden by a run's."""
        self._shows_run = False
        self._filling = False
        self._workload = QComboBox()
        self._workload.setAccessibleName(self.tr("Workload"))
        for card in workloads().values():
            self._workload.addItem(engine_text(card.title), card.name)
        self._summary = QLabel()
        self._summary.setWordWrap(True)
        self._summary.setEnabled(False)
        self._knob_form = QFormLayout()
        self._knobs: dict[str, QWidget] = {}
        step = self.tr("Takes effect at the next step, also while the run goes.")
        new = self.tr("Takes effect with the next new run (Reset, then Play).")
        self._batch_size = Field(
            self.tr("Batch size"), self._tip(self.tr("Samples in one step, over all ranks."), step, "batch_size")
        )
        self._lr = Field(
            self.tr("Learning rate"), self._tip(self.tr("How far the weights move along the gradient."), step, "lr")
        )
        self._optimizer = QComboBox()
        self._optimizer.addItems(list(OPTIMIZERS))
        self._optimizer.setAccessibleName(self.tr("Optimizer"))
        self._optimizer.setToolTip(
            self._tip(self.tr("How a gradient becomes a step: Adam, or SGD with momentum."), new)
        )
        self._seed = Field(self.tr("Seed"), self._tip(self.tr("Decides first weights and order of samples."), new))
        self._steps = Field(self.tr("Steps"), self._tip(self.tr("Length of the run; empty: until stopped."), new))
        self._steps.setPlaceholderText(self.tr("until stopped"))
        self._problem = QLabel()
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._lay_out()
        self._workload.currentIndexChanged.connect(self._on_workload)
        self._optimizer.currentIndexChanged.connect(lambda _: self._set_up())
        for field in (self._seed, self._steps):
            field.committed.connect(self._set_up)
        self._batch_size.committed.connect(lambda: self._set_up(self._batch_size))
        self._lr.committed.connect(lambda: self._set_up(self._lr))

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Set-up")

    def refresh(self, store: Store) -> None:
        """Show the set-up, and of a run the hyper-parameters in force, or those that Play would go on with."""
        run, ahead = store.live, store.next_play
        now = (run.lr, run.batch_size) if ahead is None else (ahead.lr, ahead.batch_size)
        had_run, self._shows_run = self._shows_run, bool(run.segments) and not (ahead is not None and ahead.is_new)
        if store.set_up is not self._set:  # one that is equal, but was not said by the form, is shown too
            self._fill(store.set_up)
        if not self._shows_run and not had_run:
            return  # the form is as it was left, a value with a mistake in it too
        lr, batch_size = now if self._shows_run else (self._set.lr, self._set.batch_size)
        if lr is not None and batch_size is not None:
            self._lr.show_value(float(lr))
            self._batch_size.show_value(batch_size)

    def spec(self, given: Field | None = None) -> RunSpec:
        """What the form says. While it shows what a run computes with, that is no set-up, but for the field `given`.

        Raises:
            RequestError: a field is wrong; the sentence says which and what is allowed.
        """
        steps = self._steps.text().strip()
        is_own = {field: given is field or not self._shows_run for field in (self._batch_size, self._lr)}
        fields: dict[str, Any] = {
            "mode": self._set.mode,
            "batch_size": _value(self._batch_size) if is_own[self._batch_size] else self._set.batch_size,
            "lr": _value(self._lr) if is_own[self._lr] else self._set.lr,
            "optimizer": self._optimizer.currentText(),
            "seed": _value(self._seed),
            "steps": parse_value(steps) if steps else None,
            "knobs": {name: _value(widget) for name, widget in self._knobs.items()},
        }
        return make_spec(self._workload.currentData(), **fields)

    def _fill(self, spec: RunSpec) -> None:
        """The form says this from now on; nothing is emitted."""
        self._filling = True
        self._set = spec
        self._workload.setCurrentIndex(self._workload.findData(spec.workload))
        self._build_knobs(workloads()[spec.workload], spec.knobs)
        if not self._shows_run:
            self._batch_size.show_value(spec.batch_size)
            self._lr.show_value(float(spec.lr))
        self._optimizer.setCurrentText(spec.optimizer)
        self._seed.show_value(spec.seed)
        self._steps.show_value("" if spec.steps is None else spec.steps)
        self._problem.hide()
        self._filling = False

    def _build_knobs(self, card: WorkloadCard, values: dict[str, int | float | str]) -> None:
        self._summary.setText(engine_text(card.summary))
        while self._knob_form.rowCount():
            self._knob_form.removeRow(0)
        self._knobs = {}
        for knob in card.knobs:
            widget = self._knob_widget(knob, values[knob.name])
            self._knobs[knob.name] = widget
            title = engine_text(knob.title)
            self._knob_form.addRow(f"{title} ({knob.unit})" if knob.unit else title, widget)
        self._fit_width()

    def _knob_widget(self, knob: KnobCard, value: int | float | str) -> QWidget:
        new = self.tr("Takes effect with the next new run (Reset, then Play).")
        tip = self._tip(" ".join(filter(None, (engine_text(knob.help), self._span(knob)))), new)
        if knob.choices:
            box = QComboBox()
            for choice in knob.choices:
                box.addItem(str(choice), choice)
            box.setCurrentIndex(box.findData(value))
            box.setAccessibleName(engine_text(knob.title))
            box.setToolTip(tip)
            box.currentIndexChanged.connect(lambda _: self._set_up())
            return box
        field = Field(engine_text(knob.title), tip)
        field.show_value(value)
        field.committed.connect(self._set_up)
        return field

    def _span(self, knob: KnobCard) -> str:
        """What is allowed, in brackets; "" where anything is."""
        if knob.choices:
            return f"({', '.join(map(str, knob.choices))})"
        least, most = (None if end is None else f"{end:,}" for end in (knob.minimum, knob.maximum))
        if least is not None and most is not None:
            return f"({least} … {most})"
        if least is not None:
            return self.tr("({least} or more)").format(least=least)
        return self.tr("({most} or less)").format(most=most) if most is not None else ""

    def _on_workload(self) -> None:
        """Another workload with its own defaults; computed as before, if that fits it."""
        if self._filling:
            return
        name = self._workload.currentData()
        why = ""
        try:
            spec = make_spec(name, mode=self._set.mode)
        except RequestError as error:
            why = engine_text(error.sentence)
            spec = make_spec(name)
        self._fill(spec)
        self._tell(why)
        self.intent.emit(SetUp(spec))

    def _tell(self, problem: str) -> None:
        """What is wrong with the form; "" for nothing."""
        self._problem.setText(f"✖  {problem}")
        self._problem.setVisible(bool(problem))

    def _set_up(self, given: Field | None = None) -> None:
        """Into the set-up; batch size and learning rate also into the run, if one is shown."""
        if self._filling:
            return
        try:
            spec = self.spec(given)
        except RequestError as error:
            self._tell(engine_text(error.sentence))
            return
        self._tell("")
        self._set = spec
        self.intent.emit(SetUp(spec))
        if given is not None and self._shows_run:
            change = Change(lr=spec.lr) if given is self._lr else Change(batch_size=spec.batch_size)
            self.intent.emit(change)

    def _tip(self, text: str, effect: str, field: str = "") -> str:
        """A field's tooltip; of a field of the run with the range that its type states."""
        allowed = ranges_of(RunSpec).get(field)
        if allowed is None:
            return f"{text}\n{effect}"
        least, most = (f"{end:,}" if allowed.is_whole else f"{end:g}" for end in allowed[:2])
        return f"{text} ({least} … {most})\n{effect}"

    def _lay_out(self) -> None:
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(8)
        layout.addWidget(self._workload)
        layout.addWidget(self._summary)
        layout.addWidget(self._heading(self.tr("Model and data · new run")))
        layout.addLayout(self._knob_form)
        layout.addWidget(self._heading(self.tr("Training · next step")))
        live = QFormLayout()
        live.addRow(self.tr("Batch size"), self._batch_size)
        live.addRow(self.tr("Learning rate"), self._lr)
        layout.addLayout(live)
        layout.addWidget(self._heading(self.tr("Training · new run")))
        fixed = QFormLayout()
        fixed.addRow(self.tr("Optimizer"), self._optimizer)
        fixed.addRow(self.tr("Seed"), self._seed)
        fixed.addRow(self.tr("Steps"), self._steps)
        layout.addLayout(fixed)
        layout.addWidget(self._problem)
        layout.addStretch(1)
        for form in (self._knob_form, live, fixed):
            form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
            form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        scroll = QScrollArea()
        scroll.setSizeAdjustPolicy(QScrollArea.SizeAdjustPolicy.AdjustToContents)
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self._inner = inner

    def changeEvent(self, event: QEvent) -> None:
        """As wide as its fields need in any text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_inner"):
            self._fit_width()

    def _fit_width(self) -> None:
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        self.setMinimumWidth(self._inner.minimumSizeHint().width() + bar)

    def _heading(self, text: str) -> QLabel:
        label = QLabel(text)
        label.setWordWrap(True)
        font = label.font()
        font.setBold(True)
        label.setFont(font)
        return label


def _value(widget: QWidget) -> int | float | str:
    if isinstance(widget, QComboBox):
        value: int | float | str = widget.currentData()
        return value
    assert isinstance(widget, Field)
    return parse_value(widget.text().strip())
