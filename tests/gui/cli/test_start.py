"""What a start pays for: which modules are imported, and in which order, before the window is painted and answers."""

import os
import subprocess
import sys
from itertools import takewhile

import pytest

from tests.conftest import ROOT

PROGRAM = """
import builtins, sys
tell, sys.argv = print, ["main.py", "--time-start"]
def list_modules(*words, **how):  # the first that is told: the window has answered
    builtins.print = tell
    tell(*sys.modules)
builtins.print = list_modules
import main
main.main()
"""

LATER = (
    "engine.config.examples",
    "engine.metrics.monitor",
    "engine.packs.pack",
    "engine.record.replay",
    "engine.session.session",
    "engine.session.starter",
    "gui.exports",
    "gui.widgets.verdict_dialog",
    "gui.window.closing_dialog",
    "gui.window.details_dialog",
    "gui.window.help_window",
    "gui.window.links_dialog",
    "gui.window.pack_dialog",
    "gui.window.presenter",
    "gui.window.runs_dialog",
    "psutil",
    "pynvml",
    "torch",
)
"""What no first frame shows: it is imported when it is wanted, or when the window answers."""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Those that are there when the window answers, in the order in which each was begun."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=os.environ
        | {
            "GEARSHIFT_HOME": str(tmp_path_factory.mktemp("home")),
            "PYTHONPATH": str(ROOT),
            "QT_QPA_PLATFORM": "offscreen",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.split()


def test_what_knows_nothing_of_qt_is_imported_before_it(modules: list[str]) -> None:
    """PySide reads the source of each module imported after it: with numpy's and ours, that was a tenth of a start."""
    before = set(takewhile(lambda name: name != "PySide6.QtCore", modules))
    assert {"numpy", "msgspec", "engine.events.message", "engine.record.places", "gui.model.store"} <= before


def test_no_dataclass_is_made_at_the_start(modules: list[str]) -> None:
    """Each compiles its methods anew, for half a millisecond; a `msgspec.Struct` takes a hundredth of that."""
    paths = [ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in modules]
    files = [path for path in paths if path.is_relative_to(ROOT / "gui") or path.is_relative_to(ROOT / "engine")]
    files = [path for path in files if path.is_file()]
    assert len(files) > 50
    assert [path for path in files if "dataclass" in path.read_text(encoding="utf-8")] == []


def test_what_no_first_frame_shows_is_not_imported_yet(modules: list[str]) -> None:
    assert [name for name in LATER if name in modules] == []
