"""Every text can be read on what it stands on, in both themes: 4.5 to 1 and more."""

import re

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QMenu, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from gui.look.patterns import PATTERNS, TILE_PIXELS, phase_brush
from gui.look.theme import (
    PHASE_COLOURS,
    alarm_colour,
    apply_theme,
    contrast,
    make_palette,
    plot_colours,
    style_sheet,
    text_on,
)
from gui.window.dock_title import Dock

ROLES = QPalette.ColorRole
GROUNDS = {
    ROLES.WindowText: (ROLES.Window, ROLES.Base, ROLES.AlternateBase),
    ROLES.Text: (ROLES.Base, ROLES.AlternateBase, ROLES.Window),
    ROLES.ButtonText: (ROLES.Button, ROLES.Mid),
    ROLES.PlaceholderText: (ROLES.Base, ROLES.Window, ROLES.AlternateBase),
    ROLES.HighlightedText: (ROLES.Highlight,),
    ROLES.Link: (ROLES.Base, ROLES.Window),
    ROLES.ToolTipText: (ROLES.ToolTipBase,),
}
"""Text, and what it is written on in this window."""
LEAST, SHAPE, SEEN = 4.5, 3.0, 2.5
"""Of text; of what is told by its shape; of a line."""


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_of_the_palette_is_legible(dark: bool) -> None:
    palette = make_palette(dark)
    for text, grounds in GROUNDS.items():
        for ground in grounds:
            assert contrast(palette.color(text), palette.color(ground)) >= LEAST, (text, ground)
    for text in (ROLES.WindowText, ROLES.Text, ROLES.ButtonText):  # menus say there why something cannot be chosen
        for ground in (ROLES.Window, ROLES.Base):
            disabled = palette.color(QPalette.ColorGroup.Disabled, text)
            assert contrast(disabled, palette.color(ground)) >= LEAST, (text, ground)
    plot = plot_colours(palette)
    for colour in (plot.foreground, plot.muted):
        assert contrast(colour, plot.background) >= LEAST
    assert contrast(alarm_colour(palette), QColor("white")) >= LEAST


@pytest.mark.parametrize("dark", [False, True])
def test_every_rule_of_the_style_sheet_that_names_text_and_ground_is_legible(dark: bool) -> None:
    palette = make_palette(dark)
    seen = 0
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", style_sheet(palette, 10)):
        colour = re.search(r"(?<![-\w])color: (#\w+)", body)
        ground = re.search(r"background: (#\w+)", body)
        if colour and not selector.strip().endswith("disabled"):
            seen += 1
            on = QColor(ground.group(1)) if ground else palette.color(ROLES.Window)
            assert contrast(QColor(colour.group(1)), on) >= LEAST, selector
    assert seen > 5


@pytest.mark.parametrize("dark", [False, True])
def test_a_dock_apart_from_the_window_has_an_edge_that_is_seen(qtbot: QtBot, dark: bool) -> None:
    dock = Dock("Apart")
    qtbot.addWidget(dock)
    dock.setTitleBarWidget(QWidget())
    dock.setPalette(make_palette(dark))
    dock.resize(200, 100)
    image = dock.grab().toImage()
    for at in (0, image.width() - 1):
        assert contrast(image.pixelColor(at, 50), dock.palette().color(ROLES.Window)) >= SEEN


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_menu_and_its_tick_boxes_have_edges_that_are_seen(qapp: QApplication, qtbot: QtBot, theme: str) -> None:
    apply_theme(qapp, theme, 12)
    menu, button = QMenu(), QToolButton()
    for widget in (menu, button):
        qtbot.addWidget(widget)
    button.setMenu(menu)
    for is_ticked in (False, True):
        entry = menu.addAction("Evaluator beside training")
        entry.setCheckable(True)
        entry.setChecked(is_ticked)
    menu.popup(QPoint(0, 0))
    qapp.processEvents()
    image, ground = menu.grab().toImage(), menu.palette().color(ROLES.Base)
    across = [(0, image.height() // 2), (image.width() - 1, image.height() // 2)]
    for at in (*across, (image.width() // 2, 0), (image.width() // 2, image.height() - 1)):
        assert contrast(image.pixelColor(*at), ground) >= SHAPE
    for entry in menu.actions():
        y = menu.actionGeometry(entry).center().y()
        seen = [x for x in range(2, 24) if contrast(image.pixelColor(x, y), ground) >= SHAPE]
        assert seen, "no box"
        assert max(seen) - min(seen) >= 8, "a tick alone"
    menu.close()
    apply_theme(qapp, "light", 10)


@pytest.mark.parametrize("phase", list(PHASE_COLOURS))
def test_what_is_written_on_a_phase_is_legible_on_its_pattern_too(qapp: QApplication, phase: str) -> None:
    colour = QColor(PHASE_COLOURS[phase])
    shades = {colour.name()}
    if phase in PATTERNS:
        tile = phase_brush(phase).texture().toImage()
        shades |= {tile.pixelColor(x, y).name() for x in range(TILE_PIXELS) for y in range(TILE_PIXELS)}
        assert len(shades) > 1  # there is a pattern to be seen
    for shade in shades:
        assert contrast(QColor(shade), text_on(colour)) >= LEAST, shade
