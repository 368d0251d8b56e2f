"""Tables drawn as colours in little room: their numbers are read, and their names, in smaller letters."""

from collections import defaultdict

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontInfo, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.config.spec import make_spec
from engine.events.evaluator import LookDrawn
from engine.pictures import Choice, HeatMap, Phrase
from gui.look.theme import apply_theme
from gui.widgets import heat_map_view
from gui.widgets.heat_map_view import HeatMapView
from tests.windows import Open, feed_sample

WORD = "␣break_here"
TERMS = HeatMap(
    rows=(*WORD, "Σ python", "Σ numpy", "Σ torch"),
    columns=("dL/dy", "x", "term"),
    values=np.linspace(-0.21, 0.3, 42).astype(np.float32).tobytes(),
    row_title=Phrase("read"),
    has_numbers=True,
    is_signed=True,
)
FIGURES = {f"{value:.3f}" for value in np.frombuffer(TERMS.values, np.float32)}
LETTERS = tuple("represented␣in␣a␣string.␣␣Python")
Written = dict[str, list[tuple[str, int]]]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    """What is written "across" the top, down the "side" and in "cells", with the pixels of its letters."""
    found: Written = defaultdict(list)

    class Watched(QPainter):
        def __init__(self, view: HeatMapView) -> None:
            super().__init__(view)
            self.place = view._place()

        def drawText(self, box: QRectF, flags: Qt.AlignmentFlag, text: str) -> None:
            middle = box.center()
            if text not in ("", "read", "↓ hears →"):
                is_above = middle.y() < self.place.top()
                where = "cells" if self.place.contains(middle) else "across" if is_above else "side"
                found[where].append((text, QFontInfo(self.font()).pixelSize()))
            super().drawText(box, flags, text)

    monkeypatch.setattr(heat_map_view, "QPainter", Watched)
    return found


def shown(picture: HeatMap, qtbot: QtBot, width: int, height: int, *, shrinks: bool, points: int = 20) -> HeatMapView:
    apply_theme(QApplication.instance(), "light", points)  # type: ignore[arg-type]
    view = HeatMapView()
    view.shrinks = shrinks
    qtbot.addWidget(view)
    view.resize(width, height)
    view.show_picture(picture)
    view.show()
    QApplication.processEvents()
    apply_theme(QApplication.instance(), "light", 10)  # type: ignore[arg-type]
    return view


@pytest.mark.parametrize("shrinks", [False, True])
def test_numbers_are_written_in_smaller_letters_before_any_is_left_out(
    qtbot: QtBot, written: Written, shrinks: bool
) -> None:
    assert len(FIGURES) == 42
    view = shown(TERMS, qtbot, 620, 315, shrinks=shrinks)
    assert view.size().height() == 315, "all of it is in sight"
    assert {text for text, _ in written["cells"]} == FIGURES
    assert [name for name, _ in written["side"]][: len(TERMS.rows)] == list(TERMS.rows)
    pixels = {size for _, size in written["cells"]}
    assert len(pixels) == 1
    assert 14 <= pixels.pop() <= view._place().height() / len(TERMS.rows)
    view.hide()
    written.clear()
    low = shown(TERMS, qtbot, 620, 100, shrinks=shrinks)
    assert low.height() > 180, "it is scrolled rather than without its figures"
    assert {text for text, _ in written["cells"]} == FIGURES


def test_letters_of_all_rows_are_written_as_those_of_all_columns(qtbot: QtBot, written: Written) -> None:
    values = np.tril(np.ones((len(LETTERS), len(LETTERS)), np.float32)).tobytes()
    attention = HeatMap(rows=LETTERS, columns=LETTERS, values=values, relation=Phrase("hears"))
    for height, readable in ((400, 18), (300, 16), (230, 11)):
        written.clear()
        view = shown(attention, qtbot, 620, height, shrinks=True)
        for side in ("across", "side"):
            assert "".join(name for name, _ in written[side]) == "".join(LETTERS)
        least, most = (min(size for _, size in written[side]) for side in ("side", "across"))
        assert readable <= least <= most, "as large as those of columns, while rows allow it"
        view.hide()
    assert view.summary() == "32 rows, 32 columns. r hears r: 1", "and what it says is a sentence"
    written.clear()
    shown(attention, qtbot, 620, 130, shrinks=True)
    assert 8 < len(written["side"]) < len(LETTERS)
    assert [name for name, _ in written["side"]] == [name for name, _ in written["across"]]
    at_desk = shown(attention, qtbot, 620, 310, shrinks=False)
    assert at_desk.height() == 310, "it shrinks before it is scrolled"
    narrow = shown(attention, qtbot, 500, 310, shrinks=False)
    assert narrow.width() == 500


@pytest.mark.parametrize("points", [10, 20, 26])
def test_all_numbers_of_a_gradient_are_read_in_the_presenters_layout(
    open_window: Open, qapp: QApplication, written: Written, points: int
) -> None:
    window = open_window().window
    window.resize(1280, 800)
    feed_sample(window.store)
    window.store.take_over(make_spec("gpt-in-plain-python"), is_replay=False)
    window.store.live.status = "paused"
    note = Phrase("dL/dw = Σ dL/dy x over the characters of one held-back name; w = block.out[1, 1]. By python, numpy.")
    choices = tuple(Choice(title=title, options=("1", "2")) for title in ("Matrix", "Row", "Column", "Name"))
    picture = msgspec.structs.replace(TERMS, note=note, choices=choices)
    window.store.feed([LookDrawn(at_s=1.0, look="terms", chosen=(), step=1_234, picture=picture)])
    window.look.set_text(points)
    try:
        window.presenting.toggle()
        shown = window.presenting.layout
        assert shown is not None
        shown.choose("inside")
        for _ in range(6):
            qapp.processEvents()
            shown.refresh()
        view = shown._made["inside"]._view
        written.clear()
        view.grab()
        assert {text for text, _ in written["cells"]} == FIGURES
        assert view.visibleRegion().boundingRect() == view.rect(), "sums are in sight"
    finally:
        window.look.set_text(10)
