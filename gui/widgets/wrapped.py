"""A text in as many lines as it takes."""

import re
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from gui.text.words import MARKS

LONG_WORD, BREAK = 20, "\u200b"
"""How many letters of a word stay together, and the space without a width that lets a line end behind them."""


def wrapped(text: str = "", *, is_selectable: bool = False) -> QLabel:
    """A label that breaks its lines; without a text, it is hidden until it has one and is shown."""
    label = QLabel(text)
    label.setWordWrap(True)
    if is_selectable:
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if not text:
        label.hide()
    return label


def say(label: QLabel, text: str, level: str) -> None:
    """Show a text behind the mark of how grave it is ("info", "warning", "error"); without one, hide the label."""
    label.setText(f"{MARKS[level]}  {text}" if text else "")
    label.setHidden(not text)


def breakable(text: str) -> str:
    """The text, with places where a line may end in words of more than `LONG_WORD` letters: none makes a dock wider."""
    return re.sub(rf"(\S{{{LONG_WORD}}})(?=\S)", rf"\1{BREAK}", text)


def fit_height(dialog: QWidget) -> None:
    """Make a dialog as high as all lines of its labels take at the width that it gets; Qt reckons with another one."""
    dialog.adjustSize()
    layout = dialog.layout()
    if layout is not None and layout.hasHeightForWidth():
        dialog.resize(dialog.width(), layout.totalHeightForWidth(dialog.width()))


def heading(text: str) -> QLabel:
    """Bold words above what belongs together."""
    label = wrapped(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label


def in_two_lines(text: str, advance: Callable[[str], int]) -> str:
    """A text of some words, broken where the wider of both lines is narrowest; `advance` is the width of a text."""
    words = text.split(" ")
    broken = ["\n".join((" ".join(words[:at]), " ".join(words[at:]))) for at in range(1, len(words))]
    return min(broken, key=lambda lines: max(map(advance, lines.split("\n"))), default=text)
