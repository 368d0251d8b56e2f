"""`gearshift bench live`: what the window costs while it watches training, and what it costs the training.

    headless      the session alone
    plots alone   the two plots in an empty window of 900 x 640, watching as the real window does
    docks closed  the window with its plots, its bars and the docks at the sides, without those at the bottom
    as it opens   the window as a teacher finds it
    all panels    every panel there is, side by side

A frame's cost is the processor time of the thread that draws, over the number of frames; sides that are compared are
measured one after the other in the same round, and the middle one of the rounds' ratios counts: the clock of a machine
that does other work besides means little. Where ranks use all cores, a window that is drawn takes its time from them.
"""

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication, QDockWidget

from engine.bench.loops import Engine, median, verdict
from engine.bench.set_up import timed_set_up
from engine.config.mode import cores
from engine.config.mode_text import parse_mode
from engine.session.session import Session
from engine.session.starter import make_starter
from gui.app import Application
from gui.bench.plot import PlotsAlone
from gui.bench.screen import screen
from gui.bridge import Bridge
from gui.model.store import Store
from gui.window.window import Window

PLOTS, CLOSED, OPENS, ALL = LAYOUTS = ("plots alone", "docks closed", "as it opens", "all panels")
LOOK_MS = 20
LEAST_STEPS = 100
"""Fewer are over before a frame can be told from the first one."""


@dataclass(frozen=True)
class Cost:
    """What one stretch of training cost that was watched."""

    step_s: float
    frames_per_s: float
    drawing_s: float
    """Processor time of the thread that draws, a frame."""
    process_s: float
    """Of the whole process, the session's own thread among it, a frame."""

    @property
    def share(self) -> float:
        """The share of one core that the process takes."""
        return self.process_s * self.frames_per_s


def main(arguments: list[str], _: str = "") -> int:
    """Interleave headless and watched training of the same run; print costs a frame, their ratios, and the slowdown."""
    parser = argparse.ArgumentParser(prog="gearshift bench live")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each part of a round")
    parser.add_argument("--mode", default="cpu,threads=1", help="what is watched")
    options = parser.parse_args(arguments)
    with screen() as where, contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["GEARSHIFT_HOME"] = str(directory / "home")  # as a new user finds it, and nothing of it stays
        starter = stack.enter_context(contextlib.closing(make_starter()))
        starter.wait_hardware()
        qt = QApplication.instance() or QApplication(["bench"])
        assert isinstance(qt, QApplication)
        qt.setStyle("Fusion")
        engine = stack.enter_context(Engine(timed_set_up(options.mode), starter, directory / "run"))
        steps = max(LEAST_STEPS, round(options.seconds / engine.run(40)))
        rounds: list[dict[str, Cost]] = []
        alone: list[float] = []
        for number in range(1, options.rounds + 1):
            # What is compared comes one after the other, each first as often as second.
            parts = [ALL, CLOSED, PLOTS, OPENS, ""]
            costs = {}
            for part in parts if number % 2 else reversed(parts):
                if part:
                    costs[part] = watched(qt, engine, steps, part)
                else:
                    alone.append(engine.run(steps))
            rounds.append(costs)
            print(
                f"{number}: headless {alone[-1] * 1e3:.2f} ms a step; " + "; ".join(map(words, costs.items())),
                flush=True,
            )
        print(f"{options.mode}, screen {where}; the screen's own server computes beside all but headless")
        return 0 if judged(options.mode, rounds, alone) else 1


def words(entry: tuple[str, Cost]) -> str:
    """A layout and what it cost."""
    layout, cost = entry
    return (
        f"{layout} {cost.step_s * 1e3:.2f} ms ({cost.drawing_s * 1e3:.1f} ms a frame to draw, "
        f"{cost.process_s * 1e3:.1f} in all, {cost.frames_per_s:.1f} frames/s)"
    )


