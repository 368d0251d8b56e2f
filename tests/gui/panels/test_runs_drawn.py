"""Plots draw the runs they are given: one, or several side by side, each with its name and colour."""

import msgspec
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from engine.config.spec import make_spec
from engine.events.evaluator import Validated
from engine.events.run import Paced, StatusChanged
from gui.beside import MOST
from gui.look.mode_colours import mode_colours
from gui.look.theme import apply_theme, contrast, plot_colours, run_colours
from gui.look.view import PlotView
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.panels.loss import LossPanel
from gui.panels.metric import MetricPanel
from gui.panels.throughput import ThroughputPanel
from tests.messages import batch, begin
from tests.windows import ink

COLOURS = [run_colours(number, dark=False) for number in (0, 1)]


def two_runs() -> Store:
    """The live run and, twice as long and slower, another."""
    store = Store()
    store.begin("runs/live")
    store.feed([begin(0, 0, 0.0), StatusChanged(at_s=0.0, status="running", step=0), batch(0, 400)])
    other = store.runs["runs/other"] = RunView("runs/other", store.versions)
    slow = batch(0, 800)
    slow.rows["seconds"] *= 2
    slow.rows["loss"] += 0.5
    other.feed([begin(0, 0, 0.0), slow])
    return store


def texts(panel: LossPanel | ThroughputPanel | MetricPanel) -> list[str]:
    return [button.text() for button in panel._legend.findChildren(QToolButton) if not button.isHidden()]


@pytest.mark.parametrize(("kind", "curve"), [(LossPanel, "line"), (ThroughputPanel, "throughput")])
def test_two_runs_in_the_store_are_both_drawn_and_both_in_the_legend(
    kind: type[LossPanel | ThroughputPanel], curve: str, qapp: QApplication, qtbot: QtBot
) -> None:
    apply_theme(qapp, "light", 10)
    panel, store = kind(PlotView()), two_runs()
    qtbot.addWidget(panel)
    panel.resize(1200, 420)
    panel.show()
    drawn_in = [getattr(colours, curve) for colours in COLOURS]
    if kind is ThroughputPanel:
        drawn_in[0] = mode_colours(0, dark=False).line  # the live run is in the colours of its modes

    def pixels() -> list[int]:
        panel.refresh(store)
        qapp.processEvents()
        image = panel._plot.grab().toImage()
        return [ink(image, colour) for colour in drawn_in]

    assert min(pixels()) > 300
    assert panel._drawn.extent("step") == (0.0, 800.0)
    (entry,) = (button for button in panel._legend.findChildren(QToolButton) if button.text().startswith("other"))
    assert sum(text.startswith("live") for text in texts(panel)) == 1  # with its first curve's entry, not beside it
    swatch = entry.icon().pixmap(QSize(44, 24), QIcon.Mode.Normal, QIcon.State.On).toImage()
    assert ink(swatch, getattr(COLOURS[1], curve)) > 20
    assert {seam.text for seam in panel._plot.seams.shown} == {"live: cpu", "other: cpu"}
    entry.click()
    live, other = pixels()
    assert other < 20
    assert live > 300
    entry.click()
    assert min(pixels()) > 300
    store.runs.pop("runs/other")
    live, other = pixels()
    assert other < 20
    assert live > 300
    qapp.processEvents()  # the entry goes
    assert not any("other" in text for text in texts(panel))
    assert [seam.text for seam in panel._plot.seams.shown] == ["cpu"]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_entry_of_the_rate_has_the_colour_of_the_mode_in_force(
    qapp: QApplication, qtbot: QtBot, theme: str
) -> None:
    apply_theme(qapp, theme, 12)
    panel, store, dark = ThroughputPanel(PlotView()), Store(), theme == "dark"
    qtbot.addWidget(panel)
    store.begin("runs/first")

    def swatch_is_of(number: int) -> bool:
        panel.refresh(store)
        icon = panel._legend.findChildren(QToolButton)[0].icon()
        image = icon.pixmap(QSize(83, 36), QIcon.Mode.Normal, QIcon.State.On).toImage()
        return ink(image, mode_colours(number, dark=dark).line) > 100

    store.feed([begin(0, 0, 0.0), batch(0, 400)])
    assert swatch_is_of(0)
    store.feed([msgspec.structs.replace(begin(1, 400, 4.0), mode="cpu,dp=2"), batch(400, 100, segment=1, at_s=4.0)])
    assert swatch_is_of(1)
    store.begin("runs/second")  # as Reset does
    assert swatch_is_of(0)
    store.feed([begin(0, 0, 0.0), batch(0, 400)])
    assert swatch_is_of(0)
    apply_theme(qapp, "light" if dark else "dark", 10)
    apply_theme(qapp, theme, 10)
    assert swatch_is_of(0)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_among_modes_a_run_laid_beside_has_no_modes_colour_and_each_entry_the_colour_it_is_drawn_in(
    qapp: QApplication, qtbot: QtBot, theme: str
) -> None:
    apply_theme(qapp, theme, 12)
    dark, panel, store = theme == "dark", ThroughputPanel(PlotView()), two_runs()
    qtbot.addWidget(panel)
    panel.refresh(store)
    beside = run_colours(1, dark=dark).throughput
    modes = [mode_colours(number, dark=dark).line for number in range(10)]
    for number in range(1, MOST + 1):
        colours = run_colours(number, dark=dark)
        assert min(abs(mode.lightness() - colours.throughput.lightness()) for mode in modes) > 15
        assert colours.line == colours.throughput == colours.validation, "a run has one colour, on every plot"
        assert contrast(colours.line, plot_colours(qapp.palette()).background) >= 3
    looks = {(colours.line.name(), colours.dash) for colours in (run_colours(n, dark=dark) for n in range(1, MOST + 1))}
    assert len(looks) == MOST
    entries = [button for button in panel._legend.findChildren(QToolButton) if not button.isHidden()]
    colours = {"live · samples": modes[0], "other": beside}
    for entry in entries:
        image = entry.icon().pixmap(QSize(83, 36), QIcon.Mode.Normal, QIcon.State.On).toImage()
        assert ink(image, colours.pop(entry.text().split("/")[0])) > 40
    assert not colours
    apply_theme(qapp, "light", 10)


