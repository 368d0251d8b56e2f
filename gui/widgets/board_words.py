"""Where it stands beside the board's rows what colours mean and what averages are of: seen whole wherever that can be.

Few rows     Many rows                 More
baseline     baseline                  baseline
rows         averages, in brief        averages, in brief
averages     rows                      rows, scrolled
▌colours     |colours|, in one line    ▌colours
"""

from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from gui.look.scale import TIGHT
from gui.widgets.board_table import BoardTable
from gui.widgets.fitted_label import FittedLabel
from gui.widgets.phase_legend import PhaseLegend

LEGEND_SHARE, NOTE_SHARE = 0.18, 0.06
"""Of the height, the most that what colours mean may take from the rows, and a line of what averages are of."""


class BoardWords:
    """Places `legend`, and `note` or, for it, `brief`: among the `rows` that are scrolled in `area`, or around these.

    `panel` has them all, and its layout is `column`.
    """

    def __init__(
        self,
        panel: QWidget,
        table: BoardTable,
        area: QScrollArea,
        words: tuple[PhaseLegend, QLabel, FittedLabel],
        layouts: tuple[QVBoxLayout, QVBoxLayout],
    ) -> None:
        self._panel, self._table, self._area = panel, table, area
        self._legend, self._note, self._brief = words
        self._column, self._rows = layouts

    @property
    def is_legend_below(self) -> bool:
        """Whether what colours mean stands below the rows, however these are scrolled."""
        return self._column.indexOf(self._legend) >= 0

    @property
    def rows_width(self) -> int:
        """Pixels beside the place of a scroll bar, whether there is one or not."""
        return max(1, self._panel.width() - self._area.verticalScrollBar().sizeHint().width())

    @property
    def _room(self) -> int:
        """The height below what is on top, in pixels."""
        return self._panel.height() - TIGHT - self._area.y()

    def place(self) -> None:
        """Find their places anew, for another height or other rows."""
        self._place_legend()
        self._place_note()

    def _place_legend(self) -> None:
        """What colours mean stands below rows that are scrolled, where it leaves them most of the height.

        It is packed into one line where all rows are then seen, with all figures, and would not be beside more of it;
        where they would be but for that line, it does not stand there.
        """
        width, room = self.rows_width, self._room
        legend, rows = self._legend.loose_height(width), self._table.dense_height(width)
        takes_rows = room - legend - TIGHT < rows <= room
        packed = self._legend.packed_height(self._panel.width()) if takes_rows else None
        is_packed = packed is not None and rows <= room - packed - TIGHT
        self._legend.setMaximumWidth(self._panel.width() if is_packed else width)
        self._legend.pack(is_packed=is_packed)
        is_below = is_packed or (legend <= LEGEND_SHARE * self._panel.height() and not takes_rows)
        if is_below == self.is_legend_below:
            return
        before, after = (self._rows, self._column) if is_below else (self._column, self._rows)
        before.removeWidget(self._legend)
        after.insertWidget(after.indexOf(self._area if is_below else self._table) + 1, self._legend)

    def _place_note(self) -> None:
        """What averages are of stands whole below the rows; or in brief above them, where it would be scrolled away."""
        width = self.rows_width
        below = self._legend.heightForWidth(width) + self._note.heightForWidth(width) + 2 * TIGHT
        is_brief = self._table.minimumHeight() + below > self._room
        is_brief &= self._brief.fontMetrics().height() <= NOTE_SHARE * self._panel.height()
        self._brief.setVisible(is_brief)
        self._note.setHidden(is_brief)

    def spread(self) -> None:
        """Have all of both, at once, whatever room there is: for a picture; `place` puts them back."""
        self._legend.pack(is_packed=False)
        for part in (self._legend, self._note):
            part.resize(self.rows_width, part.heightForWidth(self.rows_width))
