"""Help: a page for every panel and every technique, in the window, with the numbers of the run that is shown."""

import re
from typing import Any
from urllib.parse import unquote

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QAction, QKeySequence, QPixmap, QTextDocument
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from engine.config.cards import techniques, workloads
from engine.config.examples import examples
from engine.events.ranks import RankFailed, SlowedDown
from engine.events.run import Changed, Paced, RunStarted
from gui.model.store import Store
from gui.panels import discover
from gui.text.board_text import detail_words
from gui.text.glossary import Glossary
from gui.text.help_pages import PAGES, read_sections
from gui.text.seams import SeamWords
from gui.window.greyed import BEHIND
from gui.window.help_window import HelpWindow
from gui.window.window import Window
from tests.conftest import ROOT
from tests.messages import batch, begin
from tests.windows import Open, feed_sample

SECTIONS = {section.name: section for section in read_sections()}
DIED: dict[str, Any] = {"rank": 0, "pid": None, "exit_status": 1, "signal": "", "reason": "It died.", "details": ""}


@pytest.fixture
def window(open_window: Open, qtbot: QtBot) -> Window:
    """A window with a recorded run in it, which ends in a pipeline."""
    window = open_window().window
    feed_sample(window.store)
    window.refresh()
    return window


def test_every_panel_and_every_technique_has_a_page_and_pages_lead_nowhere_else() -> None:
    assert {panel.panel_id for panel in discover()} - SECTIONS.keys() == set()
    assert len(SECTIONS) == len(read_sections()), "a page that another one hides"
    assert {card.title.partition(",")[0] for card in techniques().values()} - SECTIONS.keys() == set()
    for section in SECTIONS.values():
        for picture in re.findall(r"!\[[^\]]*\]\(([^)]*)\)", section.markdown):
            assert (PAGES / picture).is_file(), picture


def test_the_question_mark_of_a_panel_opens_its_page(window: Window, qtbot: QtBot) -> None:
    for panel in window.panels:
        panel.help_wanted.emit()
        pages = window.help.pages
        assert isinstance(pages, HelpWindow)
        assert pages.isVisible()
        assert pages.page.toPlainText().startswith(SECTIONS[panel.panel_id].title)


def test_formulas_have_the_numbers_of_this_run(window: Window, qtbot: QtBot) -> None:
    run = window.store.live
    pipeline = max((s for s in run.segments if s.mode == "cpu,pp=2"), key=lambda s: s.segment)
    while run.segments[-1] is not pipeline:
        run.segments.pop()
    run.segments[-1:] = [pipeline]
    window.help.show_page("Pipeline parallel")
    assert window.help.pages is not None
    text = window.help.pages.page.toPlainText()
    measured = next(sums.bubble for row, sums in run.board.sums() if row.name == pipeline.name)
    assert measured is not None
    assert f"In this run, now ({pipeline.name})" in text
    assert "(2-1) / (4+2-1) = 20%" in text
    assert f"as measured: {measured[0]:.0%}" in text
    assert "rank 0:  F1 F2 F3 F4  .  . B1 B2 B3 B4" in text  # a picture of letters keeps its spaces
    window.help.show_page("Hogwild")
    assert "In this run" not in window.help.pages.page.toPlainText()  # for that is not what computes


def test_a_teacher_can_explain_every_sign_on_the_board_by_its_page(window: Window) -> None:
    run = window.store.live
    rows = run.board.rows()
    page = SECTIONS["board"].markdown
    signs = {detail.strip("0123456789., e-") for row in rows for detail in detail_words(row, run.unit)}
    assert {"loss", "MiB a rank", f"{run.unit}/s"} <= signs
    signs |= {"▲", "▼", "baseline", "ms/step", "speed-up", "idle", "SLOWDOWN", "visits", "warm-up", "0 to 331 ms", "–"}
    assert {sign for sign in signs if sign not in page} == set()


