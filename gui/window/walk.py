"""The panels that a presenter's keys go through: each has a number for good, whatever a run has to show.

1 Board · 2 Anatomy · 3 Loss · … · 0 Event log       a key past one that has nothing to show says why

The ten keys are for panels that every run has, whatever it trains; behind them comes what only some runs have.
"""

from collections.abc import Mapping

from PySide6.QtCore import QObject

from gui.model.store import Store
from gui.panels.base import Panel

ALWAYS = ("ribbon", "throughput")
"""Panels that are always there, of those that there are, from top to bottom."""
NOT_WALKED = ("setup", *ALWAYS)
"""Panels that are never the chosen one: what is set up is no part of a talk."""
FIRST = ("board", "lanes", "loss", "devices", "shares", "mode-picture", "traffic", "memory", "metric", "log")
"""What has the ten keys, of those that there are: panels of any run. The others come after."""


class Walk(QObject):
    """`names` are in the order of their numbers; it is a QObject only for `tr`."""

    def __init__(self, kinds: Mapping[str, type[Panel]], store: Store) -> None:
        super().__init__()
        self._kinds, self._store = kinds, store
        others = [name for name in kinds if name not in (*NOT_WALKED, *FIRST)]
        self.names = [name for name in (*FIRST, *others) if name in kinds]

    def has_to_show(self, name: str) -> bool:
        """Whether there is anything to be seen in that panel, now or as the run goes on."""
        return self._kinds[name].has_to_show(self._store)

    @property
    def there(self) -> list[str]:
        """All panels that have something to show, in that order."""
        return [name for name in self.names if self.has_to_show(name)]

    def from_there(self, name: str, by: int) -> str:
        """The next one (1) or the one before (-1) that has something to show, round from the last to the first."""
        at = self.names.index(name)
        others = (self.names[at + 1 :] + self.names[:at])[::by]
        return next((other for other in others if self.has_to_show(other)), name)

    def title(self, name: str) -> str:
        """The title of that panel, behind its number."""
        return self.tr("{number}: {title}").format(number=self.names.index(name) + 1, title=self._kinds[name].title())

    def why_not(self, name: str) -> str:
        """Why there is nothing to be seen in that panel, in a sentence."""
        if not self._store.live.segments:
            return self.tr("{panel} has nothing to show before the first step.").format(panel=self.title(name))
        why = self._kinds[name].why_nothing() or self.tr("this run has none of it")
        return self.tr("{panel} has nothing to show: {why}.").format(panel=self.title(name), why=why)
