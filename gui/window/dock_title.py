"""The title of a dock, in the theme's own colours and letters, and its buttons: help, apart from the window, close."""

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from gui.look.icons import make_icon
from gui.look.scale import GRID, HALF, TIGHT, set_letters
from gui.look.theme import is_dark
from gui.widgets.help_button import HelpButton

APART = 0.7
"""Of the window, in width and height, that a dock is at least when it is taken apart from it."""


class Dock(QDockWidget):
    """A dock with an edge while it is apart from the window: Qt draws none where the title is not its own."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the edge, as visible on dark ground as on light."""
        super().paintEvent(event)
        if self.isFloating():
            painter, roles = QPainter(self), QPalette.ColorRole
            painter.setPen(self.palette().color(roles.Light if is_dark(self.palette()) else roles.Shadow))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
            painter.end()


class DockTitle(QWidget):
    """What a dock is dragged by, too. `help_wanted` is for the panel's page."""

    help_wanted = Signal()

    def __init__(self, dock: QDockWidget, title: str) -> None:
        super().__init__()
        self._dock, self._apart = dock, QRect()
        self._label = QLabel(title)
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        set_letters(self._label, "heading")
        self._help = HelpButton(self.help_wanted)
        self._float = self._button(self.tr("Apart from the window, or back in it"))
        self._float.clicked.connect(self._float_or_dock)
        dock.topLevelChanged.connect(self._on_top_level)
        self._close = self._button(self.tr("Close; View › Panels brings it back"))
        self._close.clicked.connect(dock.close)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, TIGHT, HALF, TIGHT)
        row.setSpacing(TIGHT)
        row.addWidget(self._label, 1)
        for button in (self._help, self._float, self._close):
            row.addWidget(button)
        self._draw()

    def _button(self, tooltip: str) -> QToolButton:
        button = QToolButton()
        button.setProperty("bare", True)
        button.setToolTip(tooltip)
        button.setAccessibleName(tooltip)
        return button

    def _float_or_dock(self) -> None:
        """Apart from the window, it is larger and elsewhere, or as it was left; else nothing would seem to happen."""
        dock = self._dock
        if dock.isFloating():
            self._apart = dock.geometry()
            dock.setFloating(False)
            return
        place = self._apart
        if place.isNull():
            window = self.window().geometry()
            place = QRect(QPoint(), (window.size() * APART).expandedTo(dock.size()))
            place.moveCenter(window.center())
        dock.setFloating(True)
        dock.setGeometry(place)

    def _on_top_level(self, is_apart: bool) -> None:
        """Back in the window it is in front, once it has its place there."""
        if not is_apart:
            QTimer.singleShot(0, self._dock, self._dock.raise_)

    def mouseDoubleClickEvent(self, _: QMouseEvent) -> None:
        """Take the dock apart from the window, or put it back."""
        self._float_or_dock()

    def minimumSizeHint(self) -> QSize:
        """A title may be cut before a dock is widened for it."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The title comes before buttons whose work menus and a double click can do."""
        super().resizeEvent(event)
        spare = self.width() - self._label.sizeHint().width() - 2 * GRID - HALF - self._help.sizeHint().width()
        for button in (self._close, self._float):
            spare -= button.sizeHint().width() + TIGHT
            button.setHidden(spare < 0)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme and the size of the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and hasattr(self, "_close"):
            self._draw()

    def _draw(self) -> None:
        side = self.fontMetrics().ascent()
        for button, name in ((self._float, "float"), (self._close, "close")):
            button.setIcon(make_icon(name, self.palette()))
            button.setIconSize(QSize(side, side))
