"""What each rank holds: weights, gradients, optimizer state, and what is kept for backward. A bar a rank."""

from math import ceil

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QVBoxLayout

from engine.anatomy import Held
from gui.look.theme import BLUE, GREEN, ORANGE, PURPLE, plot_colours
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text import figures
from gui.text.rank_name import rank_name

PARTS = (
    ("parameter_bytes", BLUE, Qt.BrushStyle.SolidPattern),
    ("gradient_bytes", ORANGE, Qt.BrushStyle.Dense2Pattern),
    ("optimizer_bytes", GREEN, Qt.BrushStyle.SolidPattern),
    ("activation_bytes", PURPLE, Qt.BrushStyle.BDiagPattern),
)


class MemoryPanel(Panel):
    """Bars on one scale, with the whole process' memory as the machine measures it."""

    panel_id = "memory"
    area = "bottom"
    order = 4
    watches = ("anatomy", "run", "devices")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        QVBoxLayout(self)
        self._held: list[tuple[int, Held]] = []
        self._measured: dict[int, tuple[int, int | None]] = {}
        """By rank: memory of the process now, and what it held before it had a model."""
        self._names = {
            "parameter_bytes": self.tr("weights"),
            "gradient_bytes": self.tr("gradients"),
            "optimizer_bytes": self.tr("optimizer"),
            "activation_bytes": self.tr("kept for backward (most at once)"),
        }
        self._is_host = True
        self.setMinimumSize(240, 90)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Memory by rank"))

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Memory by rank")

    def refresh(self, store: Store) -> None:
        """The newest step that was counted, and the newest samples of the processes."""
        run = store.live
        anatomy = run.anatomy
        shown = self._held, self._measured
        self._held = [(r.rank, r.held) for r in anatomy.ranks if r.held is not None] if anatomy else []
        segment = run.segments[-1] if run.segments else None
        infos = {info.rank: info for info in (segment.ranks if segment is not None else ())}
        now = run.samples.memory_of_ranks(segment) if segment is not None else {}
        self._measured = {rank: (num_bytes, infos[rank].memory_before_bytes) for rank, num_bytes in now.items()}
        self._is_host = all(info.device == "cpu" for info in infos.values())
        if shown != (self._held, self._measured):
            self.setAccessibleDescription("; ".join(self._words(rank, held) for rank, held in self._held))
            self.update()

    def _words(self, rank: int, held: Held) -> str:
        parts = [f"{self._names[name]} {figures.size(getattr(held, name))}" for name, _, _ in PARTS]
        words = rank_name(rank) + ": " + ", ".join(parts)
        if (measured := self._measured.get(rank)) is not None and measured[1] is not None:
            words += self.tr("; the process grew from {before} to {now}").format(
                before=figures.size(measured[1]), now=figures.size(measured[0])
            )
        return words

    def _row(self, index: int) -> QRectF:
        """Where a rank's bar is, from the left edge on: below each other, and side by side where that is too high."""
        height = self.fontMetrics().height()
        room = max(1, self.height() - height - 12)
        columns = ceil(len(self._held) / max(1, room // (height + 2)))
        rows = ceil(len(self._held) / columns)
        row, width = min(2.2 * height, room / rows), self.width() / columns
        column, number = divmod(index, rows)
        return QRectF(6 + column * width, height + 10 + number * row, width - 6, row)

    def _figures(self, rank: int, held: Held) -> str:
        """The sum of the tensors, and beside it what was measured of the process."""
        text = figures.size(sum(getattr(held, name) for name, _, _ in PARTS))
        now_bytes, before_bytes = self._measured.get(rank, (0, None))
        if not self._is_host:
            return text  # the bar is of the accelerator's memory, the process' of the host's
        if before_bytes is not None:
            text += " · " + self.tr("process +{size}").format(size=figures.size(max(0, now_bytes - before_bytes)))
        elif now_bytes:
            text += " · " + self.tr("process {size}").format(size=figures.size(now_bytes))
        return text

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """A legend, and a bar a rank."""
        painter = QPainter(self)
        colours = plot_colours(self.palette())
        painter.fillRect(self.rect(), colours.background)
        height, metrics = self.fontMetrics().height(), self.fontMetrics()
        painter.setPen(colours.foreground)
        if not self._held:
            words = self.tr("Press Play: what each rank holds is counted once a segment.")
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), words)
            return
        x = 6.0
        for name, colour, pattern in PARTS:
            painter.fillRect(QRectF(x, 4, metrics.ascent(), metrics.ascent()), QBrush(QColor(colour), pattern))
            x += metrics.ascent() + 4
            painter.drawText(QRectF(x, 0, 400, height + 6), int(Qt.AlignmentFlag.AlignVCenter), self._names[name])
            x += metrics.horizontalAdvance(self._names[name]) + 16
        most = max(sum(getattr(held, name) for name, _, _ in PARTS) for _, held in self._held)
        gutter = max(metrics.horizontalAdvance(rank_name(rank)) for rank, _ in self._held) + 12
        tail = max(metrics.horizontalAdvance(self._figures(rank, held)) for rank, held in self._held) + 12
        scale = max(10, self._row(0).width() - gutter - tail) / max(1, most)
        for index, (rank, held) in enumerate(self._held):
            box = self._row(index)
            top, row = box.top(), box.height()
            painter.setPen(colours.foreground)
            label = QRectF(box.left(), top, gutter, row - 3)
            painter.drawText(label, int(Qt.AlignmentFlag.AlignVCenter), rank_name(rank))
            left = box.left() + gutter
            for name, colour, pattern in PARTS:
                width = getattr(held, name) * scale
                painter.fillRect(QRectF(left, top, width, row - 4), QBrush(QColor(colour), pattern))
                left += width
            text = self._figures(rank, held)
            painter.drawText(QRectF(left + 6, top, tail, row - 3), int(Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The figures of the bar under the mouse."""
        for index, entry in enumerate(self._held):
            if self._row(index).contains(event.position()):
                QToolTip.showText(event.globalPosition().toPoint(), self._words(*entry), self)
                return
        QToolTip.hideText()
