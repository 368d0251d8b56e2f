"""The mouse wheel changes no list and no number that nobody has clicked; what they lie in is scrolled instead."""

from collections.abc import Iterator

from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from engine.config.spec import make_spec
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels import discover
from gui.panels.setup import SetupPanel
from gui.widgets.inputs import INPUTS
from gui.widgets.replay_bar import ReplayBar

DOWN = QPoint(0, -240)


def turn_over(widget: QWidget) -> None:
    place = widget.mapTo(widget.window(), widget.rect().center())
    QTest.wheelEvent(widget.window().windowHandle(), place.toPointF(), DOWN)
    QApplication.processEvents()


def everything() -> Iterator[QWidget]:
    for kind in discover():
        yield kind(PlotView())
    yield from (kind() for kind in INPUTS.values())
    yield ReplayBar()


def test_the_wheel_over_a_list_in_set_up_scrolls_the_form_unless_it_was_clicked(qtbot: QtBot) -> None:
    store, panel = Store(), SetupPanel(PlotView())
    qtbot.addWidget(panel)
    store.show_set_up(make_spec("text-gpt"))
    panel.refresh(store)
    panel.resize(300, 260)
    panel.show()
    qtbot.waitExposed(panel)
    said: list[object] = []
    panel.intent.connect(said.append)
    (scroll,) = panel.findChildren(QScrollArea)
    turn_over(panel._list)
    assert not said
    assert scroll.verticalScrollBar().value() > 0
    scroll.verticalScrollBar().setValue(0)
    panel._list.setFocus()
    turn_over(panel._list)
    assert said, "what was clicked is turned"


def test_no_list_and_no_number_anywhere_takes_the_wheel_unasked(qtbot: QtBot) -> None:
    for place in everything():
        qtbot.addWidget(place)
        place.show()
        for control in place.findChildren(QComboBox) + place.findChildren(QAbstractSpinBox):
            if isinstance(control, QComboBox):
                control.blockSignals(True)  # it gets more than it may have
                control.addItems(["before", "behind"])
                control.setCurrentIndex(control.count() - 2)
            control.setFixedSize(90, 24)
            control.show()
            QApplication.processEvents()
            control.clearFocus()  # which a window gives to its first one
            before = control.currentText() if isinstance(control, QComboBox) else control.text()
            turn_over(control)
            after = control.currentText() if isinstance(control, QComboBox) else control.text()
            assert (after, control.hasFocus()) == (before, False), (type(place).__name__, control.accessibleName())
