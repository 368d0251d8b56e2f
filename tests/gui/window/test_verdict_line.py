"""The verdict's line: its place does not depend on what it says, all of it can be had, and Why? shows the figures."""

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.config.spec import make_spec
from engine.errors import Sentence
from engine.events.ranks import RankSilent
from engine.events.run import Changed, StatusChanged
from engine.explain.rules.facts import Link
from engine.explain.rules.verdict import Figure, Verdict
from gui.look.mode_colours import mode_colours
from gui.look.scale import BODY, HEADING, LAST_ROW, PROPERTY, SCREEN, screen_style
from gui.look.scale import SMALL as SMALL_LETTERS
from gui.look.theme import apply_theme
from gui.model.intents import KeepLinks, OpenExample
from gui.model.store import Store
from gui.widgets.verdict_dialog import VerdictDialog
from gui.widgets.verdict_line import VerdictLine
from tests.gui.model.test_board import visit
from tests.messages import batch, begin
from tests.windows import SMALL, Open, ink, play

SHORT = Verdict(rule="plain", text=Sentence("{mode}: ×0.82 of 1 thread.", mode="Data ×2"))
LONG = Verdict(
    rule="sends",
    text=Sentence(
        "{mode}: ×0.82 of 1 thread. Messages of 4.3 MiB by gloo take 23% of the step. "
        "By shm they would take 0.42 ms, not 27 ms.",
        mode="Data ×2",
    ),
    figures=(
        Figure(name="of the step, in messages", value=0.23, unit="share"),
        Figure(name=Sentence("messages by {transport}", transport="shm"), value=4.2e-4, unit="s", is_measured=False),
    ),
    example="data-parallel-wins",
)
LONGER = replace(
    LONG,
    text=Sentence(
        "Bubble 45%, theory 20%: other programs take 1.4 of 2 cores, and stages wait for one another. Messages take "
        "longer than what is saved of it."
    ),
)


class Strip:
    """A line in a window of its own, fed by a store."""

    def __init__(self, qtbot: QtBot, width: int) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.line = VerdictLine()
        column = QVBoxLayout(self.window)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.line)
        column.addStretch(1)
        self.store = Store()
        self.store.feed([begin(0, 0, 0.0), StatusChanged(at_s=0.0, status="running", step=0)])
        self.window.resize(width, 300)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.say(None)

    def say(self, verdict: Verdict | None) -> None:
        self.store.live.verdicts.current = verdict
        self.line.refresh(self.store)
        QApplication.processEvents()


@pytest.mark.parametrize(("width", "points"), [(700, 10), (700, 24), (1280, 16), (1920, 10), (1920, 24)])
def test_its_place_is_the_same_whatever_it_says(qtbot: QtBot, qapp: QApplication, points: int, width: int) -> None:
    apply_theme(qapp, "light", points)
    try:
        strip = Strip(qtbot, width)
        heights = set()
        for verdict in (None, SHORT, LONG, None):
            strip.say(verdict)
            heights.add(strip.line.height())
        assert len(heights) == 1
        assert strip.window.width() == width, "no sentence widens the window"
    finally:
        apply_theme(qapp, "light", 10)


