"""Where the time goes: all modes and what words mean are in one list, which alone is scrolled."""

from itertools import pairwise

import pytest
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from gui.look.scale import letters_style
from gui.look.view import PlotView
from gui.panels.shares import SharesPanel
from gui.widgets.scrolled import Scrolled
from tests.gui.model.test_board import anatomy, steps, three_modes, visit


@pytest.mark.parametrize(("points", "width", "height"), [(10, 440, 150), (26, 616, 280)])
def test_one_bar_scrolls_all_of_it_and_rows_are_as_high_as_their_words(
    qtbot: QtBot, points: int, width: int, height: int
) -> None:
    panel = SharesPanel(PlotView())
    place = Scrolled(panel)
    qtbot.addWidget(place)
    place.setStyleSheet(letters_style(points))
    place.resize(width, height)
    place.show()
    store = three_modes()
    store.feed([anatomy(step, 3, forward_s=0.0128, sending_s=0.0) for step in (310, 320, 330)])
    panel.refresh(store)
    QApplication.processEvents()
    assert not place.verticalScrollBar().isVisible(), "a bar within a bar"
    (inner,) = panel.findChildren(QScrollArea)
    assert inner.isAncestorOf(panel._note)
    tops = panel._bars._tops()
    heights = {second - first for first, second in pairwise(tops)}
    assert len(tops) == 3
    assert len(heights) == 2, "what computes alone has fewer words"


def test_modes_stand_in_the_order_of_the_board(qtbot: QtBot) -> None:
    store, panel = three_modes(), SharesPanel(PlotView())
    qtbot.addWidget(panel)
    store.feed([anatomy(step, 3, forward_s=0.0128, sending_s=0.0) for step in (310, 320, 330)])
    store.feed([visit(4, "cpu,dp=2", 400, 30.0), steps(400, 100, 30.0, 0.03)])
    measured = {row.name for row, sums in store.live.board.sums() if sums.total_s}
    for store.live.board.is_by_speed in (False, True):
        panel.refresh(store)
        assert panel._bars._names == [row.name for row in store.live.board.rows() if row.name in measured]
        assert len(panel._bars._names) > 1


def test_the_mode_in_force_is_in_sight_unless_somebody_looks_elsewhere(qtbot: QtBot) -> None:
    store, panel = three_modes(), SharesPanel(PlotView())
    qtbot.addWidget(panel)
    panel.resize(440, 150)
    panel.show()
    (area,) = panel.findChildren(QScrollArea)
    bar = area.verticalScrollBar()

    def is_seen(name: str) -> bool:
        tops, index = panel._bars._tops(), panel._bars._names.index(name)
        end = bar.value() + area.viewport().height()
        last = max(bottom for _, bottom in panel._bars.edge_pieces() if bottom < tops[index + 1])
        return bar.value() <= tops[index] < last <= end

    def rest() -> None:
        for _ in range(3):
            panel.refresh(store)
            QApplication.processEvents()

    for number, mode in enumerate(("cpu,dp=3", "cpu,dp=4", "cpu,dp=5")):
        first, segment = 403 + 100 * number, 4 + number
        store.feed([visit(segment, mode, first, 300.0 + number), steps(first, 20, 300.0 + number, 0.02)])
        rest()
        assert len(panel._bars._names) == 1 + number, "none of its steps is taken apart yet"
        store.feed([anatomy(first + at, segment, forward_s=0.01, sending_s=0.005) for at in (10, 15)])
        rest()
        name = f"Data ×{3 + number}"
        assert is_seen(name)
    assert bar.value() > 0
    panel.resize(440, 130)
    rest()
    assert is_seen(name), "in less height, too"
    for width in (180, 440):  # with more lines below each
        panel.resize(width, 300)
        rest()
        assert is_seen(name)
    bar.setValue(0)
    store.feed([anatomy(620, 6, forward_s=0.01, sending_s=0.007)])
    rest()
    assert bar.value() == 0, "somebody looks there"
    store.feed([visit(7, "cpu,dp=4", 703, 310.0), anatomy(710, 7, forward_s=0.01, sending_s=0.005)])
    rest()
    assert is_seen("Data ×4")
