"""A rank that froze or died: the banner across the plots, the marks on lanes and picture, and the buttons that help."""

import re

import msgspec
import numpy as np
import pytest
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.config.spec import make_spec
from engine.events.ranks import RankFailed, RankSilent, SlowedDown
from engine.events.run import Changed, Diverged, RunStarted, StatusChanged
from engine.events.shift import ShiftCancelled
from engine.events.states import StateSaved
from gui.app import Application
from gui.look.theme import alarm_colour
from gui.model.intents import BreakRank, Change, GoBack, Play, SetUp
from gui.model.replayed import Replayed
from gui.model.setbacks import SHOWN_S
from gui.model.store import Store
from gui.text.headline import HeadlineWords
from gui.widgets.verdict_line import VerdictLine
from gui.window.banner import Banner
from gui.window.details_dialog import DetailsDialog
from gui.window.settings import Settings
from gui.window.status_line import StatusLine
from gui.window.window import Window
from tests.gui.model.test_setbacks import broken_run
from tests.messages import batch, begin, sample
from tests.windows import SMALL, Open, action, ink


def test_a_shift_that_is_being_given_up_says_so_also_where_a_rank_is_waited_for(open_window: Open) -> None:
    application = open_window()
    application.bridge.stop()  # it knows of no run
    store, banner = application.store, application.window.banner
    silent = RankSilent(at_s=9.0, rank=0, pid=7, seconds=3.0, is_silent=True, is_next=True)
    store.feed([begin(0, 0, 0.0), batch(0, 9), StatusChanged(at_s=9.0, status="shifting", step=9), silent])
    store.show_giving_up()
    for is_told in (False, True):
        application.window.refresh()
        assert banner.cancel.isVisible()
        assert banner.cancel.isEnabled() == is_told
        assert banner.sentence.toolTip().endswith("giving up …") != is_told
        store.feed([ShiftCancelled(at_s=9.5, mode="cpu", to_mode="cpu,dp=2", seconds=1.0), silent])


def play_two(application: Application, qtbot: QtBot) -> None:
    application.dispatch(SetUp(msgspec.structs.replace(SMALL, mode="cpu,dp=2")))
    application.dispatch(Play())
    qtbot.waitUntil(lambda: application.store.live.anatomy is not None, timeout=30_000)


def marked(application: Application, name: str) -> int:
    """Pixels of alarm on a panel."""
    panel = application.window.panel(name)
    panel.resize(500, 220)
    panel.refresh(application.store)
    return ink(panel.grab().toImage(), alarm_colour(panel.palette()))


