"""Layouts within layouts, filled only when they are where they belong.

PySide wraps what lies in a layout that is put into another one, each item for itself. When a widget leaves that layout
Qt deletes its item, and nobody tells the wrapper: whatever is made at its address next, a menu entry say, is then taken
for the item. Of an empty layout there is nothing to wrap, and what is added later is not wrapped either.
"""

from typing import TypeVar

from PySide6.QtWidgets import QBoxLayout, QLayout

Inner = TypeVar("Inner", bound=QLayout)


def put_in(outer: QBoxLayout, inner: Inner, stretch: int = 0) -> Inner:
    """Put an empty layout into another one, at its end, and return it to be filled.

    Raises:
        ValueError: it is filled already.
    """
    if inner.count():
        raise ValueError("A layout is put into another one before it is filled.")
    outer.addLayout(inner, stretch)
    return inner