def test_of_a_run_that_failed_or_ended_too_early_it_says_so_and_nothing_as_if_it_went_on(qtbot: QtBot) -> None:
    strip = Strip(qtbot, 1280)
    strip.say(SHORT)
    strip.store.feed([visit(1, "cpu,dp=2", 10, 0.5), StatusChanged(at_s=1.0, status="failed", step=2_397)])
    strip.say(SHORT)
    assert strip.line.label.text() == "Data ×2: the run broke off before step 2,397."
    assert not strip.line.why.isVisible()
    strip.store.feed([StatusChanged(at_s=1.0, status="finished", step=4_200)])
    strip.say(None)
    assert strip.line.label.text() == "Data ×2: the run ended before step 4,200, and before there was a verdict."
    strip.store.live.is_replay = True
    strip.say(None)
    assert strip.line.label.text().startswith(
        "REPLAY · Data ×2: the run ended before step 4,200; its record has too little"
    )


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (np.nan, "The loss is not a number since step 60. The learning rate is 1,000,000 since step 50, before it was"),
        (np.inf, "The loss is infinite, or beyond 3.4e38, since step 60. The learning rate is 1,000,000 since step 50"),
        (1.25e9, "The loss is 1.2e9, and was 1 at first. The learning rate is 1,000,000 since step 50, before it was"),
        (900.0, "Data ×2: ×0.82 of 1 thread."),
    ],
)
def test_of_a_loss_that_is_lost_it_says_since_when_and_at_which_rate(qtbot: QtBot, loss: float, said: str) -> None:
    strip = Strip(qtbot, 1280)
    rows, changed = batch(0, 100), Changed(at_s=0.5, step=50, lr=1e6, batch_size=64)
    rows.rows["loss"][60:] = loss
    strip.store.feed([Changed(at_s=0.0, step=0, lr=0.003, batch_size=64), rows, changed])
    strip.say(SHORT)
    assert strip.line.label.text().startswith(said)
    assert strip.line.why.isVisible() == (loss == 900.0)
    strip.store.feed([batch(100, 100, at_s=1.0)])
    strip.say(SHORT)
    assert strip.line.label.text() == SHORT.text, "it is a number again"
    assert strip.store.live.loss.lost_at is None


