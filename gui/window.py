"""The window: menus, toolbar, panels in their places. It shows the store and emits intents; it decides nothing."""

from pathlib import Path
from typing import Any
from zlib import crc32

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QDockWidget,
    QFileDialog,
    QInputDialog,
    QMainWindow,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QSplitter,
    QStatusBar,
    QWidget,
)

from engine.events import ShiftFailed
from engine.hardware import HardwareReport, hardware_text
from engine.mode import parse_mode
from engine.spec import RunSpec, make_spec
from gui.hindrance_menu import HindranceMenus
from gui.intents import ExportCurves, NewSetUp, OpenRecord, OpenSpec, Pause, Play, Reset, SaveSpec, Step, Stop
from gui.links_dialog import LinksDialog
from gui.modes_menu import ModeMenus
from gui.panel import Panel
from gui.panels import discover
from gui.settings import Settings
from gui.store import Store
from gui.theme import TEXT_POINTS, apply_theme
from gui.toolbar import RunBar, make_icon
from gui.view import PlotView
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.lane_view import LaneView
from gui.words import MARKS, Words

AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}

FIRST_SIZE = QSize(1280, 800)
FRAME = QSize(4, 36)
"""What a window manager puts around the window."""

TELL_MS = 15_000
"""How long a passing message stays in the status bar; it is in the log for good."""

WITH_KEYS = (QAbstractButton, QAbstractSlider, QComboBox, QAbstractItemView, QPlainTextEdit, LaneView)
"""Controls that do something with keys that are shortcuts of the window elsewhere."""
BUTTON_KEYS = (Qt.Key.Key_Space,)
CONTROL_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_S, Qt.Key.Key_R)


