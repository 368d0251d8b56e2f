"""`gearshift bench plot`: what a frame of loss and throughput costs, with ten thousand and with ten million points."""

import argparse
import sys
from time import thread_time

import numpy as np
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from engine.bench.loops import median, verdict
from engine.events.run import SegmentStarted
from engine.rows import STEP_ROW, Rows, StepBatch
from gui.bench.screen import screen
from gui.look.theme import apply_theme
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.loss import LossPanel
from gui.panels.throughput import ThroughputPanel

STEP_S = 0.3
"""Longer than a throughput window, so that every step is a point of that curve too."""


def main(arguments: list[str], _: str = "") -> int:
    """Print a row a size; the last line is the ratio of the largest to the smallest."""
    parser = argparse.ArgumentParser(prog="gearshift bench plot")
    parser.add_argument("--points", type=int, nargs="+", default=[10_000, 1_000_000, 10_000_000])
    parser.add_argument("--frames", type=int, default=20, help="frames a round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    with screen() as where:
        qt = QApplication.instance() or QApplication(["bench"])
        assert isinstance(qt, QApplication)
        qt.setStyle("Fusion")
        apply_theme(qt, "light", 10)
        print(f"screen {where}; median of {options.rounds} x {options.frames} frames of a 900 x 640 pair of plots")
        subjects = [Subject(points) for points in options.points]
        costs: list[list[float]] = [[] for _ in subjects]
        for _round in range(options.rounds):
            for subject, times in zip(subjects, costs, strict=True):
                times += [subject.frame(qt) for _ in range(options.frames)]
        for subject, times in zip(subjects, costs, strict=True):
            print(f"{subject.points:>12,} points a curve: {median(times) * 1e3:6.2f} ms a frame, {subject.memory()}")
        kept = verdict("longest history, ms a frame", median(costs[-1]) * 1e3, 16.0)
        kept &= verdict("longest / shortest history, median frame", median(costs[-1]) / median(costs[0]), 1.3)
    sys.stdout.flush()
    return 0 if kept else 1


class PlotsAlone:
    """Loss and throughput in an empty window that is shown, and their store."""

    def __init__(self) -> None:
        self.store = Store()
        self._view = PlotView()
        self._panels = [LossPanel(self._view), ThroughputPanel(self._view)]
        self._window = QWidget()
        layout = QVBoxLayout(self._window)
        for panel in self._panels:
            layout.addWidget(panel)
        self._window.resize(900, 640)
        self._window.show()

    def refresh(self) -> None:
        """Let both plots draw what the store holds."""
        for panel in self._panels:
            panel.refresh(self.store)

    def close(self) -> None:
        """Close the window with the two plots."""
        self._window.close()
        self._window.deleteLater()


class Subject(PlotsAlone):
    """Both plots over a history of so many steps."""

    def __init__(self, points: int) -> None:
        super().__init__()
        self.points = points
        self.store.feed(
            [SegmentStarted(at_s=0.0, segment=0, step=0, mode="cpu", words="bench", ranks=(), warmup_steps=0)]
        )
        self._next = 0
        while self._next < points:
            self._append(min(1_000_000, points - self._next))

    def _append(self, count: int) -> None:
        self.store.feed([StepBatch(_rows(self._next, count))])
        self._next += count

    def frame(self, qt: QApplication) -> float:
        """Some new steps, both panels refreshed and painted: seconds of the processor."""
        self._append(50)
        begin_s = thread_time()
        self.refresh()
        self._window.repaint()
        qt.processEvents()
        return thread_time() - begin_s

    def memory(self) -> str:
        """How much memory the curves have reserved, in words."""
        loss, throughput = self.store.live.loss, self.store.live.throughput
        smoothed = loss.smoothed(self._view.smoothing)
        total = loss.axis.reserved_bytes + loss.raw.levels.reserved_bytes + smoothed.levels.reserved_bytes
        total += throughput.axis.reserved_bytes + throughput.curve.levels.reserved_bytes
        return f"{total / 2**20:,.0f} MiB in memory"


def _rows(first: int, count: int) -> Rows:
    rows = np.zeros(count, STEP_ROW)
    steps = np.arange(first, first + count)
    rows["step"] = steps
    rows["loss"] = 2.0 / (1.0 + steps * 1e-3) + np.random.default_rng(first).normal(0.0, 0.05, count) ** 2
    rows["at_s"] = (steps + 1) * STEP_S
    rows["seconds"] = STEP_S
    rows["samples"] = 64
    return rows
