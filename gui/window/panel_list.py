"""The list of panels behind the title of the presenter's: each by the key that chooses it, then those without one.

What has nothing to show has no entry, and its key none either: no key means another panel than before.
"""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QToolButton

from gui.look.scale import menu_style

KEYS = "1234567890"
"""Choose the first ten panels, in this order."""
NO_KEY = "\N{FIGURE SPACE}"
"""As wide as one."""


class PanelList(QToolButton):
    """A button that opens the list; `listed` is asked for index, title, and whether it is shown; `choose` gets one."""

    def __init__(self, listed: Callable[[], Sequence[tuple[int, str, bool]]], choose: Callable[[int], object]) -> None:
        super().__init__()
        self._listed, self._choose = listed, choose
        self.setText("▾")
        self.setToolTip(self.tr("All panels; keys 1 to 9, and 0, choose the first ten, PgUp and PgDn go through all"))
        self.setAccessibleName(self.tr("All panels"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Space goes on meaning Play
        self.setAutoRaise(True)
        self.menu_shown: QMenu | None = None
        self.clicked.connect(self._open)

    def _open(self) -> None:
        menu = self.menu_shown = QMenu(self)
        menu.setStyleSheet(menu_style(self.fontInfo().pixelSize()))
        menu.aboutToHide.connect(menu.deleteLater)
        is_past_keys = False
        for index, title, is_shown in self._listed():
            if index >= len(KEYS) and not is_past_keys:
                is_past_keys = True
                menu.addSeparator()
            key = KEYS[index : index + 1] or NO_KEY
            entry = menu.addAction(f"{key}  {title}")
            entry.setCheckable(True)
            entry.setChecked(is_shown)
            entry.triggered.connect(partial(self._take, index))
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))
        if (shown := next((entry for entry in menu.actions() if entry.isChecked()), None)) is not None:
            menu.setActiveAction(shown)

    def _take(self, index: int, _checked: bool = False) -> None:
        self._choose(index)