class Window(QMainWindow):
    """Built once. `refresh` draws what changed; `intent` is what the user wants; `closing` is the last word."""

    intent = Signal(object)
    closing = Signal()

    def __init__(self, settings: Settings, store: Store) -> None:
        super().__init__()
        self.settings = settings
        self.store = store
        self.view = PlotView()
        self.hardware: HardwareReport | None = None
        self.next_spec = make_spec("digits-mlp")
        self.run_spec: RunSpec | None = None
        self.may_close = False
        self.is_replay = False
        self._words = Words()
        self._refused: ShiftFailed | None = None
        self._drawn: dict[str, tuple[int, ...]] = {}
        self.setWindowTitle("Gearshift")
        self.setDockNestingEnabled(True)
        self._make_run_actions()
        self.panels: list[Panel] = [panel(self.view) for panel in discover()]
        self._docks: dict[str, QDockWidget] = {}
        self._place_panels()
        self._bar = RunBar(self._reset, self._play, self._step)
        self._bar.intent.connect(self.intent)
        self.addToolBar(self._bar)
        self._make_menus()
        self._status = ElidedLabel()
        self._place = ElidedLabel()
        self._place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._place.setEnabled(False)
        bar = QStatusBar()
        bar.addWidget(self._status, 1)
        bar.addPermanentWidget(self._place)
        self.setStatusBar(bar)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)
        self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize() - FRAME))
        self._default_state = self.saveState()
        geometry, state = settings.layout()
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)
        self._is_laid_out = not state.isEmpty() and self.restoreState(state, self._layout_version())
        self._icons()

    def panel(self, panel_id: str) -> Any:
        """A panel by its id."""
        return next(panel for panel in self.panels if panel.panel_id == panel_id)

    # Building --------------------------------------------------------------------------------------------------------

    def _place_panels(self) -> None:
        centre = QSplitter(Qt.Orientation.Vertical)
        centre.setChildrenCollapsible(False)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.BottomDockWidgetArea)  # lanes want width
        fronts: dict[tuple[str, str], QDockWidget] = {}
        for panel in self.panels:
            panel.intent.connect(self.intent)
            if panel.area == "centre":
                centre.addWidget(panel)
                continue
            dock = QDockWidget(panel.panel_title())
            dock.setObjectName(f"dock-{panel.panel_id}")
            dock.setWidget(panel)
            self.addDockWidget(AREAS[panel.area], dock)
            self._docks[panel.panel_id] = dock
            if (front := fronts.setdefault((panel.area, panel.group), dock)) is not dock:
                self.tabifyDockWidget(front, dock)  # at once: all side by side would widen the window for good
        centre.setStretchFactor(0, 3)
        centre.setStretchFactor(1, 2)
        self.setCentralWidget(centre)
        self._fronts = [front for (area, _), front in fronts.items() if area == "bottom"]
        for front in self._fronts:
            front.raise_()

    def _size_docks(self) -> None:
        """As they are at first. Only once the window has its size: before, docks widen it instead."""
        sides = [self._docks[p.panel_id] for p in self.panels if p.area in ("left", "right")]
        self.resizeDocks(sides, [270 if d is sides[0] else 330 for d in sides], Qt.Orientation.Horizontal)
        self.resizeDocks(self._fronts, [230] * len(self._fronts), Qt.Orientation.Vertical)
        self.resizeDocks(self._fronts, [540, 460][: len(self._fronts)], Qt.Orientation.Horizontal)

    def _layout_version(self) -> int:
        """Other panels, another version: a layout that knows nothing of a panel would put it anywhere."""
        return crc32(" ".join(self._docks).encode()) & 0x7FFF

    def _action(self, text: str, keys: list[str], act: Any, tooltip: str = "") -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(lambda _=False: act())
        if tooltip:
            action.setToolTip(f"{tooltip} ({keys[0]})" if keys else tooltip)
        self.addAction(action)
        return action

    def _make_run_actions(self) -> None:
        self._play = self._action(self.tr("Play"), ["Space"], self._play_or_pause, self.tr("Start, pause, go on"))
        self._step = self._action(
            self.tr("Step"), ["S", "Right"], lambda: self.intent.emit(Step(1)), self.tr("One step, then pause")
        )
        self._reset = self._action(
            self.tr("Reset"),
            ["R"],
            lambda: self.intent.emit(Reset()),
            self.tr("A new run, at step 0; this one is kept"),
        )
        self._stop = self._action(
            self.tr("Stop"), ["Esc"], lambda: self.intent.emit(Stop()), self.tr("End the run; its state is saved")
        )

    def _make_menus(self) -> None:
        bar = self.menuBar()
        file = bar.addMenu(self.tr("&File"))
        file.addAction(self._action(self.tr("New set-up"), ["Ctrl+N"], lambda: self.intent.emit(NewSetUp())))
        file.addAction(self._action(self.tr("Open recorded run …"), ["Ctrl+O"], self._open_record))
        file.addAction(self._action(self.tr("Open set-up …"), ["Ctrl+Shift+O"], self._open_spec))
        file.addAction(self._action(self.tr("Save set-up as …"), ["Ctrl+S"], self._save_spec))
        file.addSeparator()
        file.addAction(self._action(self.tr("Export curves as CSV …"), ["Ctrl+E"], self._export_curves))
        file.addAction(self._action(self.tr("Export picture of the window …"), ["Ctrl+Shift+E"], self._export_picture))
        file.addSeparator()
        file.addAction(self._action(self.tr("Quit"), ["Ctrl+Q"], self.close))
        run = bar.addMenu(self.tr("&Run"))
        run.addActions([self._play, self._step])
        run.addAction(self._action(self.tr("Run N steps …"), ["Ctrl+R"], self._run_steps))
        run.addActions([self._reset, self._stop])
        device, parallelism = bar.addMenu(self.tr("&Device")), bar.addMenu(self.tr("&Parallelism"))
        self._modes = ModeMenus(device, parallelism, bar.addMenu(self.tr("Pre&cision")))
        self._modes.intent.connect(self.intent)
        self._make_view_menu(bar.addMenu(self.tr("&View")))
        tools = bar.addMenu(self.tr("&Tools"))
        tools.addAction(self._action(self.tr("Hardware report …"), [], self._show_hardware))
        tools.addAction(self._action(self.tr("Measure the links …"), [], self._measure_links))
        tools.addSeparator()
        self._hindrances = HindranceMenus(tools)
        self._hindrances.intent.connect(self.intent)
        help_menu = bar.addMenu(self.tr("&Help"))
        help_menu.addAction(self._action(self.tr("First steps"), ["F1"], self._show_help))
        help_menu.addAction(self._action(self.tr("Keys"), ["Shift+F1"], self._show_keys))
        help_menu.addAction(self._action(self.tr("About Gearshift"), [], self._show_about))

    def _make_view_menu(self, view: QMenu) -> None:
        panels = view.addMenu(self.tr("Panels"))
        for dock in self._docks.values():
            panels.addAction(dock.toggleViewAction())
        view.addAction(self._action(self.tr("Reset layout"), [], self._reset_layout))
        themes = view.addMenu(self.tr("Theme"))
        for theme, title in (
            ("system", self.tr("As the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ):
            themes.addAction(self._action(title, [], lambda name=theme: self.set_theme(name)))
        text = view.addMenu(self.tr("Text size"))
        text.addAction(self._action(self.tr("Larger"), ["Ctrl++", "Ctrl+="], lambda: self.change_text(1)))
        text.addAction(self._action(self.tr("Smaller"), ["Ctrl+-"], lambda: self.change_text(-1)))
        text.addAction(self._action(self.tr("Normal"), ["Ctrl+0"], lambda: self.change_text(0)))
        text.addAction(self._action(self.tr("Projector"), ["Ctrl+9"], lambda: self._set_text(TEXT_POINTS[-3])))
        view.addAction(self._action(self.tr("Full screen"), ["F11"], self._full_screen))

    # Showing ---------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask every visible panel whose topics changed to draw, and bring bars and menus up to date."""
        versions = self.store.versions
        for panel in self.panels:
            seen = tuple(versions[topic] for topic in panel.watches)
            if panel.isVisible() and self._drawn.get(panel.panel_id) != seen:
                self._drawn[panel.panel_id] = seen
                panel.refresh(self.store)
        running = self.store.is_running
        title = self.tr("Pause") if running else self.tr("Play")
        if self._play.text() != title:
            self._play.setText(title)
            self._play.setIcon(make_icon("pause" if running else "play", self.palette()))
        spec = self.run_spec or self.next_spec
        self._hindrances.show(len(self.store.segments[-1].ranks) if self.store.segments and not self.is_replay else 0)
        self._modes.show(self.store.mode or self.next_spec.mode, self.hardware, spec)
        words = self.store.mode_words or parse_mode(self.next_spec.mode).words
        shown = self.tr("ARTIFICIAL · {mode}").format(mode=words) if self.store.artificial else words
        self._bar.refresh(self.store, self.tr("REPLAY · {mode}").format(mode=shown) if self.is_replay else shown)
        status = self._words.status(self.store.status)
        if self.store.status_words:
            status = f"{status}: {self.store.status_words}"
        elif self.store.status == "running":
            status = f"{status}: {words}"
        if self._status.text() != status:
            self._status.setText(status)
        if self.store.refused is not self._refused:
            self._refused = self.store.refused
            if self._refused is not None:
                text = self._words.sentence(self._refused)
                self.statusBar().showMessage(f"{MARKS['warning']} {text}", TELL_MS)
        place = self.store.directory.replace(str(Path.home()), "~", 1)
        if self._place.text() != place:
            self._place.setText(place)

    def say(self, text: str) -> None:
        """A sentence in a box: something that was asked for cannot be."""
        box = QMessageBox(QMessageBox.Icon.Warning, "Gearshift", text, QMessageBox.StandardButton.Ok, self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def show_next(self, spec: RunSpec) -> None:
        """Before a run: what it will begin with."""
        self.next_spec = spec
        if not self.store.segments:
            self._bar.show_lr(spec.lr)
        self.store.versions["status"] += 1

    # Acting ----------------------------------------------------------------------------------------------------------

    def _play_or_pause(self) -> None:
        running = self.store.is_running
        self.intent.emit(Pause() if running else Play())

    def _run_steps(self) -> None:
        count, accepted = QInputDialog.getInt(
            self, self.tr("Run N steps"), self.tr("Make exactly this many steps, then pause:"), 100, 1, 2_000_000_000
        )
        if accepted:
            self.intent.emit(Step(count))

    def _open_record(self) -> None:
        directory = QFileDialog.getExistingDirectory(self, self.tr("Open recorded run"))
        if directory:
            self.intent.emit(OpenRecord(directory))

    def _open_spec(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Open set-up"), "", "TOML (*.toml)")
        if path:
            self.intent.emit(OpenSpec(path))

    def _save_spec(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save set-up as"), "run.toml", "TOML (*.toml)")
        if path:
            self.intent.emit(SaveSpec(path))

    def _export_curves(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Export curves"), "curves.csv", "CSV (*.csv)")
        if path:
            self.intent.emit(ExportCurves(path))

    def _export_picture(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Export picture"), "gearshift.png", "PNG (*.png)")
        if path and not self.grab().save(path):
            self.say(self.tr("The picture could not be written to {path}.").format(path=path))

    def _measure_links(self) -> None:
        if (open_one := self.findChild(LinksDialog)) is not None:
            open_one.raise_()
            return
        LinksDialog(self, self._is_computing).show()

    def _is_computing(self) -> bool:
        return not self.is_replay and self.store.is_running

    def _full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _reset_layout(self) -> None:
        for dock in self._docks.values():
            dock.show()
        self.restoreState(self._default_state)
        self._size_docks()

    def set_theme(self, theme: str) -> None:
        """system, light or dark, now and next time."""
        self.settings.theme = theme
        self._apply()

    def change_text(self, direction: int) -> None:
        """A step larger or smaller; 0 is normal."""
        sizes = list(TEXT_POINTS)
        current = min(range(len(sizes)), key=lambda index: abs(sizes[index] - self.settings.text_points))
        index = sizes.index(10) if direction == 0 else min(len(sizes) - 1, max(0, current + direction))
        self._set_text(sizes[index])

    def _set_text(self, points: int) -> None:
        self.settings.text_points = points
        self._apply()

    def _apply(self) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        apply_theme(application, self.settings.theme, self.settings.text_points)
        # A dock whose font is the application's writes its title in the one there was when it was made.
        font = application.font()
        font.setPointSizeF(font.pointSizeF() + 0.01)
        for dock in self._docks.values():
            dock.setFont(font)

    # Telling ---------------------------------------------------------------------------------------------------------

    def _show_hardware(self) -> None:
        text = (
            hardware_text(self.hardware) if self.hardware else self.tr("torch is still loading; try again in a moment.")
        )
        self._box(self.tr("Hardware report"), text)

    def _show_help(self) -> None:
        self._box(
            self.tr("First steps"),
            self.tr(
                "1. Press Play (Space). The model learns; loss and throughput move.\n"
                "2. While it runs, choose in Device or Parallelism. The run shifts at the next step: the loss goes on, "
                "the throughput steps up or down, and a dashed seam says what the shift cost.\n"
                "3. Pause, make single steps (S), change the learning rate or the batch size: the next step has it.\n"
                "4. Reset (R) begins a new run with what is set up at the left. Every run is kept."
            ),
        )

    def _show_keys(self) -> None:
        native = QKeySequence.SequenceFormat.NativeText
        rows = [
            f"{', '.join(key.toString(native) for key in action.shortcuts())}\t{action.text()}"
            for action in self.actions()
            if action.shortcuts()
        ]
        self._box(self.tr("Keys"), "\n".join(rows))

    def _show_about(self) -> None:
        self._box(
            self.tr("About Gearshift"),
            self.tr(
                "Gearshift shifts the compute mode while a model trains.\n\n"
                "Every figure on the screen is measured on this machine, in this run."
            ),
        )

    def _box(self, title: str, text: str) -> None:
        box = QMessageBox(QMessageBox.Icon.NoIcon, title, text, QMessageBox.StandardButton.Ok, self)
        box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    # Qt's own --------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """The first time: now there is a size to divide."""
        super().showEvent(event)
        if not self._is_laid_out:
            self._is_laid_out = True
            self._size_docks()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The application stops the run first, and closes the window when that is done."""
        if self.may_close:
            self.settings.save_layout(self.saveGeometry(), self.saveState(self._layout_version()))
            event.accept()
            return
        event.ignore()
        self.closing.emit()

    def _on_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        """Controls come and go with workloads and panels: each is watched from the first time it has the keyboard."""
        if isinstance(now, WITH_KEYS) and self.isAncestorOf(now):
            now.installEventFilter(self)  # once more is the same

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A key that a focused control knows itself is the control's, not a shortcut of the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = BUTTON_KEYS if isinstance(watched, QAbstractButton) else CONTROL_KEYS
            if event.key() in keys:
                event.accept()
                return True
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        """Icons follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_stop"):
            self._icons()

    def _icons(self) -> None:
        running = self.store.is_running
        pairs = [
            (self._play, "pause" if running else "play"),
            (self._step, "step"),
            (self._reset, "reset"),
            (self._stop, "stop"),
        ]
        for action, name in pairs:
            action.setIcon(make_icon(name, self.palette()))
