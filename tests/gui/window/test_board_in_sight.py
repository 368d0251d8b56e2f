"""The board of a run of many modes: where it is at first all figures of each are seen, and nowhere is a row cut."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.events.run import SegmentStarted
from engine.record.replay import Replay
from gui.look.theme import apply_theme
from gui.model.store import Store
from gui.panels.board import BoardPanel
from gui.text.board_text import figure_words
from gui.window.settings import Settings
from gui.window.window import Window
from tests.conftest import ROOT
from tests.messages import batch

Make = Callable[..., Window]
EDGE = 4.0
"""Pixels of a row that are its edge alone."""


def store_of(modes: int) -> Store:
    """A recorded run of seven modes, and what it would be with some more."""
    store, replay = Store(), Replay(ROOT / "resources" / "sample-text-gpt", at_end=True)
    store.take_over(replay.spec, is_replay=True)
    store.feed(replay.take())
    replay.close()
    step, at_s, segment = store.live.num_steps, store.live.at_s, store.live.segments[-1].segment
    measured = store.live.verdicts.measures.now
    assert measured is not None
    units = round(measured.made.units / measured.steps)
    for number, mode in enumerate(("cpu,dp=2", "cpu,dp=2,zero=1", "cpu,pp=2,microbatches=4")[: modes - 7]):
        begun = SegmentStarted(
            at_s=at_s, segment=segment + 1 + number, step=step, mode=mode, words=mode, ranks=(), warmup_steps=3
        )
        made = batch(step, 20, segment=segment + 1 + number, at_s=at_s)
        made.rows["samples"] = units
        store.feed([begun, made])
        step, at_s = step + 20, at_s + 1
    return store


@pytest.fixture
def make_window(qapp: QApplication, qtbot: QtBot) -> Iterator[Make]:
    """Makes a window on a store, in letters of so many points, at rest."""

    def make(store: Store, points: int, *, is_presented: bool = False) -> Window:
        apply_theme(qapp, "light", points)
        window = Window(Settings(), store)
        qtbot.addWidget(window, before_close_func=lambda window: setattr(window, "may_close", True))
        window.resize(1280, 800)
        window.show()
        if is_presented:
            window.presenting.toggle()
        for _ in range(10):
            qapp.processEvents()
            window.refresh()
        return window

    yield make
    apply_theme(qapp, "light", 10)


def cut(panel: BoardPanel) -> list[str]:
    """Names of rows of which a part is seen, and a part is not."""
    table, view, begin = panel.table, panel._scroll.viewport(), panel._scroll.verticalScrollBar().value()
    top = begin + table.heads.height()
    bottom = begin + (panel.foot.y() if panel.foot.isVisible() else view.height())
    found = []
    for row, place in zip(table.rows, table.places(table.width()), strict=True):
        seen = min(place.row.bottom(), bottom) - max(place.row.top(), top)
        if EDGE < seen < place.row.height() - EDGE:
            found.append(row.name)
    return found


@pytest.mark.parametrize("modes", [7, 8])
def test_all_figures_of_seven_and_eight_modes_are_seen_where_the_board_is_at_first(
    make_window: Make, modes: int
) -> None:
    store = store_of(modes)
    panel = make_window(store, 10).panel("board")
    assert isinstance(panel, BoardPanel)
    table, view = panel.table, panel._scroll.viewport()
    assert len(table.rows) == modes
    assert panel._scroll.verticalScrollBar().value() == 0
    places = table.places(table.width())
    assert places[-1].row.bottom() <= view.height() + EDGE
    for row, place in zip(table.rows, places, strict=True):
        assert [text for text, _ in place.cells] == list(figure_words(row)[1:]), row.name
        boxes = [place.step, place.bar, place.speed_up, place.name, *(box for _, box in place.cells)]
        assert all(box.left() >= 0 and box.right() <= table.width() for box in boxes)
        assert not any(one.intersects(other) for i, one in enumerate(boxes) for other in boxes[:i])
    assert cut(panel) == []


@pytest.mark.parametrize("modes", [7, 10])
@pytest.mark.parametrize("points", [10, 14, 20, 26])
def test_no_row_is_cut_in_presenter_layout_however_far_is_scrolled(make_window: Make, points: int, modes: int) -> None:
    layout = make_window(store_of(modes), points, is_presented=True).presenting.layout
    assert layout is not None
    panel = layout._made["board"]
    assert isinstance(panel, BoardPanel)
    bar = panel._scroll.verticalScrollBar()
    assert cut(panel) == []
    for to in [*range(0, bar.maximum() + 1, 17), bar.maximum()]:
        bar.setValue(to)
        assert cut(panel) == [], (to, bar.value(), bar.maximum())


def test_what_colours_mean_and_what_averages_are_of_is_seen_beside_seven_rows_in_a_window_on_a_small_screen(
    make_window: Make, qapp: QApplication
) -> None:
    window = make_window(store_of(7), 10)
    panel = window.panel("board")
    assert isinstance(panel, BoardPanel)
    for height in (800, 764):  # all of the screen, and without a title above it and a bar of tasks below
        window.resize(1276, height)
        for _ in range(10):
            qapp.processEvents()
            window.refresh()
        assert panel.table.places(panel.table.width())[-1].row.bottom() <= panel._scroll.viewport().height() + EDGE
        for part in (panel._legend, panel._brief):
            assert part.visibleRegion().boundingRect() == part.rect(), height
        assert panel._brief.toolTip() == panel._note.text()
        assert panel._scroll.verticalScrollBar().maximum() == 0, "there is nothing else"
