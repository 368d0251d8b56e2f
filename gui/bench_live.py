"""`gearshift bench live`: what the window costs while it watches training, and what it costs the training.

    headless     the session alone
    closed       the window without the panels of a step's anatomy
    as it is     the window as it opens
    all open     every panel there is, side by side

Where ranks use all cores, a window that is drawn takes its time from them; `all open / closed` tells the panels' part.
"""

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication, QDockWidget

from engine.bench.loops import Engine, median, verdict
from engine.mode import cores, parse_mode
from engine.spec import make_spec
from engine.starter import make_starter
from gui.app import Application
from gui.bench_screen import screen
from gui.window import Window

LAYOUTS = ("closed", "as it is", "all open")


def main(arguments: list[str], _: str = "") -> int:
    """Interleave headless and watched training of the same run; print shares, frames and the slowdown."""
    parser = argparse.ArgumentParser(prog="gearshift bench live")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each part of a round")
    parser.add_argument("--mode", default="cpu,threads=1", help="what is watched")
    options = parser.parse_args(arguments)
    with screen() as where, contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["GEARSHIFT_HOME"] = str(directory / "home")  # as a new user finds it, and nothing of it stays
        pool = stack.enter_context(contextlib.closing(make_starter()))
        pool.wait_hardware()
        qt = QApplication.instance() or QApplication(["bench"])
        assert isinstance(qt, QApplication)
        qt.setStyle("Fusion")
        engine = stack.enter_context(Engine(make_spec("digits-mlp", mode=options.mode), pool, directory / "run"))
        steps = round(options.seconds / engine.run(40))
        shares, frames, slowdowns, panels = [], [], [], []
        for number in range(1, options.rounds + 1):
            alone_s = engine.run(steps)
            print(f"{number}: headless {alone_s * 1e3:.2f} ms a step", end="", flush=True)
            seconds = {}
            for layout in LAYOUTS if number % 2 else reversed(LAYOUTS):
                share, frames_per_s, seconds[layout] = watched(qt, engine, steps, layout)
                print(
                    f"; {layout} {seconds[layout] * 1e3:.2f} ms (window {share:.1%} of a core, "
                    f"{frames_per_s:.1f} frames/s)",
                    end="",
                    flush=True,
                )
                if layout == "as it is":
                    shares.append(share)
                    frames.append(frames_per_s)
            slowdowns.append(seconds["as it is"] / alone_s)
            panels.append(seconds["all open"] / seconds["closed"])
            print(flush=True)
        print(f"{options.mode}, screen {where}; the screen's own server computes beside all but headless")
        kept = verdict("window process, share of one core, median", median(shares), 0.20)
        kept &= verdict("frames a second, median", median(frames), 8.0, at_least=True)
        kept &= verdict("all panels open / closed, step time, median", median(panels), 1.03)
        mode = parse_mode(options.mode)
        if mode.world_size * mode.threads_per_rank >= cores():
            print(f"watched / headless step time, median: {median(slowdowns):.3f} (ranks use all cores: no limit)")
            return 0 if kept else 1
        return 0 if verdict("watched / headless step time, median", median(slowdowns), 1.03) and kept else 1


def lay_out(window: Window, layout: str) -> None:
    """Close the panels at the bottom, or open all of them side by side."""
    if layout == "as it is":
        return
    for dock in window.findChildren(QDockWidget):
        if window.dockWidgetArea(dock) == Qt.DockWidgetArea.BottomDockWidgetArea:
            window.removeDockWidget(dock)
            if layout == "all open":
                window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
                dock.show()


def watched(qt: QApplication, engine: Engine, steps: int, layout: str) -> tuple[float, float, float]:
    """Train `steps` steps with the real window open: (share of a core, frames a second, seconds a step)."""
    application = Application(qt)
    if layout != "as it is":
        application.window.resize(1900, 1040)
    application.window.show()
    lay_out(application.window, layout)
    application._watch(engine.session)
    application.store.feed(engine.told)
    application.bridge.start()
    wait(lambda: False, 0.5)
    process = psutil.Process()
    engine.made += steps
    engine.session.run_until(engine.made)
    wait(lambda: application.store.num_steps > 20, 5.0)
    store, bridge = application.store, application.bridge
    before, frames, begin_s = process.cpu_times(), bridge.frames, time.perf_counter()
    wait(lambda: store.status == "paused" and store.step >= engine.made and store.num_steps >= steps, 120.0)
    after, seconds = process.cpu_times(), time.perf_counter() - begin_s
    share = (after.user - before.user + after.system - before.system) / seconds
    at_s = store.loss.axis.of("time")
    step_s = float(at_s[-1] - at_s[0]) / (len(at_s) - 1)
    application._watch(None)
    bridge.stop()
    application.window.may_close = True
    application.window.close()
    application.window.deleteLater()
    return share, (bridge.frames - frames) / seconds, step_s


def wait(done: Callable[[], bool], limit_s: float) -> None:
    """Let the window live until `done`."""
    loop, deadline_s = QEventLoop(), time.monotonic() + limit_s
    timer = QTimer()
    timer.timeout.connect(lambda: loop.quit() if done() or time.monotonic() > deadline_s else None)
    timer.start(20)
    loop.exec()
    timer.stop()
