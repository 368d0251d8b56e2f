"""Windows for tests: opened, used through their menus, and closed again when the test is over."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from engine.config.spec import make_spec
from engine.record.replay import Replay
from engine.session import starter as starting
from engine.session.starter import RankStarter
from gui.app import Application
from gui.cli.preview import SAMPLE_RUN
from gui.model.intents import Play, SetUp
from gui.model.store import Store
from gui.window.greyed import BEHIND
from tests.lent import Lent

TEXT = "text"
"""For `ink`: the dark of writing."""
NEAR = 24
"""Edges of lines are blended with what is behind them."""

SMALL = make_spec("spirals", knobs={"hidden": 8})
Open = Callable[[], Application]


@pytest.fixture
def open_window(
    qapp: QApplication,
    qtbot: QtBot,
    starter: RankStarter,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Open]:
    """Opens applications and closes them all when the test is over.

    They share the suite's starter, which has found the hardware already, unless the test is marked `own_starter`. What
    the suite has imported by then (torch, which no window has) is no work for a window's collector of garbage.
    """
    gc.collect()
    gc.freeze()
    if request.node.get_closest_marker("own_starter") is None:
        monkeypatch.setattr(starting, "make_starter", lambda: Lent(starter))
    opened: list[Application] = []

    def make() -> Application:
        application = Application(qapp)
        opened.append(application)
        application.start()
        qtbot.waitUntil(lambda: application.starter is not None, timeout=5_000)
        return application

    yield make
    for application in opened:
        shut(application, qtbot)
        application.window.deleteLater()


def shut(application: Application, qtbot: QtBot) -> None:
    application.close()
    qtbot.waitUntil(lambda: application.window.may_close, timeout=8_000)


def play(application: Application, qtbot: QtBot, steps: int = 20) -> None:
    application.dispatch(SetUp(SMALL))
    application.dispatch(Play())
    qtbot.waitUntil(lambda: application.store.live.num_steps >= steps, timeout=30_000)


def feed_sample(store: Store, directory: Path = SAMPLE_RUN) -> None:
    """Everything that a recorded run says, at once."""
    replay = Replay(directory, at_end=True)
    store.feed(replay.take())
    replay.close()


def action(application: Application, text: str) -> QAction:
    """A menu entry by its text."""
    found = entries(application)
    assert text in found
    return found[text]


def entries(application: Application) -> dict[str, QAction]:
    """All menu entries by their texts, without why they are grey; of several with one text the first."""
    menus = application.window.menuBar().findChildren(QMenu)
    for menu in menus:
        menu.aboutToShow.emit()  # some are filled when they open
    return {a.text().split(BEHIND)[0]: a for menu in reversed(menus) for a in reversed(menu.actions())}


def ink(image: QImage, colour: QColor | str) -> int:
    """How many pixels have about that colour."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[:, :, 2::-1]
    if colour == TEXT:
        return int((pixels.max(2) < 90).sum())
    wanted = QColor(colour)
    away = np.abs(pixels.astype(int) - [wanted.red(), wanted.green(), wanted.blue()])
    return int((away.max(2) < NEAR).sum())


def click(widget: QWidget, at: QPoint | None = None) -> None:
    """A click as a mouse makes it: it reaches the window first, and gives the keyboard to what is under it."""
    QApplication.processEvents()  # what was made just now has its place then
    place = widget.mapTo(widget.window(), widget.rect().center() if at is None else at)
    QTest.mouseClick(widget.window().windowHandle(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    QApplication.processEvents()


def press(place: QWidget, *keys: Qt.Key | str) -> None:
    """Keys as a keyboard makes them, or texts letter by letter: shortcuts first, then who has the keyboard."""
    for key in keys:
        for one in key if isinstance(key, str) else [key]:
            QTest.keyClick(place.window().windowHandle(), one)
    QApplication.processEvents()
