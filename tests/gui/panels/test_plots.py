"""What plots show is readable and true: whole labels in one format, no axis that a spike flattens, a way back."""

import math
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QPainter, QPixmap
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.events.evaluator import Validated
from engine.events.run import StatusChanged
from engine.rows import StepBatch
from gui.look.scale import WIDE
from gui.look.theme import apply_theme, plot_colours
from gui.look.view import ALL, FOLLOW, FREE, PlotView
from gui.model.store import Store
from gui.model.throughput import ThroughputCurve
from gui.panels.loss import LossPanel
from gui.panels.ribbon import RibbonPanel
from gui.panels.throughput import ThroughputPanel
from gui.widgets.axes import LeanAxis, TimeAxis
from gui.widgets.plot_items import DOT_PIXELS, spread
from gui.widgets.plot_range import Reach
from tests.messages import batch, begin
from tests.windows import feed_sample


def run(steps: int, *, samples: int = 10, spike: float = 0.0) -> Store:
    store = Store()
    rows = batch(0, steps)
    rows.rows["samples"] = samples
    rows.rows["loss"] = 2.3 / (1 + rows.rows["step"] * 0.01)
    if spike:
        rows.rows["loss"][steps // 2] = spike
    store.feed([begin(0, 0, 0.0), StatusChanged(at_s=0.0, status="running", step=0), rows])
    return store


SIZES = [(420, 170), (700, 300), (1_400, 600)]


@pytest.mark.parametrize("points", [9, 10, 14, 20, 26])
def test_no_label_of_an_axis_is_cut_or_written_over_another(qapp: QApplication, qtbot: QtBot, points: int) -> None:
    apply_theme(qapp, "light", points)
    for samples in (10, 4_000, 4_000_000):
        panel, store = ThroughputPanel(PlotView()), run(12_000, samples=samples)
        qtbot.addWidget(panel)
        panel.show()
        for size in SIZES:
            panel.resize(*size)
            for _ in range(3):
                panel.refresh(store)
                qapp.processEvents()
            # In plots that are less high, large text leaves no room for an axis.
            assert whole_labels(panel) >= 3 or size[1] < 200, (samples, size)
    apply_theme(qapp, "light", 10)


def whole_labels(panel: ThroughputPanel, *, begins_at_zero: bool = True) -> int:
    """How many numbers stand along both axes: none is cut, none written over another."""
    plot = panel._plot
    visible = QRectF(plot.rect())  # of the scene, in pixels
    seen = 0
    for side in ("left", "bottom"):
        axis = plot.getPlotItem().getAxis(side)
        metrics = QFontMetricsF(axis.style["tickFont"])
        canvas = QPixmap(10, 10)
        painter = QPainter(canvas)
        specs = axis.generateDrawSpecs(painter)[2]
        painter.end()
        boxes = []
        for rect, _, text in specs:
            place = axis.mapRectToScene(rect)
            wide, high = metrics.horizontalAdvance(text), metrics.tightBoundingRect(text).height()
            centre = place.center()
            left = place.right() - wide if side == "left" else centre.x() - wide / 2
            assert left >= visible.left() - 1, (side, text)
            assert left + wide <= visible.right() + 1, (side, text)
            assert centre.y() - high / 2 >= visible.top() - 1, (side, text)
            assert centre.y() + high / 2 <= visible.bottom() + 1, (side, text)
            boxes.append((centre.y() - high / 2, centre.y() + high / 2) if side == "left" else (left, left + wide))
        boxes.sort()
        begins = not begins_at_zero or side == "left" or not specs or "0" in {text for *_, text in specs}
        assert begins, "where it begins"
        assert all(first[1] <= second[0] + 1 for first, second in pairwise(boxes)), side
        seen += len(boxes)
        axis_box = axis.mapRectToScene(axis.boundingRect())
        assert axis_box.height() >= metrics.height() if side == "bottom" else True
    return seen


def test_axes_write_numbers_in_one_format(qapp: QApplication) -> None:
    axis = LeanAxis("left")
    assert axis.tickStrings([0.0, 10_000.0, 20_000.0], 1.0, 10_000.0) == ["0", "10,000", "20,000"]
    assert axis.tickStrings([0.0, 0.5, 1.0], 1.0, 0.5) == ["0", "0.5", "1.0"]
    assert axis.tickStrings([0.0, 500_000.0, 1_000_000.0], 1.0, 500_000.0) == ["0", "0.5 M", "1.0 M"]
    assert axis.tickStrings([1e-7, 2e-7], 1.0, 1e-7) == ["1e-07", "2e-07"]
    axis.write_shares(in_percent=True)
    assert axis.tickStrings([-0.1, -1e-17, 0.8, 1.0, 1.1], 1.0, 0.1) == ["", "0 %", "80 %", "100 %", ""]
    assert axis.tickStrings([0.975, 0.98], 1.0, 0.005) == ["97.5 %", "98.0 %"]
    axis.write_shares(in_percent=False)
    assert axis.tickStrings([0.8], 1.0, 0.1) == ["0.8"]
    axis.setLogMode(True)
    assert axis.tickStrings([-3.0, 0.0, 4.0, 6.0], 1.0, 1.0) == ["0.001", "1", "10,000", "1 M"]


@pytest.mark.parametrize("kind", ["number", "time", "logarithm"])
def test_numbers_along_an_axis_tell_places_apart_however_near_it_is_looked_at(qapp: QApplication, kind: str) -> None:
    axis = TimeAxis("left")
    axis.kind = kind
    axis.setLogMode(x=kind == "logarithm", y=kind == "logarithm")
    for middle in (0.31, 2.345, 61.0, 754.3, 33_500.0, 1_234_567.0):
        for part in (1.0, 0.3, 1e-2, 1e-3, 1e-5):
            low, high = middle * (1 - part / 2), middle * (1 + part / 2)
            if kind == "logarithm":
                low, high = math.log10(low), math.log10(high)
            ticks = axis.tickValues(low, high, 600.0)
            words = [text for spacing, values in ticks for text in axis.tickStrings(values, 1.0, spacing)]
            assert len(set(words)) == len(words) >= 2, (middle, part)
    if kind == "time":
        assert axis.tickStrings([125.2, 125.4, 59.8], 1.0, 0.2) == ["2:05.2", "2:05.4", "59.8"]
    if kind == "number":
        assert axis.tickStrings([1_234_567.0, 1_234_568.0], 1.0, 1.0) == ["1,234,567", "1,234,568"]


def test_ticks_of_time_are_a_clocks(qapp: QApplication) -> None:
    axis = TimeAxis("bottom")
    axis.kind, axis.least_pixels = "time", 70.0
    for length_s, wanted in (
        (167.0, ["0:00", "0:30", "1:00"]),
        (45.0, ["0:00", "0:10", "0:20"]),
        (4_000.0, ["0:00", "10:00"]),
    ):
        ((spacing, values), *_) = axis.tickValues(0.0, length_s, 550.0)
        assert axis.tickStrings(values, 1.0, spacing)[: len(wanted)] == wanted
        assert spacing / length_s * 550 >= 60
    assert len(axis.tickValues(100.0, 101.5, 550.0)[0][1]) >= 2


@pytest.mark.parametrize("points", [10, 26])
def test_no_label_of_a_logarithmic_axis_is_written_over_another(qapp: QApplication, qtbot: QtBot, points: int) -> None:
    apply_theme(qapp, "light", points)
    panel = ThroughputPanel(PlotView())
    qtbot.addWidget(panel)
    panel.show()
    panel.view.set(log_x=True, log_y=True)
    for steps, faster in ((150, 1), (900, 20), (12_000, 1_000)):
        store = run(steps)
        more = batch(steps, steps, at_s=0.01 * steps)
        more.rows["samples"] *= faster
        store.feed([more])
        for size in SIZES:
            panel.resize(*size)
            for _ in range(3):
                panel.refresh(store)
                qapp.processEvents()
            assert whole_labels(panel, begins_at_zero=False) >= 2, (steps, size)
    apply_theme(qapp, "light", 10)


@pytest.mark.parametrize("steps", [600, 60_000])
def test_a_spike_leaves_the_axis_with_a_mark_and_the_rest_its_height(qtbot: QtBot, steps: int) -> None:
    panel = LossPanel(PlotView())
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    panel.show()
    plot = panel._plot
    for spike, is_marked in ((0.0, False), (90_000.0, True)):
        panel.refresh(run(steps, spike=spike))
        top = plot.getPlotItem().getViewBox().viewRange()[1][1]
        assert 2.3 <= top < 4.0
        assert bool(plot.spikes.places) == is_marked
    assert plot.spikes.places[0] == pytest.approx(steps // 2, rel=0.02)


@pytest.mark.parametrize(("high", "is_marked"), [(1, True), (5, False)])
def test_a_validation_amid_a_spike_leaves_the_axis_too_and_a_rise_that_lasts_does_not(
    qtbot: QtBot, high: int, is_marked: bool
) -> None:
    panel, store = LossPanel(PlotView()), run(6_000, spike=90_000.0)
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    panel.show()
    losses = [2.0 / (1 + number) for number in range(15)] + [80_000.0] * high + [0.1] * 9
    for number, loss in enumerate(losses):
        store.feed([Validated(at_s=1.0, step=200 * number, loss=loss, metric=0.5, samples=10, seconds=0.1)])
    panel.refresh(store)
    top = panel._plot.getPlotItem().getViewBox().viewRange()[1][1]
    assert (top < 4.0) is is_marked
    assert bool(panel._plot.spikes.places), "of the one step, whatever is validated"


def test_what_lasts_is_no_spike_and_neither_is_a_first_loss() -> None:
    falling = 100.0 / (1 + np.arange(2_000.0))
    assert Reach().top([falling]) == 100.0
    plateau = np.full(2_000, 1.0)
    plateau[900:960] = 50.0
    assert Reach().top([plateau]) == 50.0
    noise = np.random.default_rng(1).normal(size=2_000) ** 2
    assert Reach().top([noise]) == noise.max()
    noise[700] = 1e6
    assert Reach().top([noise]) < 2 * np.delete(noise, 700).max()
    assert Reach().top([noise, np.full(2_000, 1e6)]) == 1e6, "of two curves none is cut for the other's spike"


def test_while_a_spike_is_in_the_picture_the_axis_settles(qtbot: QtBot) -> None:
    """It is as narrow, and as high above what follows it, as a spike just is: a pixel more or less decides."""
    draw, panel, store = np.random.default_rng(3), LossPanel(PlotView()), Store()
    qtbot.addWidget(panel)
    panel.resize(480, 240)
    panel.show()
    rows = batch(0, 12_000).rows
    rows["loss"] = 0.15 + 2.2 * np.exp(-np.arange(12_000) / 1_500)
    rows["loss"][8_000:10_000] += draw.gamma(1.2, 0.5, 2_000)
    rows["loss"][8_000:8_120] += 12 * np.exp(-np.arange(120) / 30)
    store.feed([begin(0, 0, 0.0), StatusChanged(at_s=0.0, status="running", step=0), StepBatch(rows[:8_100])])
    tops = []
    for first in range(8_100, 12_000, 100):
        store.feed([StepBatch(rows[first : first + 100])])
        panel.refresh(store)
        tops.append(panel._plot.getPlotItem().getViewBox().viewRange()[1][1])
    assert len([1 for one, other in pairwise(tops) if abs(other - one) > 0.02 * one]) <= 2, tops
    assert tops[-1] < 6.0


def test_moved_plots_show_the_way_back_and_following_ends_with_the_run(qtbot: QtBot) -> None:
    view = PlotView()
    panel, store = LossPanel(view), run(2_000)
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    panel.show()
    panel.refresh(store)
    button = panel._plot._fit
    assert not button.isVisible()
    box = panel._plot.getPlotItem().getViewBox()
    box.setYRange(0, 50)
    box.sigRangeChangedManually.emit([False, True])
    assert button.isVisible()
    button.click()
    assert not button.isVisible()
    assert box.viewRange()[1][1] < 4
    view.set(follow=FREE)
    assert button.isVisible()
    button.click()
    assert view.follow == ALL
    view.set(follow=FOLLOW)
    panel.refresh(store)
    assert view.follow == FOLLOW
    store.feed([StatusChanged(at_s=1.0, status="finished", step=2_000)])
    panel.refresh(store)
    assert view.follow == ALL
    assert not panel._follow.isChecked()


@pytest.mark.parametrize("points", [10, 20, 26])
@pytest.mark.parametrize("kind", [LossPanel, ThroughputPanel])
def test_the_way_back_covers_nothing_that_is_drawn(
    qapp: QApplication, qtbot: QtBot, kind: type[LossPanel | ThroughputPanel], points: int
) -> None:
    apply_theme(qapp, "light", points)
    try:
        view = PlotView()
        panel, store = kind(view), run(2_000)
        qtbot.addWidget(panel)
        panel.resize(900, 400)
        panel.show()
        panel.refresh(store)
        view.set(follow=FREE)
        qapp.processEvents()
        plot = panel._plot
        button, box = plot._fit, plot.getPlotItem().getViewBox()
        drawn = plot.mapFromScene(box.sceneBoundingRect()).boundingRect()
        assert button.isVisible()
        assert not button.geometry().intersects(drawn)
        assert plot.rect().contains(button.geometry())
        assert button.width() >= button.fontMetrics().horizontalAdvance(button.text())
        assert button.size() == button.sizeHint()
    finally:
        apply_theme(qapp, "light", 10)


def test_dense_dots_of_validation_leave_the_line_to_be_seen(qtbot: QtBot) -> None:
    view = PlotView()
    panel, store = LossPanel(view), run(2_000)
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    panel.show()
    panel.refresh(store)
    colours = {name: panel._plot.lines[name].opts["pen"].color() for name in ("line",)}

    def columns() -> int:
        """In so many columns of pixels the smoothed line is seen."""
        image = panel._plot.grab().toImage()
        pixel = colours["line"].rgb()
        return sum(any(image.pixel(x, y) == pixel for y in range(image.height())) for x in range(image.width()))

    alone = columns()
    line = store.live.loss.smoothed(view.smoothing)
    for step in range(0, 2_000, 2):
        loss = line.value_at("step", step + 1.0)
        store.feed([Validated(at_s=1.0, step=step, loss=loss, metric=0.5, samples=10, seconds=0.1)])
    panel.refresh(store)
    assert alone > 700
    assert columns() >= 0.98 * alone
    dots, box = panel._plot.lines["validation"], panel._plot.getPlotItem().getViewBox()
    apart = np.diff(dots._x) * box.width() / (box.viewRange()[0][1] - box.viewRange()[0][0])
    assert apart.min() >= 1.5 * DOT_PIXELS - 0.01, "ground is seen between any two"
    assert np.median(apart) <= 6 * DOT_PIXELS, "and there are as many as can be told apart"
    assert dots._x[-1] == 1_998, "the newest one is seen"


def test_dots_are_larger_beside_larger_letters(qapp: QApplication, qtbot: QtBot) -> None:
    try:
        widths = []
        for points in (10, 26):
            apply_theme(qapp, "light", points)
            panel, store = LossPanel(PlotView()), run(400)
            qtbot.addWidget(panel)
            panel.resize(900, 400)
            panel.show()
            store.feed([Validated(at_s=1.0, step=200, loss=1.0, metric=0.5, samples=10, seconds=0.1)])
            panel.refresh(store)
            widths.append(panel._plot.lines["validation"]._pen.widthF())
        assert widths[0] == DOT_PIXELS
        assert widths[1] > 1.5 * widths[0]
    finally:
        apply_theme(qapp, "light", 10)


def test_which_dots_are_seen_changes_seldom_while_a_run_grows() -> None:
    places = np.sort(np.random.default_rng(3).uniform(0, 1_000, 4_000))
    seen = {length: set(spread(places[:length], 0.02 * places[length - 1]).tolist()) for length in (3_000, 3_050)}
    assert len(seen[3_000] - {2_999} - seen[3_050]) <= 1
    assert spread(places[:0], 1.0).tolist() == []
    assert spread(places[:1], 1.0).tolist() == [0]


@pytest.mark.parametrize("kind", [LossPanel, ThroughputPanel])
def test_where_a_run_was_looked_at_closely_another_one_is_shown_whole(
    qtbot: QtBot, kind: type[LossPanel | ThroughputPanel]
) -> None:
    view, store = PlotView(), Store()
    panel = kind(view)
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    panel.show()
    box = panel._plot.getPlotItem().getViewBox()

    def begin_run(name: str, steps: int) -> None:
        store.begin(name)
        store.feed([begin(0, 0, 0.0), StatusChanged(at_s=0.0, status="running", step=0), batch(0, steps)])
        panel.refresh(store)

    begin_run("runs/first", 2_000)
    panel._plot._on_manual([False, True])  # as the wheel does
    panel._plot._on_manual([True, False])
    box.setRange(xRange=(800, 1_200), yRange=(5_000, 6_000), padding=0)
    begin_run("runs/first", 1_990)  # wound back, and told again
    assert box.viewRange() == [[800, 1_200], [5_000, 6_000]]
    assert panel._plot._fit.isVisible()
    begin_run("runs/second", 300)
    (left, right), (_, top) = box.viewRange()
    assert (view.follow, panel._plot._fit.isVisible()) == (ALL, False)
    assert left < 10
    assert 290 < right < 400
    assert top < 4_000


def test_each_mode_of_the_sample_run_has_a_line_as_high_as_its_row_of_the_board_says() -> None:
    # Its first mode and its last lasted a window each; and it was recorded when steps of free ranks overlapped.
    store = Store()
    feed_sample(store)
    run = store.live
    rates = {row.name: row.units_per_s for row in run.board.rows()}
    begins = [*run.throughput.pieces([segment.step for segment in run.segments]), len(run.throughput.axis)]
    for segment, (first, last) in zip(run.segments, pairwise(begins), strict=True):
        line = run.throughput.steady.levels.raw.values[first:last]
        assert len(line) >= 2, segment.name
        assert line.mean() == pytest.approx(rates[segment.name], rel=0.5), segment.name
    one = run.throughput.axis.of("step")[: begins[1]]
    assert one[0] < 10, "from its first step that counts on"
    assert one[-1] > 300


@pytest.mark.parametrize("kind", ["step", "time", "samples"])
def test_a_logarithmic_axis_begins_at_the_first_step(qtbot: QtBot, kind: str) -> None:
    view = PlotView()
    panel, store = LossPanel(view), run(5_000)
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    panel.show()
    store.feed([Validated(at_s=1.0, step=s, loss=1.0, metric=0.5, samples=10, seconds=0.1) for s in (0, 200)])
    view.set(x_kind=kind, log_x=True)
    panel.refresh(store)
    low, high = panel._plot.getPlotItem().getViewBox().viewRange()[0]
    axis = store.live.loss.axis.of(kind)
    assert low == pytest.approx(np.log10(axis[0]), abs=0.03 * (high - low))
    assert high == pytest.approx(np.log10(axis[-1]), abs=0.03 * (high - low))


def test_validation_is_drawn_as_dots(qtbot: QtBot) -> None:
    panel, store = LossPanel(PlotView()), run(300)
    qtbot.addWidget(panel)
    store.feed([Validated(at_s=1.0, step=s, loss=1.0, metric=0.5, samples=10, seconds=0.1) for s in (10, 20, 200)])
    panel.refresh(store)
    assert panel._plot.lines["validation"]._x.tolist() == [10, 20, 200]


def test_dots_are_round_however_near_they_are_looked_at(qtbot: QtBot) -> None:
    panel, store = LossPanel(PlotView()), run(300)
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    panel.show()
    store.feed([Validated(at_s=1.0, step=150, loss=2.0, metric=0.5, samples=10, seconds=0.1)])
    panel.view.set(x_kind="time", follow=FREE)
    for name in ("raw", "line"):
        panel._legend._buttons[name][0].click()
    panel.refresh(store)
    panel.view.leader.setXRange(1.45, 1.55, padding=0)
    panel.refresh(store)
    image = panel._plot.grab().toImage()
    ground = image.pixelColor(image.width() // 2, 30).rgb()
    colour = panel._drawn.all[0].colours.validation.rgb()
    assert ground != colour
    found = [(x, y) for x in range(image.width()) for y in range(image.height()) if image.pixel(x, y) == colour]
    wide, high = (max(along) - min(along) + 1 for along in zip(*found, strict=True))
    assert 4 <= wide <= 7
    assert 4 <= high <= 7


def test_what_was_validated_on_a_part_says_so_where_the_pointer_rests(qtbot: QtBot) -> None:
    panel, store = LossPanel(PlotView()), run(300)
    qtbot.addWidget(panel)
    button = panel._legend._buttons["validation"][0]
    for samples, is_told in ((10, True), (40, False)):
        event = Validated(at_s=1.0, step=10, loss=1.0, metric=0.5, samples=samples, held_back=40, seconds=0.1)
        store.feed([event])
        panel.refresh(store)
        assert ("10 samples of 40 that are held back" in button.toolTip()) == is_told


def test_a_validation_stands_where_its_step_was_made_however_late_it_comes(qtbot: QtBot) -> None:
    store = Store()
    store.begin("runs/late")
    store.feed([begin(0, 0, 0.25), batch(0, 300)])
    late = [Validated(at_s=99.0, step=s, loss=4.5, metric=0.5, samples=10, seconds=0.1) for s in (0, 20, 200)]
    store.feed(list(late))
    made_s = store.live.loss.axis.of("time")
    assert store.live.validation.axis.of("time").tolist() == [0.25, made_s[19], made_s[199]]
    panel = LossPanel(PlotView())
    qtbot.addWidget(panel)
    panel.view.set(x_kind="time")
    panel.refresh(store)
    assert panel._plot.lines["validation"]._x.max() == made_s[199]


def test_the_band_holds_eight_of_ten_windows_and_the_line_is_their_median() -> None:
    curve, rng = ThroughputCurve(), np.random.default_rng(3)
    rates = rng.lognormal(3, 0.4, 500)
    rows = batch(0, 500).rows
    rows["seconds"] = 0.25 + 1e-9
    rows["samples"] = np.round(rates * 1_000)
    curve.begin_segment(0, 0)
    for part in np.split(rows, [1, 3, 4, 60, 61, 300]):
        curve.append(part, 0.0)
    raw = curve.curve.levels.raw.values.astype(float)
    assert len(raw) == 500
    for index in (0, 1, 5, 7, 8, 200, 499):
        latest = raw[max(0, index - 7) : index + 1]
        for each, share in ((curve.low, 10), (curve.steady, 50), (curve.high, 90)):
            assert each.levels.raw.values[index] == pytest.approx(np.percentile(latest, share), rel=1e-5)
    curve.begin_segment(500, 0)
    more = batch(500, 1).rows
    more["seconds"], more["samples"] = 0.3, 30
    curve.append(more, 0.0)
    assert curve.steady.levels.raw.values[-1] == pytest.approx(100, rel=1e-4)  # nothing of the mode before


def test_at_a_pace_the_throughput_comes_to_the_present_second_and_is_of_computing_time() -> None:
    curve, rows = ThroughputCurve(), batch(0, 500).rows
    rows["at_s"], rows["seconds"] = 0.02 * (1 + np.arange(500)), 0.001
    curve.begin_segment(0, 3)
    curve.keep_pace(50.0)
    for part in np.split(rows, [1, 70, 71, 300]):
        curve.append(part, 0.0)
        if part["step"][-1] > 100:
            assert curve.axis.of("step")[-1] > part["step"][-1] - 50
    assert curve.steady.levels.raw.values == pytest.approx(np.full(len(curve.axis), 10 / 0.001), rel=1e-4)
    known = len(curve.axis)
    curve.keep_pace(None)
    curve.append(batch(500, 20, at_s=11.0).rows, 0.0)
    assert len(curve.axis) == known, "no quarter second of computing by now"
    rows["at_s"] *= 100
    rows["seconds"][7] = 0.0  # within the step of another rank
    slow = ThroughputCurve()
    slow.keep_pace(0.5)
    slow.append(rows[:20], 0.0)
    assert slow.curve.levels.raw.values.max() == pytest.approx(20 / 0.001, rel=1e-4)


@pytest.mark.parametrize("kind", [LossPanel, ThroughputPanel])
def test_a_plot_without_a_point_has_no_axis_and_its_sentence_goes_with_the_first_one(
    qtbot: QtBot, kind: type[LossPanel | ThroughputPanel]
) -> None:
    panel, store = kind(PlotView()), Store()
    qtbot.addWidget(panel)
    panel.resize(700, 300)
    panel.show()
    store.feed([begin(0, 0, 0.0), StatusChanged(at_s=0.0, status="running", step=0)])
    for steps in (0, 1, 400):
        if steps:
            store.feed([batch(0 if steps == 1 else 1, steps)])
        panel.refresh(store)
        QApplication.processEvents()
        is_drawn = steps == 400 or (steps == 1 and kind is LossPanel)
        image, ground = panel._plot.grab().toImage(), plot_colours(panel.palette()).background
        assert panel._empty.isHidden() == is_drawn
        around = panel._plot.rect()
        assert panel._empty.geometry() == around.adjusted(WIDE, 0, -WIDE, 0), "in the middle, apart from the edges"
        assert panel._plot.x_name.isVisible() == is_drawn
        edges = [image.pixelColor(x, y) for x in range(120) for y in range(image.height() - 60, image.height())]
        assert all(colour == ground for colour in edges) != is_drawn
    panel._legend._buttons["raw" if kind is LossPanel else "throughput"][0].click()
    QApplication.processEvents()
    assert panel._empty.isHidden(), "curves are hidden, and not to come"


@pytest.mark.parametrize("points", [10, 26])
@pytest.mark.parametrize("kind", ["step", "time", "samples"])
def test_the_x_axis_says_what_runs_along_it(qtbot: QtBot, qapp: QApplication, kind: str, points: int) -> None:
    apply_theme(qapp, "light", points)
    panel = LossPanel(PlotView())
    qtbot.addWidget(panel)
    panel.resize(700, 400)
    panel.show()
    panel.view.set(x_kind=kind)
    panel.refresh(run(12_000))
    QApplication.processEvents()
    name, axis = panel._plot.x_name, panel._plot.getPlotItem().getAxis("bottom")
    assert (name.text(), name.isVisible()) == (kind, True)
    place = axis.mapRectToScene(axis.boundingRect())
    assert place.top() <= name.y() + name.height() / 2 <= place.bottom()
    assert name.x() >= 0
    painter = QPainter(canvas := QPixmap(10, 10))
    first = min(axis.mapRectToScene(rect).center().x() for rect, _, _ in axis.generateDrawSpecs(painter)[2])
    painter.end()
    assert canvas.width() == 10
    assert name.geometry().right() <= first
    panel.view.set(log_x=True)
    assert name.text() == {"time": "time, s"}.get(kind, kind)
    apply_theme(qapp, "light", 10)


def test_an_axis_has_two_numbers_at_least() -> None:
    axis = LeanAxis("bottom")
    axis.least_pixels = 130  # of a projector's letters
    for low, high, size in ((-150, 10_150, 420), (2_100, 10_900, 420), (8_013, 11_951, 420), (-3, 12_345, 300)):
        ((_, values), *_) = axis.tickValues(low, high, size)
        assert len(values) >= 2, (low, high)
        assert all(low <= at <= high for at in values)
        assert (values[1] - values[0]) * size / (high - low) >= 0.75 * 130


@pytest.mark.parametrize("kind", ["step", "time"])
def test_a_mode_a_thousand_times_as_slow_is_seen_on_logarithmic_axes_and_the_ribbon_is_on_them_too(
    qtbot: QtBot, kind: str
) -> None:
    view, store = PlotView(), Store()
    panel, ribbon = ThroughputPanel(view), RibbonPanel(view)
    for shown in (panel, ribbon):
        qtbot.addWidget(shown)
        shown.resize(900, 400)
        shown.show()
    slow, fast = batch(0, 28), batch(28, 10_000, segment=1, at_s=14.0)
    slow.rows["at_s"], slow.rows["seconds"] = 0.5 * (1 + np.arange(28)), 0.5
    fast.rows["at_s"], fast.rows["seconds"] = 14 + 0.001 * (1 + np.arange(10_000)), 0.001
    second = msgspec.structs.replace(begin(1, 28, 14.0), mode="cpu,dp=2")
    store.feed([begin(0, 0, 0.0), StatusChanged(at_s=0.0, status="running", step=0), slow, second, fast])
    view.set(x_kind=kind, log_x=True, log_y=True)
    for _ in range(2):
        panel.refresh(store)
        ribbon.refresh(store)
        QApplication.processEvents()
    box = panel._plot.getPlotItem().getViewBox()
    (left, right), (bottom, top) = box.viewRange()
    lines = [panel._plot.lines[f"throughput piece {number}"] for number in (0, 1)]
    heights = [float(np.median(line.getData()[1])) for line in lines]
    assert bottom < heights[0] < heights[1] < top
    assert heights[1] - heights[0] == pytest.approx(np.log10(500), abs=0.1)
    assert heights[0] - bottom < 0.3 * (top - bottom)
    area = ribbon._ribbon._area()
    blocks = ribbon._ribbon._blocks(area)
    seam = np.log10(28 if kind == "step" else 14.0)
    assert blocks[0][2] == pytest.approx(area[0] + (seam - left) / (right - left) * (area[1] - area[0]), abs=1)
    assert blocks[0][2] - blocks[0][1] > 0.2 * (area[1] - area[0])
