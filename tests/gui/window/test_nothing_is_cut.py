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
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.config.spec import make_spec
from engine.packs.pack import packs
from gui.model.replayed import Replayed
from gui.panels import discover
from gui.widgets.curve_plot import CurvePlot
from gui.widgets.fitted_label import FittedLabel
from gui.widgets.ribbon import Ribbon
from gui.window.links_dialog import LinksDialog
from gui.window.pack_dialog import PackDialog
from gui.window.ranks_dialog import RanksDialog
from gui.window.tab_list import TabList
from gui.window.window import Window
from tests.gui.model.test_board import steps, visit
from tests.windows import Open, feed_sample

SLACK = 3
"""Pixels by which Qt's own hints are more than what is written."""
CROWDED_POINTS = 14
"""From here on all docks lie behind one row of tabs, in a small window."""
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
    if isinstance(widget, FittedLabel):  # its hint is that of a longer form
        short = widget.fontMetrics().horizontalAdvance(widget.text()) > widget.width()
    elif isinstance(widget, QLabel) and widget.wordWrap():
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
            found += cut_tabs(widget)
        elif isinstance(widget, QHeaderView) and widget.model() is not None:
            found += [
                f"header {number} of {widget.parent()}"
                for number in range(widget.count())
                if not widget.isSectionHidden(number) and widget.sectionSizeHint(number) > widget.sectionSize(number)
            ]
        elif isinstance(widget, pg.PlotWidget):
            found += cut_numbers(widget)
    return found


def cut_tabs(bar: QTabBar) -> list[str]:
    """Of the tabs those that are not whole: in the row, or in very large letters in its list, by their full titles.

    The one in front is whole in the row always.
    """
    metrics = bar.fontMetrics()
    arrows = [button for button in bar.findChildren(QToolButton) if button.isVisible()]
    end = min((button.x() for button in arrows), default=bar.width())
    listed = listed_tabs(bar) if bar.fontInfo().pointSizeF() >= CROWDED_POINTS else set[int]()
    found = []
    for tab in {*range(bar.count())} - (listed - {bar.currentIndex()}):
        place = bar.tabRect(tab)
        is_whole = metrics.horizontalAdvance(bar.tabText(tab)) <= place.width()
        if not is_whole or place.left() < 0 or place.right() > end:
            found.append(f"tab {bar.tabText(tab)!r}")
    return found


def listed_tabs(bar: QTabBar) -> set[int]:
    """Tabs of the row that can be chosen in a list at its end which is seen, under the full titles of their panels."""
    titles = {panel.short_title(): panel.title() for panel in discover()}
    found = set[int]()
    for tabs in bar.findChildren(TabList):
        if tabs.isVisible():
            menu = tabs.menu_of_tabs()
            entries = {entry.text() for entry in menu.actions()}
            menu.deleteLater()
            found |= {tab for tab in range(bar.count()) if titles.get(bar.tabText(tab)) in entries}
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
            if spacing is None:  # a logarithmic one
                continue
            texts = axis.tickStrings(values, axis.scale, spacing)
            room = axis.width() if side == "left" else spacing / (high - low) * extent
            widths = {text: metrics.horizontalAdvance(text) for text in texts}
            found += [f"number {text!r}, {width} in {room:.0f}" for text, width in widths.items() if width > room]
    return found


@pytest.mark.parametrize(
    ("size", "points"),
    [((852, 764), 20), *((size, points) for size in ((1280, 800), (1920, 1080)) for points in (10, 14, 20, 26))],
)
def test_nothing_that_is_written_is_cut(
    open_window: Open,
    qtbot: QtBot,
    qapp: QApplication,
    elided: Painted,
    beyond: Painted,
    points: int,
    size: tuple[int, int],
) -> None:
    application = open_window()
    application.bridge.stop()  # it knows of no run, and would say so between two looks
    window: Window = application.window
    window.look.set_text(points)
    window.resize(*size)
    store = window.store
    store.take_over(make_spec("spirals", steps=4_200), is_replay=True)
    store.show_set_up(make_spec("spirals", knobs={"hidden": 32}, batch_size=32, lr=0.5, seed=7))  # all is another one
    store.show_replayed(Replayed(at_s=84.7, end_s=85.2, step=4_100, steps=4_200, speed=64.0, is_playing=True))
    feed_sample(store)
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
    assert window.width() == size[0]
    assert window.height() <= size[1]
    assert window.docks.replay_bar.isVisible()
    for shown in (*window._bar.buttons, window._bar.mode, window._bar.rate):  # a toolbar leaves out what has no room
        assert shown.visibleRegion().boundingRect() == shown.rect()
    assert beyond.count > 100
    assert elided.count > 4
    assert found == set()


