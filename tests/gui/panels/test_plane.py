"""The plane with two classes: no place on the border between them looks as if something stood there."""

import numpy as np
from pytestqt.qtbot import QtBot

from gui.widgets.plane import surface_image

SIDE = 64
LIGHTEST, BRIGHT = 250, 180


def test_a_steep_border_is_white_and_nowhere_dark(qtbot: QtBot) -> None:
    across, up = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    steep = np.clip(127.5 + 55 * (across - 0.7 * up - 9.3), 0, 255).astype(np.uint8)
    assert np.isin(steep, range(126, 130)).sum() in range(1, SIDE), "here and there a place has just 1/2"
    image = surface_image(steep.tobytes(), SIDE, SIDE)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(SIDE, image.bytesPerLine())[::-1, : 3 * SIDE]
    colours = pixels.reshape(SIDE, SIDE, 3)
    assert colours.max(axis=2).min() > BRIGHT
    assert colours[np.isin(steep, range(126, 130))].min() > LIGHTEST
