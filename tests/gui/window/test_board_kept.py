"""What is chosen on the board stays with the run: over closing and opening, training on, winding; and only then."""

import shutil
from pathlib import Path

from pytestqt.qtbot import QtBot

from engine.events.run import Notice
from engine.record.kept_board import NAME, BoardChoice, read_board
from engine.record.places import sample_runs
from gui.app import Application
from gui.model.board import BoardRow
from gui.model.intents import ChooseBaseline, ClearBoard, Reset, Shift, ShowWholeBoard, SortBoard
from tests.engine.record.test_library import record
from tests.gui.window import test_replay
from tests.gui.window.test_replay import wind
from tests.windows import Open, play

MODES = ("cpu,threads=1", "cpu,dp=2", "cpu,threads=2", "cpu,dp=2,transport=shm")


def opened(application: Application, qtbot: QtBot, directory: Path) -> None:
    test_replay.opened(application, qtbot, directory)
    qtbot.waitUntil(lambda: application.store.replayed is not None, timeout=3_000)


def rows(application: Application) -> list[BoardRow]:
    return application.store.live.board.rows()


def names(application: Application) -> list[str]:
    return [row.name for row in rows(application)]


def baseline(application: Application) -> str:
    return next(row.name for row in rows(application) if row.is_baseline)


def content(directory: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in directory.iterdir()}


def test_baseline_order_and_clearing_are_there_when_a_recorded_run_is_opened_again(
    open_window: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    run, other = record(tmp_path / "run", modes=MODES), record(tmp_path / "other", modes=MODES)
    before = content(run), content(other)
    application = open_window()
    opened(application, qtbot, run)
    wind(application, qtbot, 2.0)
    wind(application, qtbot, 4.0)
    assert content(run) == before[0], "it was only looked at"
    assert names(application) == ["1 thread", "Data ×2", "2 threads", "Data ×2 shm"]
    application.dispatch(ChooseBaseline(rows(application)[1].key))
    application.dispatch(SortBoard(by_speed=True))
    assert content(run).keys() - before[0].keys() == {NAME}
    assert {name: kept for name, kept in content(run).items() if name != NAME} == before[0]
    opened(application, qtbot, other)
    assert (baseline(application), application.store.live.board.is_by_speed) == ("1 thread", False)
    opened(application, qtbot, run)
    assert (baseline(application), application.store.live.board.is_by_speed) == ("Data ×2", True)
    application.dispatch(ClearBoard())
    assert names(application) == ["Data ×2 shm"]
    again = open_window()  # as after closing: what is kept is on the disk
    opened(again, qtbot, run)
    assert names(again) == ["Data ×2 shm"]
    panel = again.window.panel("board")
    qtbot.waitUntil(lambda: panel._beside.text() == "baseline: Data ×2 shm · 3 cleared", timeout=3_000)
    again.dispatch(ShowWholeBoard())
    assert sorted(names(again)) == sorted(["1 thread", "Data ×2", "2 threads", "Data ×2 shm"])
    assert baseline(again) == "Data ×2"
    assert content(other) == before[1]


def test_a_wound_replay_keeps_what_was_cleared_and_shows_the_mode_that_was_in_force_then(
    open_window: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    application = open_window()
    opened(application, qtbot, record(tmp_path / "run", modes=MODES))
    application.dispatch(ClearBoard())
    wind(application, qtbot, 1.55)
    qtbot.waitUntil(lambda: application.store.live.num_steps == 15, timeout=3_000)
    assert names(application) == ["Data ×2"]
    wind(application, qtbot, 4.0)
    qtbot.waitUntil(lambda: application.store.live.num_steps == 40, timeout=3_000)
    assert names(application) == ["Data ×2 shm"]


def test_what_was_chosen_while_a_run_trains_is_kept_with_it_and_a_new_run_has_a_board_as_at_first(
    open_window: Open, qtbot: QtBot
) -> None:
    application = open_window()
    play(application, qtbot)
    directory = application.source.directory
    application.dispatch(Shift("cpu,threads=2"))
    qtbot.waitUntil(lambda: len(rows(application)) == 2, timeout=20_000)
    assert not (directory / NAME).exists()
    application.dispatch(ChooseBaseline(rows(application)[1].key))
    assert read_board(directory)[0].baselines == (rows(application)[1].key,)
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    play(application, qtbot)
    assert application.store.live.board.choice == BoardChoice()
    assert not (application.source.directory / NAME).exists()
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    opened(application, qtbot, directory)
    assert baseline(application) == "2 threads"


def test_a_damaged_file_is_told_in_the_log_and_the_run_opens(open_window: Open, qtbot: QtBot, tmp_path: Path) -> None:
    run = record(tmp_path / "run", modes=MODES)
    (run / NAME).write_bytes(b"{")
    application = open_window()
    opened(application, qtbot, run)
    assert len(rows(application)) == 4
    told = [line.event.text for line in application.store.live.log.lines if isinstance(line.event, Notice)]
    assert any("the board of modes is as at first" in text for text in told)


def test_where_it_cannot_be_kept_the_board_is_as_chosen_and_that_is_said_once(
    open_window: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    sample, run = sample_runs()[0], record(tmp_path / "run", modes=MODES)
    before = content(sample)
    application = open_window()
    told: list[str] = []
    application.boards.note.connect(lambda error: told.append(application.window.words_of(error)))
    opened(application, qtbot, sample)
    application.dispatch(SortBoard(by_speed=True))
    application.dispatch(SortBoard(by_speed=False))
    application.dispatch(SortBoard(by_speed=True))
    assert application.store.live.board.is_by_speed
    assert [words.split(" and ")[0] for words in told] == [f"{sample.name} comes with Gearshift"]
    assert told[0] in application.window.status.currentMessage()
    assert content(sample) == before
    opened(application, qtbot, run)
    shutil.rmtree(run)
    application.dispatch(SortBoard(by_speed=True))
    assert application.store.live.board.is_by_speed
    assert "No such file" in told[1]
    assert not run.exists()
