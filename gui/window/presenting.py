"""Presenting: one key to the presenter's layout and back, and while it is there no key that ends anything.

F5, and F5 or Esc ──> back          PgDn, PgUp ──> the next panel          L ──> the spotlight          Space ──> pause
Space over a recorded run ──> its replay: a training that began would take the picture away that is talked about
Alt+D, Alt+P, Alt+C ──> the menus of modes, as in the window: to shift is what a talk is about
F1 ──> the help, in letters for the last row; Esc closes it first
1 to 9, 0 ──> a panel by its number          Alt+T ──> a rank is broken on purpose, if a question is answered by yes
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QMenu, QMessageBox, QToolBar, QWidget

from gui.look.scale import HEADING, menu_style, set_letters
from gui.look.view import PlotView
from gui.model.intents import BreakRank, PlayReplay
from gui.model.store import Store
from gui.window.actions import make_action
from gui.window.docks import Docks
from gui.window.panel_list import KEYS
from gui.window.tools_menu import ToolsMenu

if TYPE_CHECKING:
    from gui.window.presenter import Presenter

KEPT = {"Space", "F1", "Shift+F1", "F5", "Esc", "F11", "Ctrl++", "Ctrl+-", "Ctrl+0", "Ctrl+9"}
"""Keys of the window that go on meaning something."""


class Presenting(QObject):
    """Goes there and back. `layout` is what lies over the window meanwhile, else None."""

    intent = Signal(object)
    entered = Signal()
    """The window is about to be covered."""
    left = Signal()
    """The window is seen again."""

    def __init__(
        self,
        window: QMainWindow,
        menu: QMenu,
        store: Store,
        view: PlotView,
        modes: Sequence[QMenu] = (),
        *,
        docks: Docks,
    ) -> None:
        """`modes` are menus of the window that open here too, by the keys that their titles name.

        The presenter's panels begin with what was chosen in those of `docks`, and these go on with what was there.
        """
        super().__init__(window)
        self.layout: Presenter | None = None
        self._window, self._store, self._view, self._modes, self._docks = window, store, view, modes, docks
        self._chosen = ""
        """The panel that was presented last."""
        self._aside: list[QWidget | QAction] = []
        """What takes no key and no click meanwhile."""
        self._tools: ToolsMenu | None = None
        menu.addAction(make_action(window, self.tr("Presenter layout"), ["F5"], self.toggle))
        self._own = [
            make_action(window, self.tr("Presenter: next panel"), ["PgDown"], partial(self._turn, 1)),
            make_action(window, self.tr("Presenter: panel before"), ["PgUp"], partial(self._turn, -1)),
            make_action(window, self.tr("Presenter: spotlight on the mouse"), ["L"], self._switch_light),
        ]
        for modes_menu in modes:
            title = self.tr("Presenter: menu {name}").format(name=_plain(modes_menu))
            key = QKeySequence.mnemonic(modes_menu.title()).toString()
            self._own.append(make_action(window, title, [key], partial(self._open, modes_menu)))
        self._own += [
            make_action(window, self.tr("Presenter: panel {n}").format(n=n), [key], partial(self._choose_nth, n - 1))
            for n, key in enumerate(KEYS, 1)
        ]
        self._still()

    def take_tools(self, tools: ToolsMenu) -> None:
        """Let its ranks be broken here too, by the key of its menu; what comes of its menu is asked first, here."""
        self._tools = tools
        key = QKeySequence.mnemonic(tools.menu.title()).toString()
        self._own.append(make_action(self._window, self.tr("Presenter: break a rank"), [key], self._open_breaks))
        tools.intent.connect(self._on_trouble)
        self._still()

    def _still(self) -> None:
        """Its keys mean nothing while nobody presents."""
        for action in self._own:
            action.setEnabled(False)

    def toggle(self) -> None:
        """Go to the presenter's layout, or back."""
        if self.layout is None:
            self._enter()
        else:
            self.leave()

    def _enter(self) -> None:
        from gui.window.presenter import Presenter

        self.entered.emit()
        window = self._window
        keys = {_native(menu): _plain(menu) for menu in self._modes}
        tools = {_native(self._tools.menu): self.tr("break a rank")} if self._tools is not None else {}
        self.layout = Presenter(window, self._store, self._view, keys, self._docks.built, tools)
        if self._chosen in self.layout.walk.there:
            self.layout.choose(self._chosen)
        self.layout.intent.connect(self.intent)
        below: list[QWidget | QAction] = [window.menuBar(), window.statusBar()]
        below += window.findChildren(QToolBar)
        if (centre := window.centralWidget()) is not None:
            below.append(centre)
        below += [dock for dock in window.findChildren(QDockWidget) if not dock.isFloating()]
        below += [action for action in window.actions() if _ends(action, self._own)]
        self._aside = [part for part in below if part.isEnabled()]
        for part in self._aside:
            part.setEnabled(False)
        for menu in self._opened:
            menu.setEnabled(not menu.isEmpty())  # it is a window of its own, which its bar has taken with it
        for action in self._own:
            action.setEnabled(True)
        self.layout.refresh()
        self.layout.show()
        self.layout.raise_()
        self.layout.setFocus()

    def leave(self) -> None:
        """Go back to the window as it was."""
        if self.layout is None:
            return
        self._still()
        for part in self._aside:
            part.setEnabled(True)
        for menu in self._opened:
            menu.setStyleSheet("")
        self.layout.hide()
        self.layout.put_away(self._docks.panel)
        self._chosen = self.layout.chosen
        self.layout.deleteLater()
        self.layout = None
        self.left.emit()

    @property
    def _opened(self) -> list[QMenu]:
        """Menus of the window that open here too."""
        return [*self._modes, *([self._tools.menu, self._tools.breaks] if self._tools is not None else [])]

    def plays_replay(self) -> bool:
        """Play a recorded run again, or let it stand, if one is presented; whether one is."""
        if self.layout is None or not self._store.live.is_replay:
            return False
        if (replayed := self._store.replayed) is not None:  # one that is trained elsewhere is only followed
            self.intent.emit(PlayReplay(is_playing=not replayed.is_playing))
        return True

    def style_over(self, name: str) -> str:
        """The style sheet of a window of that name over the layout, with letters as large; "" while there is none."""
        return self.layout.style_over(name) if self.layout is not None else ""

    def tell_entry(self, words: str) -> None:
        """Tell what a menu's entry is, or why it is grey; "": no entry is pointed at any more."""
        if self.layout is not None:
            self.layout.tell_entry(words)
        elif words:
            self._window.statusBar().showMessage(words)
        else:
            self._window.statusBar().clearMessage()

    def asks_first(self, go_on: Callable[[], object]) -> bool:
        """Whether it is asked first if the window is really to be closed, for a talk goes on; `go_on` is for Yes."""
        if self.layout is None or not self._store.live.is_running:
            return False

        def leave() -> None:
            self.leave()
            go_on()

        more = self.tr("The run is saved, and is there next time.")
        _ask(self.layout, self.tr("A run goes on. Close the window?"), more, leave)
        return True

    def _on_trouble(self, intent: object) -> None:
        """A rank is broken in front of a class only when that was meant: it stops the run."""
        if self.layout is None or not isinstance(intent, BreakRank):
            self.intent.emit(intent)
            return
        question = self.tr("Break rank {rank} on purpose?").format(rank=intent.rank)
        more = self.tr("The run stops, and can go on from its last saved state.")
        _ask(self.layout, question, more, lambda: self.intent.emit(intent))

    def _open_breaks(self) -> None:
        if self._tools is None or self.layout is None:
            return
        if (breaks := self._tools.breaks).isEmpty():
            self.layout.tell(breaks.menuAction().toolTip())  # why there is nothing to be broken
        else:
            self._open(breaks)

    def _choose_nth(self, index: int) -> None:
        if self.layout is not None:
            self.layout.choose_nth(index)

    def _turn(self, by: int) -> None:
        if self.layout is not None:
            self.layout.turn(by)

    def _open(self, menu: QMenu) -> None:
        """Below the name of the mode, which is what it changes."""
        if self.layout is not None:
            title = self.layout.mode
            menu.setStyleSheet(menu_style(self.layout.rate.below.fontInfo().pixelSize()))
            menu.popup(title.mapToGlobal(title.rect().bottomLeft()))
            _point_at_ticked(menu)

    def _switch_light(self) -> None:
        if self.layout is not None:
            self.layout.spotlight.switch()


