"""The rows of tabs that Qt lays below docks that lie behind each other."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QWidget

BELOW_PIXELS = 4
"""How close below a dock its row of tabs lies."""


def size_with_tabs(window: QMainWindow, dock: QDockWidget) -> QSize:
    """The size of a dock with the row of tabs below it, as the window reckons."""
    if not window.tabifiedDockWidgets(dock):
        return dock.size()
    bottom = dock.geometry().bottom()
    below = [bar.height() for bar in bars_of(window) if bar.isVisible() and abs(bar.y() - bottom) <= BELOW_PIXELS]
    return dock.size() + QSize(0, max(below, default=0))


def hide_left_bars(window: QMainWindow, docks: Iterable[QDockWidget]) -> None:
    """Hide the tab bars that Qt leaves lying about, painted, when docks are joined before the window is shown.

    A bar in use lies below the dock whose title it shows as the current one.
    """
    places = {dock.windowTitle(): dock.geometry() for dock in docks}
    for bar in bars_of(window):
        place = places.get(bar.tabText(bar.currentIndex()), QRect())
        bar.setElideMode(Qt.TextElideMode.ElideNone)  # what has no room is scrolled to
        bar.setUsesScrollButtons(True)
        away = bar.geometry().topLeft() - place.bottomLeft()
        if max(abs(away.x()), abs(away.y())) > BELOW_PIXELS:
            bar.hide()


def bars_of(window: QMainWindow) -> list[QTabBar]:
    """All rows of tabs of a window, those too that Qt has left lying about."""
    return window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)


def lay_behind_one(window: QMainWindow, docks: Sequence[QDockWidget], area: Qt.DockWidgetArea) -> None:
    """Lay all docks behind one row of tabs at that side of the window; those that are hidden stay so."""
    shown = [dock for dock in docks if not dock.isHidden()]
    for dock in docks:
        dock.hide()  # on the way some would lie below each other, and the window become as high as all of them need
    window.addDockWidget(area, docks[0])
    for dock in docks[1:]:
        window.tabifyDockWidget(docks[0], dock)
    for dock in docks:
        dock.setVisible(dock in shown)


def is_seen(place: QWidget) -> bool:
    """Whether it lies within its window: behind another dock's tab it is visible by Qt's account, but far outside."""
    if not place.isVisible():
        return False
    window = place.window()
    is_dock = place.parent() is window
    lies = place.geometry() if is_dock else QRect(place.mapTo(window, QPoint()), place.size())
    return lies.intersects(window.rect())
