"""What each rank holds: weights, gradients, optimizer state, and what is kept for backward. A bar a rank."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QVBoxLayout

from engine.anatomy import Held
from gui import figures
from gui.panel import Panel
from gui.store import Store
from gui.theme import BLUE, GREEN, ORANGE, PURPLE, plot_colours
from gui.view import PlotView

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
        self._measured: dict[int, int] = {}
        self._names = {
            "parameter_bytes": self.tr("weights"),
            "gradient_bytes": self.tr("gradients"),
            "optimizer_bytes": self.tr("optimizer"),
            "activation_bytes": self.tr("kept for backward (most at once)"),
        }
        self.setMinimumSize(240, 90)

    def panel_title(self) -> str:
        """The dock's title."""
        return self.tr("Memory by rank")

    def refresh(self, store: Store) -> None:
        """The newest step that was counted, and the newest sample of the processes."""
        anatomy = store.anatomies[-1] if store.anatomies else None
        self._held = [(r.rank, r.held) for r in anatomy.ranks if r.held is not None] if anatomy else []
        sample = store.device_samples[-1] if store.device_samples else None
        labels = {f"rank {rank}": rank for rank, _ in self._held}
        self._measured = {
            labels[p.label]: p.memory_bytes for p in (sample.processes if sample else ()) if p.label in labels
        }
        self.setAccessibleDescription("; ".join(self._words(rank, held) for rank, held in self._held))
        self.update()

    def _words(self, rank: int, held: Held) -> str:
        parts = [f"{self._names[name]} {figures.size(getattr(held, name))}" for name, _, _ in PARTS]
        return f"rank {rank}: " + ", ".join(parts)

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
        totals = [sum(getattr(held, name) for name, _, _ in PARTS) for _, held in self._held]
        gutter = metrics.horizontalAdvance("rank 00") + 12
        tail = metrics.horizontalAdvance("000.0 MiB · process 000.0 MiB") + 12
        row = min(2.2 * height, max(height + 2, (self.height() - height - 12) / len(self._held)))
        scale = max(10, self.width() - gutter - tail) / max(1, *totals)
        for index, ((rank, held), total) in enumerate(zip(self._held, totals, strict=True)):
            top = height + 10 + index * row
            painter.setPen(colours.foreground)
            painter.drawText(QRectF(6, top, gutter, row - 3), int(Qt.AlignmentFlag.AlignVCenter), f"rank {rank}")
            left = float(gutter)
            for name, colour, pattern in PARTS:
                width = getattr(held, name) * scale
                painter.fillRect(QRectF(left, top, width, row - 4), QBrush(QColor(colour), pattern))
                left += width
            text = figures.size(total)
            if rank in self._measured:
                text += " · " + self.tr("process {size}").format(size=figures.size(self._measured[rank]))
            painter.drawText(QRectF(left + 6, top, tail, row - 3), int(Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()

    def mouseMoveEvent(self, event: object) -> None:
        """The figures of the bar under the mouse."""
        height = self.fontMetrics().height()
        row = min(2.2 * height, max(height + 2, (self.height() - height - 12) / max(1, len(self._held))))
        index = int((event.position().y() - height - 10) // row)  # type: ignore[attr-defined]
        if 0 <= index < len(self._held):
            QToolTip.showText(event.globalPosition().toPoint(), self._words(*self._held[index]), self)  # type: ignore[attr-defined]
