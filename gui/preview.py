"""`gearshift preview PANEL`: one panel alone, drawn from a recorded run. For those who build panels, and for tests."""

import argparse
import os
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from engine.errors import RequestError
from engine.replay import Replay
from gui.panels import discover
from gui.store import Store
from gui.theme import apply_theme
from gui.view import PlotView

SAMPLE_RUN = Path(__file__).parent.parent / "resources" / "sample-run"


def main(arguments: list[str], _: str = "") -> int:
    """Show the panel, or write its picture."""
    panels = {panel.panel_id: panel for panel in discover()}
    parser = argparse.ArgumentParser(prog="gearshift preview", description="One panel alone, on a recorded run.")
    parser.add_argument("panel", choices=list(panels))
    parser.add_argument("--record", metavar="DIR", type=Path, default=SAMPLE_RUN)
    parser.add_argument("--screenshot", metavar="FILE", help="write a picture instead of showing a window")
    parser.add_argument("--theme", choices=["system", "light", "dark"], default="system")
    parser.add_argument("--text-points", type=int, default=10)
    parser.add_argument("--size", metavar="WxH", default="900x420")
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
    panel.resize(*map(int, options.size.split("x")))
    panel.show()
    qt.processEvents()
    panel.refresh(store)
    if not options.screenshot:
        return qt.exec()
    qt.processEvents()
    if not panel.grab().save(options.screenshot):
        print(f"gearshift preview: {options.screenshot} cannot be written.", file=sys.stderr)
        return 2
    return 0
