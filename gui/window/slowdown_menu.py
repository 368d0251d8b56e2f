"""Tools to make trouble on purpose: slow down a rank, throttle the link, break a rank; the class sees what follows.

A slowdown is marked as such on every plot, and ends with the segment.
"""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from gui.model.intents import BreakRank, SlowDown

FACTORS = (2.0, 4.0)
DELAYS_S = (0.001, 0.005, 0.020)


class SlowdownMenus(QObject):
    """Three submenus with an entry a rank, and one entry that ends it all."""

    intent = Signal(object)

    def __init__(self, tools: QMenu) -> None:
        super().__init__()
        self._slow = tools.addMenu(self.tr("Slow down a rank"))
        self._link = tools.addMenu(self.tr("Slow down the link"))
        self._break = tools.addMenu(self.tr("Break a rank"))
        self._free = tools.addAction(self.tr("No slowdown any more"))
        self._free.triggered.connect(lambda: self.intent.emit(SlowDown()))
        self._ranks = -1
        self.show(0)

    def show(self, ranks: int) -> None:
        """How many ranks compute now; 0: none, and nothing to do here."""
        if ranks == self._ranks:
            return
        self._ranks = ranks
        for menu in (self._slow, self._link, self._break):
            menu.clear()
            menu.setEnabled(ranks > 0)
        self._link.setEnabled(ranks > 1)
        self._free.setEnabled(ranks > 0)
        phases = {
            "compute": self.tr("forward and backward"),
            "forward": self.tr("forward only"),
            "backward": self.tr("backward only"),
        }
        faults = {
            "kill": self.tr("kill it (SIGKILL)"),
            "freeze": self.tr("freeze it (SIGSTOP)"),
            "exception": self.tr("let it raise an error"),
        }
        for rank in range(ranks):
            for phase, words in phases.items():
                for factor in FACTORS if phase == "compute" else FACTORS[1:]:
                    text = self.tr("Rank {rank}: {phase} × {factor}").format(
                        rank=rank, phase=words, factor=f"{factor:g}"
                    )
                    self._add(self._slow, text, SlowDown(rank=rank, phase=phase, factor=factor))
            for how, words in faults.items():
                self._add(
                    self._break, self.tr("Rank {rank}: {fault}").format(rank=rank, fault=words), BreakRank(rank, how)
                )
        for delay_s in DELAYS_S:
            text = self.tr("Every message {delay} ms later").format(delay=f"{delay_s * 1000:g}")
            self._add(self._link, text, SlowDown(delay_s=delay_s))

    def _add(self, menu: QMenu, text: str, intent: SlowDown | BreakRank) -> None:
        menu.addAction(text).triggered.connect(lambda: self.intent.emit(intent))
