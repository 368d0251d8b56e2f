"""What a person gives a model to answer: the base of all kinds, and a drawing, a line, a text to go on with."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.pictures import LONGEST_PROMPT, AnyGiven, AnyPicture, Bars, Line, Prompt
from gui.look.scale import HALF
from gui.widgets.cut_note import CutNote
from gui.widgets.drawing_pad import DrawingPad
from gui.widgets.flow import FlowRow
from gui.widgets.put_in import put_in
from gui.widgets.scrolled import least_height
from gui.widgets.seen_picture import SeenPicture
from gui.widgets.wheel import let_wheel_pass

ROOMY = 4
"""How often as high as the picture of what a model gets a place is in which that takes its whole height."""
REST_MS = 350
"""Longer than between two letters of who types on, and hardly noticed by who waits."""


class GivenInput(QWidget):
    """The base of all kinds: `given` is emitted when there is something new to be answered, None to end an answer."""

    given = Signal(object)
    repeats = False
    """By newer weights there is a newer answer, which is wanted too."""
    waits = True
    """What is given while an answer is under way waits for it; else it takes the place of what was asked."""
    answer_share = 2
    """How many times as wide as this its answer is; 0: it shows the answer itself."""
    is_line = False
    """It is written from left to right, as wide as there is room; its answer stands below it."""
    knobs: QWidget | None = None
    """What is turned seldom: it stands below the answer, so that in a low panel that is seen before it."""

    def first(self) -> AnyGiven | None:
        """What is asked before a person does anything; None: nothing."""
        return None

    def heightForWidth(self, width: int) -> int:
        """What it needs and no more: lists and pads take the room there is before they are scrolled."""
        return least_height(self, width)

    def is_repeated(self, given: AnyGiven) -> bool:
        """Whether that is to be asked again where there are newer weights."""
        return self.repeats and given is not None

    def show_busy(self, is_busy: bool) -> None:
        """An answer is under way, or over."""

    def show_answer(self, picture: AnyPicture) -> None:
        """Take from an answer what is needed here: what can be chosen, or what lies behind it."""

    def forget_answer(self) -> None:
        """The model that answered is gone: nothing that it said is shown any more."""

    def take_from(self, other: "GivenInput") -> None:
        """Have in it what stands in another one of this kind; nothing is given by that."""


class DrawingInput(GivenInput):
    """A pad, a button that clears it, and what a model makes of the drawing before it reads it."""

    repeats = True
    answer_share = 1

    def __init__(self) -> None:
        super().__init__()
        self.pad = DrawingPad()
        self.pad.drawn.connect(self._tell)
        self._clear = QPushButton(self.tr("Clear"))
        self._clear.setToolTip(self.tr("Take away what is drawn"))
        self._clear.clicked.connect(self.pad.clear)
        self.seen = SeenPicture()
        layout = self._row = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(HALF)
        layout.addWidget(self.pad, 1)
        self._aside = put_in(layout, QVBoxLayout())
        self._aside.setSpacing(HALF)
        for part in (self.seen, self._clear):
            self._aside.addWidget(part)
        self._aside.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The rest stands where it leaves the pad more: beside it, or in a high and narrow place below it."""
        super().resizeEvent(event)
        rest, size = self._clear.sizeHint().expandedTo(self.seen.sizeHint()), event.size()
        beside = min(size.width() - rest.width() - HALF, size.height())
        below = min(size.width(), size.height() - rest.height() - HALF)
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._row.setDirection(down if below > beside else across)
        self._aside.setDirection(across if below > beside else down)
        side = self.seen.sizeHint().height()
        self.seen.setMinimumHeight(side if below > beside and size.height() > ROOMY * side else 0)

    def show_answer(self, picture: AnyPicture) -> None:
        """Show what the model was given, where it says so."""
        if isinstance(picture, Bars):
            self.seen.show_picture(picture.seen)

    def forget_answer(self) -> None:
        """What the model was given goes with its answer."""
        self.seen.show_picture(None)

    def take_from(self, other: GivenInput) -> None:
        """Have the ink of another one on the pad."""
        assert isinstance(other, DrawingInput)
        self.pad.take_from(other.pad)

    def _tell(self) -> None:
        if self.pad.is_empty:
            self.seen.show_picture(None)
        self.given.emit(None if self.pad.is_empty else self.pad.drawing)


