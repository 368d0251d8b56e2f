"""`gearshift preview PANEL`: one panel alone, or the whole window, drawn from a recorded run.

For those who build panels, for tests, and for the pictures in the documents.
"""

import argparse
import os
import re
import sys
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QSize
from PySide6.QtWidgets import QApplication, QWidget

from engine.errors import RequestError
from engine.record.replay import Replay
from gui.look.theme import apply_theme
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels import discover
from gui.panels.base import Panel

SAMPLE_RUN = Path(__file__).parent.parent.parent / "resources" / "sample-run"
WHOLE = ("window", "presenter")
"""What can be shown beside panels: all of it, as it is at first, or in presenter layout."""


def _points(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 7 <= int(text) <= 32:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 7 to 32")
    return int(text)


def _size(text: str) -> QSize:
    found = re.fullmatch(r"([0-9]{1,4})x([0-9]{1,4})", text)
    if found is None or not all(1 <= int(side) <= 8_000 for side in found.groups()):
        raise argparse.ArgumentTypeError(f"{text!r} must be a width and a height in pixels, at most 8000x8000")
    return QSize(*map(int, found.groups()))


def main(arguments: list[str], _: str = "") -> int:
    """Show the panel, or write its picture."""
    panels = {panel.panel_id: panel for panel in discover()}
    parser = argparse.ArgumentParser(prog="gearshift preview", description="One panel alone, on a recorded run.")
    parser.add_argument("panel", choices=[*panels, *WHOLE])
    parser.add_argument("--record", metavar="DIR", type=Path, default=SAMPLE_RUN)
    parser.add_argument("--screenshot", metavar="FILE", help="write a picture instead of showing a window")
    parser.add_argument("--theme", choices=["system", "light", "dark"], default="system")
    parser.add_argument("--text-points", type=_points, default=10, help="7 to 32 (default 10)")
    parser.add_argument("--size", metavar="WxH", type=_size, default="900x420", help="at most 8000x8000")
    options = parser.parse_args(arguments)
    if options.screenshot:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        replay = Replay(options.record, at_end=True)
    except RequestError as error:
        print(f"gearshift preview: {error}", file=sys.stderr)
        return 2
    qt = QApplication.instance() or QApplication(["gearshift"])
    assert isinstance(qt, QApplication)
    qt.setStyle("Fusion")
    apply_theme(qt, options.theme, options.text_points)
    store = Store()
    store.take_over(replay.spec, is_replay=True)  # its workload says what is counted, and by which metric
    store.feed(replay.take())
    shown = _whole(store, options) if options.panel in WHOLE else _panel(panels[options.panel], store, options)
    if not options.screenshot:
        return qt.exec()
    picture = shown.grab()
    shown.deleteLater()  # now, not whenever its garbage is found: other widgets live on in this process
    qt.sendPostedEvents(shown, QEvent.Type.DeferredDelete)
    if not picture.save(options.screenshot):
        print(f"gearshift preview: {options.screenshot} cannot be written.", file=sys.stderr)
        return 2
    return 0


def _panel(kind: type[Panel], store: Store, options: argparse.Namespace) -> QWidget:
    panel = kind(PlotView())
    panel.setWindowTitle(panel.panel_title())
    panel.resize(options.size)
    panel.show()
    _settle()
    panel.refresh(store)
    _settle()
    return panel


def _whole(store: Store, options: argparse.Namespace) -> QWidget:
    from gui.window.settings import Settings
    from gui.window.window import Window

    window = Window(Settings(), store)
    window.resize(options.size)
    window.show()
    if options.panel == "presenter":
        window.presenting.toggle()
    _settle()
    window.refresh()
    _settle()
    return window


def _settle() -> None:
    """Have all events handled, and those that come of them, until none is left.

    What is scrolled, say, has its height a turn after its width, and from that its place one more turn later.
    """
    turn = QEventLoop()
    while turn.processEvents():
        pass
