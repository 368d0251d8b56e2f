"""The line of an example: all that it says while there is nothing to plot, then one line of it, and all by a click."""

from functools import partial

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from engine.config.cards import techniques
from engine.config.examples import examples
from engine.config.mode_text import parse_mode
from engine.events.ranks import SlowedDown
from gui.look.scale import letters_style
from gui.model.mode_choice import single, with_degree, with_option
from gui.model.store import Store
from gui.window.example_line import RUNNING_LINES, ExampleLine
from tests.messages import batch, begin


def test_an_examples_words_are_one_line_from_the_first_step_on_and_all_of_them_by_a_click(qtbot: QtBot) -> None:
    store, line = Store(), ExampleLine()
    qtbot.addWidget(line)
    line.resize(500, 900)
    line.show()
    first, other = list(examples().values())[:2]

    def lines() -> float:
        shown = line.words if line.words.isVisible() else line.brief
        return shown.heightForWidth(400) / line.fontMetrics().height() if shown is line.words else 1

    store.show_example(first)
    line.refresh(store)
    assert lines() > 2
    store.feed([begin(0, 0, 0.0), batch(0, 40)])
    line.refresh(store)
    assert lines() == 1
    line.more.click()
    store.feed([batch(40, 40)])
    line.refresh(store)
    assert lines() > 2, "whoever wants to read it does so while steps are made"
    line.more.click()
    assert lines() == 1
    store.begin("digits-mlp")
    store.show_example(other)
    line.refresh(store)
    assert lines() > 2
    line.resize(9_000, 100)
    assert line.more.isHidden()


def test_words_in_large_letters_are_folded_at_first_and_unfolded_in_small_ones(qtbot: QtBot) -> None:
    store, line = Store(), ExampleLine()
    qtbot.addWidget(line)
    line.resize(640, 760)
    line.show()
    store.show_example(list(examples().values())[-1])
    for points, is_open in ((20, False), (10, True), (26, False)):
        line.setStyleSheet(letters_style(points))
        line.refresh(store)
        assert line.words.isVisible() == is_open
        assert line.brief.isVisible() != is_open
    line.more.click()
    line.resize(600, 760)
    line.refresh(store)
    assert line.words.isVisible(), "whoever asks for them has them"


@pytest.mark.parametrize(("points", "share"), [(16, 1 / 6), (26, 1 / 4)])
def test_what_to_do_is_read_whole_where_it_first_stands_and_its_rest_while_steps_are_made(
    qtbot: QtBot, points: int, share: float
) -> None:
    for example in examples().values():
        store, line = Store(), ExampleLine()
        qtbot.addWidget(line)
        line.setStyleSheet(letters_style(points))
        line.resize(638, 764)
        line.show()
        store.show_example(example)
        line.refresh(store)
        brief = line.brief
        assert brief.text == example.do
        assert not brief.is_cut_at(brief.width()), example.name
        assert brief.heightForWidth(brief.width()) <= share * line.height()
        assert line.more.isVisible()
        assert example.watch in brief.toolTip()
        store.feed([begin(0, 0, 0.0), batch(0, 40)])
        line.refresh(store)
        assert example.do.endswith(f"; {brief.text}"), "Play was pressed"
        assert points > 16 or not brief.is_cut_at(brief.width()), example.name
        assert brief.heightForWidth(brief.width()) <= 2 * line.fontMetrics().lineSpacing()


def test_what_is_done_is_not_asked_for_any_more_but_what_to_watch_for_is_said(qtbot: QtBot) -> None:
    line = ExampleLine()
    qtbot.addWidget(line)
    line.resize(500, 900)
    line.show()
    for example in examples().values():
        store = Store()
        store.begin(f"a run of {example.name}")
        store.show_example(example)
        store.feed([msgspec.structs.replace(begin(0, 0, 0.0), mode=example.spec.mode), batch(0, 40)])
        for number, then in enumerate(example.then, 1):
            line.refresh(store)
            assert example.do.endswith(line.brief.text)
            if then.mode is not None:
                seam = msgspec.structs.replace(begin(number, 40 * number, float(number)), mode=then.mode)
                store.feed([seam, batch(40 * number, 40, segment=number, at_s=float(number))])
            else:
                store.feed([SlowedDown(at_s=1.0, step=40, rank=1, phase="backward", factor=4.0, delay_s=0.0)])
        line.refresh(store)
        assert line.brief.text == example.watch, example.name


CHOSEN = {
    "data-parallel-wins": [partial(with_option, techniques()["dp"], "transport", "shm")],
    "data-parallel-loses": [with_degree("dp", 2)],
    "pipeline-as-in-theory": [partial(with_option, techniques()["pp"], "microbatches", 8)],
    "sharding-saves-memory": [with_degree("fsdp", 2)],
    "hogwild-drifts": [with_degree("hogwild", 4), single],
    "from-python-to-torch": [partial(with_option, techniques()["code"], "code", code) for code in ("numpy", "torch")],
}
"""What an example asks for, as the menus do it."""


@pytest.mark.parametrize("threads", ["", ",threads=1"])
@pytest.mark.parametrize("name", CHOSEN)
def test_once_the_menus_have_done_what_an_example_asks_for_the_line_says_what_to_watch_for(
    qtbot: QtBot, name: str, threads: str
) -> None:
    line, store, example = ExampleLine(), Store(), examples()[name]
    qtbot.addWidget(line)
    line.resize(500, 900)
    line.show()
    store.begin(f"a run of {name}")
    store.show_example(example)
    mode = parse_mode(example.spec.mode.replace(",threads=1", threads))
    store.feed([msgspec.structs.replace(begin(0, 0, 0.0), mode=mode.text), batch(0, 40)])
    other = msgspec.structs.replace(begin(1, 40, 1.0), mode="cpu,tp=2")
    store.feed([other, batch(40, 40, segment=1, at_s=1.0)])
    for number, choose in enumerate(CHOSEN[name], 2):
        line.refresh(store)
        assert line.brief.text != example.watch, "that is not done yet"
        mode = choose(mode)
        seam = msgspec.structs.replace(begin(number, 40 * number, float(number)), mode=mode.text)
        store.feed([seam, batch(40 * number, 40, segment=number, at_s=float(number))])
    line.refresh(store)
    assert line.brief.text == example.watch
    assert line.brief.isVisible()


@pytest.mark.parametrize("points", [10, 16])
@pytest.mark.parametrize("name", examples())
def test_what_to_watch_for_is_read_whole_beside_the_plots_while_steps_are_made(
    qtbot: QtBot, name: str, points: int
) -> None:
    line, store, example = ExampleLine(), Store(), examples()[name]
    qtbot.addWidget(line)
    line.setStyleSheet(letters_style(points))
    line.resize(638, 764)  # of a window of 1280
    line.show()
    store.show_example(example)
    store.feed([begin(0, 0, 0.0), batch(0, 40)])
    line.refresh(store)
    line.brief.show_text(example.watch, RUNNING_LINES)
    assert not line.brief.is_cut_at(line.brief.width())
