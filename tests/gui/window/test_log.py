"""The log tells what people did and what it cost; states that are saved only if they are asked for; lines are found."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from engine.events.ranks import SlowRank
from engine.events.run import Changed, Notice, RunStarted
from engine.events.states import StateSaved
from gui.app import Application
from gui.look.view import PlotView
from gui.model.intents import Change, Pause, Play, Shift, SlowDown
from gui.model.store import Store
from gui.panels.log import LogPanel
from tests.messages import begin
from tests.windows import Open, play


def lines_of(application: Application) -> list[str]:
    panel = application.window.panel("log")
    panel.refresh(application.store)
    return panel._text.toPlainText().splitlines()


def saved() -> StateSaved:
    return StateSaved(at_s=2.0, step=9, name="x", state_bytes=1_000, seconds=0.1, work_s=0.1, every_s=5.0)


def test_what_people_do_is_told_and_what_it_cost(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    store = application.store
    play(application, qtbot)
    application.dispatch(Shift("cpu,dp=2"))
    qtbot.waitUntil(lambda: store.live.mode == "cpu,dp=2", timeout=20_000)
    application.dispatch(Change(lr=0.25))
    application.dispatch(SlowDown(factor=2.0))
    qtbot.waitUntil(lambda: store.live.lr == 0.25 and store.live.slowdown is not None, timeout=5_000)
    application.dispatch(Pause())
    qtbot.waitUntil(lambda: store.live.status == "paused", timeout=5_000)
    application.dispatch(Play())
    qtbot.waitUntil(lambda: store.live.status == "running", timeout=5_000)
    told = "\n".join(lines_of(application))
    for words in (
        "shift to cpu,dp=2 asked for",
        "shifted to cpu,dp=2: training stood still for",
        "learning rate 0.25",
        "SLOWDOWN",
        "paused before step",
        "goes on from step",
    ):
        assert told.count(words) == 1, words
    assert [told.index(words) for words in ("asked for", "stood still", "0.25", "paused", "goes on")] == sorted(
        told.index(words) for words in ("asked for", "stood still", "0.25", "paused", "goes on")
    )


def test_lines_stand_in_the_order_of_their_times_whoever_told_them_first(qtbot: QtBot) -> None:
    store = Store()
    panel = LogPanel(PlotView())
    qtbot.addWidget(panel)
    store.feed([begin(0, 0, 225.33)])
    panel.refresh(store)
    store.feed([Changed(at_s=225.84, step=12, lr=0.003, batch_size=16)])
    panel.refresh(store)
    store.feed([begin(1, 12, 225.83)])
    panel.refresh(store)
    times = [line.strip().split(" ")[0] for line in panel._text.toPlainText().splitlines()]
    assert times == ["225.33", "225.83", "225.84"]
    store.feed([RunStarted(at_s=9.0, step=3, directory="", spec="", started_unix_s=0.0)])
    store.feed([begin(2, 3, 8.9)])
    panel.refresh(store)
    times = [line.strip().split(" ")[0] for line in panel._text.toPlainText().splitlines()]
    assert times == ["225.33", "225.83", "225.84", "9.00", "8.90"], "another clock is another matter"


def test_saving_is_told_when_it_is_asked_for(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    panel = application.window.panel("log")
    assert isinstance(panel, LogPanel)
    play(application, qtbot)
    well = SlowRank(at_s=2.0, step=1, rank=0, phase="forward", factor=1.0, is_slow=False)
    application.store.feed([saved(), saved(), well, Notice(at_s=2.0, level="warning", text="look here")])
    told = "\n".join(lines_of(application))
    assert "look here" in told
    assert "saved" not in told
    assert "no longer slow" not in told
    panel._asides.setChecked(True)
    told = "\n".join(lines_of(application))
    assert told.count("state before step 9 saved") == 2
    assert "no longer slow" in told
    application.store.feed([saved()])
    assert "\n".join(lines_of(application)).count("state before step 9 saved") == 3
    panel._asides.setChecked(False)
    assert "state before" not in "\n".join(lines_of(application))


def test_lines_are_found_and_copied(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    panel = application.window.panel("log")
    play(application, qtbot)
    application.store.feed([Notice(at_s=2.0, level="warning", text="a Needle in it")])
    everything = lines_of(application)
    panel._find.setText("needle")
    assert [line.endswith("a Needle in it") for line in lines_of(application)] == [True]
    application.store.feed(
        [Notice(at_s=2.0, level="warning", text="hay"), Notice(at_s=3.0, level="error", text="needles")]
    )
    assert len(lines_of(application)) == 2
    next(button for button in panel.findChildren(QToolButton) if button.text() == "Copy").click()
    assert QGuiApplication.clipboard().text().splitlines() == lines_of(application)
    panel._find.setText("")
    assert lines_of(application)[: len(everything)] == everything


def test_it_is_at_its_end_in_another_height_and_after_another_tab_was_in_front(qtbot: QtBot) -> None:
    store, panel = Store(), LogPanel(PlotView())
    qtbot.addWidget(panel)
    panel.resize(400, 300)
    panel.show()

    def is_at_end() -> bool:
        QApplication.processEvents()
        bar = panel._text.verticalScrollBar()
        return bar.maximum() > 0 and bar.value() == bar.maximum()

    told = [Notice(at_s=float(at), level="info", text=f"line {at} " + "of many words " * 8) for at in range(40)]
    store.feed(told)
    panel.refresh(store)
    assert is_at_end()
    panel.resize(250, 120)
    assert is_at_end()
    panel.hide()
    store.feed(told)
    panel.refresh(store)
    panel.resize(300, 110)
    panel.show()
    assert is_at_end()
    panel._text.verticalScrollBar().setValue(0)  # somebody reads what was
    panel.resize(300, 200)
    assert not is_at_end()
