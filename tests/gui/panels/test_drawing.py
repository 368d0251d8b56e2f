"""What a frame costs: only what changed is painted, nothing is laid out anew for digits that replace others."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.events.message import Message
from engine.events.run import SegmentStarted, StatusChanged
from engine.record.replay import Replay
from engine.rows import STEP_ROW, Rows, StepBatch
from gui.app import Application
from gui.bench.plot import PlotsAlone
from gui.bridge import REST_MS, TICK_MS, Bridge
from gui.cli.preview import SAMPLE_RUN
from gui.look.view import FREE
from gui.model.store import Store
from gui.widgets.axes import LeanAxis
from gui.widgets.held_size import FigureLabel
from gui.widgets.legend import Legend
from gui.window.docks import is_seen
from gui.window.toolbar import RunBar
from tests.gui.model.test_board import anatomy

STEPS_A_FRAME = 6
FRAMES = 12
APART_EVERY = 3
"""Frames, in which a step is taken apart: four a second."""


class Events(QObject):
    """Counts what the application's widgets are sent: (kind, class of the widget, class of its parent)."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[tuple[QEvent.Type, str, str]] = Counter()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(watched, QWidget):
            parent = watched.parent()
            self.seen[event.type(), type(watched).__name__, type(parent).__name__ if parent else ""] += 1
        return False

    def of(self, kind: QEvent.Type) -> dict[tuple[str, str], int]:
        return {(one, parent): count for (seen, one, parent), count in self.seen.items() if seen == kind}


@pytest.fixture
def running(qapp: QApplication, qtbot: QtBot) -> Iterator[Application]:
    """The window over a run that goes, fed by hand: no ranks, no timer."""
    application = Application(qapp)
    application.window.resize(1280, 800)
    application.window.show()
    application.store.feed(
        [
            SegmentStarted(at_s=0.0, segment=0, step=0, mode="cpu", words="one thread", ranks=(), warmup_steps=0),
            StatusChanged(at_s=0.0, status="running", step=0),
            StepBatch(rows(100_000, 400)),
        ]
    )
    for _ in range(3):  # until what the first news moves has moved
        application.window.refresh()
        settle(qapp)
    yield application
    application.window.may_close = True
    application.window.close()
    application.window.deleteLater()


def rows(first: int, count: int) -> Rows:
    """Steps of 20 ms whose loss wanders about 0.5: its last digits come and go."""
    made = np.zeros(count, STEP_ROW)
    made["step"] = np.arange(first, first + count)
    made["loss"] = 0.5 + 0.1 * np.sin(made["step"] * 7.0).round(3)
    made["at_s"] = (made["step"] + 1) * 0.02
    made["seconds"] = 0.02
    made["samples"] = 64
    return made


def settle(qapp: QApplication) -> None:
    for _ in range(10):
        qapp.processEvents()


def frames(application: Application, qapp: QApplication, *, apart_every: int = 0) -> Events:
    """What some frames of a run cause; in each so many a step is taken apart."""
    events = Events()
    for number in range(2 * FRAMES if apart_every else FRAMES):
        if number == (FRAMES if apart_every else 0):  # until then what the first ones move has moved
            qapp.installEventFilter(events)
        application.store.feed(news(application.store.live.step, number, apart_every))
        application.window.refresh()
        settle(qapp)
    qapp.removeEventFilter(events)
    return events


def news(step: int, number: int, apart_every: int) -> list[Message]:
    """What a frame of that number draws, from this step on."""
    fed: list[Message] = [StepBatch(rows(step, STEPS_A_FRAME))]
    if apart_every and number % apart_every == 0:
        fed.append(anatomy(step, 0, forward_s=0.004 + 1e-5 * number, sending_s=0.005))
    return fed


def calls_a_frame(store: Store, refresh: Callable[[], None], qapp: QApplication) -> float:
    """How many functions are called for a frame of a run of which steps are taken apart too, from Python or in it."""
    called = 0

    def note(_frame: object, event: str, _of: object) -> None:
        nonlocal called
        called += event in ("call", "c_call")

    for number in range(2 * FRAMES):
        store.feed(news(store.live.step, number, APART_EVERY))
        sys.setprofile(note if number >= FRAMES else None)  # until then what the first ones move has moved
        refresh()
        settle(qapp)
        sys.setprofile(None)
    return called / FRAMES


def test_a_frame_lays_nothing_out_anew(running: Application, qapp: QApplication) -> None:
    shown = running.window._bar.rate.below.text()
    events = frames(running, qapp)
    assert running.window._bar.rate.below.text() != shown  # there was something to draw
    assert events.of(QEvent.Type.LayoutRequest) == {}


