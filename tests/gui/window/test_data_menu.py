"""The Data menu: a pack is fetched beside the window, can be given up, and what waited for it can be chosen then."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialogButtonBox, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from engine.config.spec import make_spec
from engine.packs.pack import PackCard, packs
from engine.packs.presence import is_here, place_of
from gui.app import Application
from gui.model.intents import Play, SetUp
from gui.widgets.reasoned_list import REMEDY
from gui.window import side_process
from gui.window.pack_dialog import PackDialog
from tests.engine.fetch.archives import card_of, project_with, tar
from tests.engine.fetch.shelf import Shelf, shelf
from tests.windows import Open, action

CONTENT = tar()


@pytest.fixture
def index() -> Iterator[Shelf]:
    """What pip is configured to ask in this test."""
    with shelf() as made, pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PIP_") or name == "GEARSHIFT_PACKS"]:
            patch.delenv(name)
        patch.setenv("PIP_CONFIG_FILE", os.devnull)
        patch.setenv("PIP_INDEX_URL", f"{made.address}/simple")
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("no_proxy", "127.0.0.1")
        yield made


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackCard:
    """One more pack, which this process and those beside it know of."""
    card = card_of(CONTENT)
    monkeypatch.setitem(packs(), card.name, card)
    monkeypatch.setattr(side_process, "MAIN", project_with(card, tmp_path / "project") / "main.py")
    return card


def opened(application: Application, card: PackCard) -> PackDialog:
    application.window.refresh()
    action(application, entry(application, card)).trigger()
    return next(box for box in application.window.findChildren(PackDialog) if box.isVisible())


def entry(application: Application, card: PackCard) -> str:
    """What the pack's entry says when the menu opens."""
    menu = next(one.menu() for one in application.window.menuBar().actions() if one.text() == "D&ata")
    menu.aboutToShow.emit()
    return next(one.text() for one in menu.actions() if card.title in one.text())


def test_a_pack_is_fetched_beside_the_window_and_removed_again(
    open_window: Open, qtbot: QtBot, index: Shelf, words: PackCard
) -> None:
    index.list_file("box", words.archive, "/files/box", words.sha256)
    index.put("/files/box", CONTENT)
    application = open_window()
    qtbot.waitUntil(lambda: bool(application.store.absent_packs), timeout=5_000)
    assert entry(application, words).startswith("Get Words (")
    dialog = opened(application, words)
    assert opened(application, words) is dialog  # one is enough
    assert index.asked == []  # nothing is asked of anybody before Get is pressed
    dialog.get.click()
    assert not dialog.get.isEnabled()
    qtbot.waitUntil(lambda: dialog.words.text().startswith("It is here."), timeout=30_000)
    assert is_here(words)
    assert dialog.bar.value() == dialog.bar.maximum() == len(CONTENT)
    assert words.name not in application.store.absent_packs
    dialog.close()
    assert entry(application, words) == "Remove Words …"
    action(application, "Remove Words …").trigger()
    box = next(one for one in application.window.findChildren(QMessageBox) if one.isVisible())
    next(button for button in box.buttons() if button.text() == "Remove").click()
    qtbot.waitUntil(lambda: words.name in application.store.absent_packs, timeout=30_000)
    assert not place_of(words.name).exists()


@pytest.mark.usefixtures("index")
def test_the_dialog_says_what_a_pack_is_for_with_choices_that_have_commas(open_window: Open) -> None:
    application = open_window()
    dialog = opened(application, packs()["movielens"])
    shown = [label.text() for label in dialog.findChildren(QLabel)]
    assert "Recommender with Data “MovieLens” or “MovieLens, new films”" in shown
    dialog.close()
    dialog = opened(application, packs()["questions"])
    assert "Questions · Topics with Language “English”, Questions · Answers" in [
        label.text() for label in dialog.findChildren(QLabel)
    ]


