"""What was chosen on a run's board: kept whole or not at all, read whatever the file holds, only where it is ours."""

import os
from pathlib import Path

import pytest

from engine.config.spec import make_spec
from engine.errors import RequestError
from engine.record.kept_board import LIMIT_BYTES, NAME, BoardChoice, keep_board, read_board
from engine.record.places import sample_runs
from engine.record.states import publish, state_name
from engine.record.writer import Recorder
from tests.attack.writes import failing

ONE, DATA = ("1 thread", 64, False), ("Data ×2", 64, False)
CHOICE = BoardChoice(is_by_speed=True, baselines=(DATA,), cleared=((ONE, 3), (("1 thread", 128, True), 0)))


def test_what_was_chosen_is_read_again(tmp_path: Path) -> None:
    assert read_board(tmp_path) == (BoardChoice(), None)
    assert list(tmp_path.iterdir()) == [], "looking at it writes nothing"
    keep_board(tmp_path, CHOICE, is_ours=False)
    assert read_board(tmp_path) == (CHOICE, None)
    keep_board(tmp_path, BoardChoice(), is_ours=False)
    assert read_board(tmp_path) == (BoardChoice(), None)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert os.name == "nt" or (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name == "nt", reason="the calls that are let fail are those of POSIX")
def test_where_it_cannot_be_written_what_was_kept_before_is_whole(tmp_path: Path) -> None:
    keep_board(tmp_path, CHOICE, is_ours=True)
    for nth in (1, 2, 3):
        with failing(tmp_path, nth, nth, 28) as faults, pytest.raises(OSError, match="No space left"):
            keep_board(tmp_path, BoardChoice(), is_ours=True)
        assert faults.made[nth - 1] == ("open", "write", "replace")[nth - 1]
        assert read_board(tmp_path) == (CHOICE, None)
        assert [path.name for path in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[" * 10_000,
        b'{"is_by_speed": 1}',
        b'{"baselines": [["x", -1, false]]}',
        b'{"baselines": [["x", 1e400, false]]}',
        b'{"cleared": [[["x", 64, false], ' + b"9" * 30 + b"]]}",
        b'{"baselines": [["' + b"x" * 201 + b'", 64, false]]}',
        b" " * (LIMIT_BYTES + 1),
        b"\xff\xfe",
    ],
)
def test_what_cannot_be_is_told_and_the_board_is_as_at_first(tmp_path: Path, data: bytes) -> None:
    (tmp_path / NAME).write_bytes(data)
    choice, note = read_board(tmp_path)
    assert choice == BoardChoice()
    assert note is not None
    assert note.startswith(f"{tmp_path / NAME} cannot be used (")
    assert note.endswith("): the board of modes is as at first.")
    assert len(note) < 1_000


def test_what_is_no_plain_file_is_told_and_never_waited_for(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no pipes here that have a name")
    os.mkfifo(tmp_path / NAME)
    choice, note = read_board(tmp_path)
    assert (choice, "not a plain file" in str(note)) == (BoardChoice(), True)


def test_a_link_is_replaced_and_never_written_through(tmp_path: Path) -> None:
    thesis, run = tmp_path / "thesis", tmp_path / "run"
    thesis.write_text("mine")
    run.mkdir()
    (run / NAME).symlink_to(thesis)
    keep_board(run, CHOICE, is_ours=False)
    assert thesis.read_text() == "mine"
    assert read_board(run) == (CHOICE, None)


def test_what_another_process_trains_and_what_comes_with_gearshift_stays_as_it_is(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, make_spec("spirals"))
    with pytest.raises(RequestError, match=f"Process {os.getpid()} trains"):  # as seen by who does not hold the lock
        keep_board(tmp_path, CHOICE, is_ours=False)
    assert not (tmp_path / NAME).exists()
    keep_board(tmp_path, CHOICE, is_ours=True)
    recorder.close()
    keep_board(tmp_path, BoardChoice(), is_ours=False)
    assert read_board(tmp_path) == (BoardChoice(), None)
    sample = sample_runs()[0]
    before = sorted(sample.iterdir())
    with pytest.raises(RequestError, match="comes with Gearshift"):
        keep_board(sample, CHOICE, is_ours=True)
    assert sorted(sample.iterdir()) == before


def test_a_state_that_is_published_leaves_the_draft_of_another_file(tmp_path: Path) -> None:
    """A rank saves while the window writes: what the window has not written to its end yet is not the rank's."""
    draft, temporary = tmp_path / f"{NAME}.0123456789ab.partial", tmp_path / f"{state_name(10)}.partial"
    draft.touch()
    temporary.write_bytes(b"x")
    publish(tmp_path, temporary, 10, "")
    assert draft.exists()
    assert (tmp_path / state_name(10)).exists()
