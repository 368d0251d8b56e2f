"""The Help menu: the pages, the keys there are, and what Gearshift is."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QWidget

from gui.model.store import Store
from gui.window.actions import make_action, show_box
from gui.window.presenting import Presenting

if TYPE_CHECKING:
    from gui.window.help_window import HelpWindow


class HelpMenu(QObject):
    """Opens the help at a page; it is made when it is first asked for. Over the presenter's layout it is as large."""

    def __init__(self, window: QWidget, menu: QMenu, store: Store, presenting: Presenting) -> None:
        super().__init__(window)
        self._window, self._store, self._presenting = window, store, presenting
        presenting.left.connect(self._dress)
        self.pages: HelpWindow | None = None
        menu.addAction(make_action(window, self.tr("Help, where it was left"), ["F1"], self.show_again))
        for title, keys, name in (
            (self.tr("First steps"), [], "first"),
            (self.tr("Keys"), ["Shift+F1"], "keys"),
            (self.tr("Words"), [], "glossary"),
        ):
            menu.addAction(make_action(window, title, keys, partial(self.show_page, name)))
        menu.addAction(make_action(window, self.tr("About Gearshift"), [], self._show_about))

    def show_page(self, name: str) -> None:
        """Open the page of that name: of a panel by its id, of a mode by its title."""
        self._made().show_page(name)

    def show_again(self) -> None:
        """Open the help where it was left: its page, and what of that was seen; the first time at the first steps."""
        if self.pages is None:
            self.show_page("first")
        else:
            self._made().show_again()

    def _made(self) -> "HelpWindow":
        """The window, made if nobody has asked for it yet, in letters for where it is shown now."""
        if self.pages is None:
            from gui.window.help_window import HelpWindow

            self.pages = HelpWindow(self._window, self._store, self._window.actions())
        self._dress()
        return self.pages

    def _dress(self) -> None:
        """In letters as large as those of the layout that it lies over."""
        if self.pages is not None:
            self.pages.dress(self._presenting.style_over(self.pages.objectName()))

    def _show_about(self) -> None:
        show_box(
            self._window,
            self.tr("About Gearshift"),
            self.tr(
                "Gearshift shifts the compute mode while a model trains.\n\n"
                "Every figure on the screen is measured on this machine, in this run."
            ),
        )
