"""What a model of language wrote is shown as it is: newest first, the run's first last, markup as the letters it is."""

from msgspec.structs import replace
from PySide6.QtWidgets import QTextEdit
from pytestqt.qtbot import QtBot

from engine.events.evaluator import EvaluatorChanged, TextSample
from engine.events.run import RunStarted
from gui.look.theme import plot_colours
from gui.look.view import PlotView
from gui.model.store import Store
from gui.model.texts import KEPT
from gui.panels.text_sample import PROMPT_CHARACTERS, TextSamplePanel


def sample(step: int, text: str) -> TextSample:
    return TextSample(at_s=1.0, step=step, prompt="x" * PROMPT_CHARACTERS + "given <b>", text=text)


def opened(qtbot: QtBot, store: Store) -> tuple[TextSamplePanel, QTextEdit]:
    panel = TextSamplePanel(PlotView())
    qtbot.addWidget(panel)
    panel.resize(600, 220)
    panel.refresh(store)
    text = panel.findChild(QTextEdit)
    assert isinstance(text, QTextEdit)
    return panel, text


def test_the_newest_is_on_top_and_the_first_stays(qtbot: QtBot) -> None:
    store = Store()
    panel, text = opened(qtbot, store)
    assert text.toPlainText() == ""
    assert "writes here" in panel._empty.text()
    assert panel._empty.height() >= panel._empty.heightForWidth(panel._empty.width()), "all of it is seen"
    version = store.versions["texts"]
    store.feed([sample(step, f"<i>words {step}</i>") for step in range(20)])
    assert store.versions["texts"] > version
    panel.refresh(store)
    shown = [line for line in text.toPlainText().splitlines() if line.startswith("x")]
    kept = [19, 18, 16, 13, 10, 8, 4, 0]  # spread over the run
    assert len(kept) == KEPT
    assert shown == ["x" * (PROMPT_CHARACTERS - 9) + f"given <b><i>words {step}</i>" for step in kept]
    assert text.toPlainText().startswith("Before step 19 · MEASURED\n")
    cursor, colours = text.textCursor(), plot_colours(panel.palette())
    for words, colour in (("given", colours.muted), ("words", colours.foreground)):
        cursor.setPosition(text.toPlainText().index(words) + 1)
        assert cursor.charFormat().foreground().color() == colour
        assert cursor.charFormat().font().pointSize() == text.document().defaultFont().pointSize()


def test_what_was_written_after_the_step_a_run_goes_on_from_is_gone(qtbot: QtBot) -> None:
    store = Store()
    store.feed([sample(10, "ten"), sample(20, "twenty")])
    store.feed([RunStarted(at_s=3.0, spec="", step=10, started_unix_s=0.0, directory="d")])
    _, text = opened(qtbot, store)
    assert text.toPlainText().endswith("ten")
    assert "twenty" not in text.toPlainText()


def test_a_replay_says_so_and_an_empty_panel_why(qtbot: QtBot) -> None:
    store = Store()
    panel, text = opened(qtbot, store)
    store.feed([EvaluatorChanged(at_s=1.0, is_on=False, reason="It is switched off.")])
    panel.refresh(store)
    assert panel._empty.text() == "It is switched off."
    assert text.isHidden()
    store.live.is_replay = True
    store.feed([sample(1, "w")])
    panel.refresh(store)
    assert text.toPlainText().startswith("Before step 1 · MEASURED, REPLAY")
    assert panel._empty.isHidden()


def test_what_is_being_written_says_so_and_gives_way_to_what_is_told_next(qtbot: QtBot) -> None:
    store = Store()
    panel, text = opened(qtbot, store)
    growing = [replace(sample(2, words), is_over=False) for words in ("one", "one two")]
    store.feed([sample(1, "w"), *growing])
    panel.refresh(store)
    assert text.toPlainText().startswith("Before step 2 · MEASURED · being written\n")
    assert text.toPlainText().count("one") == 1
    store.feed([sample(2, "one two three")])
    panel.refresh(store)
    assert text.toPlainText().startswith("Before step 2 · MEASURED\n")
    assert text.toPlainText().count("one two") == 1
    store.feed([growing[0], sample(3, "w")])  # the look at its step was given up
    assert [written.step for written in store.live.texts.all] == [1, 2, 3]
