"""The room that plots have in a small window, and docks that come back to their sizes with the size of the text."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from engine.config.examples import examples
from engine.config.spec import make_spec
from engine.record.replay import Replay
from gui.look.theme import apply_theme
from gui.model.replayed import Replayed
from gui.model.run_view import RunView
from gui.model.store import TOPICS, Store
from gui.widgets.curve_plot import CurvePlot
from gui.window.settings import Settings
from gui.window.tab_bars import size_with_tabs
from gui.window.window import Window
from tests.conftest import ROOT
from tests.messages import batch, begin
from tests.windows import Open, click, feed_sample

LEAST_PIXELS = 90
READ_PIXELS = {10: 75, 14: 90}
LOOKS = 8
"""So many looks after each other, 10 ms apart at least, see nothing move."""


def small(window: Window, qtbot: QtBot) -> None:
    window.resize(1280, 800)
    window._reset_layout()
    qtbot.wait(100)
    window.refresh()
    qtbot.wait(50)
    seen: list[list[tuple[int, int]]] = []

    def is_at_rest() -> bool:
        """Whether no place has moved since the last looks: docks and lines come to their sizes one after the other."""
        seen.append([(place.width(), place.height()) for place in window.findChildren(QWidget) if place.isVisible()])
        return len(seen) > LOOKS and all(look == seen[-1] for look in seen[-LOOKS:])

    qtbot.waitUntil(is_at_rest, timeout=5_000)


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
    centre = window.docks._centre
    assert centre.sizes()[-1] >= centre.height() / 2, "of all there is, with the ribbon"


def test_no_row_of_tabs_is_left_where_docks_lay_before(open_window: Open, qtbot: QtBot) -> None:
    window = open_window().window
    small(window, qtbot)
    (used,) = (bar for bar in window.findChildren(QTabBar) if bar.isVisible() and bar.tabText(0) == "Anatomy")
    left_over = QTabBar(window)
    for tab in range(used.count()):
        left_over.addTab(used.tabText(tab))
    left_over.setGeometry(used.geometry().translated(-20, 0))  # docks went to the right, and it did not
    left_over.show()
    window.docks.hide_left_bars()
    assert left_over.isHidden()
    assert used.isVisible()


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
    qtbot.waitUntil(lambda: window._bar.height() != before[-3], timeout=3_000)
    assert sizes() != before
    window.look.set_text(10)
    qtbot.waitUntil(lambda: all(abs(now - then) <= 3 for now, then in zip(sizes(), before, strict=True)), timeout=3_000)


def test_after_a_projectors_letters_docks_are_as_wide_as_before(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window, docks = application.window, application.window.docks
    feed_sample(application.store)
    small(window, qtbot)

    def widths() -> list[int]:
        return [window.width(), *(docks.by_id[name].width() for name in ("setup", "board", "lanes", "log"))]

    before = widths()
    window.look.set_text(26)
    qtbot.waitUntil(lambda: docks.by_id["lanes"].width() > before[-2] + 50, timeout=3_000)
    window.look.set_text(10)
    qtbot.waitUntil(
        lambda: all(abs(now - then) <= 3 for now, then in zip(widths(), before, strict=True)), timeout=3_000
    )


def test_docks_stay_as_high_as_somebody_dragged_them(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window, docks = application.window, application.window.docks
    feed_sample(application.store)
    small(window, qtbot)

    def height() -> int:
        return size_with_tabs(window, docks.by_id["log"]).height()

    dragged = height() + 40
    window.resizeDocks([docks.by_id["log"]], [dragged], Qt.Orientation.Vertical)
    for name in ("inside", "log"):
        docks.by_id[name].raise_()
        qtbot.wait(50)
        window.refresh()
    assert height() == dragged


@pytest.mark.parametrize("points", [10, 14])
def test_plots_can_be_read_beside_an_examples_words_options_a_picture_and_a_run_laid_beside(
    qapp: QApplication, qtbot: QtBot, points: int
) -> None:
    store = Store()
    feed_sample(store)
    store.take_over(make_spec("digits-mlp"), is_replay=False)
    store.live.status = "paused"
    apply_theme(qapp, "light", points)
    window = Window(Settings(), store)
    qtbot.addWidget(window, before_close_func=lambda window: setattr(window, "may_close", True))
    window.resize(1280, 800)
    window.show()
    docks, loss = window.docks, window.panel("loss")

    def settle() -> None:
        for _ in range(8):
            qapp.processEvents()
            window.refresh()

    def check(what: str) -> None:
        settle()
        assert min(box_height(window, name) for name in ("loss", "throughput")) >= READ_PIXELS[points], what
        assert window.height() == 800, what
        if docks.example.words.isHidden():  # who reads all of them may have to scroll
            assert docks._place_of_plots.verticalScrollBar().maximum() == 0, what

    try:
        check("nothing else")
        before = docks.by_id["lanes"].height()
        store.show_example(next(one for one in examples().values() if one.panel == "inside"))
        check("an example's words in a line, and its panel in front")
        docks.example.more.click()
        check("all of an example's words")
        docks.example.more.click()
        other = store.runs["runs/other"] = RunView("runs/other", store.versions)
        other.feed([begin(0, 0, 0.0), batch(0, 400)])
        store.versions.update(TOPICS)
        check("a run laid beside")
        if loss._more_controls.isVisible():
            click(loss._more_controls)
        check("options")
        docks.by_id["log"].raise_()
        store.show_example(None)
        store.runs.pop("runs/other")
        store.versions.update(TOPICS)
        if loss._controls.isVisible() and loss._more_controls.isVisible():
            click(loss._more_controls)
        settle()
        assert docks.by_id["lanes"].height() == before, "docks are as high again as they were"
    finally:
        apply_theme(qapp, "light", 10)


@pytest.mark.parametrize(("points", "least_pixels"), [(16, 80), (26, 75)])
def test_throughput_is_seen_whole_below_a_recorded_run_of_many_modes_in_a_projectors_letters(
    qapp: QApplication, qtbot: QtBot, points: int, least_pixels: int
) -> None:
    store, replay = Store(), Replay(ROOT / "resources" / "sample-text-gpt", at_end=True)
    store.take_over(replay.spec, is_replay=True)
    store.feed(replay.take())
    replay.close()
    end_s, steps = store.live.at_s, store.live.num_steps
    store.show_replayed(Replayed(at_s=end_s, end_s=end_s, step=steps, steps=steps, speed=1.0, is_playing=False))
    apply_theme(qapp, "light", points)
    window = Window(Settings(), store)
    qtbot.addWidget(window, before_close_func=lambda window: setattr(window, "may_close", True))
    try:
        window.resize(1276, 764)  # 1280x800 less what a window manager takes
        window.show()
        for _ in range(8):
            qapp.processEvents()
            window.refresh()
        assert window.docks.replay_bar.isVisible()
        place, plot = window.docks._place_of_plots, window.panel("throughput")
        assert place.viewport().rect().contains(QRect(plot.mapTo(place.viewport(), QPoint()), plot.size()))
        assert points > 16 or place.verticalScrollBar().maximum() == 0, "the loss is seen, too"
        assert min(box_height(window, name) for name in ("loss", "throughput")) >= least_pixels
        assert window.panel("ribbon")._ribbon.key.told >= set(window.panel("ribbon")._ribbon.key.names)
    finally:
        apply_theme(qapp, "light", 10)


@pytest.mark.parametrize("points", [10, 26])
@pytest.mark.parametrize("run", ["sample-run", "sample-text-gpt"])
def test_the_time_below_the_lanes_is_seen_without_scrolling_and_the_legend_but_in_the_largest_letters(
    qapp: QApplication, qtbot: QtBot, run: str, points: int
) -> None:
    store = Store()
    feed_sample(store, ROOT / "resources" / run)
    apply_theme(qapp, "light", points)
    window = Window(Settings(), store)
    qtbot.addWidget(window, before_close_func=lambda window: setattr(window, "may_close", True))
    try:
        window.resize(1276, 764)  # 1280x800 less what a window manager takes
        window.show()
        window.docks.by_id["lanes"].raise_()
        for _ in range(8):
            qapp.processEvents()
            window.refresh()
        lanes, legend = window.panel("lanes")._lanes, window.panel("lanes")._legend
        assert lanes.isVisible()
        assert lanes.visibleRegion().boundingRect() == lanes.rect()
        count = len(lanes._anatomy.ranks)
        time = lanes._lane(count - 1, count).bottom() + lanes.fontMetrics().height()
        assert time <= lanes.height()
        assert points == 26 or legend.visibleRegion().boundingRect() == legend.rect()
    finally:
        apply_theme(qapp, "light", 10)
