"""Entries of menus that cannot be chosen: why, in a few words behind the name, and whole under the mouse."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

BEHIND = "\u2002·\u2002"
"""Between a name and the reason: spaces that no name has. A tab would set all reasons below each other at the right of
the menu: as wide as the longest name and the longest reason together, that is too wide in a projector's letters."""
MOST_LETTERS = 46
"""Of a reason behind a name: a menu that is read from the last row must not be wider than its window."""


def name_entry(entry: QAction, name: str, reason: str = "", tip: str = "", brief: str = "") -> None:
    """Grey an entry for a reason, which is told; "": it can be chosen, and `tip` says what it is.

    `brief` are the few words behind the name; without them, the beginning of the reason is.
    """
    entry.setEnabled(not reason)
    if isinstance(menu := entry.menu(), QMenu):
        menu.setEnabled(not reason)  # else its entry can be chosen again when the bar is given back after presenting
    entry.setToolTip(reason or tip or name)
    said = f"{BEHIND}{_beginning(brief or reason)}" if reason else ""
    if (text := name + said) != entry.text():
        entry.setText(text)


def _beginning(reason: str) -> str:
    """The beginning of a sentence, up to the end of a word."""
    if len(reason) <= MOST_LETTERS:
        return reason.rstrip(".")
    return reason[: MOST_LETTERS + 1].rsplit(" ", 1)[0].rstrip(",:;") + " …"