def is_hint(label: QLabel) -> bool:
    """A sentence, on several lines where one has no room, or over a plot, where it stands alone."""
    return "." in label.text() and (label.wordWrap() or isinstance(label.parent(), CurvePlot))


@pytest.mark.parametrize(("size", "points"), [((852, 764), 10), ((852, 764), 20), ((1280, 800), 26)])
def test_what_would_fill_an_empty_panel_is_told_whole(
    open_window: Open, qapp: QApplication, beyond: Painted, points: int, size: tuple[int, int]
) -> None:
    application = open_window()
    application.bridge.stop()
    window: Window = application.window
    window.look.set_text(points)
    window.resize(*size)
    found: set[str] = set()
    told = 0
    for panel_id in PANELS:
        if panel_id in window.docks.by_id:
            window.docks.by_id[panel_id].raise_()
        for _ in range(10):
            qapp.processEvents()
        window.refresh()
        beyond.clear()
        window.grab()
        hints = [label for label in seen(window) if isinstance(label, QLabel) and is_hint(label)]
        told += len(hints)
        found |= {label.text() for label in hints if is_cut(label)} | {*beyond}
    assert (window.width(), window.height()) == size
    assert told > 4
    assert found == set()


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_in_the_presenters_layout_the_ribbon_says_what_all_its_numbers_are(
    open_window: Open, qapp: QApplication, size: tuple[int, int]
) -> None:
    window: Window = open_window().window
    window.resize(*size)
    window.presenting.toggle()
    layout = window.presenting.layout
    assert layout is not None
    ribbon = layout._made["ribbon"].findChild(Ribbon)
    modes = (
        "cpu,threads=1",
        "cpu,threads=2",
        "cpu,dp=2",
        "cpu,pp=2",
        "cpu,pp=2,microbatches=8",
        "cpu,pp=2,microbatches=2",
    )
    for number, mode in enumerate(modes):
        begins = visit(number, f"{mode},schedule=gpipe" if "pp" in mode else mode, number * 100, 10.0 * number)
        window.store.feed([begins, steps(number * 100, 100, 10.0 * number, 0.1)])
    for _ in range(10):
        window.refresh()
        qapp.processEvents()
    assert len(ribbon.key.names) > 1
    assert ribbon.key.told == set(ribbon.key.names)
    assert ribbon.height() >= ribbon.sizeHint().height()


def test_in_a_projectors_letters_dialogs_have_room_for_their_words(open_window: Open, qapp: QApplication) -> None:
    window: Window = open_window().window
    window.look.set_text(10)
    window.help.show_page("first")  # it is there before the text is large, as in a lecture
    window.look.set_text(26)
    try:
        why = "A batch of 2 is too small for microbatches=4: it is cut into 4 pieces. Take a batch of 4 or more."
        ranks = RanksDialog(window, "Pipeline parallel", 2, (2, 64), lambda _: why)
        links = LinksDialog(window, lambda: True)
        links._fill(
            [{"transport": "gloo", "ranks": 2, "alpha_s": 2e-4, "bytes_per_s": 1.9e9, "points": [(4096, 4.321e-4)]}]
        )
        pack = PackDialog(window, next(iter(packs().values())))
        for dialog in (ranks, links, pack, window.help.pages):
            assert dialog is not None
            dialog.show()
            for _ in range(6):
                qapp.processEvents()
            assert what_is_cut(dialog) == []
        assert links._table.columnWidth(0) >= links._table.sizeHintForColumn(0)
        assert not window.help.pages.contents.horizontalScrollBar().isVisible()
    finally:
        window.look.set_text(10)
