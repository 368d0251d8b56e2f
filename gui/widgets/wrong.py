"""A red frame around what cannot be, beside the sentence that says why: the same on a field, a number and a list."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QValidator
from PySide6.QtWidgets import QComboBox, QSpinBox, QWidget

from gui.look.scale import GRID
from gui.look.theme import alarm_colour
from gui.widgets.wheel import let_wheel_pass

FRAME_PIXELS = 2


def paint_wrong(widget: QWidget) -> None:
    """Paint the frame; to be called when the widget itself is painted."""
    painter = QPainter(widget)
    painter.setPen(QPen(alarm_colour(widget.palette()), FRAME_PIXELS))
    painter.drawRect(widget.rect().adjusted(1, 1, -1, -1))
    painter.end()


def grey_out(knob: QWidget, why: str) -> None:
    """Grey a control, and say why where it stands; "" lets it be used, and its own words (`whatsThis`) stand there."""
    knob.setEnabled(not why)
    knob.setToolTip(why or knob.whatsThis())
    knob.setAccessibleDescription(why)


class NumberKnob(QSpinBox):
    """A number to turn or to type, taken when it is typed to its end.

    What was typed and is no number of the range stays, and is told (`mistaken`, "" when it is none any more). Esc puts
    back what is in force.
    """

    mistaken = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.is_wrong = False
        self._typed = ""
        """What is no number of the range."""
        self._is_told = False
        """That is known to whoever was told, and no other number was since."""
        self.setKeyboardTracking(False)
        self.valueChanged.connect(self._forget)
        self.editingFinished.connect(self._tell)
        let_wheel_pass(self)

    def show_number(self, number: int) -> None:
        """Show what is in force, unless another number is being typed just now; what was wrong goes."""
        line = self.lineEdit()
        typed = line.text() if self.hasFocus() and line.text() != self._shown() else None
        self._typed, self._is_told = "", False
        self.setValue(number)  # also where it is the same, for what was wrong goes
        if typed is not None:
            line.setText(typed)

    def _shown(self) -> str:
        return f"{self.prefix()}{self.textFromValue(self.value())}{self.suffix()}"

    def _forget(self) -> None:
        self._is_told = False

    def _tell(self) -> None:
        if self._typed or self._is_told:
            self._is_told = bool(self._typed)
            self.mistaken.emit(self._typed)

    def _restore(self) -> None:
        self._typed = ""
        self.setValue(self.value())  # what it shows is this again
        self._tell()

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        """Let anything be typed: what Qt would not take is not left out in silence."""
        return QValidator.State.Acceptable, text, at

    def valueFromText(self, text: str) -> int:
        """The number that was typed, or the one in force where that is none of the range."""
        typed = text.removeprefix(self.prefix()).split("=")[-1].strip()
        is_number = typed.isdecimal() and self.minimum() <= int(typed) <= self.maximum()
        self._typed = "" if is_number else typed
        return int(typed) if is_number else self.value()

    def textFromValue(self, value: int) -> str:
        """What stands in it: what is no number stays until there is one."""
        return self._typed or super().textFromValue(value)

    def stepBy(self, steps: int) -> None:
        """From the number in force on, whatever was typed."""
        if self._typed:
            self._restore()
        super().stepBy(steps)

    def event(self, event: QEvent) -> bool:
        """Esc is this knob's own key before it is the window's, where what stands in it cannot be."""
        is_override = event.type() == QEvent.Type.ShortcutOverride and bool(self._typed)
        if is_override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc puts back what is in force, and gives the keyboard back."""
        if event.key() == Qt.Key.Key_Escape and self._typed:
            self._restore()
            self.clearFocus()
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """Room for its longest number and the arrows; Qt would leave as much again empty."""
        metrics = self.fontMetrics()
        texts = [f"{self.prefix()}{number}{self.suffix()}" for number in (self.minimum(), self.maximum())]
        width = max(map(metrics.horizontalAdvance, texts)) + metrics.height() + 2 * GRID
        return QSize(min(width, super().sizeHint().width()), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """No less than it would like: what is cut off says nothing."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The number, in a red frame where it cannot be."""
        super().paintEvent(event)
        if self.is_wrong:
            paint_wrong(self)


class ListKnob(QComboBox):
    """One of several to choose."""

    def __init__(self) -> None:
        super().__init__()
        self.is_wrong = False
        let_wheel_pass(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        """What is chosen, in a red frame where it cannot be."""
        super().paintEvent(event)
        if self.is_wrong:
            paint_wrong(self)
