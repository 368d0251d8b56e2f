"""Where a step's time goes, a bar a mode: so the class sees what a shift of mode bought and what it cost."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from gui.look.scale import TIGHT
from gui.look.theme import set_note
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text.board_text import apart_words, name_words
from gui.widgets.kept_in_sight import KeptInSight
from gui.widgets.phase_legend import PhaseLegend
from gui.widgets.share_bars import MARGIN, ShareBars
from gui.widgets.whole_edges import keep_edges_whole


class SharesPanel(Panel):
    """Bars of all modes, by the same steps as the board's and the verdict's figures, and what is meant by words."""

    panel_id = "shares"
    area = "bottom"
    group = "second"
    order = 1
    watches = ("anatomy", "segments", "run", "status")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._legend = PhaseLegend()
        self._bars = ShareBars(self._legend)
        self._note = QLabel(
            self.tr(
                "overlap: of the time that collectives take by themselves, the part hidden behind computing\n"
                "bubble: waiting / (forward + backward + waiting) of p stages, m micro-batches; theory (p-1) / (m+p-1)"
            )
        )
        set_note(self._note)
        self._note.setWordWrap(True)
        self._note.setContentsMargins(MARGIN, 0, MARGIN, 0)
        all_of_it = QWidget()
        column = QVBoxLayout(all_of_it)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(TIGHT)
        column.addWidget(self._bars)
        column.addWidget(self._note)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(all_of_it)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        keep_edges_whole(scroll)
        self._in_sight = KeptInSight(scroll, self._bars.place_in_force)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(TIGHT)
        layout.addWidget(self._legend)
        layout.addWidget(scroll, 1)

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Where the time goes")

    def tab_title(self) -> str:
        """The title in a row of tabs, translated."""
        return self.tr("Time")

    def heightForWidth(self, width: int) -> int:
        """The least height: bars would like more, and are scrolled within the panel, below what their colours mean."""
        scroll = self.findChild(QScrollArea)
        assert scroll is not None
        return self._legend.heightForWidth(width) + TIGHT + scroll.minimumSizeHint().height()

    def refresh(self, store: Store) -> None:
        """Draw the split of a step for every mode, in the order of the board; that of the mode in force is in sight."""
        measured = store.live.board.sums()
        rows = [row for row, _ in measured]
        now = next((index for index, row in enumerate(rows) if row.is_now), None)
        self._bars.show_sums([(name_words(row, rows), sums, apart_words(row)) for row, sums in measured], now)
        self._in_sight.follow(rows[now].key if now is not None else None)
