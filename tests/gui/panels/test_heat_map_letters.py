"""Tables drawn as colours in little room: their numbers are read, and their names, in smaller letters."""

from collections import defaultdict

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontInfo, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.pictures import HeatMap, Phrase
from gui.look.theme import apply_theme
from gui.widgets.heat_map_view import HeatMapView

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
    draw = QPainter.drawText

    def watch(painter: QPainter, box: object, flags: Qt.AlignmentFlag, text: str) -> None:
        view = painter.device()
        place = view._place()  # type: ignore[union-attr]
        middle = box.center()  # type: ignore[attr-defined]
        if text not in ("read", "at", "hears"):
            where = "cells" if place.contains(middle) else "across" if middle.y() < place.top() else "side"
            found[where].append((text, QFontInfo(painter.font()).pixelSize()))
        draw(painter, box, flags, text)

    monkeypatch.setattr(QPainter, "drawText", watch)
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
    assert low.height() > 200, "it is scrolled rather than without its figures"
    assert {text for text, _ in written["cells"]} == FIGURES


def test_letters_of_all_rows_are_written_as_those_of_all_columns(qtbot: QtBot, written: Written) -> None:
    values = np.tril(np.ones((len(LETTERS), len(LETTERS)), np.float32)).tobytes()
    attention = HeatMap(
        rows=LETTERS, columns=LETTERS, values=values, row_title=Phrase("at"), column_title=Phrase("hears")
    )
    shown(attention, qtbot, 620, 350, shrinks=True)
    for side in ("across", "side"):
        assert "".join(name for name, _ in written[side]) == "".join(LETTERS)
        assert min(size for _, size in written[side]) >= 9
    written.clear()
    shown(attention, qtbot, 620, 200, shrinks=True)
    assert 8 < len(written["side"]) < len(LETTERS)
    assert [name for name, _ in written["side"]] == [name for name, _ in written["across"]]
    at_desk = shown(attention, qtbot, 620, 310, shrinks=False)
    assert at_desk.height() == 310, "it shrinks before it is scrolled"
