"""`gearshift bench live`: what the window costs while it watches training, and what it costs the training."""

import argparse
import contextlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from engine.bench.loops import Engine, median, verdict
from engine.pool import SparePool
from engine.spec import make_spec
from gui.app import Application
from gui.bench_screen import screen


def main(arguments: list[str], _: str = "") -> int:
    """Interleave headless and watched training of the same run; print shares, frames and the slowdown."""
    parser = argparse.ArgumentParser(prog="gearshift bench live")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each part of a round")
    parser.add_argument("--mode", default="cpu,threads=1", help="what is watched")
    options = parser.parse_args(arguments)
    with screen() as where, contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pool = stack.enter_context(contextlib.closing(SparePool(size=1)))
        pool.wait_hardware()
        pool.size = 0
        qt = QApplication.instance() or QApplication(["bench"])
        assert isinstance(qt, QApplication)
        qt.setStyle("Fusion")
        # The spec as the window starts it: the default workload on one thread, at full speed.
        engine = stack.enter_context(Engine(make_spec("digits-mlp", mode=options.mode), pool, directory / "run"))
        steps = round(options.seconds / engine.run(40))
        shares, frames, slowdowns = [], [], []
        for number in range(1, options.rounds + 1):
            alone_s = engine.run(steps)
            share, frames_per_s, watched_s = watched(qt, engine, steps)
            shares.append(share)
            frames.append(frames_per_s)
            slowdowns.append(watched_s / alone_s)
            print(
                f"{number}: headless {alone_s * 1e3:.2f} ms a step, watched {watched_s * 1e3:.2f} ms "
                f"({slowdowns[-1]:.3f}); window {share:.1%} of a core, {frames_per_s:.1f} frames/s",
                flush=True,
            )
        print(f"screen {where}; the screen's own server computes beside both")
        kept = verdict("window process, share of one core, median", median(shares), 0.20)
        kept &= verdict("frames a second, median", median(frames), 8.0, at_least=True)
        return 0 if verdict("watched / headless step time, median", median(slowdowns), 1.03) and kept else 1


def watched(qt: QApplication, engine: Engine, steps: int) -> tuple[float, float, float]:
    """Train `steps` steps with the real window open: (share of a core, frames a second, seconds a step)."""
    application = Application(qt)
    application.window.show()
    application._watch(engine.session)
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
