"""What the window remembers: layout, theme, text size, the last set-up and the last run. One INI file."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from engine.errors import RequestError
from engine.places import config_directory
from engine.spec import RunSpec, make_spec, read_spec, spec_toml
from engine.whole_file import whole_file

LAYOUT_VERSION = 1


class Settings:
    """Typed access; whatever is missing or damaged in the file takes its default."""

    def __init__(self) -> None:
        directory = config_directory()
        directory.mkdir(parents=True, exist_ok=True)
        self._spec_path = directory / "last-setup.toml"
        self._file = QSettings(str(directory / "window.ini"), QSettings.Format.IniFormat)

    @property
    def theme(self) -> str:
        """system, light or dark."""
        theme = str(self._file.value("theme", "system"))
        return theme if theme in ("system", "light", "dark") else "system"

    @theme.setter
    def theme(self, theme: str) -> None:
        self._file.setValue("theme", theme)

    @property
    def text_points(self) -> int:
        """Text size in points."""
        try:
            return min(32, max(7, int(str(self._file.value("text_points", 10)))))
        except ValueError:
            return 10

    @text_points.setter
    def text_points(self, points: int) -> None:
        self._file.setValue("text_points", points)

    @property
    def last_run(self) -> Path | None:
        """Directory of the last run, if it is still there."""
        path = Path(str(self._file.value("last_run", "")))
        return path if (path / "run.toml").is_file() else None

    @last_run.setter
    def last_run(self, directory: Path) -> None:
        self._file.setValue("last_run", str(directory))

    def last_spec(self) -> RunSpec:
        """The last set-up; the lecture's own workload at first, or when the file is damaged."""
        try:
            return read_spec(self._spec_path)
        except RequestError:
            return make_spec("digits-mlp")

    def save_spec(self, spec: RunSpec) -> None:
        """Remember a set-up."""
        with whole_file(self._spec_path, text=True, durable=False) as file:  # the window waits for no disk
            file.write(spec_toml(spec))

    def layout(self) -> tuple[QByteArray, QByteArray]:
        """Geometry and dock state; empty when there is none."""
        geometry, state = self._file.value("geometry"), self._file.value("state")
        empty = QByteArray()
        return (
            geometry if isinstance(geometry, QByteArray) else empty,
            state if isinstance(state, QByteArray) else empty,
        )

    def save_layout(self, geometry: QByteArray, state: QByteArray) -> None:
        """Remember geometry and docks."""
        self._file.setValue("geometry", geometry)
        self._file.setValue("state", state)
        self._file.sync()
