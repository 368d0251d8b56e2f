"""How the window's actions are made: one text, some keys that work wherever the focus is, and what they do."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMessageBox, QToolBar, QWidget


def make_action(
    window: QWidget, text: str, keys: Sequence[str], act: Callable[[], object], tooltip: str = ""
) -> QAction:
    """An action of `window`, listed among its keys; the tooltip names the first of them."""
    action = QAction(text, window)
    action.setShortcuts([QKeySequence(key) for key in keys])
    action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    action.triggered.connect(lambda _=False: act())
    if tooltip:
        action.setToolTip(f"{tooltip} ({keys[0]})" if keys else tooltip)
    window.addAction(action)
    return action


def show_box(window: QWidget, title: str, text: str, icon: QMessageBox.Icon = QMessageBox.Icon.NoIcon) -> None:
    """A text in a box over the window, which goes on behind it."""
    box = QMessageBox(icon, title, text, QMessageBox.StandardButton.Ok, window)
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def add_strip(window: QMainWindow, name: str, title: str, widget: QWidget) -> None:
    """Put one widget into a bar of its own, across the whole window below the others, where it stays."""
    strip = QToolBar(title)
    strip.setObjectName(name)
    strip.setMovable(False)
    strip.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    strip.addWidget(widget)
    window.addToolBarBreak()
    window.addToolBar(strip)
