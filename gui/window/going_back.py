"""Esc: what lies in front is put away, one thing at a time; a run goes on.

a field  ──>  help, Why? and the like  ──>  presenter layout  ──>  a floating panel  ──>  full screen
"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QDockWidget, QMainWindow

from gui.window.control_keys import ControlKeys
from gui.window.presenting import Presenting


def go_back(window: QMainWindow, presenting: Presenting, keys: ControlKeys) -> None:
    """Give the keyboard back to the window; if nothing was being typed, go back a step.

    That is to close the window that was opened last over this one, whichever of them has the keyboard, if there is one.
    """
    was_typing = keys.is_typing
    keys.give_back()
    if was_typing:
        return
    active = QApplication.activeWindow()
    if over := [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]:
        over[-1].close()
    elif presenting.layout is not None:
        presenting.leave()
    elif isinstance(active, QDockWidget) and active.isFloating():
        active.setFloating(False)
    elif window.isFullScreen():
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowFullScreen)