def _ask(layout: QWidget, question: str, more: str, act: Callable[[], object]) -> None:
    """Ask before `layout` in its own letters, which the last row reads. Yes does it; No is the default."""
    buttons = QMessageBox.StandardButton
    box = QMessageBox(QMessageBox.Icon.Question, "Gearshift", question, buttons.Yes | buttons.No, layout)
    box.setInformativeText(more)
    for label in box.findChildren(QLabel, "qt_msgbox_label"):
        set_letters(label, HEADING)
    box.setDefaultButton(buttons.No)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.button(buttons.Yes).clicked.connect(act)
    box.open()


def _point_at_ticked(menu: QMenu) -> None:
    """Begin at what is in force: in a menu that this one leads to, if it stands there."""
    for entry in menu.actions():
        if entry.isChecked():
            menu.setActiveAction(entry)
            return
        inner = entry.menu()
        if isinstance(inner, QMenu) and any(each.isChecked() for each in inner.actions()):
            menu.setActiveAction(entry)  # this opens it
            _point_at_ticked(inner)
            return


def _plain(menu: QMenu) -> str:
    """Its title, without the mark of the letter that opens it."""
    return menu.title().replace("&", "")


def _native(menu: QMenu) -> str:
    """The key that opens it, as this system writes it."""
    return QKeySequence.mnemonic(menu.title()).toString(QKeySequence.SequenceFormat.NativeText)


def _ends(action: QAction, own: list[QAction]) -> bool:
    """Whether its keys have to be still while somebody presents."""
    keys = {key.toString() for key in action.shortcuts()}
    return bool(keys) and not keys & KEPT and action not in own
