"""The place of a panel that is scrolled where it has no room: how high that is, whatever height the panel has."""

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget


class Room(QObject):
    """The height of a panel's place; `changed` is emitted when that has another size, once it is asked to `watch`."""

    changed = Signal()

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self._watched: QWidget | None = None

    def watch(self) -> None:
        """Look at the place in which the panel lies now."""
        place = self._panel.parentWidget()
        if place is not None and place is not self._watched:
            if self._watched is not None:
                self._watched.removeEventFilter(self)
            self._watched = place
            place.installEventFilter(self)
        self.changed.emit()

    @property
    def height(self) -> int:
        """The height of the place in pixels; of the panel, where it lies in none."""
        place = self._panel.parentWidget()
        return self._panel.height() if place is None else place.height()

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Tell of another size of the place; nothing is kept from it."""
        if event.type() == QEvent.Type.Resize:
            self.changed.emit()
        return False
