"""The menus Device, Parallelism and Precision: what there is, what is in force, and what is not here and why.

Choosing an entry asks for the mode that differs from the present one in that respect only. The tick marks what is in
force; it moves when the run has shifted, not when it was asked to.
"""

from collections.abc import Callable
from functools import partial
from math import prod

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from engine.config.cards import techniques
from engine.config.catalogue import combinations
from engine.config.fits import WorkloadFacts, facts_of, why_not
from engine.config.hardware import HardwareReport
from engine.config.mode import PRECISIONS, ComputeMode, cores, make_mode
from engine.config.mode_names import name_of
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec
from engine.config.technique_card import MAXIMUM_RANKS, OptionCard, TechniqueCard
from engine.errors import Reason, RequestError
from gui.model.intents import Shift
from gui.model.mode_choice import (
    all_threads,
    is_code,
    kept_of,
    other,
    same_mode,
    single,
    spread,
    with_degree,
    with_option,
)
from gui.text.engine_text import engine_text
from gui.text.thread_words import as_it_is, shared_title, threads_title
from gui.window.greyed import name_entry
from gui.window.mode_text_dialog import ModeTextDialog
from gui.window.ranks_dialog import RanksDialog

THREADS_LISTED = 16


class ModeMenus(QObject):
    """Fills three menus and keeps their ticks true: from the first `show` on, when the window is painted already."""

    intent = Signal(object)
    told = Signal(str)
    """A sentence on what was chosen, where the mode stays as it is."""

    def __init__(self, device: QMenu, parallelism: QMenu, precision: QMenu) -> None:
        super().__init__()
        self._mode = parse_mode("cpu,threads=1")
        self._hardware: HardwareReport | None = None
        self._problem = ""
        self._trained: tuple[str, dict[str, int | float | str], int] | None = None
        """The workload, its knobs, and the samples in a batch."""
        self._menus = {"device": device, "parallelism": parallelism, "precision": precision}
        self._groups: list[QActionGroup] = []
        self._has_all = False
        """All threads were chosen last: a single process has them again after ranks that shared them out."""
        self._keeping: set[QAction] = set()
        """Entries that keep of the mode in force what they do not tell."""
        self._threads: dict[QAction, int] = {}
        """Entries for so many threads."""
        self._choices: list[tuple[QAction, Callable[[ComputeMode], ComputeMode]]] = []
        for menu in self._menus.values():
            menu.setToolTipsVisible(True)

    def show(
        self, mode: str, hardware: HardwareReport | None, problem: str, spec: RunSpec, batch_size: int | None = None
    ) -> None:
        """What is in force, what the machine has (None: torch is loading, or why it cannot), and what is trained.

        `batch_size` is the one in force, where it is another one than that of `spec`.
        """
        new = parse_mode(mode) if mode else self._mode
        if new != self._mode or not self._choices:
            self._note_threads(new)
        trained, self._trained = self._trained, (spec.workload, spec.knobs, batch_size or spec.batch_size)
        if not self._choices or (hardware, problem) != (self._hardware, self._problem):
            self._hardware, self._problem = hardware, problem
            self._mode = new
            self._build()
        elif new != self._mode or trained != self._trained:
            self._mode = new
            self._tick()

    def _build(self) -> None:
        self._choices, self._groups, self._keeping, self._threads = [], [], set(), {}
        for menu in self._menus.values():
            menu.clear()
            for submenu in menu.findChildren(QMenu):  # `clear` takes their entries out, but keeps them
                submenu.setParent(None)
                submenu.deleteLater()
        self._build_device()
        self._build_parallelism()
        self._build_precision()
        self._tick()

    def _build_device(self) -> None:
        menu, group = self._menus["device"], self._group()
        count = cores()
        listed = range(1, count + 1) if count <= THREADS_LISTED else [2**n for n in range(count.bit_length())]
        for threads in sorted({*listed, count}):
            all_or_some = partial(all_threads, count=count), partial(other, device="cpu", threads=threads)
            action = self._add(menu, group, threads_title(self, threads, count), all_or_some[threads < count])
            self._threads[action] = threads
            action.triggered.connect(partial(self._take_threads, threads))
        for card in filter(is_code, techniques().values()):
            assert card.option is not None
            menu.addSection(engine_text(card.title))
            self._add_values(menu, group, card, card.option)
        menu.addSeparator()
        if self._hardware is None:
            loading = self.tr("Accelerators: torch is still loading …")
            unknown = self.tr("Accelerators: unknown, for torch could not be loaded") if self._problem else loading
            waiting = menu.addAction(unknown)
            waiting.setToolTip(engine_text(self._problem) or loading)
            waiting.setEnabled(False)
            return
        for device in self._hardware.devices:
            if device.device == "cpu":
                continue
            title = f"{engine_text(device.name)} ({device.device})"
            if device.available and not device.tested:
                title += self.tr(" · untested with Gearshift")
            self._add(menu, group, title, partial(other, device=device.device, threads=None))

    def _build_parallelism(self) -> None:
        menu, group = self._menus["parallelism"], self._group()
        for card in techniques().values():
            if not card.key:
                action = self._add(menu, group, engine_text(card.title), self._single)
                self._keeping.add(action)
                action.setToolTip(engine_text(card.summary))
                menu.addSeparator()
                continue
            if is_code(card):
                continue  # it stands among the devices
            title = engine_text(card.title)
            own = menu.addMenu(title)
            own.setToolTipsVisible(True)
            own.menuAction().setToolTip(self._told(card))
            if card.option is not None:
                self._add_values(own, group, card, card.option)
                continue
            for degree in card.offered:
                action = self._add(
                    own, group, self._crowded(f"{title} ×{degree}", degree), with_degree(card.key, degree)
                )
                action.setToolTip(self._told(card))
                self._keeping.add(action)
            more = own.addAction(self.tr("Other number of ranks …"))
            more.triggered.connect(partial(self._ask_degree, card))
            for option in card.options:
                own.addSection(engine_text(option.title))
                self._add_values(own, group, card, option)
        menu.addSeparator()
        combined = menu.addMenu(self.tr("Combined"))
        combined.setToolTipsVisible(True)
        for degrees in combinations():
            title = " · ".join(f"{engine_text(techniques()[key].title)} ×{n}" for key, n in degrees.items())
            ranks = prod(degrees.values())
            self._keeping.add(self._add(combined, group, self._crowded(title, ranks), partial(spread, degrees=degrees)))
        menu.addSeparator()
        menu.addAction(self.tr("Mode as text …")).triggered.connect(self._ask_text)

    def _told(self, card: TechniqueCard) -> str:
        """What a technique does, and how its mathematics is another one, where it is."""
        if card.exact:
            return engine_text(card.summary)
        differs = self.tr("Not exact: {how}").format(how=engine_text(card.differs))
        return f"{engine_text(card.summary)}\n{differs}"

    def _add_values(self, menu: QMenu, group: QActionGroup, card: TechniqueCard, option: OptionCard) -> None:
        """An entry for each value that an option offers."""
        for value in option.values:
            words = option.words.get(str(value))
            title = f"{option.key} = {value}" if words is None else engine_text(words)
            action = self._add(menu, group, title, partial(with_option, card, option.key, value))
            action.setToolTip(engine_text(option.help))

    def _ask_degree(self, card: TechniqueCard) -> None:
        parent, title = self._menus["parallelism"].window(), engine_text(card.title)
        present = max(card.minimum, self._mode.degree(card.key))
        limits = card.minimum, min(card.maximum, MAXIMUM_RANKS)
        dialog = RanksDialog(parent, title, present, limits, partial(self._why_not_ranks, card))
        dialog.chosen.connect(lambda degree: self._choose(with_degree(card.key, degree)))
        dialog.open()

    def _why_not_ranks(self, card: TechniqueCard, degree: int) -> str:
        """Why a technique cannot be had over so many ranks; "" if it can."""
        reason = self._why_not(with_degree(card.key, degree)(self._mode), self._facts())
        return engine_text(reason) if reason else ""

    def _ask_text(self) -> None:
        example = next((make_mode("cpu", degrees, {}).text for degrees in combinations()), self._mode.text)
        dialog = ModeTextDialog(self._menus["parallelism"].window(), self._mode.text, example, self._why_not_text)
        dialog.chosen.connect(lambda text: self.intent.emit(Shift(text)))
        dialog.open()

    def _why_not_text(self, text: str) -> str:
        """Why no mode of this text can be had; "" if it can."""
        try:
            mode = parse_mode(text)
        except RequestError as error:
            return engine_text(error.sentence)
        reason = self._why_not(mode, self._facts())
        return engine_text(reason) if reason else ""

    @property
    def _workload(self) -> str:
        return self._trained[0] if self._trained else ""

    def _facts(self) -> WorkloadFacts | None:
        return facts_of(*self._trained[:2]) if self._trained else None

    def _why_not(self, mode: ComputeMode, facts: WorkloadFacts | None) -> Reason | None:
        return why_not(mode, facts, self._hardware, self._trained[2] if self._trained else None)

    def _crowded(self, title: str, ranks: int) -> str:
        if ranks <= cores():
            return title
        return title + self.tr(" · {ranks} ranks share {cores} cores").format(ranks=ranks, cores=cores())

    def _build_precision(self) -> None:
        menu, group = self._menus["precision"], self._group()
        titles = {
            "fp64": self.tr("fp64 · double, for comparing"),
            "fp32": self.tr("fp32 · single"),
            "bf16": self.tr("bf16 · mixed, 8 bits of exponent"),
            "fp16": self.tr("fp16 · mixed, with loss scaling"),
        }
        for name in PRECISIONS:
            self._add(menu, group, titles[name], partial(other, precision=name))

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

    def _take_threads(self, threads: int, _checked: bool = False) -> None:
        """Note whether all were chosen. Where ranks have as many already, what that means is told."""
        self._has_all, mode, each = threads == cores(), self._mode, self._mode.threads_per_rank
        self._tick()
        has_as_many = each == (all_threads(mode, threads).threads_per_rank if self._has_all else threads)
        if mode.world_size == 1 or mode.device != "cpu" or not has_as_many:
            return
        self.told.emit(as_it_is(self, each, threads, is_all=self._has_all))

    def _note_threads(self, mode: ComputeMode) -> None:
        """A single process tells whether all threads are wanted; ranks that share them out do not."""
        if mode.world_size == 1 and mode.device == "cpu":
            self._has_all = mode.threads_per_rank == cores()

    def _single(self, mode: ComputeMode) -> ComputeMode:
        return single(mode, cores() if self._has_all and mode.world_size > 1 else None)

    def _tick(self) -> None:
        facts = self._facts()
        for action, change in self._choices:
            wanted = change(self._mode)
            # A parallelism divides the threads anew, but their number does not make it another one.
            as_many = wanted.threads or (None if action in self._threads else self._mode.threads)
            action.setChecked(same_mode(other(wanted, threads=as_many), self._mode))
            reason = self._why_not(wanted, facts)
            name, tip = action.data() or (action.text(), action.toolTip())
            action.setData((name, tip))  # what is said when nothing is in the way
            if self._threads.get(action) == cores() > 1 < wanted.world_size:
                name = shared_title(self, name, wanted.threads_per_rank)
            if action in self._keeping and kept_of(wanted):
                keeps = self.tr("Keeps what is set: {mode}").format(mode=name_of(wanted, self._workload))
                tip = f"{tip}\n{keeps}" if tip and tip != name else keeps
            told = (engine_text(reason), tip, engine_text(reason.brief)) if reason else ("", tip)
            name_entry(action, name, *told)
        same = [action for action in self._threads if action.isChecked()]  # all, shared out, may be as many
        for action in same[:-1] if self._has_all else same[1:]:
            action.setChecked(False)