class PromptInput(GivenInput):
    """A line to go on with, how boldly, and a button that begins and ends it."""

    is_line = True

    def __init__(self) -> None:
        super().__init__()
        self._runs = 0
        self.prompt = QLineEdit()
        self.prompt.setAccessibleName(self.tr("Beginning of the text"))
        self.prompt.setPlaceholderText(self.tr("Type the beginning of a text"))
        self._cut = CutNote(self.prompt, LONGEST_PROMPT)
        self.prompt.returnPressed.connect(self._begin)
        self.temperature, self.top_k, self.length = QDoubleSpinBox(), QSpinBox(), QSpinBox()
        self.temperature.setRange(0.0, 5.0)
        self.temperature.setSingleStep(0.1)
        self.temperature.setValue(0.8)
        self.temperature.setPrefix(self.tr("temperature "))
        self.temperature.setToolTip(
            self.tr("0 always takes the likeliest, 1 draws by the model's own chances, more is bolder than it is.")
        )
        self.top_k.setRange(0, 1_000)
        self.top_k.setPrefix(self.tr("top-k "))
        self.top_k.setSpecialValueText(self.tr("top-k off"))
        self.top_k.setToolTip(self.tr("Draw from so many of the likeliest only."))
        self.length.setRange(1, 2_000)
        self.length.valueChanged.connect(self._name_tokens)
        self.length.setValue(200)
        self.length.setToolTip(self.tr("So many are written."))
        let_wheel_pass(self.temperature, self.top_k, self.length)
        self.button = QPushButton(self.tr("Continue"))
        self.button.clicked.connect(self._press)
        self.knobs = row = FlowRow()
        for box, name in (
            (self.temperature, self.tr("Temperature")),
            (self.top_k, self.tr("Top-k")),
            (self.length, self.tr("Tokens to write")),
        ):
            box.setAccessibleName(name)
            row.add_control(box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(HALF)
        first = put_in(layout, QHBoxLayout())
        first.setSpacing(HALF)
        first.addWidget(self.prompt, 1)
        first.addWidget(self.button)
        layout.addWidget(self._cut)
        self._is_busy = False

    def show_busy(self, is_busy: bool) -> None:
        """The button ends what is under way."""
        self._is_busy = is_busy
        self.button.setText(self.tr("Stop") if is_busy else self.tr("Continue"))

    def take_from(self, other: GivenInput) -> None:
        """Have the beginning of another one, to be gone on with as boldly and as long."""
        assert isinstance(other, PromptInput)
        self._runs = other._runs
        self.prompt.setText(other.prompt.text())
        self._cut.take_from(other._cut)
        self.temperature.setValue(other.temperature.value())
        self.top_k.setValue(other.top_k.value())
        self.length.setValue(other.length.value())

    def _name_tokens(self, count: int) -> None:
        self.length.setSuffix(self.tr(" token") if count == 1 else self.tr(" tokens"))

    def _press(self) -> None:
        if self._is_busy:
            self.given.emit(None)
        else:
            self._begin()

    def _begin(self) -> None:
        self._runs += 1
        prompt = Prompt(
            text=self.prompt.text(),
            tokens=self.length.value(),
            temperature=self.temperature.value(),
            top_k=self.top_k.value(),
            seed=self._runs,
        )
        self.given.emit(prompt)


class LineInput(GivenInput):
    """A line that is answered when the typing rests, or at Enter: an answer may take seconds, a letter does not."""

    repeats = True
    waits = False
    is_line = True

    def __init__(self) -> None:
        super().__init__()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._tell)
        self.line = QLineEdit()
        self.line.setAccessibleName(self.tr("A word or a sentence"))
        self.line.setPlaceholderText(self.tr("Type here"))
        self._cut = CutNote(self.line, LONGEST_PROMPT)
        self.line.textChanged.connect(self._on_changed)
        self.line.returnPressed.connect(self._tell_now)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line)
        layout.addWidget(self._cut)
        layout.addStretch(1)

    def take_from(self, other: GivenInput) -> None:
        """Have the line that stands in another one."""
        assert isinstance(other, LineInput)
        self.line.blockSignals(True)
        self.line.setText(other.line.text())
        self.line.blockSignals(False)
        self._cut.take_from(other._cut)

    def _on_changed(self, text: str) -> None:
        if text.strip():
            self._rest.start()  # anew with every letter
        else:
            self._tell_now()

    def _tell_now(self) -> None:
        self._rest.stop()
        self._tell()

    def _tell(self) -> None:
        text = self.line.text()
        self.given.emit(Line(text=text) if text.strip() else None)
