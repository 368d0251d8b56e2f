"""A legend made of buttons: each shows or hides its curve, by mouse or keyboard, and carries the latest value.

Where there is no room for the values of all, titles stand alone: half a word tells less than a word without a number.
"""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget


class Legend(QWidget):
    """Emits `toggled(name, shown)`."""

    toggled = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self._layout.addStretch(1)
        self._buttons: dict[str, tuple[QToolButton, str, bool]] = {}
        self._values: dict[str, str] = {}

    def add(self, name: str, title: str, tooltip: str, *, dashed: bool = False) -> None:
        """A curve's entry."""
        button = QToolButton()
        button.setCheckable(True)
        button.setChecked(True)
        button.setText(title)
        button.setToolTip(tooltip)
        button.setAccessibleName(title)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        button.toggled.connect(lambda shown: self.toggled.emit(name, shown))
        self._layout.insertWidget(self._layout.count() - 1, button)
        self._buttons[name] = (button, title, dashed)

    def is_shown(self, name: str) -> bool:
        """Whether a curve is switched on."""
        return self._buttons[name][0].isChecked()

    def show_value(self, name: str, value: str) -> None:
        """Write the latest value behind a curve's title."""
        if self._values.get(name) != value:
            self._values[name] = value
            self.updateGeometry()
            self._write()

    def _full(self, name: str) -> str:
        title, value = self._buttons[name][1], self._values.get(name, "")
        return f"{title}  {value}" if value else title

    def _write(self) -> None:
        has_room = self.width() >= self.sizeHint().width()
        for name, (button, title, _) in self._buttons.items():
            text = self._full(name) if has_room else title
            if button.text() != text:
                button.setText(text)

    def sizeHint(self) -> QSize:
        """With all values, whether or not they are written now."""
        hint = super().sizeHint()
        for name, (button, _, _) in self._buttons.items():
            hint.setWidth(hint.width() + _text_width(button, self._full(name)) - _text_width(button, button.text()))
        return hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Values come and go with the room for them."""
        super().resizeEvent(event)
        self._write()

    def event(self, event: QEvent) -> bool:
        """And with the size of the text."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._write()
        return done

    def paint_swatches(self, colours: dict[str, QColor]) -> None:
        """Draw each curve's line in front of its title."""
        for name, (button, _, dashed) in self._buttons.items():
            button.setIcon(_swatch(colours[name], dashed))
            button.setIconSize(QSize(22, 12))


def _text_width(button: QToolButton, text: str) -> int:
    """As the button itself reckons: a pixel of difference, and values would come and go for ever."""
    return button.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, text).width()


def _swatch(colour: QColor, dashed: bool) -> QIcon:
    pixmap = QPixmap(44, 24)
    pixmap.setDevicePixelRatio(2.0)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setPen(QPen(colour, 2.5, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
    line = QRectF(0, 6, 22, 0)
    painter.drawLine(line.topLeft(), line.topRight())
    painter.end()
    return QIcon(pixmap)
