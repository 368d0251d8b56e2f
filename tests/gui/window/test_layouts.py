"""Layouts: what PySide wraps of them, and what is written of it."""

import gc

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidgetItem

from tests.conftest import ROOT
from tests.windows import Open, feed_sample, press


def test_no_item_of_a_layout_is_wrapped(open_window: Open) -> None:
    """A wrapped item that Qt deletes stays in PySide's books: what is made at its address next is taken for it."""
    application = open_window()
    feed_sample(application.store)
    for _ in range(3):
        application.window.refresh()
    press(application.window, Qt.Key.Key_F5)
    press(application.window, Qt.Key.Key_F5)
    for panel in application.window.panels:
        panel.refresh(application.store)
    assert [thing for thing in gc.get_objects() if type(thing) is QWidgetItem] == []


def test_layouts_are_put_into_others_in_one_place() -> None:
    calls = [path.name for path in (ROOT / "gui").rglob("*.py") if "addLayout(" in path.read_text(encoding="utf-8")]
    assert calls == ["put_in.py"]
