"""Where a step's time goes: one stacked bar a mode, by phase."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from engine.metrics.segment_sums import SegmentSums
from engine.rows import PHASES
from gui.look.patterns import phase_brush
from gui.look.scale import GRID, HALF
from gui.look.theme import plot_colours
from gui.widgets.phase_legend import PhaseLegend
from gui.widgets.spotlight import show_tip

MARGIN = 6


class ShareBars(QWidget):
    """One stacked bar a mode, its name above it, overlap or bubble behind it."""

    def __init__(self, legend: PhaseLegend) -> None:
        super().__init__()
        self._legend = legend
        self._names: list[str] = []
        self._sums: list[SegmentSums] = []
        self._notes: dict[int, str] = {}
        """By the sums that it is of, what else is said below a bar."""
        self._in_force: SegmentSums | None = None
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Shares of a step's time by phase"))

    def show_sums(self, measured: list[tuple[str, SegmentSums, str]], in_force: int | None = None) -> None:
        """Draw these modes from now on: name, sums, and a note; those of which no step was taken apart are left out.

        `in_force` is the number of the one that is computed in.
        """
        known = [one for one in measured if one[1].total_s]
        self._names, self._sums = [name for name, _, _ in known], [sums for _, sums, _ in known]
        self._notes = {id(sums): note for _, sums, note in known}
        self._in_force = measured[in_force][1] if in_force is not None else None
        self._give_height()
        self.update()

    def place_in_force(self) -> tuple[float, float] | None:
        """From where to where the row of the mode in force reaches, in pixels; None where it is left out."""
        for sums, top in zip(self._sums, self._tops(), strict=False):
            if sums is self._in_force:
                return top, self._bar(top).bottom() + 1 + self._words_height(sums)
        return None

    def sizeHint(self) -> QSize:
        """Room for one row a mode, for one at least."""
        return QSize(280, round(self._tops()[-1]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out the bars anew: where it is narrower, words take more lines."""
        super().resizeEvent(event)
        self._give_height()

    def _give_height(self) -> None:
        self.setMinimumHeight(self._tops()[-1] + HALF)

    def _words_height(self, entry: SegmentSums) -> int:
        """Of what is written below the bar of a mode, in as many lines as it takes."""
        room = QRect(0, 0, max(1, self.width() - 2 * MARGIN), 10_000)
        return self.fontMetrics().boundingRect(room, int(Qt.TextFlag.TextWordWrap), self._words(entry)).height()

    def _tops(self) -> list[int]:
        """Where the row of each mode begins, and where the last one ends; a single line where there is none."""
        line, found = self.fontMetrics().height(), [0]
        for entry in self._sums:
            found.append(found[-1] + 2 * line + self._words_height(entry) + GRID)
        return found if self._sums else [0, line]

    def _bar(self, top: int) -> QRectF:
        """The bar of the row that begins there."""
        height = self.fontMetrics().height()
        return QRectF(MARGIN, top + height + HALF, max(10, self.width() - 2 * MARGIN), height)

    def edge_pieces(self) -> list[tuple[float, float]]:
        """What is seen whole or not at all where it is scrolled: a bar with its name, and each line below it."""
        line, found = self.fontMetrics().lineSpacing(), list[tuple[float, float]]()
        for entry, top in zip(self._sums, self._tops(), strict=False):
            below = self._bar(top).bottom() + 1
            count = max(1, round(self._words_height(entry) / line))
            found += [(top, below), *((below + row * line, below + (row + 1) * line) for row in range(count))]
        return found

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw a bar for each mode."""
        painter = QPainter(self)
        colours = plot_colours(self.palette())
        for name, entry, top in zip(self._names, self._sums, self._tops(), strict=False):
            bar = self._bar(top)
            painter.setPen(colours.foreground)
            above = QRectF(bar.left(), bar.top() - self.fontMetrics().height() - 2, bar.width(), bar.height())
            painter.drawText(above, 0, name)
            painter.fillRect(bar, self.palette().color(QPalette.ColorRole.AlternateBase))
            for phase, box in self._boxes(entry, bar):
                painter.fillRect(box, phase_brush(phase))
            painter.setPen(colours.muted)
            below = QRectF(bar.left(), bar.bottom() + 1, bar.width(), self._words_height(entry))
            painter.drawText(below, int(Qt.TextFlag.TextWordWrap), self._words(entry))
        painter.end()

    @staticmethod
    def _boxes(entry: SegmentSums, bar: QRectF) -> list[tuple[str, QRectF]]:
        found, left = [], bar.left()
        for phase, share in zip(PHASES, entry.shares, strict=True):
            width = float(share) * bar.width()
            found.append((phase, QRectF(left, bar.top(), width, bar.height())))
            left += width
        return found

    def _words(self, entry: SegmentSums) -> str:
        by_phase = dict(zip(PHASES, entry.shares, strict=True))
        parts = []
        if (bubble := entry.bubble) is not None:
            parts.append(
                self.tr("bubble {measured} (theory {theory})").format(
                    measured=f"{bubble[0]:.0%}", theory=f"{bubble[1]:.0%}"
                )
            )
        computing = by_phase["forward"] + by_phase["backward"] + by_phase["optimizer"]
        parts.append(self.tr("of the whole step: computing {share}").format(share=f"{computing:.0%}"))
        sends, waits = f"{by_phase['communicate']:.0%}", f"{by_phase['wait']:.0%}"
        if (by_phase["communicate"] or by_phase["wait"]) and (bubble is None or sends != f"{0:.0%}"):
            parts.append(self.tr("communicating {share}").format(share=sends))
        if bubble is not None:  # of a message between stages, being under way cannot be told from being waited for
            parts.append(self.tr("waiting for neighbours and their messages {share}").format(share=waits))
        elif by_phase["communicate"] or by_phase["wait"]:
            parts.append(self.tr("waiting {share}").format(share=waits))
        if (overlap := entry.overlap_frac) is not None:
            parts.append(self.tr("overlap {share}").format(share=f"{overlap:.0%}"))
        if (crowd := entry.crowd) is not None:
            parts.append(self.tr("without a core {share}").format(share=f"{crowd[0]:.0%}"))
        return " · ".join(filter(None, [*parts, self._notes.get(id(entry), "")]))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the share under the mouse."""
        text = self._text_at(event.position())
        show_tip(event.globalPosition().toPoint(), text, self)

    def event(self, event: object) -> bool:
        """Tell the share under the mouse where a tooltip is asked for."""
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._text_at(QPointF(event.pos())), self)
            return True
        return super().event(event)  # type: ignore[arg-type]

    def _text_at(self, at: QPointF) -> str:
        """The share under a point, or a whole line where it was too long to be shown."""
        tops = self._tops()
        for entry, top, end in zip(self._sums, tops, tops[1:], strict=False):
            bar = self._bar(top)
            for phase, box in self._boxes(entry, bar):
                if box.contains(at):
                    return f"{self._legend.name(phase)}: {box.width() / bar.width():.1%}"
            if top <= at.y() < end:
                return self._words(entry)
        return ""
