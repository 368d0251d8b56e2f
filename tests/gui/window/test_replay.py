"""Recorded runs in the window: chosen from a list, played, wound, faster and slower; the set-up is the shown run's."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from engine.config.cards import workloads
from engine.events.run import StatusChanged
from engine.record import library
from engine.record.places import runs_directory, sample_runs
from gui.app import Application
from gui.model.intents import ChooseBaseline, OpenExample, OpenRecord, Play, Reset, SortBoard, Wind
from gui.model.replayed import Replayed
from gui.model.store import Store
from gui.model.texts import KEPT
from gui.text import figures
from gui.text.headline import HeadlineWords
from gui.widgets.replay_bar import ReplayBar
from gui.window import runs_dialog
from gui.window.docks import is_seen
from gui.window.runs_dialog import MODES, NAME, RunsDialog
from tests.engine.record.test_library import record
from tests.windows import Open, action, play

EMPTY_BEFORE_STEPS = ("board", "lanes", "memory", "traffic", "mode-picture")


def opened(application: Application, qtbot: QtBot, directory: Path) -> None:
    application.dispatch(OpenRecord(str(directory)))
    qtbot.waitUntil(lambda: application.store.live.run_id == str(directory), timeout=10_000)
    qtbot.waitUntil(lambda: not application.runs.is_busy, timeout=10_000)


def wind(application: Application, qtbot: QtBot, at_s: float) -> None:
    """As by dragging the slider."""
    bar = application.window.docks.replay_bar
    bar.slider.setValue(round(at_s / application.store.replayed.end_s * bar.slider.maximum()))
    qtbot.waitUntil(lambda: abs(application.store.replayed.at_s - at_s) < 0.05, timeout=3_000)


def test_a_replay_is_wound_back_and_forth(open_window: Open, qtbot: QtBot, tmp_path: Path) -> None:
    application = open_window()
    store, bar = application.store, application.window.docks.replay_bar
    assert not bar.isVisible()
    application.dispatch(OpenExample("hogwild-drifts"))
    opened(application, qtbot, record(tmp_path / "run"))
    assert store.example is None  # what to do in it is not said over another run
    qtbot.waitUntil(bar.isVisible, timeout=3_000)
    assert "40 / 40 steps" in bar.label.toolTip()
    assert "nothing is computed" in bar.play.toolTip()
    qtbot.waitUntil(lambda: store.replayed is not None, timeout=3_000)
    mode = store.live.mode_words
    assert HeadlineWords().of(store).words == f"RECORDED RUN · finished, all 40 steps made · {mode}", (
        "nothing is replayed"
    )
    assert figures.seconds(library.run_card(tmp_path / "run").seconds) in bar.label.toolTip()
    chosen = next(row.key for row in store.live.board.rows() if row.text == "cpu,dp=2")
    application.dispatch(ChooseBaseline(chosen))
    application.dispatch(SortBoard(by_speed=True))
    wind(application, qtbot, 1.55)
    qtbot.waitUntil(lambda: store.live.num_steps == 15, timeout=3_000)
    assert [segment.mode for segment in store.live.segments] == ["cpu,threads=1", "cpu,dp=2"]
    assert [row.key for row in store.live.board.rows() if row.is_baseline] == [chosen], "it is the same run's board"
    assert store.live.board.is_by_speed
    assert store.live.status == "paused"
    assert store.live.is_replay
    qtbot.waitUntil(lambda: "15 / 40 steps" in bar.label.toolTip(), timeout=3_000)
    assert HeadlineWords().of(store).words == f"REPLAY · {store.live.mode_words}"
    wind(application, qtbot, 3.05)
    qtbot.waitUntil(lambda: store.live.num_steps == 30, timeout=3_000)
    wind(application, qtbot, 0.45)
    qtbot.waitUntil(lambda: store.live.num_steps == 4, timeout=3_000)
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: not bar.isVisible(), timeout=3_000)


def test_what_a_replay_has_begun_with_does_not_ask_for_play_nor_speak_of_ranks_that_begin(
    open_window: Open, qtbot: QtBot
) -> None:
    application = open_window()
    application.bridge.stop()
    window, store = application.window, application.store
    names = [name for name in EMPTY_BEFORE_STEPS if name in window.docks.by_id]
    told: dict[bool, str] = {}
    for has_begun in (False, True):
        store.begin("a record")
        store.live.is_replay = True
        if has_begun:
            words = "preparing 1 thread: 0 of 1 ranks ready"
            store.feed([StatusChanged(at_s=0.0, status="starting", step=0, words=words)])
        for name in names:
            window.docks.by_id[name].raise_()
            qtbot.waitUntil(lambda name=name: is_seen(window.docks.by_id[name]), timeout=5_000)  # type: ignore[misc]
            window.refresh()
        told[has_begun] = " ".join(
            (
                window.panel("loss")._empty.text(),
                window.panel("board")._empty.text(),
                window.panel("lanes")._lanes.why_empty,
                window.panel("memory")._nothing,
                window.panel("traffic")._why_nothing(store.live),
                window.panel("mode-picture")._picture._scene.nothing,
                window.status.label.text(),
            )
        )
    assert told[False].count("Press Play") == 6
    assert "Press Play" not in told[True]
    assert told[True].count("In a moment") == 6
    assert "ranks ready" not in told[True]
    assert "replaying" in told[True]


def test_a_click_into_the_bar_goes_there_and_a_drag_goes_on_from_there(qtbot: QtBot) -> None:
    bar = ReplayBar()
    qtbot.addWidget(bar)
    bar.resize(900, 60)
    bar.show()
    slider, said = bar.slider, []
    bar.intent.connect(said.append)
    bar._end_s = 100.0
    places = [QPoint(round(share * slider.width()), slider.height() // 2) for share in (0.75, 0.25)]
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=places[0])
    assert slider.value() == pytest.approx(0.75 * slider.maximum(), rel=0.02)
    QTest.mouseMove(slider, places[1])
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=places[1])
    assert slider.value() == pytest.approx(0.25 * slider.maximum(), rel=0.04)
    bar._settle.timeout.emit()
    assert said == [Wind(pytest.approx(25.0, rel=0.04))]


def test_it_plays_at_a_speed_and_space_goes_on_with_it_until_its_end(
    open_window: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    application = open_window()
    store, bar = application.store, application.window.docks.replay_bar
    opened(application, qtbot, record(tmp_path / "run"))
    qtbot.waitUntil(lambda: store.next_play is not None, timeout=3_000)
    qtbot.waitUntil(bar.isVisible, timeout=3_000)
    bar.play.click()  # from the beginning
    qtbot.waitUntil(lambda: 0 < store.live.num_steps < 40, timeout=3_000)
    assert store.next_play is None
    assert bar.play.text() == "Pause replay"
    assert application.window.status.label.text().startswith("replaying: ")
    bar.play.click()
    qtbot.waitUntil(lambda: store.live.status == "paused", timeout=3_000)
    made = store.live.num_steps
    qtbot.wait(300)
    assert store.live.num_steps == made < 40
    bar.speed.setCurrentIndex(bar.speed.findData(8.0))
    bar.speed.activated.emit(bar.speed.currentIndex())
    application.dispatch(Play())
    qtbot.waitUntil(lambda: store.live.num_steps == 40, timeout=1_500)  # at 1x it would take up to 4 s
    qtbot.waitUntil(lambda: store.next_play is not None, timeout=3_000)
    assert application.source.is_replay
    wind(application, qtbot, 1.0)
    bar.speed.setCurrentIndex(bar.speed.count() - 1)
    bar.speed.activated.emit(bar.speed.currentIndex())
    qtbot.waitUntil(lambda: store.live.num_steps == 40, timeout=1_500)


def test_space_plays_the_replay_again_while_presenting_and_begins_no_training(
    open_window: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    application = open_window()
    store, window = application.store, application.window
    opened(application, qtbot, record(tmp_path / "run"))
    qtbot.waitUntil(lambda: store.next_play is not None and store.replayed is not None, timeout=3_000)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    layout = window.presenting.layout
    assert layout is not None
    said = lambda: layout._keys.text().replace("\N{NO-BREAK SPACE}", " ").split(" · ")  # noqa: E731
    assert "Space replay" in said()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: 0 < store.live.num_steps < 40, timeout=3_000)
    qtbot.waitUntil(lambda: "Space pause replay" in said(), timeout=3_000)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "Space replay" in said(), timeout=3_000)
    assert application.source is not None
    assert application.source.is_replay
    assert store.live.run_id == str(tmp_path / "run")


def test_what_was_sent_to_its_end_at_once_says_so_until_it_plays_again(qtbot: QtBot) -> None:
    bar, store, said = ReplayBar(), Store(), list[object]()
    qtbot.addWidget(bar)
    bar.intent.connect(said.append)

    def shown(at_s: float, *, is_playing: bool = False) -> str:
        store.show_replayed(Replayed(at_s=at_s, end_s=9.0, step=1, steps=9, speed=2.0, is_playing=is_playing))
        bar.refresh(store)
        return bar.speed.currentText()

    assert shown(4.0) == "2×"
    bar.speed.setCurrentIndex(bar.speed.findText("all at once"))
    bar.speed.activated.emit(bar.speed.currentIndex())
    assert said == [Wind(9.0)]
    assert shown(9.0) == "all at once"
    assert shown(0.0, is_playing=True) == "2×"
    assert shown(9.0) == "2×"


def test_the_set_up_is_the_replayed_runs(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    play(application, qtbot)  # of spirals
    directory = application.source.directory
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    from engine.config.spec import make_spec

    application.set_ups.take(make_spec("digits-mlp", batch_size=7))
    opened(application, qtbot, directory)
    assert application.store.set_up.workload == "spirals"
    setup = application.window.panel("setup")
    setup.refresh(application.store)
    assert setup._workload.value == "spirals"


def listed(application: Application, qtbot: QtBot) -> RunsDialog:
    action(application, "Open recorded run …").trigger()
    (dialog,) = application.window.findChildren(RunsDialog)
    qtbot.waitUntil(lambda: not dialog._take.isActive(), timeout=20_000)
    return dialog


def texts(dialog: RunsDialog, column: int) -> list[str]:
    return [dialog.shown.index(row, column).data() for row in range(dialog.shown.rowCount())]


def test_runs_are_listed_found_sorted_and_opened(open_window: Open, qtbot: QtBot) -> None:
    home = runs_directory()
    record(home / "2026-01-01-a", modes=("cpu,threads=1",), steps=10)
    record(home / "2026-01-02-090000-digits-mlp-b", ended=False)
    (home / "2026-01-03-c").mkdir()
    application = open_window()
    dialog = listed(application, qtbot)
    assert sorted(texts(dialog, NAME)) == ["", "2026-01-01-a", "2026-01-03-c"]
    assert sorted(texts(dialog, 1)) == ["", "Digits · MLP", "Digits · MLP"]
    assert sorted(texts(dialog, 5)) == ["cannot be shown", "finished", "stopped"]
    assert dialog._count.text() == "3 runs"
    dialog.table.sortByColumn(3, Qt.SortOrder.AscendingOrder)
    assert texts(dialog, 3) == ["", "10", "40"]
    for words in ("data ×2", "digits-mlp-b", "2026-01-02-0"):  # a mode; and what its directory is called
        dialog.search.setText(words)
        assert texts(dialog, 5) == ["stopped"]
        assert dialog._count.text() == "1 of 3 runs"
    dialog.search.setText("")
    broken = texts(dialog, NAME).index("2026-01-03-c")
    index = dialog.shown.index(broken, 0)
    assert not index.flags() & Qt.ItemFlag.ItemIsEnabled
    assert "run.toml" in index.data(Qt.ItemDataRole.ToolTipRole)
    dialog._choose(index)
    assert dialog.isVisible()
    dialog.table.setCurrentIndex(dialog.shown.index(texts(dialog, NAME).index("2026-01-01-a"), 0))
    assert dialog.open_button.isEnabled()
    dialog.open_button.click()
    qtbot.waitUntil(lambda: application.store.live.num_steps == 10, timeout=10_000)


def test_the_columns_of_the_list_fit_in_a_window_with_a_projectors_letters(open_window: Open, qtbot: QtBot) -> None:
    record(runs_directory() / "2026-01-02-090000-digits-mlp", ended=False)
    application = open_window()
    application.window.resize(1280, 800)
    application.window.look.set_text(26)
    dialog = listed(application, qtbot)
    QApplication.processEvents()
    header = dialog.table.header()
    assert dialog.width() <= application.window.width()
    assert header.isSectionHidden(NAME), "date and workload say as much"
    assert header.length() <= dialog.table.viewport().width()
    assert header.sectionSize(MODES) > 8 * dialog.fontMetrics().averageCharWidth()
    application.window.look.set_text(10)


def test_five_hundred_runs_do_not_hold_up_the_window(
    open_window: Open, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = record(runs_directory() / "one")
    card = library.run_card(one)
    monkeypatch.setattr(runs_dialog, "run_cards", lambda _: (card for _ in range(500)))
    application = open_window()
    dialog = RunsDialog(application.window, tmp_path)
    dialog.show()
    looks = [0]
    timer = qtbot  # the event loop answers between portions: it is asked every time it does

    def is_read() -> bool:
        looks[0] += 1
        return dialog._model.rowCount() == 500

    timer.waitUntil(is_read, timeout=10_000)
    assert looks[0] >= 500 / runs_dialog.A_TIME
    dialog.reject()


def test_enter_opens_the_first_run_that_was_found(open_window: Open, qtbot: QtBot) -> None:
    home = runs_directory()
    first, second = (record(home / name, steps=10) for name in ("2026-01-01-a", "2026-01-02-b"))
    (home / "2026-01-03-b").mkdir()
    application = open_window()
    for typed, expected in (("-b", second), ("01-01", first)):
        dialog, chosen = listed(application, qtbot), []
        dialog.chosen.connect(chosen.append)
        qtbot.keyClicks(dialog.search, typed)
        qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
        assert chosen == [str(expected)]
        qtbot.waitUntil(lambda: not application.runs.is_busy, timeout=10_000)
        qtbot.waitUntil(lambda: not application.window.findChildren(RunsDialog), timeout=3_000)


def test_a_dialog_that_is_closed_ends_its_reading(open_window: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    card = library.RunCard(directory="/x", begun_unix_s=0.0)

    def endless(_: Path) -> object:
        while True:
            yield card

    monkeypatch.setattr(runs_dialog, "run_cards", endless)
    dialog = RunsDialog(open_window().window, Path("/"))
    assert dialog._thread.is_alive()
    dialog.reject()
    assert not dialog._thread.is_alive()


def test_the_runs_that_gearshift_comes_with_open_from_the_menu_and_replay(open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    menu = next(m for m in application.window.menuBar().findChildren(QMenu) if m.title() == "Sample runs")
    menu.parent().aboutToShow.emit()
    assert len(menu.actions()) == len(sample_runs()) > 0
    for entry, directory in zip(menu.actions(), sample_runs(), strict=True):
        card = library.run_card(directory)
        assert entry.text().startswith(f"{workloads()[card.workload].title}: {len(card.modes)} modes in ")
        entry.trigger()
        qtbot.waitUntil(lambda wanted=str(directory): application.store.live.run_id == wanted, timeout=10_000)
        qtbot.waitUntil(lambda: not application.runs.is_busy, timeout=10_000)
        live = application.store.live
        assert (live.num_steps, live.spec.workload) == (card.steps, card.workload)
        assert len(live.mode_numbers) == len(card.modes) >= 4
    assert {"spirals", "text-gpt"} == {library.run_card(directory).workload for directory in sample_runs()}
    assert live.spec.workload == "text-gpt"  # the last one: what it wrote is replayed, too
    steps = [text.step for text in live.texts.all]
    assert (steps[0], steps[-1], len(steps)) == (0, card.steps, KEPT)
