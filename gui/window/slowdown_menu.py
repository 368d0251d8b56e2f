"""Tools to make trouble on purpose: slow down a rank, throttle the link, break a rank; the class sees what follows.

A rank and the link can be slow at once. A tick is at what is in force; choosing it again ends it. A slowdown is marked
as such on every plot, and ends with the segment, as the log and the status line
say then.
"""

from msgspec import structs
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from engine.events.ranks import SlowedDown
from gui.model.intents import BreakRank, SlowDown
from gui.window.greyed import name_entry

FACTORS = (2.0, 4.0)
DELAYS_S = (0.001, 0.005, 0.020)
NONE = SlowDown()


class SlowdownMenus(QObject):
    """Three submenus with an entry a rank, and one entry that ends it all."""

    intent = Signal(object)

    def __init__(self, tools: QMenu) -> None:
        super().__init__()
        self._slow, self._link, self.breaks = (tools.addMenu("") for _ in range(3))
        self._free = tools.addAction("")
        self._free.triggered.connect(lambda: self._ask(NONE))
        self._ranks = -1
        self._told: SlowedDown | None = None
        self._in_force = NONE
        self._chosen = NONE
        """What was asked for last: it takes a step until it is in force, and another choice may come before."""
        self._ticks: list[tuple[QAction, SlowDown]] = []
        self.show(0, None)

    def show(self, ranks: int, slowdown: SlowedDown | None) -> None:
        """How many ranks compute now (0: none, and nothing to do here), and what of them is slow on purpose."""
        if ranks != self._ranks:
            self._ranks = ranks
            self._build()
        elif slowdown is self._told:
            return
        self._told, self._in_force = slowdown, NONE
        if slowdown is not None:
            rank = slowdown.rank if slowdown.factor > 1 else NONE.rank
            phase = slowdown.phase if slowdown.factor > 1 else NONE.phase
            self._in_force = SlowDown(rank=rank, phase=phase, factor=slowdown.factor, delay_s=slowdown.delay_s)
        self._chosen = self._in_force
        self._tick()

    def _build(self) -> None:
        ranks, self._ticks = self._ranks, []
        no_rank = "" if ranks else self.tr("No rank computes: press Play first.")
        no_link = no_rank or ("" if ranks > 1 else self.tr("One rank sends no message."))
        for menu, name, reason in (
            (self._slow, self.tr("Slow down a rank"), no_rank),
            (self._link, self.tr("Slow down the link"), no_link),
            (self.breaks, self.tr("Break a rank"), no_rank),
        ):
            menu.clear()
            name_entry(menu.menuAction(), name, reason)
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
                entry = self.breaks.addAction(self.tr("Rank {rank}: {fault}").format(rank=rank, fault=words))
                fault = BreakRank(rank, how)
                entry.triggered.connect(lambda _=False, fault=fault: self.intent.emit(fault))
        for delay_s in DELAYS_S:
            text = self.tr("Every message {delay} ms later").format(delay=f"{delay_s * 1000:g}")
            self._add(self._link, text, SlowDown(delay_s=delay_s))

    def _add(self, menu: QMenu, text: str, part: SlowDown) -> None:
        entry = menu.addAction(text)
        entry.setCheckable(True)
        entry.triggered.connect(lambda: self._choose(part))
        self._ticks.append((entry, part))

    def _choose(self, part: SlowDown) -> None:
        """Ask for it beside what is slow already; for what is in force: no longer."""
        is_on, chosen = _has(self._chosen, part), self._chosen
        if part.delay_s:
            self._ask(structs.replace(chosen, delay_s=0.0 if is_on else part.delay_s))
        else:
            rank = NONE if is_on else part
            self._ask(structs.replace(rank, delay_s=chosen.delay_s))

    def _ask(self, chosen: SlowDown) -> None:
        self._tick()  # the tick is what is, not what was wished for
        self._chosen = chosen
        self.intent.emit(chosen)

    def _tick(self) -> None:
        for entry, part in self._ticks:
            entry.setChecked(_has(self._in_force, part))
        nothing = "" if self._in_force != NONE else self.tr("Nothing is slow on purpose.")
        name_entry(self._free, self.tr("End the slowdown"), nothing)


def _has(whole: SlowDown, part: SlowDown) -> bool:
    """Whether `part`, a slow rank or a slow link, is in `whole`."""
    if part.delay_s:
        return whole.delay_s == part.delay_s
    return (whole.rank, whole.phase, whole.factor) == (part.rank, part.phase, part.factor)
