"""The window: menus, toolbar, panels in their places. It shows the store and emits intents; it decides nothing."""

from math import inf
from typing import Any

from PySide6.QtCore import QEvent, QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QInputDialog, QMainWindow, QMessageBox

from engine.config.mode_text import parse_mode
from engine.errors import RequestError
from gui.look.icons import make_icon
from gui.look.view import PlotView
from gui.model.intents import Pause, Play, Reset, Step
from gui.model.store import Store
from gui.panels import discover
from gui.panels.base import Panel
from gui.text.engine_text import engine_text
from gui.widgets.verdict_line import VerdictLine
from gui.window.actions import add_strip, make_action, show_box
from gui.window.banner import Banner
from gui.window.control_keys import ControlKeys
from gui.window.data_menu import DataMenu
from gui.window.docks import Docks
from gui.window.file_menu import FileMenu
from gui.window.going_back import go_back
from gui.window.help_menu import HelpMenu
from gui.window.menu_reasons import MenuReasons
from gui.window.modes_menu import ModeMenus
from gui.window.pace_menu import PaceMenu
from gui.window.presenting import Presenting
from gui.window.settings import Settings
from gui.window.status_line import StatusLine
from gui.window.stop_action import StopAction
from gui.window.toolbar import RunBar
from gui.window.tools_menu import ToolsMenu
from gui.window.view_menu import ViewMenu

FIRST_SIZE = QSize(1280, 800)
FRAME = QSize(4, 36)
"""What a window manager puts around the window."""


