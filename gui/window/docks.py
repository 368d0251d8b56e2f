"""Panels in their places: plots in the centre, all others in docks around them, some behind the tabs of others."""

from collections.abc import Sequence
from zlib import crc32

from PySide6.QtCore import QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QSplitter, QTabBar

from gui.model.store import Store
from gui.panels.base import Panel
from gui.window.banner import Banner, beneath

AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}


class Docks(QObject):
    """Places the panels of a window, and lets those that are seen draw what is new. `by_id` are the docks."""

    def __init__(self, window: QMainWindow, panels: Sequence[Panel], store: Store) -> None:
        super().__init__(window)
        self._window = window
        self._panels = panels
        self._store = store
        self._drawn: dict[str, tuple[int, ...]] = {}
        """By panel: the versions of its topics that it shows."""
        self.by_id: dict[str, QDockWidget] = {}
        self._place()

    @property
    def version(self) -> int:
        """Other panels, another version: a layout that knows nothing of a panel would put it anywhere."""
        return crc32(" ".join(self.by_id).encode()) & 0x7FFF

    def refresh(self) -> None:
        """Ask every panel that can be seen, and whose topics changed, to draw."""
        versions = self._store.versions
        for panel in self._panels:
            news = tuple(versions[topic] for topic in panel.watches)
            if self._drawn.get(panel.panel_id) != news and is_seen(panel):
                self._drawn[panel.panel_id] = news
                panel.refresh(self._store)

    def take_first_sizes(self) -> None:
        """As they are at first. Only once the window has its size: before, docks widen it instead."""
        window = self._window
        sides = [self.by_id[panel.panel_id] for panel in self._panels if panel.area in ("left", "right")]
        window.resizeDocks(sides, [270 if dock is sides[0] else 330 for dock in sides], Qt.Orientation.Horizontal)
        window.resizeDocks(self._fronts, [230] * len(self._fronts), Qt.Orientation.Vertical)
        window.resizeDocks(self._fronts, [540, 460][: len(self._fronts)], Qt.Orientation.Horizontal)

    def _place(self) -> None:
        window, centre = self._window, QSplitter(Qt.Orientation.Vertical)
        centre.setChildrenCollapsible(False)
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.BottomDockWidgetArea)  # lanes want width
        fronts: dict[tuple[str, str], QDockWidget] = {}
        for panel in self._panels:
            if panel.area == "centre":
                centre.addWidget(panel)
                continue
            dock = QDockWidget(panel.panel_title())
            dock.setObjectName(f"dock-{panel.panel_id}")
            dock.setWidget(panel)
            dock.visibilityChanged.connect(self._on_visibility)
            window.addDockWidget(AREAS[panel.area], dock)
            self.by_id[panel.panel_id] = dock
            if (front := fronts.setdefault((panel.area, panel.group), dock)) is not dock:
                window.tabifyDockWidget(front, dock)  # at once: all side by side would widen the window for good
        centre.setStretchFactor(0, 3)
        centre.setStretchFactor(1, 2)
        self.banner = Banner()
        window.setCentralWidget(beneath(self.banner, centre))
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


def is_seen(panel: Panel) -> bool:
    """Whether it lies within its window: behind another dock's tab it is visible by Qt's account, but far outside."""
    window = panel.window()
    return panel.isVisible() and QRect(panel.mapTo(window, QPoint()), panel.size()).intersects(window.rect())
