"""The Data menu: packs of others' data, each fetched once when it is asked for, or removed again."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QMessageBox, QWidget

from gui.model.intents import LookForPacks
from gui.model.store import Store
from gui.text import figures
from gui.text.engine_text import engine_text

if TYPE_CHECKING:
    from engine.packs.pack import PackCard


class DataMenu(QObject):
    """An entry a pack: "Get ..." where it is not here, "Remove ..." where it is, true whenever the menu opens."""

    intent = Signal(object)

    def __init__(self, window: QWidget, menu: QMenu, store: Store) -> None:
        super().__init__(window)
        self._window, self._store, self._menu = window, store, menu
        self._entries: list[tuple[QAction, PackCard]] = []
        self._was_left = False
        """Another program was in front since the window came up."""
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._show)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.connect(self._on_state)

    def get(self, card: "PackCard") -> None:
        """Open the dialog that fetches a pack, or bring the open one to the front."""
        from gui.window.pack_dialog import PackDialog  # imported when one is wanted

        for dialog in self._window.findChildren(PackDialog):
            if dialog.isVisible() and dialog.card is card:
                dialog.raise_()
                return
        dialog = PackDialog(self._window, card)
        dialog.changed.connect(self._look)
        dialog.show()

    def _show(self) -> None:
        if not self._entries:
            self._fill()
        self._look()
        self._name()

    def _fill(self) -> None:
        """When the menu opens for the first time: cards are not read for a window that only comes up."""
        from engine.packs.pack import packs

        for card in packs().values():
            entry = self._menu.addAction(engine_text(card.title))
            entry.setToolTip(f"{engine_text(card.summary)}\n{engine_text(card.licence)}. {engine_text(card.terms)}")
            entry.triggered.connect(partial(self._act, card))
            self._entries.append((entry, card))

    def _name(self) -> None:
        for entry, card in self._entries:
            is_absent = card.name in self._store.absent_packs
            words = self.tr("Get {title} ({size}) …") if is_absent else self.tr("Remove {title} …")
            entry.setText(words.format(title=engine_text(card.title), size=figures.size(card.archive_size)))

    def _look(self) -> None:
        self.intent.emit(LookForPacks())

    def _on_state(self, state: Qt.ApplicationState) -> None:
        """Meanwhile a pack may have been fetched in a terminal. As the window comes up, it is looked for later."""
        if state != Qt.ApplicationState.ApplicationActive:
            self._was_left = True
        elif self._was_left:
            self._look()

    def _act(self, card: "PackCard") -> None:
        if card.name in self._store.absent_packs:
            self.get(card)
            return
        box = QMessageBox(
            QMessageBox.Icon.Question,
            self.tr("Remove data"),
            self.tr("Remove {title} from this machine? It can be fetched again at any time.").format(
                title=engine_text(card.title)
            ),
            QMessageBox.StandardButton.Cancel,
            self._window,
        )
        yes = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.AcceptRole)
        yes.clicked.connect(partial(self._remove, card))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _remove(self, card: "PackCard") -> None:
        from gui.window.pack_process import PackProcess  # imported when one is wanted

        process = PackProcess(self._window)
        process.done.connect(self._look)
        process.failed.connect(self._say)
        process.start("remove", card)

    def _say(self, words: str) -> None:
        box = QMessageBox(QMessageBox.Icon.Warning, "Gearshift", words, QMessageBox.StandardButton.Ok, self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()
