"""What acts on the board of modes: it changes what is shown of the live run, and has that kept with the run.

A run that is only looked at is not written to: nothing is before somebody changes its board.
"""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.errors import RequestError
from engine.record.kept_board import keep_board
from engine.session.source import Source
from gui.model.intents import ChooseBaseline, ClearBoard, ShowWholeBoard, SortBoard
from gui.model.store import Store

OF_BOARD = (ChooseBaseline, SortBoard, ClearBoard, ShowWholeBoard)


class Boards(QObject):
    """`note` is emitted with the exception why a board is not kept: once a run, for it is shown as chosen all the same.

    What was chosen is read again where the run is opened (`gui/runs.py`).
    """

    note = Signal(object)

    def __init__(self, parent: QObject, store: Store) -> None:
        super().__init__(parent)
        self._store = store
        self._told: Path | None = None
        """The run of which it was said last that its board is not kept."""

    def change(self, wish: ChooseBaseline | SortBoard | ClearBoard | ShowWholeBoard, source: Source | None) -> None:
        """Change the board of the live run, which `source` feeds, and keep that with the run."""
        board = self._store.live.board
        before = board.choice
        self._store.change_board(wish)
        if source is None or board.choice == before:
            return
        try:
            keep_board(source.directory, board.choice, is_ours=not source.is_replay)
        except (RequestError, OSError) as error:
            if source.directory != self._told:
                self._told = source.directory
                self.note.emit(error)
