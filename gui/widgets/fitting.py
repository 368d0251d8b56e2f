"""Text in the largest letters of some kinds in which a place has room for it: what lies below moves for none."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from gui.look.scale import PROPERTY, set_letters

HIGHEST = 10_000
"""Pixels: more than any text has."""


def write_in(label: QLabel, kind: str) -> None:
    """Give a label letters of another kind, at once."""
    if label.property(PROPERTY) != kind:
        set_letters(label, kind)
        label.style().unpolish(label)  # the style sheet reads what kind it is only then
        label.style().polish(label)


def height_of(label: QLabel, text: str, width: int) -> int:
    """The height of a text in a label's letters, broken at that width; 0 where there is none yet. All in pixels."""
    if width <= 1:
        return 0
    flags = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignVCenter)
    return label.fontMetrics().boundingRect(0, 0, width, HIGHEST, flags, text).height()


def fit_letters(label: QLabel, text: str, kinds: Sequence[str], width: int, height: int) -> int:
    """Choose the first of these kinds, largest first, in which a text takes that room, or the last.

    Returns the height that it takes, in pixels, which may be more than there is.
    """
    needed = 0
    for kind in kinds:
        write_in(label, kind)
        needed = height_of(label, text, width)
        if needed <= height:
            break
    return needed
