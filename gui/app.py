"""The composition root: settings, store, bridge, window, pool and session meet here and nowhere else.

`Application.dispatch` is the only place that acts on what the user wants.
"""

import argparse
import csv
import os
import sys
import time
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
from PySide6.QtCore import QEvent, QMessageLogContext, QObject, QTimer, QtMsgType, Signal, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from engine.chrome_trace import write_trace
from engine.errors import RequestError
from engine.mode import parse_mode
from engine.monitor import Monitor
from engine.recording import read_record
from engine.replay import Replay
from engine.session import Session
from engine.source import Source
from engine.spec import RunSpec, check_spec, make_spec, read_spec, spec_toml
from engine.starter import RankStarter, make_starter
from engine.states import last_state
from engine.whole_file import whole_file
from gui.bridge import Bridge
from gui.engine_text import engine_text
from gui.intents import (
    BreakRank,
    Change,
    ExportCurves,
    ExportTrace,
    Hamper,
    Intent,
    NewSetUp,
    OpenRecord,
    OpenSpec,
    Pause,
    Play,
    Reset,
    SaveSpec,
    SetUp,
    Shift,
    Step,
    Stop,
)
from gui.settings import Settings
from gui.store import Store
from gui.theme import apply_theme
from gui.window import Window

CLOSE_LIMIT_MS = 2_000
IDLE_MS = 250
ENDED = ("finished", "failed")