class Window(QMainWindow):
    """Built once. `refresh` draws what changed; `intent` is what the user wants; `closing` is the last word."""

    intent = Signal(object)
    closing = Signal()

    def __init__(self, settings: Settings, store: Store) -> None:
        super().__init__()
        self.settings = settings
        self.store = store
        self.view = PlotView()
        self.may_close = False
        self._pauses = False
        """Pause was pressed, and the run does not say so yet: while it starts or shifts that may take a while."""
        self.setWindowTitle("Gearshift")
        self.setDockNestingEnabled(True)
        self._make_run_actions()
        self.docks = Docks(self, discover(), self.view, store)
        self.docks.intent.connect(self.intent)
        self.verdict = VerdictLine()
        self.banner = Banner(self.verdict)
        for line in (self.verdict, self.banner):
            line.intent.connect(self.intent)
        self._make_menus()
        names = (self.tr("Play"), self.tr("Pause"))
        self._bar = RunBar(self._reset, self._play, self._step, self._pace.menu.menuAction(), names)
        self.addToolBar(self._bar)
        add_strip(self, "verdict-bar", self.tr("Verdict"), self.verdict)
        self.status = StatusLine()
        self.setStatusBar(self.status)
        self.keys = ControlKeys(self)
        self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize() - FRAME))
        self._default_state = self.saveState()
        geometry, state = settings.layout()
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)
        self._is_laid_out = not state.isEmpty() and self.restoreState(state, self.docks.version)
        self._icons()
        self.docks.fit()

    @property
    def panels(self) -> list[Panel]:
        """All panels, by area and order; those that nobody has seen yet are built for it."""
        return self.docks.panels

    def panel(self, panel_id: str) -> Any:
        """The panel whose `panel_id` this is, built if nobody has seen it yet."""
        return self.docks.panel(panel_id)

    # Building --------------------------------------------------------------------------------------------------------

    def _make_run_actions(self) -> None:
        self._play = make_action(self, self.tr("Play"), ["Space"], self._play_or_pause, self.tr("Start, pause, go on"))
        self._play.setWhatsThis(self.tr("Play or pause"))
        self._step = make_action(
            self, self.tr("Step"), ["S"], lambda: self._make_steps(1), self.tr("One step, then pause")
        )
        make_action(self, self.tr("Step, where the run pauses"), ["Right"], self._step_on)
        self._reset = make_action(
            self,
            self.tr("Reset"),
            ["R"],
            lambda: self.intent.emit(Reset()),
            self.tr("A new run, at step 0; this one is kept"),
        )
        self._stop = StopAction(self, self.intent)
        make_action(self, self.tr("Back: a window, a field, a floating panel, full screen"), ["Esc"], self._go_back)

    def _make_menus(self) -> None:
        bar = self.menuBar()
        FileMenu(self, bar.addMenu(self.tr("&File")), self.store).intent.connect(self.intent)
        run = bar.addMenu(self.tr("&Run"))
        run.addActions([self._play, self._step])
        run.addAction(make_action(self, self.tr("Run N steps …"), ["Ctrl+R"], self._run_steps))
        self._pace = PaceMenu(run, self.intent)
        run.addActions([self._reset, self._stop.action])
        modes = [bar.addMenu(title) for title in (self.tr("&Device"), self.tr("&Parallelism"), self.tr("Pre&cision"))]
        self._modes = ModeMenus(*modes)
        self._modes.intent.connect(self.intent)
        self._modes.told.connect(self._tell_words)
        DataMenu(self, bar.addMenu(self.tr("D&ata")), self.store).intent.connect(self.intent)
        view = bar.addMenu(self.tr("&View"))
        self.look = ViewMenu(self, view, self.settings, self.docks.by_id, self._reset_layout, self.docks.bring)
        self.look.applying.connect(self.docks.note_heights)
        self.look.applied.connect(self.docks.fit)  # before Qt makes the window larger for larger text
        self.presenting = Presenting(self, view, self.store, self.view, modes, docks=self.docks)
        self.presenting.intent.connect(self.intent)
        self.presenting.entered.connect(self.docks.cover)
        self.presenting.entered.connect(self.verdict.close_why)
        self.presenting.left.connect(self.refresh)
        is_evaluated = self.settings.is_evaluated
        self.tools = ToolsMenu(self, bar.addMenu(self.tr("&Tools")), self._is_computing, is_evaluated=is_evaluated)
        self.presenting.take_tools(self.tools)
        self.help = HelpMenu(self, bar.addMenu(self.tr("&Help")), self.store, self.presenting)
        self.docks.help_wanted.connect(self.help.show_page)
        self._reasons = MenuReasons(bar, self.presenting.tell_entry)

    # Showing ---------------------------------------------------------------------------------------------------------

    def refresh(self, until_s: float = inf) -> None:
        """Ask panels that are seen, and whose topics changed, to draw (`Docks.refresh`); bring menus up to date."""
        if self.presenting.layout is not None:
            self.presenting.layout.refresh()
            self.docks.cover()
            self._show_menus()
            self._name_play()
        else:
            self.docks.refresh(until_s)
            self._show_menus()
            self._show_bars()

    def _show_menus(self) -> None:
        run, ahead = self.store.live, self.store.next_play
        is_breakable = run.segments and not run.is_replay and not ahead
        ranks = len(run.segments[-1].ranks) if is_breakable else 0
        self.tools.show(self.store.hardware, self.store.torch_problem, ranks, run.slowdown if ranks else None)
        self._pace.show(self.store)
        self._stop.show(self.store)
        self._show_modes()

    def _show_modes(self) -> None:
        store, run, ahead = self.store, self.store.live, self.store.next_play
        mode = ahead.mode if ahead else run.mode or store.set_up.mode
        spec = store.set_up if run.spec is None or (ahead and ahead.is_new) else run.spec
        self._modes.show(mode, store.hardware, store.torch_problem, spec, (ahead or run).batch_size)

    def _show_bars(self) -> None:
        store, run = self.store, self.store.live
        self._pauses &= run.is_running
        self._name_play()
        self.verdict.refresh(store)
        self.banner.refresh(store)
        self._bar.refresh(store)
        self._show_status()

    def _show_status(self) -> None:
        mode_words = self.store.live.mode_words or parse_mode(self.store.set_up.mode).words
        self.status.refresh(self.store, mode_words, is_pausing=self._pauses)

    def _name_play(self) -> None:
        """The button says what it does next."""
        running = self._is_playing()
        title = self.tr("Pause") if running else self.tr("Play")
        if self._play.text() != title:
            self._play.setText(title)
            self._play.setIcon(make_icon("pause" if running else "play", self.palette()))

    def say(self, text: str) -> None:
        """A sentence in a box: something that was asked for cannot be. The same one is not said twice at a time."""
        for box in self.findChildren(QMessageBox):
            if box.isVisible() and box.text() == text:
                box.raise_()
                return
        show_box(self.presenting.layout or self, "Gearshift", text, QMessageBox.Icon.Warning)

    def tell(self, error: Exception) -> None:
        """A sentence in passing: something that nobody asked for just now cannot be."""
        self._tell_words(self.words_of(error))

    def _tell_words(self, words: str) -> None:
        layout = self.presenting.layout
        self.status.tell(words, self.store.live) if layout is None else layout.tell(words)

    def words_of(self, error: Exception) -> str:
        """What went wrong, as a sentence for people."""
        if isinstance(error, RequestError):
            return engine_text(error.sentence)
        if isinstance(error, OSError):
            return self.tr("{file}: {why}").format(file=error.filename or "", why=error.strerror)
        return str(error)

    # Acting ----------------------------------------------------------------------------------------------------------

    def _is_playing(self) -> bool:
        """Steps are made, or will be, unless it is told otherwise."""
        return self.store.live.is_running and not self._pauses

    def _play_or_pause(self) -> None:
        if self.presenting.plays_replay():
            return
        self.keys.give_back()  # what is still being typed counts
        self._pauses = self._is_playing()
        self.intent.emit(Pause() if self._pauses else Play())
        self._name_play()
        self._show_status()

    def _make_steps(self, count: int) -> None:
        self.keys.give_back()
        self.intent.emit(Step(count))

    def _step_on(self) -> None:
        """One step by the key that a clicker sends too: what goes on is not stopped by it, and nothing begins."""
        run = self.store.live
        if run.segments and (run.status == "paused" or self._pauses):
            self._make_steps(1)
        else:
            self.status.tell(self.tr("→ makes a step where a run pauses; S makes one at any time, and pauses then."))

    def _run_steps(self) -> None:
        count, accepted = QInputDialog.getInt(
            self, self.tr("Run N steps"), self.tr("Make exactly this many steps, then pause:"), 100, 1, 2_000_000_000
        )
        if accepted:
            self._make_steps(count)

    def _go_back(self) -> None:
        go_back(self, self.presenting, self.keys)

    def _is_computing(self) -> bool:
        return not self.store.live.is_replay and self.store.live.is_running

    def _reset_layout(self) -> None:
        for dock in self.docks.by_id.values():
            dock.show()
        self.restoreState(self._default_state)
        self.docks.take_first_sizes()

    # Qt's own --------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """The first time: what is seen of the store is shown as it is painted, and now there is a size to divide."""
        super().showEvent(event)
        self.docks.refresh()
        self._show_bars()
        if not self._is_laid_out:
            self._is_laid_out = True
            self.docks.take_first_sizes()
        else:
            self.docks.keep_sizes()
        QTimer.singleShot(0, self.docks, self.docks.hide_left_bars)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The application stops the run first, and closes the window when that is done."""
        if self.may_close:
            self.presenting.leave()
            self.settings.save_layout(self.saveGeometry(), self.docks.state)
            event.accept()
            return
        event.ignore()
        if not self.presenting.asks_first(self.closing.emit):
            self.closing.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the icons anew in the colours of another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_stop"):
            self._icons()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """With less room, or more, docks may have to lie otherwise."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self.docks, self.docks.fit)

    def _icons(self) -> None:
        names = {self._play: "pause" if self._is_playing() else "play", self._step: "step", self._reset: "reset"}
        for action, name in (names | {self._stop.action: "stop", self._pace.menu.menuAction(): "pace"}).items():
            action.setIcon(make_icon(name, self.palette()))