def test_fetching_is_given_up_at_once_and_what_cannot_be_is_said(
    open_window: Open, qtbot: QtBot, index: Shelf, words: PackCard
) -> None:
    application = open_window()
    dialog = opened(application, words)
    dialog.get.click()
    qtbot.waitUntil(dialog.get.isEnabled, timeout=30_000)
    assert "/simple has no package box." in dialog.words.text()
    dialog._fail("It cannot be reached. " * 60)  # more than the screen has room for
    QApplication.processEvents()
    labels = [label for label in dialog.findChildren(QLabel) if label.wordWrap()]
    assert len(labels) > 5
    assert all(label.height() >= label.heightForWidth(label.width()) for label in labels)
    begun = index.stall("/simple/box/")
    dialog.get.click()
    qtbot.waitUntil(begun.is_set, timeout=30_000)
    dialog._buttons.button(QDialogButtonBox.StandardButton.Cancel).click()
    assert not dialog.isVisible()
    qtbot.waitUntil(lambda: not application.window.findChildren(side_process.SideProcess), timeout=10_000)
    assert not is_here(words)
    assert not [path for path in place_of("words").parent.glob("*") if path.name != "lock"]


def test_closing_the_window_ends_what_is_being_fetched(
    open_window: Open, qtbot: QtBot, index: Shelf, words: PackCard
) -> None:
    application = open_window()
    begun = index.stall("/simple/box/")
    opened(application, words).get.click()
    qtbot.waitUntil(begun.is_set, timeout=30_000)
    (running,) = application.window.findChildren(side_process.SideProcess)
    process = running.process
    assert process.state() == process.ProcessState.Running
    application.close()
    qtbot.waitUntil(lambda: application.window.may_close, timeout=8_000)
    assert not is_here(words)


@pytest.mark.usefixtures("index")
def test_what_waits_for_a_pack_is_greyed_and_says_what_to_type(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    store = application.store
    qtbot.waitUntil(lambda: bool(store.absent_packs), timeout=5_000)
    application.dispatch(SetUp(make_spec("recommender")))
    form = application.window.panel("setup")
    form.refresh(store)
    box = form.setting("data").editor
    assert isinstance(box, QComboBox)
    index = box.findData("MovieLens")
    assert not box.model().flags(box.model().index(index, 0)) & Qt.ItemFlag.ItemIsEnabled
    assert "gearshift data get movielens" in box.itemData(index, Qt.ItemDataRole.ToolTipRole)
    assert box.model().flags(box.model().index(box.findData("generated"), 0)) & Qt.ItemFlag.ItemIsEnabled
    box.showPopup()
    rows, view, line = box.model(), box.view(), application.window.status
    assert rows.data(rows.index(index, 0), REMEDY) == "Data › Get, or: gearshift data get movielens"
    assert view.sizeHintForRow(index) > 1.5 * view.sizeHintForRow(box.findData("generated"))  # it has a second line
    QTest.mouseMove(view.viewport(), view.visualRect(rows.index(index, 0)).center())
    assert line.currentMessage() == f"▲ {box.itemData(index, Qt.ItemDataRole.ToolTipRole)}"
    assert line.place.isHidden()  # a sentence has the whole line
    QTest.mouseMove(view.viewport(), view.visualRect(rows.index(box.findData("generated"), 0)).center())
    assert line.currentMessage() == ""
    box.hidePopup()
    assert not line.place.isHidden()
    assert form._lack.isHidden()
    several = form._list.findData("answer-matching")  # it waits for two packs, and says so of both
    remedy = form._list.itemData(several, REMEDY)
    assert remedy == "Data › Get, or: gearshift data get minilm && gearshift data get questions"
    application.dispatch(SetUp(make_spec("recommender", knobs={"data": "MovieLens"})))  # out of a file, say
    form.refresh(store)
    assert "gearshift data get movielens" in form._lack.text()
    application.dispatch(Play())
    boxes = [one for one in application.window.findChildren(QMessageBox) if one.isVisible()]
    assert "gearshift data get movielens" in boxes[0].text()
    assert application.source is None
