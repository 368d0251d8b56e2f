"""Traffic: what is counted in the ranks is said, and no table has to be scrolled sideways."""

import re
from fractions import Fraction

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.anatomy import THROUGH_MEMORY, Held, RankAnatomy, Traffic
from engine.events.ranks import StepAnatomy
from engine.events.run import SegmentStarted
from gui.look.theme import apply_theme
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.traffic import TrafficPanel
from gui.text import figures
from gui.widgets.scrolled import Scrolled
from tests.gui.model.test_board import visit
from tests.messages import batch

AT_1280 = 545
"""Pixels that the dock has in a window of that width."""
HALF_OF_1280 = 616
"""Pixels, where all docks lie behind one row of tabs, and in the presenter's layout."""
LOW = 130
"""Pixels that are left for its content in a low one."""


def step(number: int, ranks: int, moved_bytes: int) -> StepAnatomy:
    everyone = tuple(range(ranks))
    traffic = (Traffic(kind=THROUGH_MEMORY, ranks=everyone, count=1, payload_bytes=1_234_567),)
    seen = tuple(
        RankAnatomy(rank=rank, begin_s=1.0, seconds=0.01, spans=(), traffic=traffic, moved_bytes=moved_bytes)
        for rank in everyone
    )
    return StepAnatomy(at_s=1.0, segment=0, step=number, ranks=seen, clock_offset_s=0.0, clock_error_s=0.0, skipped=0)


@pytest.mark.parametrize(("ranks", "points"), [(2, 10), (4, 10), (8, 10), (4, 26)])
def test_no_table_scrolls_sideways_and_bytes_through_memory_are_told(
    qapp: QApplication, qtbot: QtBot, ranks: int, points: int
) -> None:
    apply_theme(qapp, "light", points)
    store, panel = Store(), TrafficPanel(PlotView())
    mode = f"cpu,dp={ranks},transport=shm"
    store.feed([SegmentStarted(at_s=0.0, segment=0, step=0, mode=mode, words="", ranks=(), warmup_steps=0)])
    store.feed([batch(0, 200), step(100, ranks, 0), step(110, ranks, 10 * 2**20)])
    place = Scrolled(panel)
    qtbot.addWidget(place)
    place.resize(AT_1280 if points == 10 else HALF_OF_1280, 230)
    place.show()
    panel.refresh(store)
    qtbot.wait(20)
    assert points > 10 or not place.verticalScrollBar().isVisible(), "tables scroll within it"
    for table in (panel._tree, panel._matrix):
        assert table.horizontalScrollBar().maximum() == 0
    header = panel._tree.header()
    assert header.sectionSize(0) >= header.sectionSizeHint(0)
    advance = panel._matrix.fontMetrics().horizontalAdvance
    for row in range(ranks):
        for column in range(ranks + 1):
            item = panel._matrix.item(row, column)
            assert item is not None
            assert advance(item.text()) < panel._matrix.columnWidth(column)
            assert "→" in item.toolTip()
    words = panel._tree.topLevelItem(0).child(0).text(2)  # type: ignore[union-attr]
    assert words == f"(n+1)/n: {figures.size(1_234_567 * (ranks + 1) / ranks)}"
    assert "factor × payload" in panel._tree.headerItem().text(2), "and it is said of what that is the factor"
    assert f"{ranks} MiB a step read and written in shared memory, {ranks} ranks together" in panel._note.text()


