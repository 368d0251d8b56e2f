"""What the window remembers: layout, theme, text size, the last set-up and the last run. One INI file.

Whatever is in these files, the window opens: what cannot be read takes its default, and `notes` say so.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

from engine.config.spec import RunSpec, changed_toml, make_spec, read_spec
from engine.errors import RequestError, Sentence
from engine.record.places import config_directory
from engine.record.whole_file import whole_file

INI_BYTES = 2**20


class _Forgetful:
    """Stands in for QSettings where there is no file to be had: remembers as long as the window is open."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def value(self, name: str, default: Any = None) -> Any:
        return self._values.get(name, default)

    def setValue(self, name: str, value: Any) -> None:
        self._values[name] = value

    def sync(self) -> None:
        """There is nothing to bring it to."""


class Settings:
    """Typed access; whatever is missing or damaged in the file takes its default."""

    def __init__(self) -> None:
        directory = config_directory()
        self.notes: list[str] = []
        self._spec_path = directory / "last-setup.toml"
        ini = directory / "window.ini"
        try:
            directory.mkdir(parents=True, exist_ok=True)
            status = ini.lstat() if os.path.lexists(ini) else None
            why: str = "" if status is None or stat.S_ISREG(status.st_mode) else Sentence("it is not a plain file")
            if status is not None and stat.S_ISLNK(status.st_mode):
                why = Sentence("it is a link, and what it leads to is not written to")
            if status is not None and status.st_size > INI_BYTES:
                why = Sentence("it has more than {limit:,} bytes", limit=INI_BYTES)
        except OSError as error:
            why = str(error.strerror)
        if why:
            template = "{path} cannot be used ({why}): the window opens as at first, and remembers nothing."
            self.notes.append(Sentence(template, path=ini, why=why))
        self._is_kept = not why
        self._file = _Forgetful() if why else QSettings(str(ini), QSettings.Format.IniFormat)

    @property
    def theme(self) -> str:
        """The theme chosen: system, light or dark."""
        theme = str(self._file.value("theme", "system"))
        return theme if theme in ("system", "light", "dark") else "system"

    @theme.setter
    def theme(self, theme: str) -> None:
        self._file.setValue("theme", theme)

    @property
    def text_points(self) -> int:
        """The size of text in points."""
        try:
            return min(32, max(7, int(str(self._file.value("text_points", 10)))))
        except ValueError:
            return 10

    @text_points.setter
    def text_points(self, points: int) -> None:
        self._file.setValue("text_points", points)

    @property
    def is_evaluated(self) -> bool:
        """Whether validation and pictures are computed beside training."""
        return str(self._file.value("evaluator", "on")) != "off"

    @is_evaluated.setter
    def is_evaluated(self, on: bool) -> None:
        self._file.setValue("evaluator", "on" if on else "off")

    @property
    def last_run(self) -> Path | None:
        """Directory of the last run, if it is still there."""
        name = str(self._file.value("last_run", ""))
        try:
            return Path(name) if name and (Path(name) / "run.toml").is_file() else None
        except (OSError, ValueError):  # a name no file can have
            return None

    @last_run.setter
    def last_run(self, directory: Path) -> None:
        self._file.setValue("last_run", str(directory))

    def last_spec(self) -> RunSpec:
        """The last set-up; the lecture's own workload at first, and with a note when the file cannot be read.

        Such a file is put aside as last-setup.damaged, so that it is told of once.
        """
        try:
            if self._spec_path.exists():
                return read_spec(self._spec_path)
        except (RequestError, OSError) as error:
            template = "The last set-up cannot be read, so the window opens with the default one. {error}"
            self.notes.append(Sentence(template, error=error))
            with suppress(OSError):
                self._spec_path.replace(self._spec_path.with_suffix(".damaged"))
        return make_spec("digits-mlp")

    def save_spec(self, spec: RunSpec) -> None:
        """Remember a set-up, where anything can be remembered: what of it is not the workload's own.

        So what a person changed is kept, and nobody keeps the defaults of an older version for their own choice.
        """
        if not self._is_kept:
            return
        with whole_file(self._spec_path, text=True, durable=False) as file:  # the window waits for no disk
            file.write(changed_toml(spec))

    def layout(self) -> tuple[QByteArray, QByteArray]:
        """Geometry and dock state; empty when there is none."""
        geometry, state = self._file.value("geometry"), self._file.value("state")
        empty = QByteArray()
        return (
            geometry if isinstance(geometry, QByteArray) else empty,
            state if isinstance(state, QByteArray) else empty,
        )

    def save_layout(self, geometry: QByteArray, state: QByteArray) -> None:
        """Remember the window's place and its docks."""
        self._file.setValue("geometry", geometry)
        self._file.setValue("state", state)
        self._file.sync()
