"""The panels that a presenter's keys go through: each of the ten keys means one panel as long as this is trained.

1 Board · 2 Anatomy · … · 8 Memory          of every run; a key past one that has nothing to show yet says why
9 decision surface, text, or the metric     what the workload learned to do
0 inside the model                          where the workload has a look or a try
no key: event log, bubble, …                in the list, and by PgUp and PgDn

What this workload never has anything for is not among them.
"""

from collections.abc import Mapping

from PySide6.QtCore import QObject

from engine.config.cards import workloads
from gui.model.store import Store
from gui.panels.base import Panel
from gui.window.panel_list import KEYS

ALWAYS = ("ribbon", "throughput")
"""Panels that are always there, of those that there are, from top to bottom."""
NOT_WALKED = ("setup", *ALWAYS)
"""Panels that are never the chosen one: what is set up is no part of a talk."""
FIRST = ("board", "lanes", "loss", "devices", "shares", "mode-picture", "traffic", "memory")
"""What has the first keys, of those that there are: panels of any run."""
METRIC, THEN = "metric", ("inside", "metric", "log")
"""What has the next key where the workload has no picture of its own, and what comes then."""


class Walk(QObject):
    """`names` are in the order of their keys; it is a QObject only for `tr`."""

    def __init__(self, kinds: Mapping[str, type[Panel]], store: Store) -> None:
        super().__init__()
        self._kinds, self._store = kinds, store

    @property
    def names(self) -> list[str]:
        """All panels that what is trained can have something for, those with a key first."""
        run = self._store.live
        card = workloads().get((run.spec.workload if run.spec else run.workload) or self._store.set_up.workload)
        walked = {name: kind for name, kind in self._kinds.items() if name not in NOT_WALKED}
        fit = [name for name, kind in walked.items() if card is None or kind.is_for(card)]
        learned = [name for name in fit if walked[name].card_picture][:1] or [METRIC]
        order = dict.fromkeys([*FIRST, *learned, *THEN, *fit])
        return [name for name in order if name in fit]

    def has_to_show(self, name: str) -> bool:
        """Whether there is anything to be seen in that panel, now or as the run goes on."""
        return self._kinds[name].has_to_show(self._store)

    @property
    def there(self) -> list[str]:
        """All panels that have something to show, in that order."""
        return [name for name in self.names if self.has_to_show(name)]

    def from_there(self, name: str, by: int) -> str:
        """The next one (1) or the one before (-1) that has something to show, round from the last to the first."""
        names = self.names
        at = names.index(name)
        others = (names[at + 1 :] + names[:at])[::by]
        return next((other for other in others if self.has_to_show(other)), name)

    def title(self, name: str) -> str:
        """The title of that panel, behind its key, if it has one."""
        title, key = self._kinds[name].title(), KEYS[(at := self.names.index(name)) : at + 1]
        return self.tr("{number}: {title}").format(number=key, title=title) if key else title

    def why_not(self, name: str) -> str:
        """Why there is nothing to be seen in that panel, in a sentence."""
        if not self._store.live.segments:
            return self.tr("{panel} has nothing to show before the first step.").format(panel=self.title(name))
        why = self._kinds[name].why_nothing() or self.tr("this run has none of it")
        return self.tr("{panel} has nothing to show: {why}.").format(panel=self.title(name), why=why)