def test_a_frozen_rank_is_told_in_three_seconds_and_ended_by_one_click(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    store, banner = application.store, application.window.banner
    play_two(application, qtbot)
    assert banner.isHidden()
    before = {name: marked(application, name) for name in ("lanes", "mode-picture")}  # a phase's colour is not far off
    application.dispatch(BreakRank(1, "freeze"))
    qtbot.waitUntil(lambda: not banner.isHidden(), timeout=4_500)
    assert "ON PURPOSE: No sign of life from rank 1 (process" in banner.sentence.text()
    assert "60" in banner.sentence.text()  # when it will be given up by itself
    assert (banner.end.isHidden(), banner.go_on.isHidden(), banner.details.isHidden()) == (False, True, True)
    assert store.live.status == "running"
    for name, pixels in before.items():
        assert marked(application, name) > pixels + 200
    status = application.window.status.label
    assert status.text().startswith("waiting for rank 1: no step for ")
    action(application, "Pause").trigger()
    assert status.text().startswith("pausing: waiting for rank 1"), "at once, as the button says Play"
    banner.end.click()
    qtbot.waitUntil(lambda: store.live.status == "failed", timeout=3_000)
    qtbot.waitUntil(lambda: not banner.go_on.isHidden(), timeout=2_000)
    assert banner.end.isHidden()
    banner.go_on.click()
    qtbot.waitUntil(lambda: store.live.status == "running", timeout=20_000)
    qtbot.waitUntil(banner.isHidden, timeout=2_000)
    said = application.window.verdict.label
    qtbot.waitUntil(lambda: "ON PURPOSE: rank 1 was lost at step" in said.text(), timeout=5_000)
    for name, pixels in before.items():
        assert marked(application, name) < pixels + 100


def test_a_run_that_waits_for_a_rank_has_no_rate_and_says_so_also_once_it_is_told_to_pause(qapp: QApplication) -> None:
    store, line = Store(), StatusLine()
    store.feed([begin(0, 0, 0.0), StatusChanged(at_s=0.0, status="running", step=0), batch(0, 400)])
    assert store.live.samples_per_s
    store.feed([RankSilent(at_s=7.0, rank=1, pid=9, seconds=3.0, is_silent=True), sample(16.0)])
    assert store.live.samples_per_s is store.live.steps_per_s is store.live.flops_per_s is None
    words = "waiting for rank 1: no step for 12 s"  # the last step was at 4 s
    headline = HeadlineWords().of(store)
    assert (headline.rate, headline.below) == ("", f"400 steps · {words}")
    line.refresh(store, "Data ×2")
    assert line.label.text() == words
    line.refresh(store, "Data ×2", is_pausing=True)
    assert line.label.text() == f"pausing: {words}"
    store.feed([RankSilent(at_s=17.0, rank=1, pid=9, seconds=0.0, is_silent=False)])
    line.refresh(store, "Data ×2", is_pausing=True)
    assert line.label.text() == "pausing: Data ×2"
    assert store.live.samples_per_s


def test_a_dead_rank_is_a_banner_with_its_reason_and_details_to_copy(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window, store = application.window, application.store
    play_two(application, qtbot)
    action(application, "Rank 0: let it raise an error").trigger()
    qtbot.waitUntil(lambda: not window.banner.isHidden(), timeout=15_000)
    failure = store.live.health.failure
    assert failure.reason in window.banner.sentence.text()
    assert window.banner.go_on.text() == f"Go on from step {failure.resume_step:,}"
    assert marked(application, "lanes") > 200
    window.banner.details.click()
    (dialog,) = window.findChildren(DetailsDialog)
    assert "Traceback" in dialog.text.toPlainText()
    assert dialog.width() >= 0.7 * window.width()
    dialog.copy.click()
    assert "Traceback" in QGuiApplication.clipboard().text()
    assert failure.reason in QGuiApplication.clipboard().text()
    dialog.close()


def test_that_a_slowdown_ends_with_its_ranks_is_said_before_they_are_replaced_and_after(qtbot: QtBot) -> None:
    store, banner, line = Store(), Banner(), StatusLine()
    for widget in (banner, line):
        qtbot.addWidget(widget)
    store.feed([begin(0, 0, 0.0), StatusChanged(at_s=0.0, status="running", step=0), batch(0, 400)])
    slow = SlowedDown(at_s=1.0, step=200, rank=1, phase="backward", factor=4.0, delay_s=0.0)
    failed = RankFailed(
        at_s=4.0, rank=1, pid=7, signal="SIGKILL", exit_status=-9, reason="Rank 1 died.", details="", resume_step=100
    )

    def said() -> tuple[bool, bool]:
        banner.refresh(store)
        line.refresh(store, "Data ×2")
        return "slowdown ends with these ranks" in banner.sentence.toolTip(), "has ended" in line.currentMessage()

    store.feed([slow, msgspec.structs.replace(slow, at_s=2.0, step=300, factor=1.0)])
    assert said() == (False, False), "it was ended by somebody"
    store.feed([msgspec.structs.replace(slow, at_s=3.0, step=350)])
    assert said() == (False, False)
    store.feed([failed, StatusChanged(at_s=4.0, status="failed", step=400)])
    assert said() == (True, False)
    store.feed([RunStarted(at_s=5.0, spec="", step=100, started_unix_s=0.0, directory="")])
    store.feed([StatusChanged(at_s=5.0, status="starting", step=100), begin(1, 100, 5.0)])
    assert said() == (False, True)
    store.feed([StatusChanged(at_s=6.0, status="running", step=110)])
    assert said() == (False, True)
    store.feed([StatusChanged(at_s=7.0, status="paused", step=120)])
    assert said() == (False, False), "now it is said that it pauses"


def test_a_message_in_passing_goes_when_pause_is_pressed_but_not_what_is_told_of_a_menus_entry(qtbot: QtBot) -> None:
    store, line = Store(), StatusLine()
    qtbot.addWidget(line)
    store.feed([begin(0, 0, 0.0), StatusChanged(at_s=0.0, status="running", step=0), batch(0, 400)])
    line.refresh(store, "1 thread")
    line.tell("That cannot be.", store.live)
    line.refresh(store, "1 thread")
    assert "That cannot be." in line.currentMessage()
    line.refresh(store, "1 thread", is_pausing=True)
    assert line.currentMessage() == ""
    line.showMessage("What an entry is.")
    line.refresh(store, "1 thread")
    assert line.currentMessage() == "What an entry is."


def test_a_loss_that_is_no_number_is_a_banner_that_goes_back_to_before_the_rate_was_raised(qtbot: QtBot) -> None:
    store, banner, wanted = Store(), Banner(), []
    qtbot.addWidget(banner)
    banner.intent.connect(wanted.append)
    rows = batch(0, 100)
    rows.rows["loss"][70:] = np.nan
    paused = StatusChanged(at_s=1.0, status="paused", step=100)
    rates = [Changed(at_s=0.0, step=0, lr=0.003, batch_size=8), Changed(at_s=0.5, step=50, lr=0.1, batch_size=8)]
    store.feed([begin(0, 0, 0.0), rates[0], rows, rates[1], Diverged(at_s=1.0, step=70, loss="nan"), paused])

    def told() -> tuple[str, bool]:
        banner.refresh(store)
        return banner.sentence.text(), not banner.go_on.isHidden()

    said = "✖  The loss is not a number since step 70. The learning rate is 0.1 since step 50, before it was 0.003. "
    assert told() == (f"{said}Reset begins anew.", False)
    store.feed([state_before(70)])
    assert told() == (f"{said}The saved states are all from after that: Reset begins anew.", False)
    store.feed([RunStarted(at_s=2.0, spec="", step=100, started_unix_s=0.0, directory="")])
    store.live.health.saved = ()
    more = batch(100, 1)  # Play was pressed again
    more.rows["loss"] = np.nan
    store.feed([more, Diverged(at_s=2.0, step=100, loss="nan"), paused, state_before(40), state_before(60)])
    assert told() == (f"{said}It can go on from step 40, at 0.003 again; Reset begins anew.", True)
    assert banner.go_on.text() == "Go on from step 40"
    banner.go_on.click()
    assert wanted == [GoBack(40, 0.003)]
    store.feed([RunStarted(at_s=3.0, spec="", step=40, started_unix_s=0.0, directory="")])
    store.feed([Changed(at_s=3.0, step=40, lr=0.003, batch_size=8), batch(40, 1), paused])
    assert told()[1] is False
    assert store.live.changes == [], "the rate that was given up is no part of the run any more"


@pytest.mark.long
def test_a_run_whose_rate_was_too_high_goes_on_by_one_click_with_the_rate_before(
    open_window: Open, qtbot: QtBot
) -> None:
    application = open_window()
    store, banner = application.store, application.window.banner
    application.dispatch(SetUp(make_spec("digits-mlp", optimizer="sgd", lr=0.01)))
    application.dispatch(Play())
    qtbot.waitUntil(lambda: bool(store.live.health.saved), timeout=30_000)
    rows = len(store.live.board.rows())
    application.dispatch(Change(lr=1e6))
    qtbot.waitUntil(lambda: not banner.go_on.isHidden(), timeout=15_000)
    step = store.live.loss.lost_at
    application.dispatch(Play())
    qtbot.waitUntil(lambda: store.live.status == "paused" and store.live.step > step + 1, timeout=5_000)
    application.window.refresh()
    assert f"since step {step:,}. The learning rate is 1,000,000" in banner.sentence.text()
    banner.go_on.click()
    qtbot.waitUntil(lambda: store.live.status == "running", timeout=20_000)
    qtbot.waitUntil(lambda: store.live.step > step, timeout=20_000)
    assert store.live.loss.lost_at is None
    assert store.live.lr == 0.01
    assert len(store.live.board.rows()) >= rows


def state_before(step: int) -> StateSaved:
    return StateSaved(at_s=1.0, step=step, name="", state_bytes=8, seconds=0.1)


def test_white_is_legible_on_the_colour_of_alarm() -> None:
    for dark in (False, True):
        from gui.look.theme import make_palette

        colour = alarm_colour(make_palette(dark))
        assert contrast(colour, QColor("#FFFFFF")) >= 4.5


def contrast(one: QColor, other: QColor) -> float:
    """As WCAG defines it."""

    def luminance(colour: QColor) -> float:
        parts = [colour.redF(), colour.greenF(), colour.blueF()]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_a_failure_is_seen_while_somebody_presents(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window = application.window
    play_two(application, qtbot)
    window.presenting.toggle()
    banner = window.presenting.layout.banner
    assert banner.isHidden()
    application.dispatch(BreakRank(1, "kill"))
    qtbot.waitUntil(lambda: not banner.isHidden(), timeout=10_000)
    assert "rank 1" in banner.sentence.text().lower()
    banner.go_on.click()
    qtbot.waitUntil(lambda: application.store.live.status == "running", timeout=20_000)
    qtbot.waitUntil(banner.isHidden, timeout=3_000)
    said = window.presenting.layout.verdict.label
    qtbot.waitUntil(lambda: "from Go on: " in said.text(), timeout=10_000)
    assert re.match(r"▲  ON PURPOSE: rank 1 was lost at step [\d,]+\. It cost ", said.text())
    window.presenting.toggle()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("points", [10, 26])
def test_what_a_lost_rank_cost_is_told_whole_for_a_while_in_the_window_and_from_afar(
    qtbot: QtBot, points: int, theme: str
) -> None:
    window = Window(Settings(), Store())
    qtbot.addWidget(window, before_close_func=lambda window: setattr(window, "may_close", True))
    window.resize(1280, 720)
    window.look.set_theme(theme)
    window.look.set_text(points)
    window.show()
    run = broken_run()
    window.store.live = run
    said = window.verdict.label
    try:
        run.feed([begin(1, 300, 10.5), StatusChanged(at_s=10.5, status="running", step=300)])
        window.refresh()
        assert "lost" not in said.text(), "ranks do not compute yet"
        run.feed([batch(300, 20, segment=1, at_s=10.5)])
        window.refresh()
        lost = "▲  ON PURPOSE: rank 1 was lost at step 400."
        assert said.text() == f"{lost} Now it makes 100 steps again, from the last saved state on."
        run.feed([batch(320, 200, segment=1, at_s=10.7)])
        words = (
            f"{lost} It cost 2 s from Go on: 1 s to start ranks, 1 s to make 100 steps again, from the last saved "
            "state on."
        )
        for _ in range(4):
            QApplication.processEvents()
            window.refresh()
        assert (said.text(), window.banner.isHidden()) == (words, True)
        assert said.heightForWidth(said.width()) <= said.height(), "all of it has room"
        window.presenting.toggle()
        shown = window.presenting.layout
        shown.refresh()
        QApplication.processEvents()
        told = shown.verdict.label
        assert (told.text(), shown.banner.isHidden()) == (words, True)
        assert told.fontInfo().pixelSize() >= shown.rate.below.fontInfo().pixelSize()
        assert told.heightForWidth(told.width()) <= told.height()
        run.feed([batch(520, 10, segment=1, at_s=10.6 + SHOWN_S)])
        shown.refresh()
        assert "lost" not in told.text()
        window.presenting.toggle()
        window.refresh()
        assert "lost" not in said.text()
    finally:
        window.look.set_theme("light")
        window.look.set_text(10)


def test_over_the_end_of_a_record_it_is_not_told(qtbot: QtBot) -> None:
    store, line = Store(), VerdictLine()
    qtbot.addWidget(line)
    store.live = run = broken_run()
    run.feed([begin(1, 300, 10.5), batch(300, 20, segment=1, at_s=10.5)])
    for status, is_told in (("running", True), ("paused", True), ("shifting", False), ("finished", False)):
        run.feed([StatusChanged(at_s=11.0, status=status, step=320)])
        line.refresh(store)
        assert ("was lost at step 400" in line.label.text()) is is_told, status
    run.feed([StatusChanged(at_s=11.0, status="paused", step=320)])
    for at_s, is_told in ((11.0, True), (12.0, False)):
        store.show_replayed(Replayed(at_s=at_s, end_s=12.0, step=320, steps=320, speed=1.0, is_playing=False))
        line.refresh(store)
        assert ("was lost at step 400" in line.label.text()) is is_told
