"""The tour: the real window, driven by the same intents a person would send. Train, shift through the modes, finish.

On a machine without a display it runs offscreen and leaves a picture, the run's record, and a table.
"""

import sys
import time
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from engine.events import RunFinished
from engine.mode import cores, parse_mode
from engine.places import data_directory
from engine.spec import make_spec
from gui.app import Application
from gui.intents import Play, Reset, SetUp, Shift, Stop

SEGMENT_S = 4.0
LIMIT_S = 25.0
WARM_LIMIT_S = 12.0


class Tour:
    """Waits in the event loop, so the window lives on while it does."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._began_s = time.monotonic()
        self._tty = sys.stdout.isatty()
        self._said = ""

    def wait(self, done: object, limit_s: float) -> bool:
        """Let the window run until `done()` or the limit; True if it was done."""
        loop = QEventLoop()
        deadline_s = time.monotonic() + limit_s
        timer = QTimer()

        def look() -> None:
            self._progress()
            if done() or time.monotonic() > deadline_s:  # type: ignore[operator]
                loop.quit()

        timer.timeout.connect(look)
        timer.start(50)
        loop.exec()
        timer.stop()
        return bool(done())  # type: ignore[operator]

    def say(self, text: str) -> None:
        """What the tour does now."""
        self._said = text
        if not self._tty:
            print(f"{time.monotonic() - self._began_s:5.1f} s  {text}", flush=True)

    def _progress(self) -> None:
        if self._tty:
            store = self._application.store
            rate = f"{store.samples_per_s:,.0f} samples/s" if store.samples_per_s is not None else ""
            line = f"{time.monotonic() - self._began_s:5.1f} s  {self._said}  step {store.step:,}  {rate}"
            print(f"\r\x1b[K{line}", end="", flush=True)


def tour_modes() -> list[str]:
    """From one thread through everything this machine's CPU has, and back."""
    modes = ["cpu,threads=1", f"cpu,threads={cores()}", "cpu,dp=2", "cpu,threads=1"]
    return [mode for index, mode in enumerate(modes) if index == 0 or mode != modes[index - 1]]


def print_table(finished: RunFinished) -> None:
    """The closing table: a row a segment."""
    print(f"\n{'mode':<58} {'steps':>8} {'samples/s':>12} {'final loss':>12}")
    for row in finished.segments:
        rate = "n/a" if row.samples_per_s is None else f"{row.samples_per_s:,.0f}"
        loss = "n/a" if row.final_loss is None else f"{row.final_loss:.4g}"
        print(f"{parse_mode(row.mode).words:<58} {row.steps:>8,} {rate:>12} {loss:>12}")


def run_tour(qt: QApplication, output: Path | None) -> int:
    """Run it; the exit status is 0 if every shift worked."""
    if not QFontDatabase.families():
        print("No font is installed, so the picture would show no text. Install one: apt-get install fonts-dejavu-core")
    application = Application(qt)
    application.start()
    tour = Tour(application)
    store = application.store
    output = output or data_directory() / "tour"
    output.mkdir(parents=True, exist_ok=True)
    tour.say("window open; torch loads")
    if not tour.wait(lambda: application.pool is not None and application.pool.hardware is not None, 60.0):
        print("torch could not be loaded.", application.pool.problem if application.pool else "")
        application.close()
        return 3
    tour.say("spares warm up, so that no shift has to wait")
    pool = application.pool
    tour.wait(lambda: pool is None or pool.hardware is not None, WARM_LIMIT_S)
    modes = tour_modes()
    if application.pool is not None and application.pool.hardware is not None:
        accelerators = [d.device for d in application.pool.hardware.devices if d.available and d.device != "cpu"]
        modes[-1:-1] = accelerators[:1]
    application.dispatch(Reset())
    application.dispatch(SetUp(make_spec("digits-mlp", mode=modes[0])))
    application.window.panel("setup").show_spec(application.spec)
    application.dispatch(Play())
    worked = True
    for number, mode in enumerate(modes):
        words = parse_mode(mode).words
        tour.say(f"{'start' if number == 0 else 'shift'}: {words}")
        if number:
            application.dispatch(Shift(mode))
        reached = tour.wait(lambda n=number: len(store.segments) > n or store.status == "failed", LIMIT_S)
        if not reached or store.status == "failed":
            worked = False
            print(f"\nThe tour could not reach {words}: {store.status_words or 'no answer'}")
            break
        tour.wait(lambda: store.status == "failed", SEGMENT_S)
    picture = output / "gearshift.png"
    application.window.grab().save(str(picture))
    tour.say("stopping")
    application.dispatch(Stop())
    tour.wait(lambda: store.status in ("finished", "failed"), 15.0)
    finished, directory = store.finished, store.directory
    application.close()
    tour.wait(lambda: application.window.may_close, 10.0)
    if sys.stdout.isatty():
        print()
    if finished is None:
        return 3
    print_table(finished)
    print(f"\nPicture of the window: {picture}\nRecord of the run:     {directory}")
    return 0 if worked else 3
