"""In a projector's letters in a small window, where a dock is as low as can be, a picture is seen without scrolling."""

import pytest
import torch
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.config.cards import workloads
from engine.config.look_card import LookCard
from engine.config.spec import make_spec
from engine.events.evaluator import LookDrawn
from engine.events.run import StatusChanged
from engine.packs.presence import why_no_data
from gui.model.store import Store
from gui.panels.inside import InsidePanel
from gui.window.settings import Settings
from gui.window.window import Window
from tests.gui.model.test_board import steps, visit
from tests.subjects import one_thread, subject_of  # noqa: F401 - a fixture

POINTS, SIZE = 26, QSize(1280, 800)
LEAST_SEEN = QSize(600, 180)
"""Pixels of the picture of a look; a line of text is 40 high there."""
LEAST_GIVEN, LEAST_ANSWERED = 60, 130
"""Pixels that are seen at once of what a person is to use in a try, and of the answer's place."""


def seen_of(widget: QWidget) -> QSize:
    """As much of a widget as lies within all that it lies in."""
    window = widget.window()
    place, around = QRect(widget.mapTo(window, QPoint()), widget.size()), widget.parentWidget()
    while around is not None:
        place &= QRect(around.mapTo(window, QPoint()), around.size())
        around = around.parentWidget()
    return place.size()


def settle(window: Window) -> None:
    """Docks find their places and sizes one after the other."""
    for _ in range(10):
        QApplication.processEvents()
        window.refresh()


def pick(panel: InsidePanel, card: LookCard) -> None:
    listed = [panel._picker.itemData(index) for index in range(panel._picker.count())]
    panel._picker.setCurrentIndex(listed.index(card))
    panel._picker.activated.emit(listed.index(card))
    QApplication.processEvents()


@pytest.mark.usefixtures("one_thread")
def test_every_look_is_seen_at_once_and_every_try_with_its_answer_in_the_largest_letters(qtbot: QtBot) -> None:
    store = Store()
    window = Window(Settings(), store)
    qtbot.addWidget(window, before_close_func=lambda window: setattr(window, "may_close", True))
    window.resize(SIZE)
    window.show()
    window.look.set_text(POINTS)
    settle(window)
    window.docks.bring(window.docks.by_id["inside"])
    settle(window)
    looks = tries = 0
    for name, card in workloads().items():
        knobs = {knob.name: knob.default for knob in card.knobs}
        if not (card.looks or card.tries) or why_no_data(name, knobs):
            continue
        store.begin(name)
        store.take_over(make_spec(name), is_replay=False)
        store.feed([visit(0, "cpu,threads=1", 0, 0.0), steps(0, 300, 0.0, 0.1)])
        store.feed([StatusChanged(at_s=0.0, status="running", step=400)])
        window.refresh()
        assert window.size() == SIZE
        panel = window.panel("inside")
        workload, subject = subject_of(name)
        for look in card.looks:
            with torch.no_grad():
                picture = workload.looks[look.name](subject)
            store.feed([LookDrawn(at_s=1.0, look=look.name, chosen=(), step=1_234, picture=picture)])
            pick(panel, look)
            QApplication.processEvents()
            least = seen_of(panel._view).expandedTo(LEAST_SEEN)
            assert seen_of(panel._view) == least, f"{name}, {look.name}"
            told = panel._note.text() + panel._head.words.text() * panel._head.words.isVisible()
            assert "1,234" in told
            assert str(picture.note) in told
            looks += 1
        for one in card.tries:
            pick(panel, one)
            assert seen_of(panel._try.input).height() >= LEAST_GIVEN, f"{name}, {one.name}"
            if panel._try.input.answer_share:
                assert seen_of(panel._try._place).height() >= LEAST_ANSWERED, f"{name}, {one.name}"
            tries += 1
    assert looks > 20
    assert tries > 8
