"""The list of all tabs of a row that has no room for them: a button in the place of Qt's two arrows, a click away each.

| … | Board | Devices | Anatomy | … ▾ |
"""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QMenu, QTabBar, QToolButton

from gui.look.theme import set_note
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
        self._torn = [_Torn(bar), _Torn(bar)]
        bar.currentChanged.connect(lambda _: QTimer.singleShot(0, self, self.follow))  # it scrolls to that tab

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
        self._cover_torn(place)

    def _cover_torn(self, place: QRect) -> None:
        """Lay a mark over the tabs at both ends of which a part alone is seen: no word begins in its middle."""
        first, last = QRect(), QRect()
        for index in range(self._bar.count() if not place.isEmpty() else 0):
            tab = self._bar.tabRect(index)
            if tab.left() < 0 <= tab.right():
                first = QRect(QPoint(0, tab.top()), tab.bottomRight())
            elif tab.left() < place.left() <= tab.right():
                last = QRect(tab.topLeft(), QPoint(place.left() - 1, tab.bottom()))
        for cover, part in zip(self._torn, (first, last), strict=True):
            cover.lie_over(part)

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


class _Torn(QLabel):
    """In place of a part of a tab; a click goes to that tab."""

    def __init__(self, bar: QTabBar) -> None:
        super().__init__(bar)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAutoFillBackground(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_note(self)
        self.hide()

    def lie_over(self, part: QRect) -> None:
        """Cover that part of the row; none where it is empty. A mark stands there if there is room for it."""
        self.setText("…" if self.fontMetrics().horizontalAdvance("…") <= part.width() else "")
        self.setVisible(not part.isEmpty())
        self.setGeometry(part)
