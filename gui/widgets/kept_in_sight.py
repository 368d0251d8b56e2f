"""Scrolling to a row that matters now, and staying there as rows become longer, unless somebody has scrolled away."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QScrollArea

Place = tuple[float, float]
"""From where to where a row reaches, in pixels from the top of what is scrolled."""


class KeptInSight(QObject):
    """Keeps a row of what `area` scrolls in sight; `place` says where it is, and None where there is none.

    `covered` says how many pixels lie under something at the upper edge.
    """

    def __init__(
        self, area: QScrollArea, place: Callable[[], Place | None], covered: Callable[[], int] = lambda: 0
    ) -> None:
        super().__init__(area)
        self._area, self._find, self._covered = area, place, covered
        self._key: object = None
        self._place: Place | None = None
        self._scrolled_to = 0
        """How far that was, last."""
        content = area.widget()
        assert content is not None
        for part in (area.viewport(), content):
            part.installEventFilter(self)

    def follow(self, key: object) -> None:
        """What is to be seen is the row of that key, wherever it is now: another one is scrolled to at once."""
        place = self._find()
        if place is not None and (key != self._key or (self._is_left_alone and place != self._place)):
            self._key = key
            QTimer.singleShot(0, self, self._show)  # once its place is laid out

    @property
    def _is_left_alone(self) -> bool:
        """Nobody has scrolled since the row was scrolled to last, as far as there is that much to scroll."""
        bar = self._area.verticalScrollBar()
        return bar.value() == min(self._scrolled_to, bar.maximum())

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """In another height it may be elsewhere."""
        if event.type() == QEvent.Type.Resize and self._is_left_alone:
            QTimer.singleShot(0, self, self._show)
        return False

    def _show(self) -> None:
        """Scroll no further than needed for all of the row, or its beginning, to be seen."""
        self._place, bar = self._find(), self._area.verticalScrollBar()
        if self._place is not None:
            top, bottom = map(round, self._place)
            for _ in range(2):  # as it is scrolled, more may come to be covered
                bar.setValue(min(max(bar.value(), bottom - self._area.viewport().height()), top - self._covered()))
        self._scrolled_to = bar.value()