def test_where_it_is_narrow_it_has_more_lines_and_what_is_too_long_is_smaller_but_whole(
    qtbot: QtBot, qapp: QApplication
) -> None:
    wide, narrow = Strip(qtbot, 1900), Strip(qtbot, 500)
    assert narrow.line.height() > wide.line.height()
    for strip in (wide, narrow):
        strip.say(LONG)
        assert strip.line.label.toolTip() == strip.line.label.text() == LONG.text
    assert wide.line.label.property(PROPERTY) == HEADING
    apply_theme(qapp, "light", 26)
    try:
        large = Strip(qtbot, 1280)
        height = large.line.height()
        large.say(LONGER)
        assert large.line.height() == height
        assert large.line.label.property(PROPERTY) != HEADING
        for strip in (large, narrow):  # the narrow one is higher at last
            strip.say(LONGER)
            label = strip.line.label
            assert label.text() == LONGER.text
            assert label.heightForWidth(label.width()) <= label.height()
        large.say(SHORT)
        assert large.line.label.property(PROPERTY) == HEADING
    finally:
        apply_theme(qapp, "light", 10)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_modes_colour_is_a_bar_at_its_edge_and_its_ground_judges_no_mode(
    qapp: QApplication, qtbot: QtBot, theme: str
) -> None:
    apply_theme(qapp, theme, 10)
    try:
        strip, grounds = Strip(qtbot, 1280), list[QColor]()
        for number, mode in enumerate(("cpu,threads=2", "cpu,dp=2", "cpu,tp=2"), start=1):
            strip.store.feed([visit(number, mode, 10 * number, 0.5 * number)])
            strip.say(SHORT)
            now = strip.store.live.segments[-1].mode_number
            image, colours = strip.line.grab().toImage(), mode_colours(now, dark=theme == "dark")
            assert image.pixelColor(2, strip.line.height() // 2) == colours.line
            assert ink(image, colours.line) <= 10 * strip.line.height(), "a bar, and no field"
            grounds.append(image.pixelColor(strip.line.width() - 2, 2))
        assert len({ground.rgb() for ground in grounds}) == 1
        assert grounds[0].hslSaturationF() < 0.25
    finally:
        apply_theme(qapp, "light", 10)


def test_its_buttons_are_there_where_they_lead_somewhere(qtbot: QtBot) -> None:
    strip = Strip(qtbot, 1280)
    assert not strip.line.why.isVisible()
    strip.say(SHORT)
    assert strip.line.why.isVisible()
    assert not strip.line.example.isVisible()
    strip.say(LONG)
    strip.say(None)
    assert strip.line.label.text() == "Settling: 0 of 20 steps.", "never blank: what is waited for"
    assert not strip.line.why.isVisible()
    strip.store.feed([StatusChanged(at_s=2.0, status="paused", step=10)])
    strip.say(None)
    assert strip.line.label.text() == "Paused before step 10: Play goes on.", "nothing settles then"
    strip.store.feed([StatusChanged(at_s=2.5, status="running", step=10)])
    strip.store.feed([RankSilent(at_s=3.0, rank=1, pid=7, seconds=3.0, is_silent=True)])
    for verdict in (None, SHORT):
        strip.say(verdict)
        assert strip.line.label.text() == "No step is made: no sign of life from rank 1.", "whatever was measured"


def test_the_example_is_wanted_at_once_as_from_the_menu(qtbot: QtBot) -> None:
    strip, wanted = Strip(qtbot, 1280), []
    strip.line.intent.connect(wanted.append)
    strip.say(LONG)
    assert "is kept" in strip.line.example.toolTip()
    strip.line.example.click()
    assert wanted == [OpenExample("data-parallel-wins")]
    assert not strip.window.findChildren(QDialog)


@pytest.mark.parametrize("is_replay", [False, True])
def test_why_shows_rule_condition_and_figures_with_their_origin(qtbot: QtBot, is_replay: bool) -> None:
    strip = Strip(qtbot, 1280)
    strip.store.live.is_replay = is_replay
    strip.say(LONG)
    assert strip.line.label.text() == ("REPLAY · " if is_replay else "") + LONG.text
    strip.line.why.click()
    (dialog,) = strip.window.findChildren(VerdictDialog)
    stamp = ", REPLAY" if is_replay else ""
    assert dialog.rows == [
        ("of the step, in messages", "23%", f"MEASURED{stamp}"),
        ("messages by shm", "0.42 ms", f"PREDICTED{stamp}"),
    ]
    dialog.copy.click()
    copied = QApplication.clipboard().text()
    assert copied.startswith(LONG.text)
    assert "10 % of the step" in copied, "the condition"
    dialog.close()


def test_an_open_why_follows_what_is_said_and_tells_when_its_figures_are_of_before(qtbot: QtBot) -> None:
    strip = Strip(qtbot, 1280)
    strip.say(LONG)
    strip.line.why.click()
    (dialog,) = strip.window.findChildren(VerdictDialog)
    assert not dialog.earlier.isVisible()
    strip.say(None)
    assert dialog.earlier.isVisible()
    assert len(dialog.rows) == 2, "what was said last stays to be read"
    strip.say(SHORT)
    assert not dialog.earlier.isVisible()
    assert dialog.rows == []
    assert dialog.plain_text.startswith(SHORT.text)
    strip.line.why.click()
    assert strip.window.findChildren(VerdictDialog) == [dialog]
    dialog.close()
    strip.line.why.click()
    assert strip.line._dialog not in (None, dialog), "a closed one is not shown again"


def test_why_tells_first_what_was_measured_and_then_in_small_letters_when_it_is_said(
    qtbot: QtBot, qapp: QApplication
) -> None:
    apply_theme(qapp, "dark", 10)
    try:
        strip = Strip(qtbot, 1900)
        strip.window.setObjectName("presenter")
        strip.window.setStyleSheet(screen_style("presenter", *SCREEN, 10, 96))
        strip.say(replace(LONG, measured=Sentence("A step takes 22 ms with Data ×2.")))
        strip.line.why.click()
        (dialog,) = strip.window.findChildren(VerdictDialog)
        qtbot.waitExposed(dialog)
        tops = [label.y() for label in (dialog._sentence, dialog._measured, dialog._figures, dialog._condition)]
        assert tops == sorted(tops)
        sizes = [label.font().pixelSize() for label in (dialog._sentence, dialog._measured, dialog._condition)]
        assert sizes == [LAST_ROW[kind] for kind in (HEADING, BODY, SMALL_LETTERS)], "as the layout it lies over"
        assert dialog.plain_text.startswith(f"{LONG.text}\nA step takes 22 ms with Data ×2.\n\nof the step")
        strip.say(replace(LONG, measured=Sentence("A step takes 22 ms."), why=Sentence("Operations are too short.")))
        assert dialog._measured.text() == "A step takes 22 ms. Operations are too short.", "why computing takes longer"
        assert dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Close).icon().isNull()
    finally:
        apply_theme(qapp, "light", 10)


