"""The View menu: panels, layout, theme, size of the text, full screen."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDockWidget, QMenu, QWidget

from gui.look.theme import TEXT_POINTS, apply_theme
from gui.window.actions import make_action
from gui.window.settings import Settings
from gui.window.tab_bars import is_seen

NORMAL_POINTS = 10
PROJECTOR_POINTS = 16


class ViewMenu(QObject):
    """How the window looks, now and next time: what is chosen is a setting."""

    applying, applied = Signal(), Signal()
    """Theme and text size are in force now."""

    def __init__(
        self,
        window: QWidget,
        menu: QMenu,
        settings: Settings,
        docks: Mapping[str, QDockWidget],
        reset_layout: Callable[[], None],
        bring: Callable[[QDockWidget], None],
    ) -> None:
        """`bring` brings a dock to the front, and back where it was closed."""
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._bring = bring
        panels = menu.addMenu(self.tr("Panels"))
        for dock in docks.values():
            self._name_panel(panels, dock)
        menu.addAction(make_action(window, self.tr("Reset layout"), [], reset_layout))
        themes = menu.addMenu(self.tr("Theme"))
        self._themes: dict[str, QAction] = {}
        for theme, title in (
            ("system", self.tr("As the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ):
            self._themes[theme] = self._choice(themes, title, [], partial(self.set_theme, theme))
        text = menu.addMenu(self.tr("Text size"))
        text.addAction(make_action(window, self.tr("Larger"), ["Ctrl++", "Ctrl+="], lambda: self._step_text(1)))
        text.addAction(make_action(window, self.tr("Smaller"), ["Ctrl+-"], lambda: self._step_text(-1)))
        text.addSeparator()
        named = {
            NORMAL_POINTS: (self.tr("{n} points · normal"), ["Ctrl+0"]),
            PROJECTOR_POINTS: (self.tr("{n} points · projector"), ["Ctrl+9"]),
        }
        self._sizes: dict[int, QAction] = {}
        for points in TEXT_POINTS:
            title, keys = named.get(points, (self.tr("{n} points"), []))
            self._sizes[points] = self._choice(text, title.format(n=points), keys, partial(self.set_text, points))
        self._tick()
        menu.addAction(make_action(window, self.tr("Full screen"), ["F11"], self._full_screen))

    def _name_panel(self, menu: QMenu, dock: QDockWidget) -> None:
        """An entry with a tick while the panel is not closed: it comes to the front; one that is there is closed."""
        entry = menu.addAction(dock.toggleViewAction().text())
        entry.setCheckable(True)

        def tick() -> None:
            entry.setChecked(not dock.isHidden())

        def act() -> None:
            if is_seen(dock):
                dock.close()
            else:
                self._bring(dock)
            tick()

        menu.aboutToShow.connect(tick)
        entry.triggered.connect(act)

    def set_theme(self, theme: str) -> None:
        """Choose a theme: system, light or dark."""
        self._settings.theme = theme
        self._apply()

    def set_text(self, points: int) -> None:
        """Size of the text in points, of those in TEXT_POINTS."""
        self._settings.text_points = points
        self._apply()

    def _step_text(self, direction: int) -> None:
        """One size larger or smaller, as far as there are any."""
        sizes = list(TEXT_POINTS)
        current = min(range(len(sizes)), key=lambda index: abs(sizes[index] - self._settings.text_points))
        self.set_text(sizes[min(len(sizes) - 1, max(0, current + direction))])

    def _choice(self, menu: QMenu, title: str, keys: Sequence[str], act: Callable[[], None]) -> QAction:
        """An entry with a tick where it is what is chosen."""
        entry = make_action(self._window, title, keys, act)
        entry.setCheckable(True)
        menu.addAction(entry)
        return entry

    def _tick(self) -> None:
        for theme, entry in self._themes.items():
            entry.setChecked(theme == self._settings.theme)
        for points, entry in self._sizes.items():
            entry.setChecked(points == self._settings.text_points)

    def _apply(self) -> None:
        self._tick()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.applying.emit()
        apply_theme(application, self._settings.theme, self._settings.text_points)
        self.applied.emit()

    def _full_screen(self) -> None:
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)