def test_validation_of_a_run_laid_beside_hides_no_curve_of_the_run_that_is_shown(
    qapp: QApplication, qtbot: QtBot
) -> None:
    apply_theme(qapp, "light", 10)
    panel, store = LossPanel(PlotView()), two_runs()
    qtbot.addWidget(panel)
    panel.resize(900, 420)
    panel.show()
    known = {"metric_name": "accuracy", "metric": 0.5, "samples": 10, "seconds": 0.1, "work_s": 0.1}
    own, other = store.runs.values()
    for step in range(0, 400, 2):  # as densely as that, dots are a thick line
        other.feed([Validated(at_s=0.01 * step, step=step, loss=1 / (step + 1), **known)])
    own.feed([Validated(at_s=0.1, step=100, loss=0.5, **known)])
    panel.refresh(store)
    qapp.processEvents()
    lines = panel._plot.lines
    in_front = {name: item.zValue() for name, item in lines.items()}
    assert max(in_front["validation 1"], in_front["line 1"]) < in_front["validation"] < in_front["line"]
    assert in_front["raw"] < in_front["validation 1"]
    assert 2 * lines["validation 1"]._pen.widthF() <= lines["validation"]._pen.widthF()


def test_where_a_run_was_held_at_a_pace_the_rates_are_said_to_be_of_computing_time(qtbot: QtBot) -> None:
    panel, store = ThroughputPanel(PlotView()), two_runs()
    qtbot.addWidget(panel)
    panel.refresh(store)
    assert panel._legend.title("throughput") == "live · samples/s"
    assert panel._now.text() == "100 steps/s"
    store.feed([Paced(at_s=9.0, step=400, steps_per_s=500.0)])
    panel.refresh(store)
    assert panel._legend.title("throughput") == "live · samples/s", "steps of 10 ms are not held by that"
    assert panel._now.text() == "100 steps/s"
    store.runs["runs/other"].feed([Paced(at_s=9.0, step=800, steps_per_s=40.0)])
    panel.refresh(store)
    assert panel._legend.title("throughput") == "live · samples/s of computing time"
    assert panel._now.text() == "100 steps/s"
    store.feed([Paced(at_s=9.0, step=400, steps_per_s=50.0), batch(400, 30, at_s=9.0)])
    panel.refresh(store)
    assert "steps/s" not in panel._now.text(), "beside a pace of 50 steps/s another number of them says nothing"


