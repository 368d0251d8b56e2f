"""One colour a mode, in the order in which a run first came to it: the same in ribbon, plots, board, title and lanes.

Modes are dark and saturated, with white text on them; phases (`theme.py`) are Okabe and Ito's: no colour is in both, so
that a mode is never taken for a phase. After Tol's muted set (Paul Tol, Colour Schemes, SRON 2021), darkened until
white text has a contrast of 4.5 to 1 on each.
"""

from dataclasses import dataclass
from functools import cache

from PySide6.QtGui import QColor

_CHIPS = ("#332288", "#117733", "#882255", "#AA4499", "#7A5C00", "#0F6B73", "#8A3B12", "#5C1A6B", "#4B5D16", "#4A5568")
_ON_DARK = (
    "#A79BEB",
    "#5FC27E",
    "#E07FB0",
    "#E59AD8",
    "#DDBB4B",
    "#5CC4CE",
    "#E8956B",
    "#CF8FE0",
    "#B3C96A",
    "#A9B4C4",
)
"""The same hues, light enough for a line or a word on a dark ground."""
_BAND_SHARE, _TINT_SHARE = 0.22, 0.14


@dataclass(frozen=True)
class ModeColours:
    """What a mode is drawn with. All are solid: translucent pens and brushes are slow to draw.

    `chip` is a field with white text on it; `line` a line, or a word, on the ground; `band` what lies behind that line;
    `tint` a field for ordinary text.
    """

    chip: QColor
    line: QColor
    band: QColor
    tint: QColor


@cache
def mode_colours(number: int, *, dark: bool) -> ModeColours:
    """Of the mode that a run came to as its number `number`, from 0; after ten modes they come round again."""
    chip = QColor(_CHIPS[number % len(_CHIPS)])
    line = QColor(_ON_DARK[number % len(_ON_DARK)]) if dark else chip
    ground = QColor("#14181D" if dark else "#FFFFFF")
    return ModeColours(
        chip=chip, line=line, band=_mixed(line, ground, _BAND_SHARE), tint=_mixed(line, ground, _TINT_SHARE)
    )


def _mixed(colour: QColor, ground: QColor, share: float) -> QColor:
    """So much of a colour on a ground."""
    return QColor.fromRgbF(
        share * colour.redF() + (1 - share) * ground.redF(),
        share * colour.greenF() + (1 - share) * ground.greenF(),
        share * colour.blueF() + (1 - share) * ground.blueF(),
    )
