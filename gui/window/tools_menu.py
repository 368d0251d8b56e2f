"""The Tools menu: what this machine has, how fast its links are, what runs beside training, and trouble on purpose."""

import re
from collections.abc import Callable
from html import escape

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QWidget

from engine.config.hardware import HardwareReport, hardware_text
from engine.events.ranks import SlowedDown
from gui.model.intents import Evaluate
from gui.text.engine_text import engine_text
from gui.window.actions import make_action, show_box
from gui.window.side_process import SideProcess
from gui.window.slowdown_menu import SlowdownMenus


class ToolsMenu(QObject):
    """`is_computing` says whether a run would disturb a measurement of the links; `is_evaluated` sets the switch."""

    intent = Signal(object)

    def __init__(self, window: QWidget, menu: QMenu, is_computing: Callable[[], bool], *, is_evaluated: bool) -> None:
        super().__init__(window)
        self._window, self.menu = window, menu
        self._is_computing = is_computing
        self._hardware: HardwareReport | None = None
        self._problem = ""
        menu.addAction(make_action(window, self.tr("Hardware report …"), [], self._show_hardware))
        menu.addAction(make_action(window, self.tr("Measure the links …"), [], self.measure_links))
        menu.addSeparator()
        self.evaluator = make_action(window, self.tr("Evaluator beside training"), [], self._switch_evaluator)
        self.evaluator.setCheckable(True)
        self.evaluator.setChecked(is_evaluated)
        self.evaluator.setToolTip(
            self.tr("Computes validation and pictures, on what training leaves of the cores. Switched at once.")
        )
        menu.setToolTipsVisible(True)
        menu.addAction(self.evaluator)
        menu.addSeparator()
        self._slowdowns = SlowdownMenus(menu)
        self._slowdowns.intent.connect(self.intent)

    @property
    def breaks(self) -> QMenu:
        """The menu of ranks to be broken; empty while none computes."""
        return self._slowdowns.breaks

    def show(
        self, hardware: HardwareReport | None, problem: str, ranks: int, slowdown: SlowedDown | None = None
    ) -> None:
        """What torch has found (None: it loads), or why it cannot; how many ranks can be disturbed, and what is now."""
        self._hardware, self._problem = hardware, problem
        self._slowdowns.show(ranks, slowdown)

    def measure_links(self) -> None:
        """Open the dialog, or bring the open one to the front."""
        from gui.window.links_dialog import LinksDialog  # imported when one is wanted

        for open_one in self._window.findChildren(LinksDialog):
            if open_one.isVisible():
                open_one.raise_()
                return
        dialog = LinksDialog(self._window, self._is_computing)
        dialog.intent.connect(self.intent)
        dialog.show()

    def end(self) -> None:
        """The window goes, and what runs beside it: what is being measured or fetched."""
        for one in self._window.findChildren(SideProcess):
            one.end()

    def _switch_evaluator(self) -> None:
        self.intent.emit(Evaluate(self.evaluator.isChecked()))

    def _show_hardware(self) -> None:
        missing = engine_text(self._problem) or self.tr("torch is still loading; try again in a moment.")
        words = _in_columns(hardware_text(self._hardware)) if self._hardware else missing
        show_box(self._window, self.tr("Hardware report"), words)


def _in_columns(text: str) -> str:
    """Lines whose columns stand below each other by spaces, for letters that are not all as wide: as a table."""
    rows = [re.split(r" {2,}", line.strip(), maxsplit=1) for line in text.splitlines()]
    cells = (f"<td>{escape(row[0])}&nbsp;&nbsp;</td><td>{escape(''.join(row[1:]))}&nbsp;</td>" for row in rows)
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"
