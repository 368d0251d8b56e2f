"""What the window remembers: whatever became of its files, the window opens, and what is lost is told."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from engine.config.cards import workloads
from engine.config.spec import make_spec, spec_toml
from engine.record.places import config_directory
from engine.record.writer import Recorder
from gui.app import Application
from gui.window.settings import Settings

DEFAULT = make_spec("digits-mlp")
POSIX = pytest.mark.skipif(os.name == "nt", reason="pipes with a name, as POSIX has them")


def place(name: str) -> Path:
    config_directory().mkdir(parents=True, exist_ok=True)
    return config_directory() / name


BAD_SET_UPS: dict[str, bytes] = {
    "deep": b"a = " + b"[" * 40_000,
    "long number": b"seed = " + b"9" * 5_000,
    "format": b'workload = "digits-mlp"\nformat = true\n',
    "not text": b"\xff\xfe\x00",
    "NUL": b'workload = "digits\\u0000mlp"\n',
    "another program's": b"[window]\nx = 1\n",
    "no such workload": b'workload = "gone"\n',
    "dotted keys": b"a." * 30_000 + b"a = 1",
}


@pytest.mark.parametrize("content", BAD_SET_UPS.values(), ids=BAD_SET_UPS)
def test_a_bad_last_set_up_is_told_once_and_the_default_is_taken(content: bytes) -> None:
    place("last-setup.toml").write_bytes(content)
    settings = Settings()
    assert settings.last_spec() == DEFAULT
    assert len(settings.notes) == 1
    assert "default" in settings.notes[0]
    again = Settings()
    assert again.last_spec() == DEFAULT
    assert again.notes == []
    again.save_spec(make_spec("spirals"))
    assert Settings().last_spec() == make_spec("spirals")


def test_what_was_changed_is_kept_beside_the_defaults_of_a_newer_version(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = make_spec("digits-mlp", seed=7, knobs={"hidden": 64})
    Settings().save_spec(changed)
    assert Settings().last_spec() == changed
    newer = replace(workloads()["digits-mlp"], lr=0.25, optimizer="adam")
    monkeypatch.setitem(workloads(), "digits-mlp", newer)
    assert Settings().last_spec() == make_spec("digits-mlp", seed=7, knobs={"hidden": 64})
    assert (Settings().last_spec().lr, Settings().last_spec().optimizer) == (0.25, "adam")


def test_a_set_up_written_whole_by_an_older_version_is_no_mixture_of_two() -> None:
    older = make_spec("digits-mlp", lr=1.5e-6, optimizer="adam", knobs={"copies": 1})
    place("last-setup.toml").write_text(spec_toml(older).replace("copies = 1\n", ""))  # there was no such knob yet
    settings = Settings()
    assert settings.last_spec() == older  # not this rate beside 16 copies
    assert settings.notes == []


def pipe(name: str) -> Callable[[], None]:
    return lambda: os.mkfifo(place(name))


def large(name: str) -> Callable[[], None]:
    return lambda: os.truncate(place(name), 2**40) if place(name).write_bytes(b"") == 0 else None


OBSTACLES: dict[str, Callable[[], object]] = {
    "set-up a pipe": pipe("last-setup.toml"),
    "set-up a directory": lambda: place("last-setup.toml").mkdir(),
    "set-up a large file": large("last-setup.toml"),
    "settings a pipe": pipe("window.ini"),
    "settings a link": lambda: place("window.ini").symlink_to(__file__),
    "settings a link to nothing": lambda: place("window.ini").symlink_to(config_directory() / "nothing"),
    "settings a directory": lambda: place("window.ini").mkdir(),
    "settings a large file": large("window.ini"),
    "a file in the place of the directory": lambda: (
        config_directory().parent.mkdir(parents=True),
        config_directory().write_text("x"),
    ),
}


@POSIX
@pytest.mark.parametrize("obstacle", OBSTACLES.values(), ids=OBSTACLES)
def test_what_stands_in_the_way_is_told_and_nothing_waits_for_it(obstacle: Callable[[], object]) -> None:
    obstacle()
    before = Path(__file__).read_bytes()
    settings = Settings()
    assert settings.last_spec() == DEFAULT
    assert (settings.theme, settings.text_points, settings.last_run) == ("system", 10, None)
    assert len(settings.notes) == 1
    settings.save_spec(make_spec("spirals"))  # no error, kept or not
    settings.theme = "dark"
    assert settings.theme == "dark"
    settings.save_layout(*settings.layout())
    assert Path(__file__).read_bytes() == before
    assert not (config_directory() / "nothing").exists()


def test_damaged_values_take_their_defaults() -> None:
    place("window.ini").write_text(
        "[General]\ntheme=@Variant(\\0\\0\\0)\ntext_points=" + "9" * 5_000 + "\nlast_run=a\\x0b\n"
        "geometry=@ByteArray(junk)\nstate=7\n"
    )
    settings = Settings()
    assert (settings.theme, settings.text_points, settings.last_run) == ("system", 10, None)
    settings.layout()
    assert settings.notes == []


def test_no_last_run_is_none_even_in_a_run_s_own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Recorder(tmp_path / "run", DEFAULT).close() is None
    monkeypatch.chdir(tmp_path / "run")
    assert Settings().last_run is None


def test_the_window_opens_over_a_bad_last_set_up_and_says_so(qapp: QApplication, qtbot: QtBot) -> None:
    place("last-setup.toml").write_bytes(b"a = " + b"[" * 40_000)
    application = Application(qapp)
    application.start()
    qtbot.waitUntil(lambda: bool(application.window.findChildren(QMessageBox)), timeout=5_000)
    (box,) = application.window.findChildren(QMessageBox)
    assert "last set-up cannot be read" in box.text()
    assert application.store.set_up == DEFAULT
    box.close()
    application.close()
    qtbot.waitUntil(lambda: application.window.may_close, timeout=8_000)
    application.window.deleteLater()
