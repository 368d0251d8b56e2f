"""Modes are told apart from each other and from phases, and what is written on them can be read."""

from itertools import combinations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from gui.look.mode_colours import mode_colours, mode_field
from gui.look.theme import PHASE_COLOURS, contrast, make_palette

NUMBERS = range(20)


@pytest.mark.parametrize("dark", [False, True])
def test_text_on_modes_and_modes_on_the_ground_can_be_read(dark: bool) -> None:
    palette = make_palette(dark)
    for number in NUMBERS:
        colours = mode_colours(number, dark=dark)
        assert contrast(colours.line, colours.text) >= 4.5
        assert contrast(colours.line, palette.base().color()) >= 4.5
        assert contrast(colours.tint, palette.text().color()) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
def test_no_two_modes_and_no_phase_share_a_colour(dark: bool) -> None:
    def distance(one: QColor, other: QColor) -> float:
        return abs(one.red() - other.red()) + abs(one.green() - other.green()) + abs(one.blue() - other.blue())

    colours = [mode_colours(number, dark=dark).line for number in NUMBERS]
    assert min(distance(a, b) for a, b in combinations(colours, 2)) > 30
    assert min(distance(a, QColor(phase)) for a in colours for phase in PHASE_COLOURS.values()) > 30


@pytest.mark.parametrize("dark", [False, True])
def test_fields_of_later_modes_are_striped_and_what_is_written_on_their_stripes_can_be_read(
    qapp: QApplication, dark: bool
) -> None:
    for number in NUMBERS:
        colours = mode_colours(number, dark=dark)
        tile = mode_field(number, dark=dark).texture()
        assert tile.isNull() == (number < 10), "two marks at least where hues come near each other"
        image = tile.toImage()
        shades = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
        assert all(contrast(QColor(shade), colours.text) >= 4.5 for shade in shades)
