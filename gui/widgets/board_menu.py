"""What can be done with the board of modes, as a menu: the baseline, the order, copies, what is taken off."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from engine.metrics.mode_measure import Key
from gui.model.board import Board
from gui.model.intents import ChooseBaseline, ClearBoard, ShowWholeBoard, SortBoard
from gui.text.board_text import name_words


def _tr(text: str) -> str:
    return QCoreApplication.translate("BoardMenu", text)


def fill_board_menu(
    menu: QMenu,
    board: Board,
    want: Callable[[object], None],
    copies: Sequence[tuple[str, Callable[[], None]]],
    key: Key | None = None,
) -> None:
    """Fill `menu` anew. `want` takes the intent that is chosen; `copies` are words and deeds for what is taken of it.

    With a row's `key`, what is for that row comes first.
    """
    menu.clear()
    rows = board.rows()
    if key is not None:
        menu.addAction(_tr("Compare others to this row"), lambda: want(ChooseBaseline(key)))
        menu.addSeparator()
    baselines = menu.addMenu(_tr("Compare others to"))
    group = QActionGroup(baselines)
    group.setExclusive(len({row.batch_size for row in rows}) <= 1)  # else each batch size has one of its own
    for row in rows:
        action = baselines.addAction(name_words(row, rows))
        action.setCheckable(True)
        action.setChecked(row.is_baseline)
        action.triggered.connect(lambda _=False, key=row.key: want(ChooseBaseline(key)))
        group.addAction(action)
    by_speed = menu.addAction(_tr("Fastest first"))
    by_speed.setCheckable(True)
    by_speed.setChecked(board.is_by_speed)
    by_speed.triggered.connect(lambda checked: want(SortBoard(by_speed=checked)))
    menu.addSeparator()
    for words, act in copies:
        menu.addAction(words, act)
    menu.addSeparator()
    clear = menu.addAction(_tr("Clear"), lambda: want(ClearBoard()))
    clear.setToolTip(_tr("All rows but the one in force go. Each comes back when its mode is visited again."))
    everything = menu.addAction(_tr("Show all rows again"), lambda: want(ShowWholeBoard()))
    everything.setToolTip(_tr("Rows that were cleared come back."))
    everything.setEnabled(board.cleared > 0)
    menu.setToolTipsVisible(True)
