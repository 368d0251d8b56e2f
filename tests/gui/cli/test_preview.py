"""`gearshift preview`: a picture is of a panel that has come to rest, as it is in the window."""

from argparse import Namespace
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.record.replay import Replay
from gui.cli import preview
from gui.look.theme import apply_theme
from gui.model.store import Store
from gui.panels import discover
from gui.panels.base import Panel
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def large(qapp: QApplication) -> Iterator[Store]:
    """A recorded run of seven modes, in letters of 20 points."""
    apply_theme(qapp, "light", 20)
    store, replay = Store(), Replay(ROOT / "resources" / "sample-text-gpt", at_end=True)
    store.take_over(replay.spec, is_replay=True)
    store.feed(replay.take())
    replay.close()
    yield store
    apply_theme(qapp, "light", 10)


def assert_at_rest(shown: QWidget, qapp: QApplication) -> None:
    first = shown.grab().toImage()
    for _ in range(20):
        qapp.processEvents()
    assert shown.grab().toImage() == first


@pytest.mark.parametrize("kind", discover(), ids=lambda kind: kind.panel_id)
def test_a_panel_is_at_rest_when_its_picture_is_taken(
    kind: type[Panel], qapp: QApplication, qtbot: QtBot, large: Store
) -> None:
    shown = preview._panel(kind, large, Namespace(size=QSize(900, 420)))
    qtbot.addWidget(shown)
    assert_at_rest(shown, qapp)


@pytest.mark.parametrize("name", preview.WHOLE)
def test_the_window_is_at_rest_when_its_picture_is_taken(name: str, qapp: QApplication, large: Store) -> None:
    shown = preview._whole(large, Namespace(size=QSize(1280, 800), panel=name))
    try:
        assert_at_rest(shown, qapp)
    finally:
        shown.deleteLater()
        qapp.sendPostedEvents(shown, QEvent.Type.DeferredDelete)
