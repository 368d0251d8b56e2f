"""Panels in their places: plots in the centre, all others in docks around them, some behind the tabs of others.

A panel is built when its dock is seen for the first time, so one behind a tab costs nothing as the window opens.
"""

from collections.abc import Sequence
from zlib import crc32

from PySide6.QtCore import QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QSplitter, QTabBar, QWidget

from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.window.banner import Banner, beneath
from gui.window.example_line import ExampleLine

AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}


class Docks(QObject):
    """Places the panels of a window, and lets those that are seen draw what is new. `by_id` are the docks."""

    intent = Signal(object)
    """What any panel emits: one of `gui.model.intents`."""

    def __init__(self, window: QMainWindow, kinds: Sequence[type[Panel]], view: PlotView, store: Store) -> None:
        super().__init__(window)
        self._window = window
        self._kinds = {kind.panel_id: kind for kind in kinds}
        self._view = view
        self._store = store
        self._built: dict[str, Panel] = {}
        self._drawn: dict[str, tuple[int, ...]] = {}
        """By panel: the versions of its topics that it shows."""
        self.by_id: dict[str, QDockWidget] = {}
        self._place()

    @property
    def version(self) -> int:
        """Other panels, another version: a layout that knows nothing of a panel would put it anywhere."""
        return crc32(" ".join(self.by_id).encode()) & 0x7FFF

    @property
    def panels(self) -> list[Panel]:
        """All panels, by area and order; those that nobody has seen yet are built for it."""
        return [self.panel(panel_id) for panel_id in self._kinds]

    def panel(self, panel_id: str) -> Panel:
        """The panel of that name, which is built if nobody has seen it yet."""
        if panel_id not in self._built:
            panel = self._built[panel_id] = self._kinds[panel_id](self._view)
            panel.intent.connect(self.intent)
            if (dock := self.by_id.get(panel_id)) is not None:
                dock.setWidget(panel)
        return self._built[panel_id]

    def refresh(self) -> None:
        """Ask every panel that can be seen, and whose topics changed, to draw."""
        versions = self._store.versions
        for panel_id, kind in self._kinds.items():
            news = tuple(versions[topic] for topic in kind.watches)
            place = self.by_id.get(panel_id) or self._built[panel_id]
            if self._drawn.get(panel_id) != news and is_seen(place):
                self._drawn[panel_id] = news
                self.panel(panel_id).refresh(self._store)

    def take_first_sizes(self) -> None:
        """As they are at first. Only once the window has its size: before, docks widen it instead."""
        window = self._window
        sides = [self.by_id[kind.panel_id] for kind in self._kinds.values() if kind.area in ("left", "right")]
        window.resizeDocks(sides, [270 if dock is sides[0] else 330 for dock in sides], Qt.Orientation.Horizontal)
        window.resizeDocks(self._fronts, [230] * len(self._fronts), Qt.Orientation.Vertical)
        window.resizeDocks(self._fronts, [540, 460][: len(self._fronts)], Qt.Orientation.Horizontal)

    def _place(self) -> None:
        window, centre = self._window, QSplitter(Qt.Orientation.Vertical)
        centre.setChildrenCollapsible(False)
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.BottomDockWidgetArea)  # lanes want width
        fronts: dict[tuple[str, str], QDockWidget] = {}
        for panel_id, kind in self._kinds.items():
            if kind.area == "centre":
                centre.addWidget(self.panel(panel_id))
                continue
            dock = QDockWidget(kind.title())
            dock.setObjectName(f"dock-{panel_id}")
            dock.visibilityChanged.connect(self._on_visibility)
            window.addDockWidget(AREAS[kind.area], dock)
            self.by_id[panel_id] = dock
            if (front := fronts.setdefault((kind.area, kind.group), dock)) is not dock:
                window.tabifyDockWidget(front, dock)  # at once: all side by side would widen the window for good
        centre.setStretchFactor(0, 3)
        centre.setStretchFactor(1, 2)
        self.banner = Banner()
        self.example = ExampleLine()
        window.setCentralWidget(beneath([self.banner, self.example], centre))
        self._fronts = [front for (area, _), front in fronts.items() if area == "bottom"]
        for front in self._fronts:
            front.raise_()

    def hide_left_bars(self) -> None:
        """Hide the tab bars that Qt leaves lying about, painted, when docks are joined before the window is shown.

        A bar in use lies below the dock whose title it shows as the current one.
        """
        places = {dock.windowTitle(): dock.geometry() for dock in self.by_id.values()}
        for bar in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            place = places.get(bar.tabText(bar.currentIndex()), QRect())
            if not bar.geometry().intersects(place.adjusted(0, 0, 0, 2)):
                bar.hide()

    def _on_visibility(self, is_visible: bool) -> None:
        """One that comes to the front has something to catch up with, though nothing is new: when it has its place."""
        if is_visible:
            QTimer.singleShot(0, self, self.refresh)


def is_seen(place: QWidget) -> bool:
    """Whether it lies within its window: behind another dock's tab it is visible by Qt's account, but far outside."""
    window = place.window()
    return place.isVisible() and QRect(place.mapTo(window, QPoint()), place.size()).intersects(window.rect())