def test_every_dashed_line_on_a_plot_can_be_told_by_the_page_on_reading_the_screen() -> None:
    store = Store()
    store.feed([RunStarted(at_s=0.0, spec="", step=0, started_unix_s=0.0, directory="d"), begin(0, 0, 0.0)])
    store.feed([Changed(at_s=0.0, step=0, lr=0.1, batch_size=10), batch(0, 500)])
    store.feed(
        [
            SlowedDown(at_s=1.0, step=100, rank=0, phase="compute", factor=2.0, delay_s=0.0),
            SlowedDown(at_s=1.5, step=150, rank=0, phase="compute", factor=1.0, delay_s=0.0),
            Changed(at_s=2.0, step=200, lr=0.2, batch_size=10),
            Changed(at_s=2.5, step=250, lr=0.2, batch_size=20),
            Paced(at_s=3.0, step=300, steps_per_s=5.0),
            RankFailed(at_s=4.0, resume_step=380, next_step=500, **DIED),
            RunStarted(at_s=6.0, spec="", step=380, started_unix_s=0.0, directory="d"),
            begin(1, 380, 6.0),
            batch(380, 50, segment=1, at_s=6.0),
        ]
    )
    told = {seam.text for seam in SeamWords().seams([("", store.live)], "step")}
    told -= {segment.mode for segment in store.live.segments}
    page = " ".join(SECTIONS["screen"].markdown.lower().split())
    signs = ("slowdown", "learning rate", "batch", "pace", "made again")
    named = {text: [sign for sign in signs if sign in text.lower() and sign in page] for text in told}
    assert {text for text, found in named.items() if not found} == set()
    assert {sign for found in named.values() for sign in found} == set(signs), "each was among them"
    assert "seam" in page


def menu_paths(window: Window) -> set[str]:
    """All that can be chosen in menus, as help writes it: `File › Examples › A straggler`."""
    for menu in window.menuBar().findChildren(QMenu):
        menu.aboutToShow.emit()  # some are filled when they open
    paths: set[str] = set()

    def walk(actions: list[QAction], above: str) -> None:
        for entry in actions:
            name = entry.text().split(BEHIND)[0].replace("&", "").rstrip(" …")
            name = re.sub(r" \(\d+ a rank\)$", "", name)  # what ranks make of it that compute now
            path = f"{above} › {name}" if above else name
            paths.add(path)
            walk(entry.menu().actions() if isinstance(entry.menu(), QMenu) else [], path)

    walk(window.menuBar().actions(), "")
    return paths


def test_a_lecture_names_what_there_is_to_choose_and_leads_to_pages_that_there_are(window: Window) -> None:
    window.tools.show(None, "", ranks=2, slowdown=None)  # as beside a run of two ranks
    cards = workloads().values()
    looks = [look.title for card in cards for look in card.looks]
    tries = [f"Try: {one.title}" for card in cards for one in card.tries]
    knobs = [knob.title for card in cards for knob in card.knobs]
    banner = [window.banner.end.text(), "Go on from step N"]
    names = {*menu_paths(window), *(card.title for card in cards), *looks, *tries, *knobs, *banner}
    names |= {panel.panel_title() for panel in window.panels} | {"Play", "Reset", "Replay"}
    keys = {key.toString() for action in window.actions() for key in action.shortcuts()}
    lecture = [section for name, section in SECTIONS.items() if name.startswith("lecture")]
    assert len(lecture) == 3
    for section in lecture:
        bold = {" ".join(words.split()) for words in re.findall(r"\*\*(.+?)\*\*", section.markdown, re.DOTALL)}
        assert bold - names - keys == set() if section.name != "lecture" else "F5" in bold
        pages = {unquote(name) for name in re.findall(r"\(page:([^ )]+)\)", section.markdown)}
        assert pages
        assert pages - SECTIONS.keys() == set()
    whole = " ".join("".join(section.markdown for section in lecture).split())
    assert [example.title for example in examples().values() if example.title not in whole] == []


def test_every_path_through_menus_in_readme_and_help_is_one_that_there_is(window: Window) -> None:
    window.tools.show(None, "", ranks=2, slowdown=None)  # as beside a run of two ranks
    paths = menu_paths(window)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    texts = [readme, *(section.markdown for section in SECTIONS.values())]
    tops = "|".join(path for path in paths if "›" not in path)
    named = {" ".join(path.split()) for text in texts for path in re.findall(rf"\*((?:{tops}) › [^*]+)\*", text)}
    assert len(named) > 20
    begun = {path.rstrip(" …") for path in named if path.endswith("…")}  # of several entries that go on differently
    assert {path for path in named if not path.endswith("…")} - paths == set()
    assert {path for path in begun if not any(other.startswith(path) for other in paths)} == set()