def test_a_frame_paints_the_plots_once_and_nothing_that_did_not_change(
    running: Application, qapp: QApplication
) -> None:
    painted = frames(running, qapp).of(QEvent.Type.Paint)
    assert painted[("QWidget", "UpperPlot")] == painted[("QWidget", "CurvePlot")] == FRAMES
    assert painted[("FigureLabel", "RateTitle")] == FRAMES  # the step; the rate is the same all the time
    still = {
        ("HistoryRows", "QWidget"),
        ("LaneView", "ModeFrame"),
        ("ModeFrame", "LanesPanel"),
        ("ReasonedList", "Setting"),
        ("Field", "Setting"),
    }
    seen = [widget for widget in running.window.findChildren(QWidget) if widget.isVisible()]
    assert still <= {(type(widget).__name__, type(widget.parent()).__name__) for widget in seen}
    assert not still & painted.keys()


def test_a_frame_computes_little_beside_its_plots(running: Application, qapp: QApplication) -> None:
    plots = PlotsAlone()
    plots.store.feed([SegmentStarted(at_s=0.0, segment=0, step=0, mode="cpu", words="", ranks=(), warmup_steps=0)])
    plots.store.feed([StatusChanged(at_s=0.0, status="running", step=0), StepBatch(rows(100_000, 400))])
    alone = calls_a_frame(plots.store, plots.refresh, qapp)
    plots.close()
    whole = calls_a_frame(running.store, running.window.refresh, qapp)
    assert whole / alone < 1.2, (whole, alone)


