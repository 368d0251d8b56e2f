"""Where Gearshift keeps things: settings, runs, data packs. GEARSHIFT_HOME moves all of it (portable installs).

GEARSHIFT_PACKS moves the packs alone: one place for a whole class, say.
"""

import os
import time
from pathlib import Path

import platformdirs

from engine.record.own_file import make_private

RESOURCES = Path(__file__).parent.parent.parent / "resources"


def config_directory() -> Path:
    """The directory in which the window keeps its settings and its last set-up."""
    home = os.environ.get("GEARSHIFT_HOME")
    return Path(home) / "config" if home else Path(platformdirs.user_config_dir("gearshift", appauthor=False))


def data_directory() -> Path:
    """The directory of all that runs leave behind."""
    home = os.environ.get("GEARSHIFT_HOME")
    return Path(home) / "data" if home else Path(platformdirs.user_data_dir("gearshift", appauthor=False))


def runs_directory() -> Path:
    """The directory in which each run has a directory of its own."""
    return data_directory() / "runs"


def sample_runs() -> list[Path]:
    """The recorded runs that Gearshift comes with, to be replayed by whoever has made none yet."""
    return sorted(path.parent for path in RESOURCES.glob("sample-*/run.toml"))


def packs_directory() -> Path:
    """The directory in which each data pack has a directory of its own."""
    given = os.environ.get("GEARSHIFT_PACKS")
    return Path(given) if given else data_directory() / "packs"


def new_run_directory(workload: str) -> Path:
    """A directory for a run that begins now, made at once: two that begin in the same second get one each.

    Where it cannot be made, it is only named; the recorder will say why.
    """
    stem = f"{time.strftime('%Y-%m-%d-%H%M%S')}-{workload}"
    path, number = runs_directory() / stem, 2
    while True:
        try:
            make_private(path, is_new=True)
        except FileExistsError:
            if not path.is_dir():  # something else stands where a directory should be
                return path
            path, number = runs_directory() / f"{stem}-{number}", number + 1
        except OSError:
            return path
        else:
            return path
