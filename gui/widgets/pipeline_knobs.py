"""Knobs of a pipeline: into how many stages, how many micro-batches, in which order. Red where that cannot be."""

from functools import partial

from PySide6.QtCore import QObject, Signal

from engine.config import roles
from engine.config.cards import techniques
from engine.config.mode import ComputeMode, make_mode
from engine.config.technique_card import TechniqueCard
from gui.look.scale import GRID, TIGHT
from gui.widgets.bubble_plot import mark_of
from gui.widgets.flow import FlowRow
from gui.widgets.wrong import ListKnob, NumberKnob, grey_out


class PipelineKnobs(FlowRow):
    """`turned` tells which knob was turned, `mistaken` which has no number of its range, and why ("": now it has)."""

    turned = Signal(object)
    mistaken = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self._card: TechniqueCard | None = None
        """The pipeline that the knobs are of."""
        self.stages = self._number(self.tr("Stages"))
        self.microbatches = self._number(self.tr("Micro-batches"))
        self.schedule = ListKnob()
        self.schedule.setAccessibleName(self.tr("Schedule"))
        self.schedule.activated.connect(lambda _: self.turned.emit(self.schedule))
        helps = (
            self.tr("Into how many stages the layers are cut (p). Shifts at the next step."),
            self.tr("Pieces a batch is cut into (m). Shifts at the next step."),
            self.tr("In which order a stage takes forward and backward. Shifts at the next step."),
        )
        self.all: tuple[NumberKnob | ListKnob, ...] = (self.stages, self.microbatches, self.schedule)
        self.setContentsMargins(GRID, TIGHT, GRID, 0)
        self.stages.setPrefix("p = ")
        self.microbatches.setPrefix("m = ")
        for knob, help_text in zip(self.all, helps, strict=True):
            knob.setWhatsThis(help_text)
            self.add_control(knob)

    def _number(self, name: str) -> NumberKnob:
        box = NumberKnob()
        box.setAccessibleName(name)
        box.valueChanged.connect(lambda _: self.turned.emit(box))
        box.mistaken.connect(partial(self._tell, box))
        return box

    def _tell(self, knob: NumberKnob, typed: str) -> None:
        text = self.tr("{name} = {value} must be a whole number from {least} to {most}.")
        least, most = f"{knob.minimum():,}", f"{knob.maximum():,}"
        why = text.format(name=knob.accessibleName(), value=typed, least=least, most=most) if typed else ""
        self.mistaken.emit(knob, why)

    def show_mode(self, mode: ComputeMode, why_grey: str) -> None:
        """Show what is in force; nobody has turned these. What a mode does not have is grey, and says why."""
        pipelines = [card for card in techniques().values() if card.splits == "layers"]
        key = roles.stages_axis(mode)
        card = next((card for card in pipelines if card.key == key), None)
        for knob in self.all:
            knob.blockSignals(True)
        self._take_ranges(card or self._card or next(iter(pipelines), None))
        options = [roles.option_with(mode, role) for role in ("microbatches", "schedule")]
        for knob, is_there in zip(self.all, [card, *options], strict=True):
            grey_out(knob, "" if is_there is not None else why_grey)
        numbers = self.stages.value(), self.microbatches.value()
        if card is not None:
            numbers = mode.degree(key), roles.microbatches(mode)
            self.schedule.setCurrentIndex(self.schedule.findData(roles.schedule_name(mode)))
        for box, number in zip((self.stages, self.microbatches), numbers, strict=True):
            box.show_number(number)
        for knob in self.all:
            knob.blockSignals(False)
        self.mark(None)

    def mark(self, wrong: QObject | None) -> None:
        """Put a red frame around the knob that says what cannot be."""
        for knob in self.all:
            knob.is_wrong = knob is wrong
            knob.update()

    def turn(self, mode: ComputeMode) -> ComputeMode:
        """The mode with the numbers that the knobs say."""
        degrees = dict(mode.degrees) | {roles.stages_axis(mode): self.stages.value()}
        given: dict[str, int | str] = dict(mode.options)
        for role, value in (("microbatches", self.microbatches.value()), ("schedule", self.schedule.currentData())):
            if (option := roles.option_with(mode, role)) is not None:
                given[option.key] = value
        threads = mode.threads if degrees == dict(mode.degrees) else None
        return make_mode(mode.device, degrees, given, threads, mode.precision)

    def _take_ranges(self, card: TechniqueCard | None) -> None:
        """What the knobs can be turned to, as the card of a pipeline says."""
        if card is None or card is self._card:
            return
        self._card = card
        options = {option.role: option for option in card.options}
        self.stages.setRange(max(2, card.minimum), card.maximum)
        pieces = options.get("microbatches")
        self.microbatches.setRange(*((pieces.minimum, pieces.largest) if pieces is not None else (1, 1)))
        self.schedule.clear()
        if (order := options.get("schedule")) is not None:
            for name in order.choices:
                self.schedule.addItem(f"{mark_of(order, name)[1]} {name}", name)
