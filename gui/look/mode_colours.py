"""One colour a mode, in the order in which a run first came to it: the same in ribbon, plots, board, title and lanes.

Field, line, bar and word of a mode have one colour, so that an eye finds the curve from the ribbon: dark and saturated
on light ground, with white text on it; light on dark ground, with dark text. Phases (`theme.py`) are Okabe and Ito's:
no colour is in both, so that a mode is never taken for a phase. After Tol's muted set (Paul Tol, Colour Schemes, SRON
2021), darkened until white text has a contrast of 4.5 to 1 on each.
"""

from functools import cache

import msgspec
from PySide6.QtGui import QBrush, QColor

from gui.look.patterns import FALLING, patterned
from gui.look.theme import text_on

_LIGHT = ("#332288", "#117733", "#882255", "#7A5C00", "#0F6B73", "#8A3B12", "#AA4499", "#4A5568", "#4B5D16", "#5C1A6B")
"""Hues that lie near each other are far apart in this order: those of the first modes are most often seen together."""
_DARK = (
    "#A79BEB",
    "#5FC27E",
    "#E07FB0",
    "#DDBB4B",
    "#5CC4CE",
    "#E8956B",
    "#E59AD8",
    "#A9B4C4",
    "#B3C96A",
    "#CF8FE0",
)
"""The same hues, light enough for a line or a word on a dark ground, and for dark text on a field."""
_LATER_LIGHT = (
    "#1F49B6",
    "#B0123B",
    "#00453F",
    "#7B4FB8",
    "#5A3A22",
    "#2F7A00",
    "#A8326E",
    "#1B1F3B",
    "#69702A",
    "#6E6470",
)
_LATER_DARK = (
    "#86A8FF",
    "#FF8C9B",
    "#8FE3C4",
    "#C4B8FF",
    "#D8B08C",
    "#8EDB4E",
    "#FFB3DC",
    "#D5DCF0",
    "#E6E39A",
    "#E8C9B8",
)
"""Of the modes after ten, whose fields are striped too: hues near each other are told apart by that."""
_BAND_SHARE, _TINT_SHARE = 0.22, 0.14


class ModeColours(msgspec.Struct, frozen=True):
    """What a mode is drawn with. All are solid: translucent pens and brushes are slow to draw.

    `line` is a line, a word or a field on the ground; `text` what is written on such a field; `band` what lies behind
    that line; `tint` a field for ordinary text.
    """

    line: QColor
    text: QColor
    band: QColor
    tint: QColor


@cache
def mode_colours(number: int, *, dark: bool) -> ModeColours:
    """The colours of a run's mode number `number`, from 0 in order of visit; after twenty they come round again."""
    colours = _DARK + _LATER_DARK if dark else _LIGHT + _LATER_LIGHT
    line = QColor(colours[number % len(colours)])
    ground = QColor("#14181D" if dark else "#FFFFFF")
    return ModeColours(
        line=line, text=text_on(line), band=_mixed(line, ground, _BAND_SHARE), tint=_mixed(line, ground, _TINT_SHARE)
    )


@cache
def mode_field(number: int, *, dark: bool) -> QBrush:
    """What fills a place in the colour of a run's mode number `number`: striped from the eleventh mode on."""
    line = mode_colours(number, dark=dark).line
    return patterned(line, FALLING) if number % (2 * len(_LIGHT)) >= len(_LIGHT) else QBrush(line)


def _mixed(colour: QColor, ground: QColor, share: float) -> QColor:
    """So much of a colour on a ground."""
    return QColor.fromRgbF(
        share * colour.redF() + (1 - share) * ground.redF(),
        share * colour.greenF() + (1 - share) * ground.greenF(),
        share * colour.blueF() + (1 - share) * ground.blueF(),
    )
