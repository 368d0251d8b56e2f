"""No number of a legend stands without its name; what is said under the crosshair covers nothing."""

import re

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from engine.config.cards import workloads
from engine.config.spec import make_spec
from engine.events.evaluator import Validated
from gui.look.scale import TIGHT, letters_style
from gui.look.theme import apply_theme, make_palette
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.loss import LossPanel
from gui.widgets.legend import Legend
from gui.widgets.switch_icon import SWITCH_PIXELS
from tests.gui.model.test_board import three_modes
from tests.gui.panels.test_units import run_of
from tests.messages import batch


def texts(legend: Legend) -> list[str]:
    return [button.text() for button in legend.findChildren(QToolButton)]


def draw(panel: LossPanel, store: Store, width: int, height: int) -> None:
    """Show the panel in that size, in pixels, until all has its place."""
    panel.resize(width, height)
    panel.show()
    for _ in range(3):
        panel.refresh(store)
        QApplication.processEvents()


@pytest.mark.parametrize("points", [10, 14, 20, 26])
@pytest.mark.parametrize("width", [1_200, 600, 490, 400])
def test_every_number_has_its_name_and_takes_one_more_line_at_most(qtbot: QtBot, width: int, points: int) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.setStyleSheet(letters_style(points))
    for name, title, brief in (("raw", "loss", ""), ("line", "smoothed", "smooth"), ("validation", "validation", "")):
        legend.add(name, title, "", brief=brief)
    legend.resize(width, 200)
    legend.show()
    QApplication.processEvents()
    lines = legend.heightForWidth(width)
    legend.show_value("raw", "0.03277", "loss 0.03277", "loss 0.0328")
    legend.show_value("validation", "0.02944 · accuracy 99.2 %", "accuracy 99.2 %")
    QApplication.processEvents()
    buttons = legend.findChildren(QToolButton)
    assert legend.heightForWidth(width) <= lines + buttons[0].height() + TIGHT, "height is for plots"
    raw, smoothed, validation = texts(legend)
    assert raw in ("loss  0.03277", "loss 0.03277", "loss 0.0328")
    assert smoothed in ("smoothed", "smooth")
    assert "accuracy 99.2 %" in validation
    assert all(button.geometry().right() < width for button in buttons)
    assert all(button.width() >= button.sizeHint().width() for button in buttons)
    if legend.sizeHint().width() <= width:
        assert texts(legend) == ["loss  0.03277", "smoothed", "validation  0.02944 · accuracy 99.2 %"]


@pytest.mark.parametrize(("points", "is_named"), [(10, True), (26, False)])
def test_many_runs_beside_curves_are_told_by_their_switches_where_names_would_take_the_height(
    qtbot: QtBot, points: int, is_named: bool
) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.setStyleSheet(letters_style(points))
    for name, title in (("raw", "loss"), ("line", "smoothed"), ("validation", "validation")):
        legend.add(name, title, "")
    legend.resize(600, 400)
    legend.show()
    names = {f"runs/{number}": f"batch {16 * number}, {number} hidden" for number in range(1, 5)}
    legend.show_runs(names, "A run.", {})
    legend.paint_swatches(dict.fromkeys(names, QColor("red")))
    for run_id, name in names.items():
        legend.show_value(run_id, "0.0327 · accuracy 99.2 %", f"{name}  99.2 %", name)
    QApplication.processEvents()
    runs = legend.findChildren(QToolButton)[3:]
    assert [bool(run.text()) for run in runs] == [is_named] * 4
    assert [run.toolTip() for run in runs] == ["A run." if is_named else f"{name}\nA run." for name in names.values()]
    assert legend.heightForWidth(600) < 5 * runs[0].height()


@pytest.mark.parametrize("points", [10, 26])
def test_what_is_under_the_crosshair_is_told_above_the_curves(qtbot: QtBot, points: int) -> None:
    panel = LossPanel(PlotView())
    qtbot.addWidget(panel)
    panel.setStyleSheet(letters_style(points))
    panel.resize(700, 400)
    panel.show()
    panel.refresh(three_modes())
    QApplication.processEvents()
    panel.view.point_at(150.0)
    QApplication.processEvents()
    readout, plot = panel._readout, panel._plot
    assert readout.isVisible()
    assert readout.text().startswith("step 150   loss 0.0066")
    box = plot.mapFromScene(plot.getPlotItem().getViewBox().sceneBoundingRect()).boundingRect()
    assert not readout.geometry().intersects(QRect(box.left(), box.top() + 1, box.width(), box.height()))
    assert plot.rect().contains(readout.geometry())
    plot.resize(readout.fontMetrics().horizontalAdvance("step 150   loss"), plot.height())
    panel._place_readout()
    assert readout.text().startswith("loss 0.0066"), "a position without a value says nothing"
    panel.view.point_at(None)
    assert not readout.isVisible()


