"""The list of all tabs of a row that has no room for them: a button in the place of Qt's two arrows, a click away each.

| Set-up | Board | Devices | Anat   ▾ |
"""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QTabBar, QToolButton

from gui.window.tab_bars import bars_of

Bring = Callable[[QDockWidget], None]


def list_tabs(window: QMainWindow, docks: Iterable[QDockWidget], bring: Bring) -> None:
    """Give every row of tabs of the window its list, where it has to be; `bring` is told which dock is chosen."""
    by_tab = {dock.windowTitle(): dock for dock in docks}
    for bar in bars_of(window):
        (bar.findChild(TabList) or TabList(bar, by_tab, bring)).follow()


class TabList(QToolButton):
    """Seen while the tabs have no room in their row. Its menu has the docks of the row by their full titles."""

    def __init__(self, bar: QTabBar, by_tab: dict[str, QDockWidget], bring: Bring) -> None:
        """`by_tab`: docks by what stands on their tabs."""
        arrows = bar.findChildren(QToolButton)
        super().__init__(bar)
        self._bar, self._by_tab, self._bring, self._arrows = bar, by_tab, bring, arrows
        self.setText("▾")
        self.setToolTip(self.tr("All panels of this row"))
        self.setAccessibleName(self.toolTip())
        self.setAutoRaise(True)
        self.clicked.connect(self._open)

    def follow(self) -> None:
        """Be where Qt's arrows are, and while they are. Watched, they would be so while Qt takes all of it down."""
        place = QRect()
        for arrow in self._arrows:
            if not arrow.isHidden():
                place |= arrow.geometry()
        self.setVisible(not place.isEmpty())
        if not place.isEmpty():
            self.setGeometry(place)
            self.raise_()

    def sizeHint(self) -> QSize:
        """The size of its one letter: its place is that of the arrows, in every text size."""
        return QSize(self.fontMetrics().horizontalAdvance(self.text()), self.fontMetrics().height())

    def menu_of_tabs(self) -> QMenu:
        """All of the row, in its order, with a tick before the one in front."""
        menu = QMenu(self)
        for index in range(self._bar.count()):
            dock = self._by_tab.get(self._bar.tabText(index))
            if dock is None:
                continue
            entry = menu.addAction(dock.toggleViewAction().text())
            entry.setCheckable(True)
            entry.setChecked(index == self._bar.currentIndex())
            entry.triggered.connect(lambda _=False, dock=dock: self._bring(dock))
        return menu

    def _open(self) -> None:
        menu = self.menu_of_tabs()
        menu.aboutToHide.connect(menu.deleteLater)
        size = menu.sizeHint()
        menu.popup(self.mapToGlobal(self.rect().topRight()) - QPoint(size.width(), size.height()))  # it opens upwards