def judged(mode: str, rounds: list[dict[str, Cost]], alone: list[float]) -> bool:
    """Print medians beside their limits; True if all are kept."""
    for layout in LAYOUTS:
        drawing, process = (
            median([getattr(costs[layout], name) for costs in rounds]) for name in ("drawing_s", "process_s")
        )
        print(f"{layout}: median {drawing * 1e3:.1f} ms a frame to draw, {process * 1e3:.1f} in all")
    kept = True
    for layout, limit in ((CLOSED, None), (OPENS, 1.5), (ALL, 2.0)):
        for name in ("drawing_s", "process_s"):
            ratios = [getattr(costs[layout], name) / getattr(costs[PLOTS], name) for costs in rounds]
            what = f"a frame {layout} / of the plots alone, {'drawing' if name == 'drawing_s' else 'whole process'}"
            kept &= ratio(what, ratios, limit)
    kept &= verdict(
        "window process as it opens, share of one core, median", median([c[OPENS].share for c in rounds]), 0.20
    )
    frames = [costs[OPENS].frames_per_s for costs in rounds]
    kept &= verdict("frames a second as it opens, median", median(frames), 8.3, at_least=True)
    kept &= ratio("all panels / docks closed, step time", [c[ALL].step_s / c[CLOSED].step_s for c in rounds], 1.03)
    parsed = parse_mode(mode)
    uses_all = parsed.world_size * parsed.threads_per_rank >= cores()  # then it has no core to be drawn on
    slowdowns = [costs[OPENS].step_s / alone_s for costs, alone_s in zip(rounds, alone, strict=True)]
    return ratio("watched as it opens / headless, step time", slowdowns, None if uses_all else 1.03) and kept


def ratio(what: str, ratios: list[float], limit: float | None) -> bool:
    """Print the median of the rounds' ratios and how far they lie apart; True if it is kept, or has no limit."""
    what = f"{what}, median of {len(ratios)} ({min(ratios):.2f} to {max(ratios):.2f})"
    if limit is not None:
        return verdict(what, median(ratios), limit)
    print(f"{what}: {median(ratios):.3f} (no limit)", flush=True)
    return True


def lay_out(window: Window, layout: str) -> None:
    """Close the panels at the bottom, or open all of them side by side."""
    if layout == OPENS:
        return
    window.resize(1900, 1040)
    for dock in window.findChildren(QDockWidget):
        if window.dockWidgetArea(dock) == Qt.DockWidgetArea.BottomDockWidgetArea:
            window.removeDockWidget(dock)
            if layout == ALL:
                window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
                dock.show()


def watched(qt: QApplication, engine: Engine, steps: int, layout: str) -> Cost:
    """Train `steps` steps with a window open: what it cost."""
    if layout == PLOTS:
        plots = PlotsAlone()
        bridge = Bridge(plots.store)
        bridge.frame.connect(plots.refresh)
        try:
            return _cost(engine, steps, plots.store, bridge, bridge.watch)
        finally:
            plots.close()
    application = Application(qt)
    application.window.show()
    lay_out(application.window, layout)
    try:
        return _cost(engine, steps, application.store, application.bridge, application.runs.watch)
    finally:
        application.window.may_close = True
        application.window.close()
        application.window.deleteLater()


def _cost(engine: Engine, steps: int, store: Store, bridge: Bridge, watch: Callable[[Session | None], None]) -> Cost:
    watch(engine.session)
    store.feed(engine.told)
    bridge.start()
    wait(lambda: False, 0.5)
    engine.made += steps
    engine.session.run_until(engine.made)
    wait(lambda: store.live.num_steps > 20, 5.0)
    before = time.thread_time(), time.process_time(), time.perf_counter()
    frames = bridge.frames
    wait(
        lambda: store.live.status == "paused" and store.live.step >= engine.made and store.live.num_steps >= steps,
        120.0,
    )
    after = time.thread_time(), time.process_time(), time.perf_counter()
    drawing_s, process_s, seconds = (b - a for a, b in zip(before, after, strict=True))
    frames = max(1, bridge.frames - frames)
    at_s = store.live.loss.axis.of("time")
    watch(None)
    bridge.stop()
    return Cost(
        step_s=float(at_s[-1] - at_s[0]) / (len(at_s) - 1),
        frames_per_s=frames / seconds,
        drawing_s=drawing_s / frames,
        process_s=process_s / frames,
    )


def wait(done: Callable[[], bool], limit_s: float) -> None:
    """Let the window live until `done`."""
    loop, deadline_s = QEventLoop(), time.monotonic() + limit_s
    timer = QTimer()
    timer.timeout.connect(lambda: loop.quit() if done() or time.monotonic() > deadline_s else None)
    timer.start(LOOK_MS)
    loop.exec()
    timer.stop()
