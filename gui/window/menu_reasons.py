"""What a menu's entry is, or why it is grey, told at once while it is under the mouse or chosen by the keys.

It stands in the status line, and in the presenter's layout at the foot. Greyed entries can be reached for that, which
the style would leave out: who reads their menu from the last row finds no tooltip.
"""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QPainter, QPalette
from PySide6.QtWidgets import QMenu, QProxyStyle, QStyle, QStyleHintReturn, QStyleOption, QWidget

from gui.text.words import MARKS
from gui.window.greyed import BEHIND


class MenuReasons(QObject):
    """Hears the menus of a bar, with all that they lead to; `tell` is given a sentence, "" when none holds."""

    def __init__(self, bar: QWidget, tell: Callable[[str], object]) -> None:
        super().__init__(bar)
        self._tell = tell
        self._style = _ReachesAll("Fusion")
        self._style.setParent(self)
        self._shown: set[QMenu] = set()
        """Of the bar's own menus: a button with an entry's action tells that it is hovered, too, and is no menu."""
        menus = [menu for menu in bar.findChildren(QMenu) if menu.parent() is bar]
        for menu in menus:
            menu.aboutToShow.connect(partial(self._open, menu))
            menu.hovered.connect(partial(self._on_hovered, menu))
            menu.aboutToHide.connect(partial(self._close, menu))

    def _open(self, menu: QMenu) -> None:
        """Menus are filled anew, so those it leads to may have come since."""
        self._shown.add(menu)
        for each in (menu, *menu.findChildren(QMenu)):
            if not each.property("reaches-all"):
                each.setProperty("reaches-all", True)
                each.setStyle(self._style)

    def _close(self, menu: QMenu) -> None:
        self._shown.discard(menu)
        self._tell("")

    def _on_hovered(self, menu: QMenu, entry: QAction) -> None:
        if menu in self._shown:
            self._tell(entry_words(entry))


def entry_words(entry: QAction) -> str:
    """What is to be told of an entry: its tooltip, if that says more than the entry, marked where it is a reason."""
    words = entry.toolTip()
    if words.rstrip(".… ") == entry.text().split(BEHIND)[0].replace("&", "").rstrip(".… "):
        return ""
    return words if entry.isEnabled() else f"{MARKS['warning']} {words}"


class _ReachesAll(QProxyStyle):
    """The style, but greyed entries are reached by mouse and keys, and the one that is has a frame."""

    def drawControl(
        self,
        element: QStyle.ControlElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draw as the style does, and the frame."""
        super().drawControl(element, option, painter, widget)
        state: QStyle.StateFlag = option.state
        is_reached = bool(state & QStyle.StateFlag.State_Selected) and not state & QStyle.StateFlag.State_Enabled
        if element == QStyle.ControlElement.CE_MenuItem and is_reached:
            painter.setPen(option.palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.Highlight))
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returned: QStyleHintReturn | None = None,
    ) -> int:
        """Qt's answer to how something looks or behaves."""
        if hint == QStyle.StyleHint.SH_Menu_AllowActiveAndDisabled:
            return 1
        return super().styleHint(hint, option, widget, returned)
