"""`gearshift bench telemetry`: 20,000 steps a second offered to the real window; nothing lost, and it still answers."""

import argparse
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from engine.bench.loops import verdict
from engine.record.reader import read_record
from gui.app import Application
from gui.bench.live import wait
from gui.bench.screen import screen
from gui.bench.source import SyntheticSource

LOOK_MS = 5


def main(arguments: list[str], _: str = "") -> int:
    """Print what was offered, shown and recorded, and how late the event loop was at worst."""
    parser = argparse.ArgumentParser(prog="gearshift bench telemetry")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=20_000.0, help="steps a second")
    options = parser.parse_args(arguments)
    with screen() as where, tempfile.TemporaryDirectory() as directory:
        qt = QApplication.instance() or QApplication(["bench"])
        assert isinstance(qt, QApplication)
        qt.setStyle("Fusion")
        shown, recorded, offered, late_s = flood(qt, Path(directory), options.rate, options.seconds)
    print(f"screen {where}: offered {offered:,} steps in {options.seconds:g} s; shown {shown:,}, recorded {recorded:,}")
    kept = verdict("steps lost", float(max(offered - shown, offered - recorded)), 0.0)
    return 0 if verdict("longest wait for an answer, ms", late_s * 1e3, 100.0) and kept else 1


def flood(qt: QApplication, directory: Path, rate: float, seconds: float) -> tuple[int, int, int, float]:
    """(steps shown, recorded, offered, longest time the event loop did not answer)."""
    application = Application(qt)
    application.window.show()
    qt.processEvents()
    source = SyntheticSource(directory / "run", steps_per_s=rate)
    application.runs.watch(source)
    application.bridge.start()
    source.play()
    last_s, late_s = time.perf_counter(), 0.0

    def look() -> None:
        nonlocal last_s, late_s
        now_s = time.perf_counter()
        late_s, last_s = max(late_s, now_s - last_s - LOOK_MS / 1e3), now_s

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(LOOK_MS)
    wait(lambda: False, seconds)
    source.stop()
    deadline_s = time.monotonic() + 10
    while (source.is_offering or application.store.live.num_steps < source.offered) and time.monotonic() < deadline_s:
        application.bridge.tick()
    shown = application.store.live.num_steps
    source.close()
    application.runs.watch(None)
    application.bridge.stop()
    application.window.may_close = True
    application.window.close()
    return shown, len(read_record(source.directory).steps), source.offered, late_s
