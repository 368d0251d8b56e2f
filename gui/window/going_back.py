"""Esc: what lies in front is put away, one thing at a time; a run goes on.

help, Why? and the like  ──>  presenter layout  ──>  a floating panel  ──>  full screen
"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QDockWidget, QMainWindow

from gui.window.presenting import Presenting


def go_back(window: QMainWindow, presenting: Presenting) -> None:
    """Close the window that was opened last over this one, whichever of them has the keyboard; else go back a step."""
    active = QApplication.activeWindow()
    if over := [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]:
        over[-1].close()
    elif presenting.layout is not None:
        presenting.leave()
    elif isinstance(active, QDockWidget) and active.isFloating():
        active.setFloating(False)
    elif window.isFullScreen():
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowFullScreen)
