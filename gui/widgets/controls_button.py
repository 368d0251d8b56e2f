"""A button that shows and hides a row of controls, where there is no room for them otherwise."""

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QToolButton

from gui.look.icons import make_icon


class ControlsButton(QToolButton):
    """Small, beside a legend; `toggled` is whether the controls are wanted."""

    def __init__(self, tooltip: str) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setToolTip(tooltip)
        self.setAccessibleName(tooltip)
        self.setProperty("bare", True)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme and the size of the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._draw()

    def _draw(self) -> None:
        side = self.fontMetrics().ascent()
        self.setIcon(make_icon("tune", self.palette()))
        self.setIconSize(QSize(side, side))
