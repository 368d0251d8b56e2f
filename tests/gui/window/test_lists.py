"""Drop-down lists: all of them are in the colours of the theme, also of one chosen while their window is open."""

from collections import Counter

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from engine.config.spec import make_spec
from gui.look.theme import contrast
from gui.panels import discover
from gui.widgets.replay_bar import ReplayBar
from gui.widgets.turned_input import TurnedInput
from tests.windows import Open, feed_sample

LEAST = 4.5
"""Of text."""


def faint_lines(box: QComboBox) -> list[str]:
    """The lines of its open list that cannot be read there, or do not stand on the ground of lists."""
    box.blockSignals(True)  # nobody chooses anything
    if not box.count():
        box.addItem("8")
    box.addItem("chosen")
    box.setCurrentIndex(box.count() - 1)
    box.showPopup()
    view = box.view()
    image, base = view.viewport().grab().toImage(), QApplication.palette().color(QPalette.ColorRole.Base)
    found = []
    for index in range(box.count() - 1):
        place = view.visualRect(box.model().index(index, 0)) & QRect(0, 0, image.width(), image.height())
        if place.isEmpty() or not box.itemText(index):
            continue
        seen = Counter(
            image.pixel(x, y)
            for x in range(place.left(), place.right() + 1)
            for y in range(place.top(), place.bottom() + 1)
        )
        ground = QColor(seen.most_common(1)[0][0])
        if ground != base or max(contrast(QColor(pixel), ground) for pixel in seen) < LEAST:
            found.append(f"{type(box.parent()).__name__} {box.accessibleName()}: {box.itemText(index)}")
    box.hidePopup()
    return found


def test_every_list_of_the_program_can_be_read_in_both_themes(open_window: Open, qtbot: QtBot) -> None:
    window = open_window().window
    window.resize(1280, 800)
    feed_sample(window.store)
    window.refresh()
    window.store.take_over(make_spec("text-attention"), is_replay=False)
    window.store.live.status = "paused"  # there is a model to look into
    panels = {kind.panel_id: window.panel(kind.panel_id) for kind in discover()}
    window.presenting.toggle()
    shown = window.presenting.layout
    assert shown is not None
    shown.choose("inside")
    turned = TurnedInput()
    qtbot.addWidget(turned)
    places = QApplication.topLevelWidgets()
    boxes = {box for place in places for box in place.findChildren(QComboBox)}
    for place in (window.findChild(ReplayBar), panels["setup"], panels["loss"], panels["inside"], turned):
        assert boxes & set(place.findChildren(QComboBox))
    assert shown._made["inside"]._picker in boxes
    try:
        for theme in ("light", "dark", "light"):
            window.look.set_theme(theme)
            QApplication.processEvents()
            assert [line for box in boxes for line in faint_lines(box)] == [], theme
    finally:
        window.look.set_theme("system")
