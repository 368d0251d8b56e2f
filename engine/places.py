"""Where Gearshift keeps things: settings, runs. GEARSHIFT_HOME moves all of it (tests, portable installs)."""

import os
import time
from pathlib import Path

import platformdirs


def config_directory() -> Path:
    """Settings of the window."""
    home = os.environ.get("GEARSHIFT_HOME")
    return Path(home) / "config" if home else Path(platformdirs.user_config_dir("gearshift", appauthor=False))


def data_directory() -> Path:
    """Everything runs leave behind."""
    home = os.environ.get("GEARSHIFT_HOME")
    return Path(home) / "data" if home else Path(platformdirs.user_data_dir("gearshift", appauthor=False))


def runs_directory() -> Path:
    """One directory a run."""
    return data_directory() / "runs"


def new_run_directory(workload: str) -> Path:
    """A name for a run that begins now, not taken yet; the directory is not made."""
    stem = f"{time.strftime('%Y-%m-%d-%H%M%S')}-{workload}"
    path, number = runs_directory() / stem, 2
    while path.exists():
        path, number = runs_directory() / f"{stem}-{number}", number + 1
    return path