def test_values_of_several_runs_stand_in_the_legend_and_under_the_crosshair(qapp: QApplication, qtbot: QtBot) -> None:
    view = PlotView()
    panel, store = LossPanel(view), two_runs()
    qtbot.addWidget(panel)
    panel.resize(1600, 420)
    panel.show()
    panel.refresh(store)
    qapp.processEvents()
    values = {text.split("  ")[0]: text.split("  ")[1] for text in texts(panel) if "  " in text}
    assert float(values["live · loss"]) == pytest.approx(1 / 400, rel=0.01)
    assert float(values["other"]) == pytest.approx(0.5 + 1 / 800, rel=0.01)
    view.point_at(100.0)
    assert "live: loss 0.01 ·" in panel._readout.text()
    assert "other: loss 0.51 ·" in panel._readout.text()


def test_a_loss_that_cannot_be_drawn_is_told_with_its_reason(qapp: QApplication, qtbot: QtBot) -> None:
    view, store, damaged = PlotView(), Store(), batch(0, 300)
    damaged.rows["loss"][[100, 200, 299]] = 1e300, float("nan"), -1e300
    store.feed([begin(0, 0, 0.0), damaged])
    panel = LossPanel(view)
    qtbot.addWidget(panel)
    panel.resize(1600, 420)
    panel.show()
    panel.refresh(store)
    qapp.processEvents()
    assert "loss  infinite, or beyond 3.4e38" in texts(panel)
    for step, words in ((101, "loss infinite, or beyond 3.4e38"), (201, "loss not a number"), (151, "loss 0.006623")):
        view.point_at(float(step))
        assert f"   {words}" in panel._readout.text()
    assert max(panel._plot.lines["raw"].getData()[1]) <= 1.0


def test_the_metric_of_each_run_is_drawn_and_said_beside_its_name(qapp: QApplication, qtbot: QtBot) -> None:
    panel, store = MetricPanel(PlotView()), two_runs()
    qtbot.addWidget(panel)
    panel.resize(900, 420)
    panel.show()
    live, other = store.runs.values()

    def validate(run: RunView, step: int, metric: float) -> None:
        known = {"loss": 0.5, "metric_name": "accuracy", "samples": 10, "seconds": 0.1, "work_s": 0.1}
        run.feed([Validated(at_s=0.01 * step, step=step, metric=metric, **known)])

    for step, metric in ((0, 0.1), (200, 0.6), (400, 0.8)):
        validate(live, step, metric)
        validate(other, 2 * step, metric + 0.1)
    panel.refresh(store)
    assert panel._plot.lines["metric"].getData()[1].tolist() == pytest.approx([0.1, 0.6, 0.8])
    assert panel._plot.lines["metric 1"].getData()[1].tolist() == pytest.approx([0.2, 0.7, 0.9])
    assert panel._plot.lines["metric 1"].getData()[0].tolist() == [0.0, 400.0, 800.0]
    assert {"live  accuracy 80.0 %", "other  90.0 %"} == set(texts(panel))
    assert MetricPanel.has_to_show(store)

    def numbers() -> list[str]:
        axis = panel._plot.getPlotItem().getAxis("left")
        return axis.tickStrings([0.2, 0.4], 1.0, 0.2)

    assert numbers() == ["20 %", "40 %"]
    other.spec = make_spec("tabular-regression")
    panel.refresh(store)
    assert numbers() == ["0.2", "0.4"]  # beside R² an accuracy is a number, too
    store.take_away()
    panel.refresh(store)
    qapp.processEvents()
    assert set(texts(panel)) == {"accuracy 80.0 %"}
    assert not panel._plot.lines["metric 1"].isVisible()


def test_the_entry_of_the_rate_is_whole_where_all_of_its_title_has_no_room(qapp: QApplication, qtbot: QtBot) -> None:
    panel, store = ThroughputPanel(PlotView()), two_runs()
    qtbot.addWidget(panel)
    store.runs["runs/other"].feed([Paced(at_s=9.0, step=800, steps_per_s=40.0)])
    for width, words in ((900, "live · samples/s of computing time  "), (450, "live · samples/s ")):
        panel.show()
        for _ in range(3):
            panel.resize(width, 300)  # as soon as there are fewer words
            panel.refresh(store)
            qapp.processEvents()
        entry, other = [button for button in panel._legend.findChildren(QToolButton) if not button.isHidden()]
        assert entry.text().startswith(words)
        assert entry.text().removeprefix(words).strip() == "1,000", "its value is kept"
        for button in (entry, other):
            assert button.visibleRegion().boundingRect() == button.rect()
            assert button.sizeHint().width() <= button.width()
