"""The room that plots have in a small window, and docks that come back to their sizes with the size of the text."""

import pytest
from pytestqt.qtbot import QtBot

from gui.widgets.curve_plot import CurvePlot
from gui.window.window import Window
from tests.windows import Open, click, feed_sample

LEAST_PIXELS = 110


def small(window: Window, qtbot: QtBot) -> None:
    window.resize(1280, 800)
    window._reset_layout()
    qtbot.wait(100)
    window.refresh()
    qtbot.wait(50)


def box_height(window: Window, panel_id: str) -> float:
    """Of a plot's inside: what curves are drawn in."""
    plot = window.panel(panel_id)._plot
    assert isinstance(plot, CurvePlot)
    return plot.getPlotItem().getViewBox().height()


def test_both_plots_are_high_enough_to_be_read_in_a_small_window(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window = application.window
    feed_sample(application.store)
    small(window, qtbot)
    loss, throughput = box_height(window, "loss"), box_height(window, "throughput")
    assert loss >= LEAST_PIXELS
    assert throughput >= loss


def test_what_has_no_room_beside_the_legend_is_behind_a_button(open_window: Open, qtbot: QtBot) -> None:
    window = open_window().window
    small(window, qtbot)
    loss = window.panel("loss")
    assert loss._more_controls.isVisible()
    assert not loss._controls.isVisible()
    click(loss._more_controls)
    assert loss._controls.isVisible()
    loss._log_x.click()
    assert window.view.log_x
    click(loss._more_controls)
    assert not loss._controls.isVisible()
    window.resize(1900, 800)
    qtbot.waitUntil(loss._controls.isVisible, timeout=3_000)
    assert not loss._more_controls.isVisible()


@pytest.mark.parametrize("points", [12, 16, 20])
def test_with_the_size_of_the_text_all_sizes_come_back(open_window: Open, qtbot: QtBot, points: int) -> None:
    application = open_window()
    window = application.window
    feed_sample(application.store)
    small(window, qtbot)

    def sizes() -> list[int]:
        seen = [
            dock for name, dock in window.docks.by_id.items() if name in ("setup", "board", "devices", "lanes", "log")
        ]
        places = [*seen, window.panel("loss"), window.panel("throughput"), window._bar, window.verdict]
        return [size for place in places for size in (place.width(), place.height())]

    before = sizes()
    window.look.set_text(points)
    qtbot.waitUntil(lambda: window._bar.height() > before[-3], timeout=3_000)
    assert sizes() != before
    window.look.set_text(10)
    qtbot.waitUntil(lambda: all(abs(now - then) <= 3 for now, then in zip(sizes(), before, strict=True)), timeout=3_000)
