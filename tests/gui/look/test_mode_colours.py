"""Modes are told apart from each other and from phases, and what is written on them can be read."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from gui.look.mode_colours import mode_colours, mode_field
from gui.look.theme import PHASE_COLOURS, contrast, make_palette
from gui.model.columns import Floats

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


def as_seen(colour: QColor) -> Floats:
    """CIE L*a*b*: distances in it are about as large as eyes find them."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(to_xyz @ linear / [0.95047, 1.0, 1.08883])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("dark", [False, True])
def test_the_first_modes_and_those_that_follow_each_other_do_not_look_alike(dark: bool) -> None:
    seen = [as_seen(mode_colours(number, dark=dark).line) for number in range(10)]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen[:6], 2)) > 28
    assert min(np.linalg.norm(a - b) for a, b in pairwise(seen)) > 35


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
