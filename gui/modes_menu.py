"""The menus Device, Parallelism and Precision: what there is, what is in force, and what is not here and why.

Choosing an entry asks for the mode that differs from the present one in that respect only. The tick marks what is in
force; it moves when the run has shifted, not when it was asked to.
"""

from collections.abc import Callable
from functools import partial

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from engine.cards import techniques
from engine.hardware import HardwareReport, why_not
from engine.mode import PRECISIONS, ComputeMode, cores, parse_mode
from gui.engine_text import engine_text
from gui.intents import Shift

THREADS_LISTED = 16


class ModeMenus(QObject):
    """Fills three menus and keeps their ticks true."""

    intent = Signal(object)

    def __init__(self, device: QMenu, parallelism: QMenu, precision: QMenu) -> None:
        super().__init__()
        self._mode = parse_mode("cpu,threads=1")
        self._hardware: HardwareReport | None = None
        self._menus = {"device": device, "parallelism": parallelism, "precision": precision}
        self._groups: list[QActionGroup] = []
        self._choices: list[tuple[QAction, Callable[[ComputeMode], ComputeMode]]] = []
        for menu in self._menus.values():
            menu.setToolTipsVisible(True)
        self._build()

    def show(self, mode: str, hardware: HardwareReport | None) -> None:
        """What is in force, and what the machine has (None: torch is still loading)."""
        new = parse_mode(mode) if mode else self._mode
        if hardware is not self._hardware:
            self._hardware = hardware
            self._mode = new
            self._build()
        elif new != self._mode:
            self._mode = new
            self._tick()

    def _build(self) -> None:
        self._choices = []
        self._groups = []
        for menu in self._menus.values():
            menu.clear()
        self._build_device()
        self._build_parallelism()
        self._build_precision()
        self._tick()

    def _build_device(self) -> None:
        menu, group = self._menus["device"], self._group()
        count = cores()
        listed = range(1, count + 1) if count <= THREADS_LISTED else [2**n for n in range(count.bit_length())]
        for threads in sorted({*listed, count}):
            title = (
                self.tr("CPU · {n} thread(s) a rank").format(n=threads)
                if threads < count
                else self.tr("CPU · all {n} threads").format(n=threads)
            )
            self._add(menu, group, title, partial(_replace, device="cpu", threads=threads))
        menu.addSeparator()
        if self._hardware is None:
            waiting = menu.addAction(self.tr("Accelerators: torch is still loading …"))
            waiting.setEnabled(False)
            return
        for device in self._hardware.devices:
            if device.device == "cpu":
                continue
            title = f"{engine_text(device.name)} ({device.device})"
            if device.available and not device.tested:
                title += self.tr(" · untested with Gearshift")
            if not device.available:
                title += f" · {engine_text(device.reason)}"
            self._add(menu, group, title, partial(_replace, device=device.device, threads=None))

    def _build_parallelism(self) -> None:
        menu, group = self._menus["parallelism"], self._group()
        for card in techniques().values():
            if not card.key:
                action = self._add(menu, group, engine_text(card.title), partial(_replace, degrees=()))
                action.setToolTip(engine_text(card.summary))
                continue
            menu.addSection(engine_text(card.title))
            for degree in card.offered:
                crowded = degree > cores()
                title = f"{engine_text(card.title)} ×{degree}"
                if crowded:
                    title += self.tr(" · {ranks} ranks share {cores} cores").format(ranks=degree, cores=cores())
                action = self._add(
                    menu,
                    group,
                    title,
                    partial(_replace, degrees=((card.key, degree),), threads=None),
                )
                action.setToolTip(engine_text(card.summary))

    def _build_precision(self) -> None:
        menu, group = self._menus["precision"], self._group()
        titles = {
            "fp64": self.tr("fp64 · double, for comparing"),
            "fp32": self.tr("fp32 · single"),
            "bf16": self.tr("bf16 · mixed, 8 bits of exponent"),
            "fp16": self.tr("fp16 · mixed, with loss scaling"),
        }
        for name in PRECISIONS:
            self._add(menu, group, titles[name], partial(_replace, precision=name))

    def _group(self) -> QActionGroup:
        group = QActionGroup(self)
        group.setExclusive(False)  # the tick shows what is in force, so a click alone may not move it
        self._groups.append(group)
        return group

    def _add(
        self, menu: QMenu, group: QActionGroup, title: str, change: Callable[[ComputeMode], ComputeMode]
    ) -> QAction:
        action = menu.addAction(title)
        action.setCheckable(True)
        group.addAction(action)
        action.triggered.connect(lambda: self._choose(change))
        self._choices.append((action, change))
        return action

    def _choose(self, change: Callable[[ComputeMode], ComputeMode]) -> None:
        self._tick()
        self.intent.emit(Shift(change(self._mode).text))

    def _tick(self) -> None:
        for action, change in self._choices:
            wanted = change(self._mode)
            action.setChecked(_same(wanted, self._mode))
            reason = why_not(self._hardware, wanted) if self._hardware is not None else ""
            action.setEnabled(not reason)
            if reason:
                action.setToolTip(engine_text(reason))


def _same(one: ComputeMode, other: ComputeMode) -> bool:
    """Equal when defaults are worked out: `cpu` on two cores is `cpu,threads=2`."""
    resolved = [
        (mode.device, mode.threads_per_rank if mode.device == "cpu" else 0, mode.precision, mode.degrees)
        for mode in (one, other)
    ]
    return resolved[0] == resolved[1]


def _replace(mode: ComputeMode, **changes: object) -> ComputeMode:
    return msgspec.structs.replace(mode, **changes)
