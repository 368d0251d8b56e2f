"""Where the plots lie: what has no room is scrolled to, and in a window of few lines what is seen is their end.

ribbon, legend              seen while there are many lines
loss        |
throughput  |  seen: the throughput whole, before anything above it
"""

from PySide6.QtWidgets import QWidget

from gui.widgets.few_lines import has_few_lines
from gui.widgets.scrolled import Scrolled


class PlotsPlace(Scrolled):
    """Stays at its end, unless somebody has scrolled it."""

    def __init__(self, plots: QWidget) -> None:
        super().__init__(plots)
        self._is_by_hand = False
        bar = self.verticalScrollBar()
        bar.actionTriggered.connect(self._on_hand)
        bar.rangeChanged.connect(self._on_range)

    def _on_hand(self) -> None:
        self._is_by_hand = True

    def _on_range(self, _least: int, most: int) -> None:
        """Something above the plots, or the plots, have another height."""
        if not most:
            self._is_by_hand = False
        elif has_few_lines(self) and not self._is_by_hand:
            self.verticalScrollBar().setValue(most)