def test_why_has_one_size_whatever_it_says(qtbot: QtBot) -> None:
    strip = Strip(qtbot, 1280)
    long = replace(LONG, text=Sentence("All of it. " * 60), figures=LONG.figures * 20)
    strip.say(SHORT)
    strip.line.why.click()
    (dialog,) = strip.window.findChildren(VerdictDialog)
    sizes = set()
    for verdict in (SHORT, LONG, long, None, SHORT):
        strip.say(verdict)
        sizes.add((dialog.width(), dialog.height()))
        bar, is_long = dialog._scroll.verticalScrollBar(), verdict in (long, None)
        qtbot.waitUntil(
            lambda bar=bar, is_long=is_long: (bar.maximum() > 0) is is_long, timeout=1_000
        )  # it is scrolled
        assert dialog._scroll.horizontalScrollBar().maximum() == 0
    assert len(sizes) == 1


def test_its_buttons_stay_where_they_are_whatever_it_says(qtbot: QtBot) -> None:
    strip = Strip(qtbot, 1280)
    places = set()
    for verdict in (SHORT, LONG, SHORT):
        strip.say(verdict)
        places.add((strip.line.why.geometry().getRect(), strip.line.label.width()))
    assert len(places) == 1
    assert strip.line.why.geometry().left() > strip.line.example.geometry().right()


def test_the_window_shows_it_for_the_run_that_goes_on(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window, live = application.window, application.store.live
    play(application, qtbot)
    live = application.store.live
    before = window.verdict.height()
    live.verdicts.current = LONG
    live.verdicts._looked_s = float("inf")  # the rules are not asked again
    qtbot.waitUntil(lambda: window.verdict.label.text() == LONG.text, timeout=5_000)
    assert window.verdict.height() == before
    assert window.verdict.width() > 0.95 * window.width(), "across the window"


def test_links_that_were_measured_reach_the_rules_but_not_those_of_a_replay(open_window: Open) -> None:
    application = open_window()
    store = application.store
    links = {"shm": Link(ranks=2, alpha_s=4e-5, bytes_per_s=1e10)}
    application.dispatch(KeepLinks(links))
    assert store.live.verdicts.links == links
    store.begin("another")
    store.take_over(SMALL, is_replay=True)
    assert store.live.verdicts.links == {}
    store.take_over(SMALL, is_replay=False)
    assert store.live.verdicts.links == links


def test_before_a_run_the_line_says_in_which_mode_it_starts_where_that_is_not_the_workloads_own(qtbot: QtBot) -> None:
    store, line = Store(), VerdictLine()
    qtbot.addWidget(line)
    store.show_set_up(make_spec("digits-cnn"))
    line.refresh(store)
    assert line.label.text() == ""
    store.show_set_up(make_spec("digits-cnn", mode="cpu,dp=2,transport=shm"))
    line.refresh(store)
    assert line.label.text() == "Play starts in Data ×2 shm: other modes are compared to it."
    store.begin("a run")
    line.refresh(store)
    assert line.label.text() == ""


def test_read_from_afar_a_long_one_stays_bold_and_no_smaller_than_ordinary_text(
    qtbot: QtBot, qapp: QApplication
) -> None:
    apply_theme(qapp, "light", 10)
    line, store = VerdictLine(leads_away=False, is_afar=True), Store()
    qtbot.addWidget(line)
    store.feed([begin(0, 0, 0.0), StatusChanged(at_s=0.0, status="running", step=0)])
    store.live.verdicts.current = replace(LONGER, text=Sentence(3 * (LONGER.text + " ")))
    line.resize(500, 100)
    line.show()
    line.refresh(store)
    QApplication.processEvents()
    assert line.label.property(PROPERTY) != HEADING
    assert line.label.font().bold()
    assert line.label.fontInfo().pointSize() >= QApplication.font().pointSize()
    assert line.label.heightForWidth(line.label.width()) <= line.label.height(), "all of it can be read"
