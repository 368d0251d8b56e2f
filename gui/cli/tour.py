"""The tour: the real window, driven by the intents a person would send. Train, shift through every technique, finish.

On a machine without a display it runs offscreen and leaves a picture, the run's record, and a table.
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from engine.config.cards import techniques
from engine.config.catalogue import first_mode
from engine.config.fits import facts_of, why_not
from engine.config.hardware import HardwareReport
from engine.config.mode import cores
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec, make_spec
from engine.events.run import RunFinished
from engine.record.places import data_directory
from gui.app import Application
from gui.model.intents import Play, Reset, SetUp, Shift, Stop
from gui.signals import Signals
from gui.window.window import FIRST_SIZE

SEGMENT_S = 3.0
LIMIT_S = 25.0
LOADING_LIMIT_S = 60.0
INTERRUPTED = 130


class LeftError(Exception):
    """The window was closed, or Ctrl+C pressed, in the middle of the tour."""


class Tour:
    """Waits in the event loop, so the window lives on while it does."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._began_s = time.monotonic()
        self._tty = sys.stdout.isatty()
        self._said = ""

    def wait(self, done: Callable[[], bool], limit_s: float) -> bool:
        """Let the window run until `done()` or the limit; True if it was done.

        Raises:
            LeftError: the window is gone.
        """
        loop = QEventLoop()
        deadline_s = time.monotonic() + limit_s
        window = self._application.window
        timer = QTimer()

        def look() -> None:
            self._progress()
            if done() or window.may_close or time.monotonic() > deadline_s:
                loop.quit()

        timer.timeout.connect(look)
        timer.start(50)
        loop.exec()
        timer.stop()
        if window.may_close and not done():
            raise LeftError
        return done()

    def say(self, text: str) -> None:
        """Show what the tour does now, in the window and in the terminal."""
        self._said = text
        if not self._tty:
            print(f"{time.monotonic() - self._began_s:5.1f} s  {text}", flush=True)

    def _progress(self) -> None:
        if self._tty:
            store = self._application.store
            rate = f"{store.live.samples_per_s:,.0f} samples/s" if store.live.samples_per_s is not None else ""
            line = f"{time.monotonic() - self._began_s:5.1f} s  {self._said}  step {store.live.step:,}  {rate}"
            print(f"\r\x1b[K{line}", end="", flush=True)


def tour_modes(hardware: HardwareReport, spec: RunSpec) -> list[str]:
    """The modes of the tour: one thread, all threads, every technique there is, the first accelerator, and back."""
    modes = [parse_mode("cpu,threads=1"), parse_mode(f"cpu,threads={cores()}")]
    modes += [mode for card in techniques().values() if card.key and (mode := first_mode(card)) is not None]
    modes += [parse_mode(d.device) for d in hardware.devices if d.available and d.device != "cpu"][:1]
    modes += modes[:1]
    facts = facts_of(spec.workload, spec.knobs)
    fit = [mode.text for mode in modes if not why_not(mode, facts, hardware)]
    return [mode for index, mode in enumerate(fit) if index == 0 or mode != fit[index - 1]]


def print_table(finished: RunFinished) -> None:
    """The closing table: a row a segment, and how many times as fast as the first one each is."""
    width = max([len("mode"), *(len(parse_mode(row.mode).words) for row in finished.segments)])
    print(f"\n{'mode':<{width}} {'steps':>8} {'samples/s':>12} {'speed-up':>9} {'final loss':>11}")
    first = next((row.samples_per_s for row in finished.segments), None)
    for row in finished.segments:
        rate = "n/a" if row.samples_per_s is None else f"{row.samples_per_s:,.0f}"
        times = "n/a" if row.samples_per_s is None or not first else f"{row.samples_per_s / first:.2f}×"
        loss = "n/a" if row.final_loss is None else f"{row.final_loss:.4g}"
        print(f"{parse_mode(row.mode).words:<{width}} {row.steps:>8,} {rate:>12} {times:>9} {loss:>11}")


def run_tour(
    qt: QApplication, output: Path | None, *, modes: Sequence[str] | None = None, segment_s: float = SEGMENT_S
) -> int:
    """Run it; the exit status is 0 if every shift worked. `modes` None: those of `tour_modes`."""
    if not QFontDatabase.families():
        print("No font is installed, so the picture would show no text. Install one: apt-get install fonts-dejavu-core")
    application = Application(qt)
    if qt.platformName() == "offscreen":  # its screen is small, and nobody looks at it but in the picture
        application.window.resize(FIRST_SIZE)
    signals = Signals(application)
    signals.arrived.connect(application.on_signal)
    application.start()
    try:
        return _go_round(Tour(application), application, output or data_directory() / "tour", modes, segment_s)
    except LeftError:
        print("\nThe tour was left; its run is kept.")
        return INTERRUPTED
    finally:
        signals.close()


def _go_round(tour: Tour, application: Application, output: Path, modes: Sequence[str] | None, segment_s: float) -> int:
    store = application.store
    output.mkdir(parents=True, exist_ok=True)
    tour.say("window open; torch loads")
    tour.wait(
        lambda: application.starter is not None and bool(application.starter.hardware or application.starter.problem),
        LOADING_LIMIT_S,
    )
    if application.starter is None or application.starter.hardware is None:
        print("torch could not be loaded.", application.starter.problem if application.starter else "")
        application.close()
        return 3
    modes = modes or tour_modes(application.starter.hardware, make_spec("digits-mlp"))
    application.dispatch(Reset())
    application.dispatch(SetUp(make_spec("digits-mlp", mode=modes[0])))
    application.dispatch(Play())
    worked = True
    for number, mode in enumerate(modes):
        words = parse_mode(mode).words
        tour.say(f"{'start' if number == 0 else 'shift'}: {words}")
        if number:
            application.dispatch(Shift(mode))
        tour.wait(lambda n=number: len(store.live.segments) > n or store.live.status == "failed", LIMIT_S)  # type: ignore[misc]
        if len(store.live.segments) <= number or store.live.status == "failed":
            worked = False
            print(f"\nThe tour could not reach {words}: {store.live.status_words or 'no answer'}")
            break
        tour.wait(lambda: store.live.status == "failed", segment_s)
    picture = output / "gearshift.png"
    application.window.grab().save(str(picture))
    tour.say("stopping")
    application.dispatch(Stop())
    tour.wait(lambda: store.live.status in ("finished", "failed"), 15.0)
    finished, directory = store.live.finished, store.live.directory
    application.close()
    tour.wait(lambda: application.window.may_close, 10.0)
    if sys.stdout.isatty():
        print()
    if finished is None:
        return 3
    print_table(finished)
    print(f"\nPicture of the window: {picture}\nRecord of the run:     {directory}")
    return 0 if worked else 3