def test_a_frame_works_nothing_out_anew_that_is_as_it_was(
    running: Application, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted = []
    fit = RunBar._fit
    monkeypatch.setattr(RunBar, "_fit", lambda bar: (fitted.append(bar.rate.rate.text()), fit(bar)))
    monkeypatch.setattr("gui.widgets.verdict_line.make_spec", lambda _: pytest.fail("there is a run"))
    frames(running, qapp)
    assert fitted == []
    faster = rows(running.store.live.step, 200)
    faster["samples"] *= 1_000
    running.store.feed([StepBatch(faster)])
    running.window.refresh()
    assert fitted == ["3,200,000 samples/s"]


def test_the_ribbon_is_painted_anew_where_a_pixel_of_it_is_another_one(
    running: Application, qapp: QApplication
) -> None:
    assert ("Ribbon", "RibbonPanel") not in frames(running, qapp).of(QEvent.Type.Paint)
    events, view = Events(), running.window.view
    view.set(follow=FREE)
    settle(qapp)
    qapp.installEventFilter(events)
    low, high = view.leader.viewRange()[0]
    a_pixel = (high - low) / view.leader.width()
    painted = []
    for tenth in range(12):  # its mode begins in sight
        view.leader.setXRange(low - 0.1 * tenth * a_pixel, high - 0.1 * tenth * a_pixel, padding=0)
        settle(qapp)
        painted.append(events.of(QEvent.Type.Paint).get(("Ribbon", "RibbonPanel"), 0))
    qapp.removeEventFilter(events)
    assert painted == [0] * 5 + [1] * 5 + [2] * 2


def test_a_step_taken_apart_is_told_in_one_pass_over_the_window(running: Application, qapp: QApplication) -> None:
    said, window = running.window.panel("lanes")._hint, running.window
    events, count = frames(running, qapp, apart_every=APART_EVERY), FRAMES // APART_EVERY
    painted = events.of(QEvent.Type.Paint)
    assert painted[("QLabel", "Still")] == count
    assert painted.get(("QLabel", "Place"), 0) <= count

    def on_the_screen() -> QImage:
        at = said.mapTo(window, QPoint())
        return window.screen().grabWindow(window.winId(), at.x(), at.y(), said.width(), said.height()).toImage()

    seen = on_the_screen()
    assert said.text()
    said.update()
    settle(qapp)
    assert on_the_screen() == seen
    said.clear()
    settle(qapp)
    assert on_the_screen() != seen


def test_a_plot_that_nobody_sees_is_not_made(running: Application, qapp: QApplication) -> None:
    bubble = running.window.panel("bubble")
    assert not bubble.findChildren(pg.PlotWidget)
    running.window.docks.by_id["bubble"].raise_()
    settle(qapp)
    running.window.refresh()
    (plot,) = bubble.findChildren(pg.PlotWidget)
    assert plot.isHidden()  # as long as there is nothing to draw
    assert plot.height() > bubble.height() / 3


def test_a_panel_behind_a_tab_draws_nothing_until_it_comes_to_the_front(
    running: Application, qapp: QApplication, qtbot: QtBot
) -> None:
    surface, front = running.window.panel("surface"), running.window.panel("log")
    running.window.refresh()
    seen = {panel.panel_id for panel in running.window.panels if is_seen(panel)}
    assert seen == {"setup", "ribbon", "loss", "throughput", "board", "devices", "lanes", "log"}
    assert surface.isVisible()  # as Qt has it
    assert (surface._run, front._run) == (None, running.store.live)
    running.window.docks.by_id["surface"].raise_()  # nothing is new, and it draws all the same
    qtbot.waitUntil(lambda: surface._run is running.store.live, timeout=2_000)
    running.store.begin("another")
    running.window.refresh()
    assert surface._run is running.store.live is not front._run


@pytest.mark.parametrize("texts", [["12.3", "12", "12.1"], ["998", "1,002", "997"], ["", "1,234 samples/s", ""]])
def test_a_figure_is_never_cut_off_and_moves_no_more_than_it_must(qtbot: QtBot, texts: list[str]) -> None:
    holder, label, plain = QWidget(), FigureLabel(padding_pixels=8), QLabel()
    plain.setContentsMargins(8, 0, 8, 0)
    column = QVBoxLayout(holder)
    for one in (label, plain):
        one.setText("0")
        column.addWidget(one)
    qtbot.addWidget(holder)
    holder.show()
    widths = []
    for text in texts * 2:
        for one in (label, plain):
            one.setText(text)
        QApplication.processEvents()
        assert label.width() >= plain.sizeHint().width(), text
        assert label.height() == plain.sizeHint().height()
        assert label.contentsRect().left() == 8
        widths.append(label.width())
    assert len(set(widths[1:])) == (2 if "" in texts else 1)


def test_a_figure_follows_the_size_of_the_text(qtbot: QtBot) -> None:
    label, plain = FigureLabel(), QLabel()
    for one in (label, plain):
        qtbot.addWidget(one)
        one.setText("step 1,234")
    small = label.size()
    font = label.font()
    for points in (24, 9, 24):
        font.setPointSize(points)
        for one in (label, plain):
            one.setFont(font)
        QApplication.processEvents()
        assert label.size() == plain.sizeHint()
    assert label.height() > small.height()


def test_a_legend_shows_each_value_whole_in_any_size_of_the_text(qtbot: QtBot) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.add("raw", "loss", "")
    legend.add("line", "smoothed", "")
    legend.resize(900, 60)
    legend.show()
    for points in (10, 24, 9):
        legend.setStyleSheet(f"QToolButton {{ font-size: {points}pt; }}")
        for value in ("0.5123", "0.51", "1.234e-05", "0.5", ""):
            legend.show_value("raw", value)
            QApplication.processEvents()
            for button in legend.findChildren(QToolButton):
                assert button.width() >= button.sizeHint().width(), (points, button.text())
            assert legend._buttons["raw"][0].text() == (f"loss  {value}" if value else "loss")


def test_the_lean_axis_has_pyqtgraphs_ticks(qapp: QApplication) -> None:
    lean, plain = LeanAxis("left"), pg.AxisItem("left")
    generator = np.random.default_rng(1)
    for _ in range(300):
        length, first = 10.0 ** generator.uniform(-3, 6), generator.normal() * 10.0 ** generator.uniform(-3, 6)
        low, high = first, first + length
        size = generator.uniform(20, 2000)
        for (spacing, values), (its_spacing, its_values) in zip(
            lean.tickValues(low, high, size), plain.tickValues(low, high, size), strict=True
        ):
            assert spacing == its_spacing
            assert values == pytest.approx(its_values, rel=1e-12, abs=1e-12 * (high - low))


class Counted(Replay):
    """A replay that counts how often it is asked."""

    asked = 0

    def take(self) -> list:  # type: ignore[type-arg]
        self.asked += 1
        return super().take()


def test_at_rest_the_bridge_looks_seldom_and_what_is_asked_for_wakes_it(qtbot: QtBot) -> None:
    bridge, source = Bridge(Store()), Counted(SAMPLE_RUN, at_end=True)
    bridge.start()
    bridge.watch(source)
    qtbot.wait(1_500)  # all of it is shown, and then for a second nothing is new

    def asked_in(milliseconds: int) -> int:
        before = source.asked
        qtbot.wait(milliseconds)
        return source.asked - before

    assert 1 <= asked_in(600) <= 600 // REST_MS + 1
    bridge.wake()
    assert asked_in(600) > 2 * 600 // REST_MS
    bridge.stop()
    assert asked_in(10 * TICK_MS) == 0
    source.close()


def test_between_frames_the_bridge_lets_a_run_be(qtbot: QtBot) -> None:
    # What is taken in before a frame is due cannot be shown before: a tick is for a frame.
    bridge, made = Bridge(Store()), []
    bridge.frame.connect(lambda: made.append(bridge.store.live.step))

    class Running:
        """A run with news whenever it is asked."""

        asked = 0

        def take(self) -> list[StepBatch]:
            self.asked += 1
            return [StepBatch(rows(self.asked, 1))]

    source = Running()
    bridge.watch(source)  # type: ignore[arg-type]
    bridge.start()
    qtbot.waitUntil(lambda: len(made) >= 10, timeout=5_000)
    bridge.stop()
    assert source.asked <= len(made) + 2


def test_who_asks_again_and_again_does_not_keep_the_bridge_from_looking(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge, looked = Bridge(Store()), []
    monkeypatch.setattr(bridge, "tick", lambda: looked.append(1))
    bridge.start()
    for _ in range(40):
        bridge.wake()
        qtbot.wait(5)
    bridge.stop()
    assert len(looked) >= 4
