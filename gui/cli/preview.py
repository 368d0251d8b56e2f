"""`gearshift preview PANEL`: one panel alone, drawn from a recorded run. For those who build panels, and for tests."""

import argparse
import os
import re
import sys
from pathlib import Path

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QApplication

from engine.errors import RequestError
from engine.record.replay import Replay
from gui.look.theme import apply_theme
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels import discover

SAMPLE_RUN = Path(__file__).parent.parent.parent / "resources" / "sample-run"


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
    parser.add_argument("panel", choices=list(panels))
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
    store.feed(replay.take())
    panel = panels[options.panel](PlotView())
    panel.setWindowTitle(panel.panel_title())
    panel.resize(options.size)
    panel.show()
    qt.processEvents()
    panel.refresh(store)
    if not options.screenshot:
        return qt.exec()
    qt.processEvents()
    picture = panel.grab()
    panel.deleteLater()  # now, not whenever its garbage is found: other widgets live on in this process
    qt.sendPostedEvents(panel, QEvent.Type.DeferredDelete)
    if not picture.save(options.screenshot):
        print(f"gearshift preview: {options.screenshot} cannot be written.", file=sys.stderr)
        return 2
    return 0