class Application(QObject):
    """One window and, at most, one source behind it."""

    answered = Signal()
    """The window is painted and the event loop answers."""

    def __init__(self, qt: QApplication) -> None:
        super().__init__()
        self.qt = qt
        self.settings = Settings()
        apply_theme(qt, self.settings.theme, self.settings.text_points)
        self.spec: RunSpec = self.settings.last_spec()
        self.store = Store()
        self.bridge = Bridge(self.store)
        self.window = Window(self.settings, self.store)
        self.pool: RankStarter | None = None
        self.source: Source | None = None
        self._after_end: Intent | None = None
        self._monitor = Monitor()
        self._opened_s = perf_counter()
        self._closing = False
        self.window.panel("setup").show_spec(self.spec)
        self.window.show_next(self.spec)
        self.window.intent.connect(self.dispatch)
        self.window.intent.connect(self.bridge.wake)
        self.window.closing.connect(self.close)
        self.bridge.frame.connect(self._on_frame)
        self._idle = QTimer(self)
        self._idle.timeout.connect(self._on_idle)
        qt.styleHints().colorSchemeChanged.connect(self._on_scheme)

    def start(self) -> None:
        """Show the window at once; everything else comes after it is painted."""
        self.window.installEventFilter(self)
        self.window.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The first paint is the sign that the rest may load."""
        if event.type() == QEvent.Type.Paint and watched is self.window:
            self.window.removeEventFilter(self)
            QTimer.singleShot(0, self._after_first_paint)
        return False

    def _after_first_paint(self) -> None:
        self.answered.emit()
        self.pool = make_starter()
        self.bridge.start()
        self._idle.start(IDLE_MS)
        last = self.settings.last_run
        if last is not None:
            self._show_record(last, quiet=True)
        for note in self.settings.notes:
            self.window.say(engine_text(note))

    # Acting ----------------------------------------------------------------------------------------------------------

    def dispatch(self, intent: Intent) -> None:
        """Do what the user wants; what cannot be is told in a sentence."""
        try:
            self._act(intent)
        except RequestError as error:
            self.window.say(engine_text(error.sentence))
        except OSError as error:
            self.window.say(self.tr("{file}: {why}").format(file=error.filename or "", why=error.strerror))

    def _act(self, intent: Intent) -> None:  # noqa: PLR0912, PLR0915 - one short branch an intent
        live = self._live()
        match intent:
            case Play():
                (live or self._new_session(resume=True)).play()
            case Step(count=count):
                (live or self._new_session(resume=True)).step(count)
            case Pause():
                if self.source is not None:
                    self.source.pause()
            case Shift(mode=mode):
                if live is not None and self.store.status not in ENDED:
                    live.shift(mode)
                else:
                    self._set_up(msgspec.structs.replace(self.spec, mode=parse_mode(mode).text))
                    self.window.panel("setup").show_spec(self.spec)
            case Change(lr=lr, batch_size=batch_size):
                if live is not None and self.store.status not in ENDED:
                    live.change(lr=lr, batch_size=batch_size)
                else:
                    fields = {"lr": lr, "batch_size": batch_size}
                    given = {name: value for name, value in fields.items() if value is not None}
                    self._set_up(check_spec(msgspec.structs.asdict(self.spec) | given))
                    self.window.panel("setup").show_spec(self.spec)
            case SetUp(spec=spec):
                self._set_up(spec)
            case NewSetUp():
                self._set_up(make_spec(self.spec.workload))
                self.window.panel("setup").show_spec(self.spec)
            case Stop():
                if live is not None:
                    live.stop()
            case Reset():
                self._reset(live)
            case OpenRecord(directory=directory):
                if not self._end_then(intent, live):
                    self._show_record(Path(directory), quiet=False)
            case OpenSpec(path=path):
                self._set_up(read_spec(Path(path)))
                self.window.panel("setup").show_spec(self.spec)
            case SaveSpec(path=path):
                with whole_file(Path(path), text=True) as file:
                    file.write(spec_toml(self.spec))
            case ExportCurves(path=path):
                self._export(Path(path))
            case Hamper(rank=rank, phase=phase, factor=factor, delay_s=delay_s):
                if live is not None:
                    live.hinder(rank=rank, phase=phase, factor=factor, delay_s=delay_s)
            case BreakRank(rank=rank, how=how):
                if live is not None:
                    live.break_rank(rank, how)
            case ExportTrace(path=path):
                if not self.store.anatomies:
                    raise RequestError(self.tr("No step has been taken apart yet: press Play first."))
                write_trace(Path(path), self.store.anatomies, self._trace_notes())

    def _trace_notes(self) -> dict[str, Any]:
        """Where the spans of a saved trace are from: of each segment the mode, the clock, what was artificial."""
        segments = {
            str(segment.segment): {
                "mode": segment.mode,
                "clock": sorted({info.clock for info in segment.ranks}),
                "artificial": segment.segment in self.store.sums and self.store.sums[segment.segment].is_artificial,
            }
            for segment in self.store.segments
        }
        return {"replay": isinstance(self.source, Replay), "segments": segments}

    def _live(self) -> Session | None:
        """The session, unless it has ended for good."""
        if isinstance(self.source, Session) and self.store.status != "finished":
            return self.source
        return None

    def _new_session(self, *, resume: bool) -> Session:
        """A session for Play: the run on the screen goes on if its state was saved, else a new one begins."""
        assert self.pool is not None
        shown = self.source
        if resume and shown is not None and last_state(shown.directory) is not None and not self._is_complete(shown):
            spec = msgspec.structs.replace(shown.spec, steps=None, mode=self.store.mode or shown.spec.mode)
            shown.close()
            session = Session(spec, self.pool, directory=shown.directory, resume=True)
        else:
            if shown is not None:
                shown.close()
            self.store.clear()
            session = Session(self.spec, self.pool)
        self._watch(session)
        self.settings.last_run = session.directory
        return session

    def _is_complete(self, source: Source) -> bool:
        """All the steps it was to make are made."""
        return source.spec.steps is not None and self.store.step >= source.spec.steps

    def _watch(self, source: Source | None) -> None:
        self.source = source
        self.bridge.watch(source)
        self.window.is_replay = source is not None and source.is_replay
        self.window.run_spec = source.spec if source is not None else None

    def _set_up(self, spec: RunSpec) -> None:
        self.spec = spec
        self.settings.save_spec(spec)
        self.window.show_next(spec)

    def _reset(self, live: Session | None) -> None:
        if self._end_then(Reset(), live):
            return
        if self.source is not None:
            self.source.close()
        self._watch(None)
        self.store.clear()
        self.window.show_next(self.spec)

    def _end_then(self, intent: Intent, live: Session | None) -> bool:
        """True if a run must end first; `intent` is then acted on when it has."""
        if live is None or self.store.status == "failed" or not self.store.segments:
            return False
        self._after_end = intent
        live.stop()
        return True

    def _show_record(self, directory: Path, *, quiet: bool) -> None:
        try:
            replay = Replay(directory, at_end=True)
        except RequestError as error:
            if not quiet:
                raise
            print(f"gearshift: the last run cannot be shown: {error}", file=sys.stderr)
            return
        if self.source is not None:
            self.source.close()
        self.store.clear()
        self._watch(replay)
        self.settings.last_run = directory

    def _export(self, path: Path) -> None:
        """Every step, from the record, which has full precision."""
        if self.source is None:
            raise RequestError(self.tr("There are no curves to export yet: press Play first."))
        record = read_record(self.source.directory)
        with whole_file(path, text=True) as file:
            writer = csv.writer(file)
            writer.writerow(record.steps.dtype.names or ())
            writer.writerows(record.steps.tolist())

    # What happens ----------------------------------------------------------------------------------------------------

    def _on_frame(self) -> None:
        if self.pool is not None and self.pool.hardware is not self.window.hardware:
            self.window.hardware = self.pool.hardware
        self.window.refresh()
        if self._after_end is not None and self.store.status in ENDED:
            intent, self._after_end = self._after_end, None
            self.dispatch(intent)

    def _on_idle(self) -> None:
        """Without a session nobody samples the machine; and torch may just have finished loading."""
        if not isinstance(self.source, Session) and self._monitor.due():
            labels = {os.getpid(): "window"} | (self.pool.labels if self.pool else {})
            self.store.feed([self._monitor.sample(perf_counter() - self._opened_s, labels)])
        if self.pool is not None and self.pool.hardware is not self.window.hardware:
            self.store.versions["status"] += 1

    def _on_scheme(self) -> None:
        if self.settings.theme == "system":
            apply_theme(self.qt, "system", self.settings.text_points)

    def tell_start(self) -> None:
        """For `bench window`: when the window answered, by the system's monotonic clock, and whether torch is here."""
        print(f"{time.monotonic()} {'torch' if 'torch' in sys.modules else 'no-torch'}", flush=True)
        QTimer.singleShot(0, self.close)

    # Ending ----------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Stop the run in good order, but not for longer than two seconds; then end everything."""
        if self._closing:
            return
        self._closing = True
        live = self._live()
        if live is None or self.store.status == "failed":
            self._shut()
            return
        self.window.statusBar().showMessage(self.tr("stopping the run …"))
        live.stop()
        self._deadline_s = perf_counter() + CLOSE_LIMIT_MS / 1e3
        self._ending = QTimer(self)
        self._ending.timeout.connect(self._on_ending)
        self._ending.start(20)

    def _on_ending(self) -> None:
        if self.store.status in ENDED or perf_counter() > self._deadline_s:
            self._ending.stop()
            self._shut()

    def _shut(self) -> None:
        self.bridge.stop()
        self._idle.stop()
        if self.source is not None:
            self.source.close()
        if self.pool is not None:
            self.pool.close()
        self.window.may_close = True
        self.window.close()
        self.qt.quit()


def _on_qt_message(kind: QtMsgType, _: QMessageLogContext, text: str) -> None:
    """Qt's own messages go to stderr, but for one that the offscreen platform repeats at every change of layout."""
    if "propagateSizeHints" not in text and kind != QtMsgType.QtDebugMsg:
        print(f"Qt: {text}", file=sys.stderr)


def has_display() -> bool:
    """Whether a window can be shown to someone."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return True
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main(arguments: list[str]) -> int:
    """Open the window; with --demo, or where there is no display, run the tour."""
    parser = argparse.ArgumentParser(
        prog="gearshift",
        description="Open the window. Other commands: train, modes, workloads, hardware, preview, bench.",
    )
    parser.add_argument("--demo", action="store_true", help="drive the window through a tour of about 30 s")
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
        from gui.tour import run_tour

        return run_tour(qt, options.output)
    application = Application(qt)
    application.start()
    if options.time_start:
        application.answered.connect(application.tell_start)
    return qt.exec()
