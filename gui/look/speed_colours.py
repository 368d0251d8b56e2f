"""Faster and slower than the baseline: two colours that are read as text, beside a sign that says the same."""

from PySide6.QtGui import QColor, QPalette

from gui.look.theme import is_dark, plot_colours

EQUAL = 0.005
"""So little faster or slower is neither."""


def speed_colour(factor: float | None, palette: QPalette) -> QColor:
    """The colour of a speed-up: green above 1, orange below."""
    if factor is None or abs(factor - 1.0) <= EQUAL:
        return plot_colours(palette).foreground
    light, dark = ("#00694A", "#4FD0A0") if factor > 1 else ("#A33A00", "#FFA066")
    return QColor(dark if is_dark(palette) else light)