def test_switches_have_the_ground_of_a_theme_that_is_chosen_later_and_the_size_of_letters(
    qapp: QApplication, qtbot: QtBot
) -> None:
    panel = LossPanel(PlotView())
    qtbot.addWidget(panel)
    panel.show()
    for dark, points in ((False, 10), (True, 10), (True, 26), (False, 26), (False, 10)):
        apply_theme(qapp, "dark" if dark else "light", points)
        qapp.processEvents()
        for button in panel.findChild(Legend).findChildren(QToolButton):
            switch = button.icon().pixmap(QSize(83, SWITCH_PIXELS), QIcon.Mode.Normal, QIcon.State.On).toImage()
            knob = switch.pixelColor(round(switch.width() * 0.71), switch.height() // 2)
            if not button.icon().isNull():
                assert knob == make_palette(dark).base().color()
                assert button.iconSize().height() == round(0.8 * button.fontMetrics().height())


@pytest.mark.parametrize(("points", "width"), [(16, 300), (20, 316), (26, 460)])
def test_beside_few_pixels_no_entry_of_the_loss_is_cut_or_left_out(
    qapp: QApplication, qtbot: QtBot, points: int, width: int
) -> None:
    apply_theme(qapp, "light", points)
    panel, store = LossPanel(PlotView()), three_modes()
    qtbot.addWidget(panel)
    store.feed([Validated(at_s=1.0, step=10, loss=0.4441, metric=0.5, samples=10, seconds=0.1)])
    draw(panel, store, width, 600)
    assert panel.minimumSizeHint().width() <= width, "nothing is scrolled sideways"
    legend = panel._legend
    buttons = legend.findChildren(QToolButton)[:3]
    assert [bool(button.text()) for button in buttons] == [True] * 3
    assert all(not button.text()[0].isdigit() for button in buttons)
    assert all(legend.rect().contains(button.geometry()) for button in buttons)
    assert legend.geometry().bottom() < panel._plot.geometry().top()
    apply_theme(qapp, "light", 10)


@pytest.mark.parametrize(("loss", "said"), [(float("nan"), "not a number"), (float("inf"), "inf"), (1.2e9, "1.2e9")])
def test_a_loss_that_is_no_number_to_be_read_is_told_as_what_it_is(
    qapp: QApplication, qtbot: QtBot, loss: float, said: str
) -> None:
    apply_theme(qapp, "light", 16)
    panel, store, rows = LossPanel(PlotView()), three_modes(), batch(403, 20)
    qtbot.addWidget(panel)
    rows.rows["loss"] = loss
    store.feed([rows, Validated(at_s=1.0, step=10, loss=loss, metric=0.5, samples=10, seconds=0.1)])
    draw(panel, store, 637, 300)
    raw, _, validation = texts(panel._legend)[:3]
    assert raw.startswith(("loss  " + said, "loss " + said))
    assert validation.startswith(("validation loss  " + said, "val. " + said))
    apply_theme(qapp, "light", 10)


@pytest.mark.parametrize(("points", "width"), [(10, 900), (10, 640), (10, 500), (20, 640), (26, 640)])
def test_what_stands_behind_validation_is_the_value_of_its_dots_and_the_metric_has_its_name(
    qapp: QApplication, qtbot: QtBot, points: int, width: int
) -> None:
    apply_theme(qapp, "light", points)
    panel, store = LossPanel(PlotView()), run_of("text-gpt")
    qtbot.addWidget(panel)
    store.feed([Validated(at_s=1.0, step=390, loss=2.4136, metric=3.48, samples=10, seconds=0.1)])
    draw(panel, store, width, 300)
    said = texts(panel._legend)[2]
    assert re.fullmatch(r"(validation loss  2\.414|val\. 2\.414)( · bits/character 3\.48)|val\. 2\.41", said)
    assert said.endswith("bits/character 3.48") or width < 640 or points > 10
    apply_theme(qapp, "light", 10)


def test_validation_says_where_training_samples_are_altered(qtbot: QtBot) -> None:
    panel = LossPanel(PlotView())
    qtbot.addWidget(panel)
    for workload in ("digits-mlp", "spirals"):
        store = Store()
        store.take_over(make_spec(workload), is_replay=False)
        store.feed([Validated(at_s=1.0, step=9, loss=0.5, metric=0.9, samples=360, seconds=0.1)])
        panel.refresh(store)
        said = panel._legend._buttons["validation"][0].toolTip()
        assert "never trained on" in said
        assert workloads()[workload].training in said
        assert ("turned, moved" in said) == (workload == "digits-mlp")


@pytest.mark.parametrize("points", [10, 26])
def test_a_switch_stays_where_it_is_whatever_number_the_one_before_it_shows(qtbot: QtBot, points: int) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.setStyleSheet(letters_style(points))
    for name, title in (("raw", "loss"), ("line", "smoothed")):
        legend.add(name, title, "")
    legend.resize(700, 100)
    legend.show()
    smoothed, places = legend.findChildren(QToolButton)[1], set()
    for number in ("2", "1.16", "0.04679", "1.003", "1", "0.4844"):
        legend.show_value("raw", number, f"loss {number}", f"loss {number[:4]}")
        QApplication.processEvents()
        places.add(smoothed.x())
    assert len(places) == 1
