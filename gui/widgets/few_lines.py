"""Whether a window has few lines of text: what can be said in fewer of them then leaves its height to the plots."""

from PySide6.QtWidgets import QWidget

FEW_LINES, SPARE_PIXELS = 36, 4
"""Of a window's height, each that much higher than its letters."""
LARGEST_LINES = 22
"""Of one that is filled with the largest letters: what is said leaves plots too little there."""


def has_few_lines(widget: QWidget, few: int = FEW_LINES) -> bool:
    """Whether the window of that widget has few lines of its text, of fewer than so many."""
    return widget.window().height() < few * (widget.fontMetrics().height() + SPARE_PIXELS)
