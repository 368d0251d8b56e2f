"""What the averages of the board of modes are of, for a line of its own."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from gui.model.board import BoardRow, left_out
from gui.text import figures
from gui.text.board_text import note_words


def _tr(text: str) -> str:
    return QCoreApplication.translate("Board", text)


def note_forms(rows: Sequence[BoardRow], *, is_replay: bool) -> tuple[str, ...]:
    """What the averages are of, for a line of its own: all of it, then in fewer words."""
    counted = sum(row.steps for row in rows)
    steps = {"counted": figures.count(counted), "all": figures.count(counted + sum(map(left_out, rows)))}
    count = _tr("{counted} of {all} steps count").format(**steps)
    stamped = [f"{_tr('REPLAY')} · {count}"] if is_replay else []
    return note_words(rows, is_replay=is_replay), *stamped, count, _tr("{counted} of {all} steps").format(**steps)
