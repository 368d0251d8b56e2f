"""Before ranks or threads are started in a crowd, many more than there are cores, it is asked whether that is meant.

Shift, Play  ->  more than four ranks a core?    ->  what they take of memory is worked out (an errand)
                 more than four threads a core?  ->  no memory to speak of: it is asked at once
                                                 ->  OK: as was wanted, and not asked again · Cancel: nothing happens
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from engine.config.mode import ComputeMode, cores
from engine.config.spec import RunSpec
from gui.errand import Errands
from gui.model.intents import Intent
from gui.window.settings import Settings

if TYPE_CHECKING:
    from engine.ipc.reports import Planned
    from engine.session.starter import RankStarter

RANKS_A_CORE = 4
THREADS_A_CORE = 4
"""Of all ranks together."""


class Crowd(QObject):
    """Asks once for each mode; `agreed` is emitted with what was wanted."""

    agreed = Signal(object)

    def __init__(
        self, window: QWidget, errands: Errands, settings: Settings, front: Callable[[], QWidget | None]
    ) -> None:
        """`front` is what lies over the window just now, in whose letters it is asked then; None: nothing does."""
        super().__init__(window)
        self._front = front
        self._window, self._errands, self._settings = window, errands, settings
        self._agreed: set[str] = set()

    def asks(self, mode: ComputeMode, spec: RunSpec, intent: Intent, starter: "RankStarter | None") -> bool:
        """True if it has to be asked first whether `mode` is meant: then nothing is to be done of `intent` now."""
        if mode.text in self._agreed or starter is None:
            return False
        if mode.world_size <= RANKS_A_CORE * cores():
            is_crowd = mode.world_size * mode.threads_per_rank > THREADS_A_CORE * cores()
            if is_crowd:
                self._ask(self.tr("Many threads"), self._of_threads(mode), mode, intent)
            return is_crowd

        def work() -> "Planned":
            from engine.session.estimate import memory_of

            return memory_of(starter, spec, mode, is_evaluated=self._settings.is_evaluated)

        words = self.tr("how much memory {ranks} ranks take …").format(ranks=mode.world_size)

        def ask(planned: "Planned") -> None:
            self._ask(self.tr("Many ranks"), self._of_ranks(mode, planned), mode, intent)

        self._errands.send(words, work, done=ask)
        return True

    def _of_threads(self, mode: ComputeMode) -> str:
        template = (
            self.tr(
                "{mode}: {threads} threads share one core. No more than one computes at a time: the others wait their "
                "turn, and steps may take longer than with fewer."
            )
            if cores() == 1
            else self.tr(
                "{mode}: {threads} threads share {cores} cores. No more than {cores} compute at a time: the others "
                "wait their turn, and steps may take longer than with fewer."
            )
        )
        threads = mode.world_size * mode.threads_per_rank
        return template.format(mode=mode.words, threads=f"{threads:,}", cores=cores())

    def _of_ranks(self, mode: ComputeMode, planned: "Planned") -> str:
        template = (
            self.tr(
                "{mode}: {ranks} ranks on one core take up to {needed} GiB of memory; {free} GiB are free. They get in "
                "each other's way, and it takes a while until all are ready."
            )
            if cores() == 1
            else self.tr(
                "{mode}: {ranks} ranks on {cores} cores take up to {needed} GiB of memory; {free} GiB are free. They "
                "get in each other's way on the cores, and it takes a while until all are ready."
            )
        )
        return template.format(
            mode=mode.name,
            ranks=mode.world_size,
            cores=cores(),
            needed=f"{planned.needed_bytes / 2**30:.1f}",
            free=f"{planned.free_bytes / 2**30:.1f}",
        )

    def _ask(self, title: str, text: str, mode: ComputeMode, intent: Intent) -> None:
        buttons = QMessageBox.StandardButton.Ok | QMessageBox.StandardButton.Cancel
        box = QMessageBox(QMessageBox.Icon.Question, title, text, buttons, self._front() or self._window)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.accepted.connect(self._then(mode, intent))
        box.open()

    def _then(self, mode: ComputeMode, intent: Intent) -> Callable[[], None]:
        def go() -> None:
            self._agreed.add(mode.text)
            self.agreed.emit(intent)

        return go
