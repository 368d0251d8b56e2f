"""Files of a run are its own, whatever somebody puts in their place and when."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.config.spec import make_spec
from engine.errors import RequestError
from engine.record.own_file import open_own, refuse_links
from engine.record.writer import Recorder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links as POSIX has them")
SPEC = make_spec("spirals")


@pytest.fixture
def thesis(tmp_path: Path) -> Path:
    """A file of the user's."""
    path = tmp_path / "thesis.txt"
    path.write_text("three years of work\n")
    return path


def test_a_link_that_is_put_there_at_the_last_moment_is_not_followed(
    tmp_path: Path, thesis: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.jsonl"
    kept = os.open

    def late(name: Path, *more: int) -> int:
        path.symlink_to(thesis)  # after everything was looked at
        return kept(name, *more)

    monkeypatch.setattr(os, "open", late)
    with pytest.raises(RequestError, match="is a link"):
        open_own(path)


@pytest.mark.parametrize(
    "obstacle", [Path.mkdir, lambda path: path.symlink_to(path)], ids=["directory", "link to itself"]
)
def test_what_cannot_be_opened_is_told_as_the_system_tells_it(obstacle: Callable[[Path], None], tmp_path: Path) -> None:
    obstacle(tmp_path / "steps.bin")
    with pytest.raises((IsADirectoryError, RequestError)):
        Recorder(tmp_path, SPEC)


def test_links_that_are_no_files_of_a_run_are_left_alone(tmp_path: Path, thesis: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "notes.txt").symlink_to(thesis)
    (run / "a.partial").touch()
    refuse_links(run)
    (run / "run.toml.0123456789ab.partial").symlink_to(thesis)
    with pytest.raises(RequestError, match="is a link"):
        refuse_links(run)
