"""The mode's name is read first: it is large, whatever is said beside it and however long it is."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
from pytestqt.qtbot import QtBot

from engine.events.run import Paced, StatusChanged
from gui.look.scale import HEADING, PROPERTY, TITLE
from gui.look.theme import apply_theme
from gui.model.store import Store
from gui.text.headline import Headline, HeadlineWords
from gui.widgets.fitting import height_of
from gui.widgets.headline import ModeTitle
from gui.window.toolbar import RunBar
from tests.messages import batch, begin

BELOW = "11,712 steps · on average ×468 ▲ of 1 thread in python"


@pytest.fixture(params=[(1280, 16), (1280, 20), (1280, 26), (1920, 26), (852, 20)])
def bar(request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication) -> Iterator[RunBar]:
    width, points = request.param
    apply_theme(qapp, "light", points)
    window = QMainWindow()
    qtbot.addWidget(window)
    actions = [QAction(name, window) for name in ("Reset", "Play", "Step", "Pace")]
    made = RunBar(*actions, play_names=("Play", "Pause"))
    window.addToolBar(made)
    window.resize(width, 400)
    window.show()
    qapp.processEvents()
    yield made
    apply_theme(qapp, "light", 10)
    window.close()


def whole(label: QLabel) -> bool:
    return height_of(label, label.text(), label.width()) <= label.height()


def test_a_name_is_large_before_what_is_trained_is_said_and_wraps_before_it_is_small(bar: RunBar) -> None:
    heights = []
    for name in ("2 threads", "2 threads", "1 thread in numpy", "1 thread in python", "Data ×2 shm"):
        words = "Single process · CPU · 1 thread · Plain code numpy · fp32"
        headline = Headline(name, words, 1, "31,511 names/s", BELOW, "Names · Plain GPT")
        bar.mode.show_headline(headline)
        bar.rate.show_headline(headline)
        for _ in range(3):
            bar._fit()
            QApplication.processEvents()
        assert bar.mode.name.text() == name
        assert bar.mode.name.property(PROPERTY) in (TITLE, HEADING), (name, bar.mode.width())
        assert whole(bar.mode.name)
        assert whole(bar.mode.words)
        heights.append(bar.height())
        if "numpy" in name and (bar.width(), bar.fontInfo().pointSize()) == (1280, 16):
            assert bar.mode.name.property(PROPERTY) == TITLE
            assert bar.rate.below.text() == BELOW
    assert len(set(heights[1:])) == 1, "no mode makes the bar higher"


def test_the_pace_that_is_said_is_that_of_the_run_that_is_shown() -> None:
    store, words = Store(), HeadlineWords()
    store.show_pace(50.0)
    store.begin("runs/recorded")
    assert words.of(store).below == "0 steps", "that one was made at full speed"
    store.feed([Paced(at_s=0.0, step=0, steps_per_s=5.0)])
    assert words.of(store).below == "0 steps · at a pace of 5 steps/s"


def test_a_run_slower_than_its_pace_is_said_to_be_held_by_nothing() -> None:
    store, words = Store(), HeadlineWords()
    store.feed([begin(0, 0, 0.0), StatusChanged(at_s=0.0, status="running", step=0), batch(0, 40)])
    store.feed([Paced(at_s=0.4, step=40, steps_per_s=500.0), batch(40, 40, at_s=0.4)])
    told = words.of(store)
    assert (told.below, told.rate, told.rate_note) == ("80 steps · at most 500 steps/s", "1,000 samples/s", "")
    store.feed([Paced(at_s=0.8, step=80, steps_per_s=50.0), batch(80, 40, at_s=0.8)])
    told = words.of(store)
    assert (told.below, told.rate_note) == ("120 steps · at a pace of 50 steps/s", "while computing")


def test_beside_the_rate_of_a_run_that_is_held_stands_that_it_is_of_computing_time(bar: RunBar) -> None:
    store, letters = Store(), {}
    store.feed([begin(0, 0, 0.0), StatusChanged(at_s=0.0, status="running", step=0), batch(0, 400)])
    for pace in (None, 5.0):
        made = store.live.step
        rows = batch(made, 400, at_s=4.0)
        rows.rows["samples"] = 1_234
        store.feed([Paced(at_s=4.0, step=made, steps_per_s=pace), rows])
        for _ in range(3):
            bar.refresh(store)
            QApplication.processEvents()
        assert bar.rate.rate.text() == "123,400 samples/s"
        letters[pace] = bar.rate.rate.fontInfo().pixelSize()
        said = "while computing" in (bar.rate.note.text() if bar.rate.note.isVisible() else bar.rate.below.text())
        assert said == (pace is not None)
    assert letters[None] == letters[5.0]
    assert bar.rate.note.isVisible() or bar.fontInfo().pointSize() > 16
    if bar.rate.note.isVisible():
        assert bar.rate.note.fontInfo().pixelSize() > bar.rate.below.fontInfo().pixelSize()
        gap = bar.rate.note.geometry().left() - bar.rate.rate.geometry().right()
        assert 0 <= gap <= 2
        assert bar.rate.rect().contains(bar.rate.note.geometry())
    else:
        assert bar.rate.below.text().startswith("while computing")
    assert bar.rate.geometry().right() <= bar.width()
    assert whole(bar.mode.name)


def test_below_the_name_what_it_says_too_gives_way_before_anything_is_left_out(
    qapp: QApplication, qtbot: QtBot
) -> None:
    apply_theme(qapp, "light", 10)
    title = ModeTitle()
    qtbot.addWidget(title)
    lean = "SLOWDOWN · CPU · 1 thread each · 4 micro-batches · 1f1b · gloo · fp32"
    words = lean.replace("CPU", "Pipeline parallel ×2 · CPU")
    title.show_headline(Headline(name="Pipeline ×2", words=words, number=0, rate="", below=""))
    beside = title.width() - title.words.width()
    advance = title.words.fontMetrics().horizontalAdvance
    for width, said in ((advance(words) + 9, words), (advance(lean) + 9, lean), (advance(lean) // 3, "…")):
        title.resize(beside + width, 100)
        title.show()
        qapp.processEvents()
        title.resize(title.width() + width - title.words.width(), 100)
        qapp.processEvents()
        assert title.words.text().endswith(said)
        assert said != lean or title.words.text() == lean
    assert title.toolTip().endswith(words)
