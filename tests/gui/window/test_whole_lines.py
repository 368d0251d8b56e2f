"""In the panels at the bottom no line, row or control is cut through by an edge, wherever it is scrolled."""

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QLabel,
    QScrollArea,
    QTableWidget,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.config.spec import make_spec
from engine.events.evaluator import LookDrawn
from engine.pictures import Choice, HeatMap, Phrase
from gui.look.theme import apply_theme
from gui.model.store import TOPICS, Store
from gui.widgets.heat_map_view import HeatMapView
from gui.widgets.whole_edges import WholeEdges
from gui.window.settings import Settings
from gui.window.window import Window
from tests.gui.panels.test_traffic import step
from tests.windows import feed_sample

EDGE = 3
"""So many pixels of a line are its edge alone."""
NAMES = tuple("represented in a s")
TABLE = HeatMap(
    rows=NAMES,
    columns=("dL/dy", "x", "term"),
    values=np.linspace(-1, 1, 3 * len(NAMES), dtype=np.float32).tobytes(),
    row_title=Phrase("read"),
    has_numbers=True,
    is_signed=True,
    choices=(Choice(title="Row", options=("1", "2")), Choice(title="Column", options=("1", "2"))),
    note=Phrase("What was computed of it, and how, in more words than have room in one line of a panel. " * 2),
)


def shown(qtbot: QtBot, size: tuple[int, int]) -> Window:
    store = Store()
    feed_sample(store)
    store.take_over(make_spec("digits-mlp"), is_replay=False)
    store.live.status, store.live.spec, store.live.is_replay = "paused", make_spec("digits-mlp"), False
    last = store.live.segments[-1]
    one = step(store.live.step, 2, 10 * 2**20)
    store.feed([type(one)(**{name: getattr(one, name) for name in one.__struct_fields__} | {"segment": last.segment})])
    store.versions.update(TOPICS)
    window = Window(Settings(), store)
    qtbot.addWidget(window, before_close_func=lambda window: setattr(window, "may_close", True))
    window.resize(*size)
    window.show()
    settle(window)
    return window


def settle(window: Window) -> None:
    for _ in range(6):
        window.refresh()
        QApplication.processEvents()


def pieces(area: QAbstractScrollArea) -> Iterator[tuple[str, int, int]]:
    """What is to be seen whole or not at all: its name, and from where to where it reaches in the viewport."""
    view = area.viewport()
    if isinstance(area, QTreeWidget):
        for at in range(area.topLevelItemCount()):
            top = area.topLevelItem(at)
            for item in (top, *(top.child(child) for child in range(top.childCount()))):
                yield item.text(0), area.visualItemRect(item).top(), area.visualItemRect(item).bottom() + 1
    if isinstance(area, QTableWidget):
        for row in range(area.rowCount()):
            place = area.visualItemRect(area.item(row, 0))
            yield f"row {row}", place.top(), place.bottom() + 1
    content = area.widget() if isinstance(area, QScrollArea) else None
    for part in (content, *content.findChildren(QWidget)) if content is not None else ():
        top = part.mapTo(view, QPoint()).y()
        inner = next((one for one in parents(part) if isinstance(one, QAbstractScrollArea)), None)
        if not part.isVisible() or inner is not area:
            continue
        if isinstance(part, QAbstractButton | QComboBox):
            yield type(part).__name__, top, top + part.height()
        if isinstance(part, HeatMapView):
            place = part._place()
            high = place.height() / len(TABLE.rows)
            for row in range(len(TABLE.rows)):
                yield f"row {row}", round(top + place.top() + row * high), round(top + place.top() + (row + 1) * high)
        if isinstance(part, QLabel) and part.text():
            line = part.fontMetrics().lineSpacing()
            flags = part.alignment().value | (0x1000 if part.wordWrap() else 0)
            text = part.fontMetrics().boundingRect(part.contentsRect(), flags, part.text())
            for at in range(text.top(), text.bottom() - line // 2, line):
                yield part.text(), top + at, top + at + line


def parents(widget: QWidget) -> Iterator[QWidget]:
    while (widget := widget.parentWidget()) is not None:  # type: ignore[assignment]
        yield widget


def cut(area: QAbstractScrollArea) -> list[str]:
    """What of it is seen in part."""
    begin, end = 0, area.viewport().height()
    for edges in area.findChildren(WholeEdges):
        if edges.parent() is area:
            upper, lower = (cover.geometry() if cover.isVisible() else QRect() for cover in edges.covers)
            begin, end = (upper.bottom() + 1 if upper.isValid() else begin), (lower.top() if lower.isValid() else end)
    assert begin < end
    return [
        f"{name}: {top} to {bottom}, seen from {begin} to {end}"
        for name, top, bottom in pieces(area)
        if bottom - top <= area.viewport().height()
        and (top < begin - EDGE < bottom - 2 * EDGE or top + EDGE < end < bottom - EDGE)
    ]


@pytest.mark.parametrize(("theme", "points"), [("light", 10), ("dark", 12)])
def test_no_line_row_or_control_at_the_bottom_is_seen_in_part(
    qapp: QApplication, qtbot: QtBot, theme: str, points: int
) -> None:
    apply_theme(qapp, theme, points)
    try:
        window, found, looked = shown(qtbot, (1280, 800)), list[str](), set[str]()
        for name in ("traffic", "shares", "inside", "lanes", "bubble", "memory"):
            dock = window.docks.by_id[name]
            window.docks.bring(dock)
            settle(window)
            if name == "inside":
                look = window.panel("inside")._look.name
                window.store.feed([LookDrawn(at_s=1.0, look=look, chosen=(), step=5, picture=TABLE)])
            settle(window)
            for area in dock.findChildren(QAbstractScrollArea):
                bar = area.verticalScrollBar()
                if not area.isVisible() or not bar.maximum():
                    continue
                looked.add(name)
                for value in (0, 1, 7, bar.maximum() // 2, bar.maximum()):
                    bar.setValue(value)
                    settle(window)
                    found += [f"{name}, {type(area).__name__} at {bar.value()}: {one}" for one in cut(area)]
                bar.setValue(0)
        assert looked >= {"traffic", "shares", "inside"}, "these have more than there is room for"
        assert found == []
    finally:
        apply_theme(qapp, "light", 10)


def test_in_a_low_panel_the_messages_of_two_ranks_are_seen_without_scrolling(qapp: QApplication, qtbot: QtBot) -> None:
    apply_theme(qapp, "light", 10)
    window = shown(qtbot, (1280, 800))
    window.docks.bring(window.docks.by_id["traffic"])
    settle(window)
    panel = window.panel("traffic")
    for table in (panel._tree, panel._matrix):
        assert table.isVisible()
        assert table.verticalScrollBar().maximum() == 0
        assert table.viewport().visibleRegion().boundingRect() == table.viewport().rect()
