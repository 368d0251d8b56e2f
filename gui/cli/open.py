"""`gearshift` without a command: the window opens; with --demo, or where there is no display, it gives a tour."""

import argparse
import gc
import os
import sys
import time
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from gui.app import Application
from gui.signals import Signals


def _on_qt_message(kind: QtMsgType, _: QMessageLogContext, text: str) -> None:
    """Qt's own messages go to stderr, but for one that the offscreen platform repeats at every change of layout."""
    if "propagateSizeHints" not in text and kind != QtMsgType.QtDebugMsg:
        print(f"Qt: {text}", file=sys.stderr)


def _look_for_garbage() -> None:
    """Collect garbage again. What the window is made of stays until it closes, so no collection looks at it."""
    gc.freeze()
    gc.enable()


def _tell_start(application: Application) -> None:
    """For `bench window`: when the window answered, by the system's monotonic clock, and whether torch is here."""
    print(f"{time.monotonic()} {'torch' if 'torch' in sys.modules else 'no-torch'}", flush=True)
    QTimer.singleShot(0, application.close)


def has_display() -> bool:
    """Whether a window can be shown to someone."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return True
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main(arguments: list[str]) -> int:
    """Open the window; with --demo, or where there is no display, run the tour."""
    parser = argparse.ArgumentParser(
        prog="gearshift",
        description="Open the window. Other commands: train, runs, modes, workloads, hardware, data, preview, bench.",
    )
    parser.add_argument("--demo", action="store_true", help="drive the window through a tour of about a minute")
    parser.add_argument("--output", type=Path, default=None, help="where the tour leaves its picture and record")
    parser.add_argument("--time-start", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    tour = options.demo
    if not has_display():
        print("There is no display here (DISPLAY and WAYLAND_DISPLAY are not set): running the tour offscreen.")
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        tour = True
    QGuiApplication.setDesktopFileName("gearshift")
    qInstallMessageHandler(_on_qt_message)
    qt = QApplication(["gearshift"])
    qt.setApplicationName("gearshift")
    qt.setStyle("Fusion")
    if tour:
        from gui.cli.tour import run_tour

        gc.enable()
        return run_tour(qt, options.output)
    application = Application(qt)
    application.answered.connect(_look_for_garbage)
    signals = Signals(application)
    signals.arrived.connect(application.on_signal)
    application.start()
    if options.time_start:
        application.answered.connect(partial(_tell_start, application))
    status = qt.exec()
    signals.close()
    return status