@pytest.mark.parametrize("ranks", [2, 4])
@pytest.mark.parametrize("transport", ["gloo", "shm", "mpi"])
def test_the_formula_with_todays_numbers_gives_what_the_table_has(qtbot: QtBot, transport: str, ranks: int) -> None:
    store, panel = Store(), TrafficPanel(PlotView())
    qtbot.addWidget(panel)
    payload_bytes, everyone = 1_234_568, tuple(range(ranks))
    kind = THROUGH_MEMORY if transport == "shm" else "all-reduce"
    sent = (Traffic(kind=kind, ranks=everyone, count=1, payload_bytes=payload_bytes),)
    held = Held(parameter_bytes=payload_bytes, gradient_bytes=0, optimizer_bytes=0, activation_bytes=0)
    moved_bytes = payload_bytes * (ranks + 1) // ranks
    store.feed([visit(0, f"cpu,dp={ranks},transport={transport}", 0, 0.0), batch(0, 200)])
    for number in (100, 110):
        seen = step(number, ranks, 0)
        counted = None if transport == "gloo" else number * moved_bytes
        of_ranks = (replace(rank, traffic=sent, held=held, moved_bytes=counted) for rank in seen.ranks)
        store.feed([replace(seen, ranks=tuple(of_ranks))])
    panel.refresh(store)

    told = re.search(r"parallel: (\S+) × parameters.* = (\S+) × (\S+ \S+) = (\S+ \S+) a rank", panel._note.text())
    assert told is not None, panel._note.text()
    formula, factor, parameters, by_formula = told.groups()
    exact = eval(formula.replace("2(", "2*("), {"n": Fraction(ranks)})
    assert (Fraction(factor), parameters) == (exact, figures.size(payload_bytes))
    assert by_formula == figures.size(float(payload_bytes * exact))
    of_rank = panel._tree.topLevelItem(0)
    assert of_rank is not None
    message = of_rank.child(0)
    assert message is not None
    assert (of_rank.text(2), message.text(1), message.text(2)) == (by_formula, parameters, f"{formula}: {by_formula}")
    if transport == "shm":
        part = figures.size(payload_bytes / ranks)
        cells = [panel._matrix.item(i, j) for i in range(ranks) for j in range(ranks + 1)]
        assert {cell.toolTip().split(": ")[1] for cell in cells if cell is not None} == {part}, "a row is the factor"
        assert f"{figures.size(ranks * moved_bytes)} a step read and written" in panel._note.text()
        assert f"{ranks} ranks together: {by_formula} each." in panel._note.text()


def test_what_mpi_is_handed_is_not_said_to_go_through_shared_memory(qtbot: QtBot) -> None:
    store, panel = Store(), TrafficPanel(PlotView())
    qtbot.addWidget(panel)
    store.feed([visit(0, "cpu,dp=2,transport=mpi", 0, 0.0), batch(0, 200)])
    for number, moved_bytes in ((100, 0), (110, 10 * 2**20)):
        seen = step(number, 2, moved_bytes)
        sent = (Traffic(kind="all-reduce", ranks=(0, 1), count=1, payload_bytes=2**20),)
        store.feed([replace(seen, ranks=tuple(replace(rank, traffic=sent) for rank in seen.ranks))])
    panel.refresh(store)
    assert "2 MiB a step handed to MPI and taken back, 2 ranks together: 1 MiB each." in panel._note.text()
    assert "through shared memory" not in panel._note.text()


def test_where_no_message_is_sent_what_is_counted_has_the_place_of_the_tables(qapp: QApplication, qtbot: QtBot) -> None:
    apply_theme(qapp, "light", 10)
    store, panel = Store(), TrafficPanel(PlotView())
    qtbot.addWidget(panel)
    panel.resize(AT_1280, LOW)
    panel.show()
    counts = {"stale_updates": 3_077, "simultaneous_writes": 370}
    ranks = tuple(
        RankAnatomy(rank=rank, begin_s=1.0, seconds=0.01, spans=(), traffic=(), counts=counts) for rank in range(2)
    )
    races = StepAnatomy(at_s=1.0, segment=1, step=210, ranks=ranks, clock_offset_s=0, clock_error_s=0, skipped=0)
    store.feed([visit(0, "cpu,dp=2", 0, 0.0), batch(0, 200), step(100, 2, 0)])
    panel.refresh(store)
    assert panel._tree.isVisible()
    store.feed([visit(1, "cpu,hogwild=2", 200, 2.0), batch(200, 20, segment=1), races])
    panel.refresh(store)
    QApplication.processEvents()
    assert not panel._tree.isVisible()
    assert not panel._matrix.isVisible()
    assert panel._note.text().startswith("Since the shift: 6,154 writes of others fell between")
    assert panel._note.y() == 0, "it is seen without scrolling"
    assert panel._note.heightForWidth(panel._note.width()) <= min(panel._note.height(), LOW)
