"""Many ranks, or threads, are asked about first; what is being prepared shows how far it is, and can be given up."""

import msgspec
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from engine.config.mode import cores
from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.events.message import Message
from engine.events.run import StatusChanged
from engine.events.shift import ShiftCancelled, Shifted, ShiftSplit
from engine.session.shift import Shift as SessionShift
from gui import crowd
from gui.app import Application
from gui.model.intents import CancelShift, Play, Reset, SetUp, Shift
from gui.model.store import Store
from gui.widgets.shift_progress import HELD_MS
from gui.window.settings import Settings
from gui.window.window import Window
from tests.gui.model.test_board import visit
from tests.messages import batch
from tests.windows import SMALL, Open, play


@pytest.fixture
def _two_are_a_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "RANKS_A_CORE", 0)


@pytest.fixture
def _never_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shift to two ranks hears nothing of the second."""
    init = SessionShift.__init__

    def make(shift: SessionShift, *arguments: object, **named: object) -> None:
        init(shift, *arguments, **named)  # type: ignore[arg-type]
        heard = shift.crew.heard
        monkeypatch.setattr(shift.crew, "heard", lambda rank, report: [] if rank else heard(rank, report))

    monkeypatch.setattr(SessionShift, "__init__", make)


def asked(application: Application, qtbot: QtBot) -> QMessageBox:
    qtbot.waitUntil(
        lambda: any(box.isVisible() for box in application.window.findChildren(QMessageBox)), timeout=30_000
    )
    (box,) = (box for box in application.window.findChildren(QMessageBox) if box.isVisible())
    return box


@pytest.mark.usefixtures("_two_are_a_crowd")
def test_many_ranks_are_asked_about_with_what_they_take(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    store = application.store
    application.playing._crowd._agreed.add(SMALL.mode)
    play(application, qtbot)
    application.dispatch(Shift("cpu,dp=2"))
    box = asked(application, qtbot)
    assert "2 ranks on" in box.text()
    assert "GiB of memory" in box.text()
    box.button(QMessageBox.StandardButton.Cancel).click()
    made = store.live.num_steps
    qtbot.waitUntil(lambda: store.live.num_steps > made + 50, timeout=10_000)
    assert store.live.status == "running"
    application.dispatch(Shift("cpu,dp=2"))
    asked(application, qtbot).button(QMessageBox.StandardButton.Ok).click()
    qtbot.waitUntil(lambda: store.live.mode == "cpu,dp=2", timeout=20_000)
    application.dispatch(Shift("cpu"))
    asked(application, qtbot).button(QMessageBox.StandardButton.Ok).click()
    qtbot.waitUntil(lambda: store.live.mode == "cpu", timeout=20_000)
    application.dispatch(Shift("cpu,dp=2"))  # it was agreed to
    qtbot.waitUntil(lambda: store.live.mode == "cpu,dp=2", timeout=20_000)


@pytest.mark.usefixtures("_two_are_a_crowd")
def test_play_asks_too_and_what_does_not_fit_is_no_question(
    open_window: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = open_window()
    application.dispatch(SetUp(msgspec.structs.replace(SMALL, mode="cpu,dp=2")))
    application.dispatch(Play())
    box = asked(application, qtbot)
    assert application.source is None
    box.button(QMessageBox.StandardButton.Ok).click()
    qtbot.waitUntil(lambda: application.store.live.num_steps > 0, timeout=20_000)
    said: list[str] = []
    monkeypatch.setattr(application.window, "say", said.append)
    huge = make_spec("digits-mlp", knobs={"hidden": 4096, "layers": 8})
    application.playing._crowd.asks(parse_mode("cpu,dp=64"), huge, Play(), application.starter)
    qtbot.waitUntil(lambda: bool(said), timeout=20_000)
    assert "GiB are free" in said[0]


def test_many_threads_are_asked_about_and_ordinary_ones_are_not(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    crowd, few, many = application.playing._crowd, cores(), 4 * cores() + 1
    qtbot.waitUntil(lambda: application.starter is not None, timeout=10_000)
    for text in ("cpu", f"cpu,threads={few}", f"cpu,threads={many - 1}", f"cpu,dp=2,threads={few}", "cpu,dp=4"):
        assert not crowd.asks(parse_mode(text), SMALL, Play(), application.starter), text
    each = 2 * cores() + 1
    for text, said in (
        (f"cpu,dp=2,threads={each}", f"{2 * each} threads"),
        (f"cpu,threads={many}", f"{many} threads"),
    ):
        for button in (QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Ok):
            application.dispatch(Shift(text))
            box = asked(application, qtbot)
            assert said in box.text()
            assert "memory" not in box.text()
            assert application.store.set_up.mode != text, "not before it is agreed to"
            box.button(button).click()
            assert (application.store.set_up.mode == text) == (button == QMessageBox.StandardButton.Ok)


@pytest.mark.usefixtures("_never_ready")
def test_a_shift_under_way_shows_how_far_it_is_and_is_given_up_by_a_click(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    store, progress = application.store, application.window.verdict.progress
    play(application, qtbot)
    qtbot.waitUntil(lambda: not progress.isVisible(), timeout=3_000)
    application.dispatch(Shift("cpu,dp=2"))
    qtbot.waitUntil(progress.isVisible, timeout=5_000)
    qtbot.waitUntil(lambda: progress.label.text().startswith("2 s"), timeout=10_000)
    assert progress.label.text().endswith("Data ×2: 1 of 2 ranks ready")
    progress.cancel.click()
    window = application.window
    window.refresh()  # with nothing heard: on a busy machine it may take seconds until it is told
    assert not progress.cancel.isEnabled()
    assert progress.label.text().endswith("s · giving up …")
    qtbot.waitUntil(lambda: store.live.status == "running", timeout=3_000)
    assert not store.live.health.is_giving_up
    qtbot.waitUntil(lambda: not progress.isVisible(), timeout=3_000)
    assert store.live.health.cancelled.to_mode == "cpu,dp=2"
    log = window.panel("log")
    log.refresh(store)
    assert "the shift to cpu,dp=2 was given up" in log._text.toPlainText()
    application.dispatch(Reset())  # the mode that is in force is kept, not the one that was given up
    assert application.store.set_up.mode == SMALL.mode


@pytest.mark.parametrize("points", [10, 14, 26])
def test_neither_a_mode_nor_a_shift_under_way_moves_what_is_below_and_what_it_is_at_is_whole(
    open_window: Open, qapp: QApplication, points: int
) -> None:
    application = open_window()
    application.bridge.stop()  # it knows of no run
    window, store = application.window, application.store
    window.look.set_text(points)
    window.resize(1280, 800)
    progress = window.verdict.progress
    places, keys = set(), set()

    def look(*messages: Message) -> None:
        store.feed(list(messages))
        window.refresh()
        if store.live.status in ("starting", "shifting"):
            progress._show()
        for _ in range(10):
            qapp.processEvents()
        keys.add(window._bar.pace.width())
        places.add((window.verdict.y(), window.centralWidget().y(), progress.cancel.mapTo(window, QPoint()).x()))

    words = "preparing Data ×16: 0 of 16 ranks ready"
    window.refresh()
    for _ in range(10):
        qapp.processEvents()
    keys.add(window._bar.pace.width())
    look(StatusChanged(at_s=0.0, status="starting", step=0, words=words))
    label = progress.label
    assert label.heightForWidth(label.width()) <= label.height()
    assert label.visibleRegion().boundingRect() == label.rect()
    for number, mode in enumerate(("cpu,threads=1", "cpu,pp=2", "cpu,fsdp=2", "cpu,dp=2,pp=2")):
        running = StatusChanged(at_s=0.1, status="running", step=0, words="")
        begins = msgspec.structs.replace(visit(number, mode, 100 * number, 9.0 * number), words=parse_mode(mode).words)
        look(begins, running, batch(100 * number, 100, segment=number))
        assert not progress.isVisible()
        assert parse_mode(mode).words in window._bar.mode.toolTip()
    assert window._bar.rate.rate.text()
    look(StatusChanged(at_s=9.0, status="shifting", step=400, words=words))
    assert progress.isVisible()
    assert len(places) == len(keys) == 1, "Play is as wide as Pause"
    window.look.set_text(10)
    wished: list[object] = []
    window.intent.connect(wished.append)
    window.presenting.toggle()
    layout = window.presenting.layout
    assert layout is not None
    window.refresh()
    layout.verdict.progress._show()
    layout.verdict.progress.cancel.click()
    assert wished == [CancelShift()], "in the presenter too"


@pytest.mark.parametrize(("points", "height", "is_low"), [(10, 640, True), (26, 800, True), (10, 1000, False)])
def test_in_a_low_window_a_shift_is_told_at_once_and_then_what_it_cost(
    qtbot: QtBot, points: int, height: int, is_low: bool
) -> None:
    window = Window(Settings(), Store())
    qtbot.addWidget(window, before_close_func=lambda window: setattr(window, "may_close", True))
    window.look.set_text(points)
    window.resize(1280, height)
    window.show()
    QApplication.processEvents()
    store, progress = window.store, window.verdict.progress
    split = ShiftSplit(prepare_s=0.3, gather_s=0.001, start_s=0.002, load_s=0.001, first_step_s=0.01)
    modes = {"from_mode": "cpu,threads=1", "to_mode": "cpu,dp=2"}

    def tell(*messages: Message) -> bool:
        store.feed([*messages])
        window.refresh()
        QApplication.processEvents()
        return progress.isVisible()

    try:
        running = StatusChanged(at_s=1.0, status="running", step=100)
        assert not tell(visit(0, "cpu,threads=1", 0, 0.0), batch(0, 100), running)
        words = "preparing Data ×2: 0 of 2 ranks ready"
        assert tell(StatusChanged(at_s=1.1, status="shifting", step=100, words=words)) is is_low
        if is_low:
            assert progress.label.text() == f"0 s · {words}"
            assert progress.cancel.isVisible()
            assert progress.cancel.visibleRegion().boundingRect() == progress.cancel.rect()
            assert progress.label.heightForWidth(progress.label.width()) <= progress.label.height()
        made = Shifted(at_s=1.4, segment=1, step=110, requested_s=1.1, seconds=0.00432, split=split, **modes)
        assert tell(visit(1, "cpu,dp=2", 110, 1.4), made, batch(110, 1, segment=1, at_s=1.4), running) is is_low
        if is_low:
            assert progress.label.text() == "Data ×2: training stood still for 4.32 ms"
            assert not progress.cancel.isVisible(), "there is nothing to be given up any more"
            qtbot.waitUntil(lambda: not progress.isVisible(), timeout=2 * HELD_MS)
        assert tell(StatusChanged(at_s=9.0, status="shifting", step=200, words=words)) is is_low
        given_up = ShiftCancelled(at_s=9.1, mode="cpu,dp=2", to_mode="cpu,pp=2", seconds=0.1)
        assert not tell(given_up, StatusChanged(at_s=9.1, status="running", step=200)), "it cost nothing"
    finally:
        window.look.set_text(10)