def test_keys_are_those_of_the_actions(window: Window, qtbot: QtBot) -> None:
    window.help.show_page("keys")
    assert window.help.pages is not None
    text = window.help.pages.page.toPlainText()
    native = QKeySequence.SequenceFormat.NativeText
    keys = [(action, key) for action in window.actions() for key in action.shortcuts()]
    assert len(keys) > 10
    for action, key in keys:
        assert key.toString(native) in text
        assert (action.whatsThis() or action.text()) in text
    assert "Play or pause" in text


def test_words_are_explained_under_the_mouse_and_in_a_list(window: Window, qtbot: QtBot) -> None:
    window.help.show_page("bubble")
    pages = window.help.pages
    assert pages is not None
    cursor = pages.page.document().find("micro-batch")
    assert cursor.charFormat().toolTip() == Glossary().terms()["micro-batch"]
    window.help.show_page("glossary")
    assert all(term in pages.page.toPlainText() for term in Glossary().terms())


def test_the_search_finds_pages_by_their_words(window: Window, qtbot: QtBot) -> None:
    window.help.show_page("first")
    pages = window.help.pages
    assert pages is not None
    pages.search.setText("zero-bubble schedule")
    titles = [pages.contents.item(row).text() for row in range(pages.contents.count())]
    assert titles == ["Pipeline parallel"]
    pages.contents.setFocus()
    window.help.show_page("first")
    assert pages.search.text() == ""
    assert pages.focusWidget() is pages.search, "what is typed after F1 is searched for, the second time too"
    pages.search.setText("zero-bubble schedule")
    assert "Zero-bubble" in pages.page.toPlainText()


def test_f1_opens_the_help_where_it_was_left_and_the_menu_the_first_steps(window: Window, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    pages = window.help.pages
    assert pages is not None
    assert pages.page.toPlainText().startswith("First steps")
    window.help.show_page("lecture-45")
    bar = pages.page.verticalScrollBar()

    def is_at(place: int) -> bool:
        """Whether the line in which that character stands is the first one that is seen."""
        cursor = pages.page.textCursor()
        cursor.setPosition(place)
        return abs(pages.page.cursorRect(cursor).top()) <= pages.page.fontMetrics().height()

    for is_presented in (False, True, False):
        bar.setValue(bar.maximum() // 2)
        seen = pages.page.place
        assert bar.value() > 0
        pages.close()
        if is_presented:
            qtbot.keyClick(window, Qt.Key.Key_F5)
        qtbot.keyClick(window, Qt.Key.Key_F1)
        assert pages.isVisible()
        assert pages.page.toPlainText().startswith("Lecture: 45 minutes")
        assert is_at(seen), "in other letters too"
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert is_at(seen), "where it is open already"
    window.help.show_page("first")
    assert bar.value() == 0


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_pictures_are_as_wide_as_the_page_and_of_the_theme(window: Window, qtbot: QtBot, theme: str) -> None:
    window.look.set_theme(theme)
    window.help.show_page("Pipeline parallel")
    pages = window.help.pages
    assert pages is not None
    for width in (700, 1100):
        pages.resize(width, 600)
        qtbot.wait(1)
        page = pages.page
        assert page.horizontalScrollBar().maximum() == 0
        kind = QTextDocument.ResourceType.ImageResource.value
        picture = page.document().resource(kind, QUrl("lanes-gpipe.png"))
        assert picture.width() <= page.viewport().width()
        corner = QPixmap(picture).toImage().pixelColor(picture.width() - 1, 0)
        assert (corner.lightness() < 128) == (theme == "dark")


def test_every_picture_has_one_on_a_dark_ground() -> None:
    names = {path.name for path in PAGES.glob("*.png")}
    assert "lanes-gpipe.png" in names
    assert {name for name in names if not name.endswith("-dark.png") and f"{name[:-4]}-dark.png" not in names} == set()
