"""In every text size, up to a projector's, on a small screen and a large one: what is written is whole.

Looked for in every widget that can be seen, behind every tab: labels, buttons, boxes, tabs, headers, numbers along
axes, and what is painted, which is cut by `elidedText` alone. What lies in a scroll area may lie outside of it, but not
be narrower than its words.
"""

from collections.abc import Iterator

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QScrollArea,
    QStatusBar,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui.panels import discover
from gui.widgets.curve_plot import CurvePlot
from gui.window.window import Window
from tests.windows import Open, feed_sample

SLACK = 2
"""Pixels by which Qt's own hints are more than what is written."""
LEAST_PLOT = 40
"""Pixels, below which nothing is read off a plot."""
NEVER = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
PANELS = [panel.panel_id for panel in discover()]


class Painted(list[str]):
    """Texts that were painted wrongly; `count` is of all that were painted so at all."""

    count = 0


@pytest.fixture
def beyond(monkeypatch: pytest.MonkeyPatch) -> Painted:
    """Every text that was painted into a box which is narrower than it, and not in several lines."""
    found = Painted()
    draw = QPainter.drawText

    def watch(painter: QPainter, *given: object) -> object:
        box, text = given[0], given[-1]
        if isinstance(box, QRect | QRectF) and isinstance(text, str):
            found.count += 1
            flags = int(given[1]) if isinstance(given[1], int) else int(given[1].value)  # type: ignore[attr-defined]
            wraps = flags & Qt.TextFlag.TextWordWrap.value
            width = max((painter.fontMetrics().horizontalAdvance(line) for line in text.split("\n")), default=0)
            if not wraps and width > box.width() + SLACK:
                found.append(f"beyond its box: {text}")
        return draw(painter, *given)

    monkeypatch.setattr(QPainter, "drawText", watch)
    return found


@pytest.fixture
def elided(monkeypatch: pytest.MonkeyPatch) -> Painted:
    """Every painted text that was cut."""
    found = Painted()
    elide = QFontMetrics.elidedText

    def watch(metrics: QFontMetrics, text: str, *rest: object) -> str:
        made: str = elide(metrics, text, *rest)
        found.count += 1
        if made != text:
            found.append(f"painted: {text}")
        return made

    monkeypatch.setattr(QFontMetrics, "elidedText", watch)
    return found


def seen(window: QWidget) -> Iterator[QWidget]:
    """Widgets that lie within the window, or within something that scrolls."""
    for widget in window.findChildren(QWidget):
        place = QRect(widget.mapTo(window, QPoint()), widget.size()) if widget.window() is window else QRect()
        if widget.isVisible() and place.intersects(window.rect()) and not isinstance(widget.parent(), QStatusBar):
            yield widget


def is_scrolled(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractScrollArea) and not isinstance(parent, CurvePlot):
            return True
        parent = parent.parentWidget()
    return False


def is_cut(widget: QWidget) -> bool:
    """Words of this widget do not fit into it, or it does not fit into what it lies in."""
    wanted = widget.sizeHint()
    if isinstance(widget, QLabel) and widget.wordWrap():
        short = widget.heightForWidth(widget.width()) > widget.height() + SLACK
    else:
        short = wanted.width() > widget.width() + SLACK or wanted.height() > widget.height() + SLACK
    return short or (not is_scrolled(widget) and widget.visibleRegion().boundingRect() != widget.rect())


def what_is_cut(window: QWidget) -> list[str]:
    found = []
    for widget in seen(window):
        name = type(widget).__name__
        if isinstance(widget, QLabel | QAbstractButton) and widget.text() and is_cut(widget):
            found.append(f"{name} {widget.text()!r} in {widget.parent()}")
        elif (
            isinstance(widget, QLineEdit) and widget.fontMetrics().horizontalAdvance(widget.text()) > widget.width() - 4
        ):
            found.append(f"{name} {widget.text()!r}")
        elif isinstance(widget, QScrollArea) and widget.horizontalScrollBarPolicy() == NEVER:
            if widget.widget().width() > widget.viewport().width():
                found.append(f"what is scrolled in {widget.parent()}")
        elif isinstance(widget, QComboBox) and is_cut(widget):
            found.append(f"{name} {widget.currentText()!r}")
        elif isinstance(widget, QTabBar):
            metrics = widget.fontMetrics()
            found += [
                f"tab {widget.tabText(tab)!r}"
                for tab in range(widget.count())
                if metrics.horizontalAdvance(widget.tabText(tab)) > widget.tabRect(tab).width()
            ]
        elif isinstance(widget, QHeaderView) and widget.model() is not None:
            found += [
                f"header {number} of {widget.parent()}"
                for number in range(widget.count())
                if not widget.isSectionHidden(number) and widget.sectionSizeHint(number) > widget.sectionSize(number)
            ]
        elif isinstance(widget, pg.PlotWidget):
            found += cut_numbers(widget)
    return found


def cut_numbers(plot: pg.PlotWidget) -> list[str]:
    """Numbers along the left axis of a plot that are wider than the axis, along the bottom one that touch."""
    found = []
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        metrics = QFontMetrics(axis.style["tickFont"] or axis.font())
        low, high = axis.range
        extent = axis.size().width() if side == "bottom" else axis.size().height()
        if extent < LEAST_PLOT:
            return [f"a plot of {extent:.0f} pixels in {plot.parent()}"]
        for spacing, values in axis.tickValues(low, high, extent)[:1]:
            texts = axis.tickStrings(values, axis.scale, spacing)
            room = axis.width() if side == "left" else spacing / (high - low) * extent
            widths = {text: metrics.horizontalAdvance(text) for text in texts}
            found += [f"number {text!r}, {width} in {room:.0f}" for text, width in widths.items() if width > room]
    return found


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
@pytest.mark.parametrize("points", [10, 14, 20, 26])
def test_nothing_that_is_written_is_cut(
    open_window: Open,
    qtbot: QtBot,
    qapp: QApplication,
    elided: Painted,
    beyond: Painted,
    points: int,
    size: tuple[int, int],
) -> None:
    window: Window = open_window().window
    window.look.set_text(points)
    window.resize(*size)
    feed_sample(window.store)
    found: set[str] = set()
    for panel_id in PANELS:
        if panel_id in window.docks.by_id:
            window.docks.by_id[panel_id].raise_()
        window.refresh()
        for _ in range(10):
            qapp.processEvents()
        window.refresh()
        elided.clear()
        beyond.clear()
        window.grab()
        found |= {*what_is_cut(window), *elided, *beyond}
    assert (window.width(), window.height()) == size
    assert beyond.count > 100
    assert elided.count > 4
    assert found == set()
