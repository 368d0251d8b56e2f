"""The File menu: records and set-ups opened and saved, curves and pictures exported."""

from collections.abc import Callable

from PySide6.QtCore import QIODevice, QObject, QSaveFile, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from engine.config.cards import workloads
from engine.record.places import runs_directory, sample_runs
from gui.model.intents import ExportCurves, LayBeside, NewSetUp, OpenExample, OpenRecord, OpenSpec, SaveSpec, TakeAway
from gui.model.store import Store
from gui.text import figures
from gui.text.engine_text import engine_text
from gui.window.actions import make_action, show_box
from gui.window.greyed import name_entry


class FileMenu(QObject):
    """Asks for a path where one is needed, and says what is wanted; the application reads and writes."""

    intent = Signal(object)

    def __init__(self, window: QWidget, menu: QMenu, store: Store) -> None:
        super().__init__(window)
        self._window, self._store = window, store
        self._take_away = make_action(window, "", [], lambda: self.intent.emit(TakeAway()))
        self._grey()
        menu.aboutToShow.connect(self._grey)
        entries = (
            (self.tr("New set-up"), "Ctrl+N", lambda: self.intent.emit(NewSetUp())),
            (self.tr("Open recorded run …"), "Ctrl+O", self._open_record),
            (self.tr("Open set-up …"), "Ctrl+Shift+O", self._open_spec),
            (self.tr("Save set-up as …"), "Ctrl+S", self._save_spec),
            None,
            (self.tr("Export curves as CSV …"), "Ctrl+E", self._export_curves),
            (self.tr("Export picture of the window …"), "Ctrl+Shift+E", self._export_picture),
            None,
            (self.tr("Quit"), "Ctrl+Q", window.close),
        )
        for entry in entries:
            if entry is None:
                menu.addSeparator()
            else:
                text, key, act = entry
                menu.addAction(make_action(window, text, [key], act))
                if key == "Ctrl+N":
                    tip = self.tr("Sets one up. A run that goes on ends, and is kept.")
                    self._add_submenu(menu, self.tr("Examples"), tip, self._fill_examples)
                if key == "Ctrl+O":
                    menu.addAction(self._take_away)
                    tip = self.tr("Shows one that comes with the program. A run that goes on ends, and is kept.")
                    self._add_submenu(menu, self.tr("Sample runs"), tip, self._fill_samples)

    def _grey(self) -> None:
        reason = "" if self._store.beside else self.tr("No run is laid beside the one that is shown.")
        name_entry(self._take_away, self.tr("Take away runs laid beside"), reason, brief=self.tr("none is laid beside"))

    @staticmethod
    def _add_submenu(menu: QMenu, title: str, tip: str, fill: Callable[[QMenu], None]) -> None:
        """It is filled when the menu opens for the first time: no file is read for a window that only comes up."""
        own = menu.addMenu(title)
        own.menuAction().setToolTip(tip)
        own.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: None if own.actions() else fill(own))

    def _fill_examples(self, own: QMenu) -> None:
        from engine.config.examples import examples

        for name, example in examples().items():
            entry = own.addAction(engine_text(example.title))
            entry.setToolTip(engine_text(example.watch))
            entry.triggered.connect(lambda _=False, name=name: self.intent.emit(OpenExample(name)))

    def _fill_samples(self, own: QMenu) -> None:
        """Recorded runs that come with the program, each called by what its record says of it."""
        from engine.record.library import run_card

        words = self.tr("{workload}: {modes} modes in {time}")
        for card in map(run_card, sample_runs()):
            title = engine_text(workloads()[card.workload].title)
            entry = own.addAction(
                words.format(workload=title, modes=len(card.modes), time=figures.seconds(card.seconds))
            )
            entry.setToolTip(" · ".join(card.modes))
            entry.triggered.connect(lambda _=False, card=card: self.intent.emit(OpenRecord(card.directory)))

    def _open_record(self) -> None:
        from gui.window.runs_dialog import RunsDialog  # reading records is imported when one is wanted

        dialog = RunsDialog(self._window, runs_directory())
        dialog.chosen.connect(lambda directory: self.intent.emit(OpenRecord(directory)))
        dialog.beside.connect(lambda directory: self.intent.emit(LayBeside(directory)))
        dialog.open()

    def _open_spec(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open set-up"), "", "TOML (*.toml)")
        if path:
            self.intent.emit(OpenSpec(path))

    def _save_spec(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save set-up as"), "run.toml", "TOML (*.toml)")
        if path:
            self.intent.emit(SaveSpec(path))

    def _export_curves(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self._window, self.tr("Export curves"), "curves.csv", "CSV (*.csv)")
        if path:
            self.intent.emit(ExportCurves(path))

    def _export_picture(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self._window, self.tr("Export picture"), "gearshift.png", "PNG (*.png)")
        if not path:
            return
        file = QSaveFile(path)  # whole or not at all
        is_written = file.open(QIODevice.OpenModeFlag.WriteOnly) and self._window.grab().save(file, "PNG")
        if not (is_written and file.commit()):
            text = self.tr("The picture could not be written to {path}: {why}")
            why = file.errorString()
            show_box(self._window, "Gearshift", text.format(path=path, why=why), QMessageBox.Icon.Warning)
