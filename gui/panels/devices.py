"""The machine: cores, memory, network, accelerators, and the processes of the run, the window's own among them."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from engine.events import DeviceSample
from gui.look.theme import plot_colours
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text import figures

HISTORY_S = 60
MANY_CORES = 16
WIDEST_FIGURE = "100 % · 9.99 GiB"


class Row:
    """One line of the panel: a name, a history of fractions, a figure. `reason` stands for a figure that is absent."""

    def __init__(self, name: str, values: list[tuple[float, float]], figure: str, *, reason: str = "") -> None:
        self.name = name
        self.values = values
        self.figure = figure
        self.reason = reason


class Rows(QWidget):
    """Paints rows with their last minute; one paint a second, no plot items."""

    def __init__(self) -> None:
        super().__init__()
        self._groups: list[tuple[str, list[Row]]] = []
        self._now_s = 0.0

    def show_rows(self, groups: list[tuple[str, list[Row]]], now_s: float) -> None:
        """Draw these from now on."""
        self._groups, self._now_s = groups, now_s
        self.setMinimumHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        rows = sum(len(rows) + 1 for _, rows in self._groups)
        return QSize(260, rows * self._row_height() + 24)

    def _row_height(self) -> int:
        return self.fontMetrics().height() + 8

    def paintEvent(self, _: QPaintEvent) -> None:
        """Group by group, row by row."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height, y = self._row_height(), 4
        for title, rows in self._groups:
            self._paint_title(painter, title, y, height)
            y += height
            for row in rows:
                self._paint_row(painter, row, QRectF(10, y, self.width() - 20, height))
                y += height

    def _paint_title(self, painter: QPainter, title: str, y: int, height: int) -> None:
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(QRectF(10, y, self.width() - 20, height), Qt.AlignmentFlag.AlignVCenter, title)
        font.setBold(False)
        painter.setFont(font)

    def _paint_row(self, painter: QPainter, row: Row, at: QRectF) -> None:
        colours = plot_colours(self.palette())
        group = QPalette.ColorGroup.Disabled if row.reason else QPalette.ColorGroup.Active
        metrics = self.fontMetrics()
        name_width = min(at.width() * 0.34, metrics.horizontalAdvance("next rank 00"))
        figure_width = max(metrics.horizontalAdvance(WIDEST_FIGURE), at.width() * 0.3)
        painter.setPen(self.palette().color(group, QPalette.ColorRole.WindowText))
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, round(name_width))
        painter.drawText(QRectF(at.x(), at.y(), name_width, at.height()), Qt.AlignmentFlag.AlignVCenter, name)
        if row.reason:
            rest = QRectF(at.x() + name_width + 8, at.y(), at.width() - name_width - 8, at.height())
            text = metrics.elidedText(row.reason, Qt.TextElideMode.ElideRight, round(rest.width()))
            painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, text)
            return
        figure = QRectF(at.right() - figure_width, at.y(), figure_width, at.height())
        painter.drawText(figure, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, row.figure)
        graph = QRectF(
            at.x() + name_width + 8, at.y() + 3, at.width() - name_width - figure_width - 16, at.height() - 6
        )
        if graph.width() > 24:
            self._paint_history(painter, row, graph, colours.line, colours.grid)

    def _paint_history(self, painter: QPainter, row: Row, graph: QRectF, line: QColor, grid: QColor) -> None:
        painter.fillRect(graph, self.palette().color(QPalette.ColorRole.Base))
        painter.setPen(QPen(grid, 1))
        painter.drawRect(graph)
        path = QPainterPath()
        last_x = None
        for at_s, frac in row.values:
            x = graph.right() - (self._now_s - at_s) / HISTORY_S * graph.width()
            if x < graph.left():
                continue
            y = graph.bottom() - min(1.0, max(0.0, frac)) * graph.height()
            if last_x is None:
                path.moveTo(x, graph.bottom())
            path.lineTo(x, y)
            last_x = x
        if last_x is None:
            return
        path.lineTo(last_x, graph.bottom())
        fill = QColor(line)
        fill.setAlpha(90)
        painter.fillPath(path, fill)
        painter.setPen(QPen(line, 1.2))
        painter.drawPath(path)


class DevicesPanel(Panel):
    """What the machine does, sampled once a second."""

    panel_id = "devices"
    area = "right"
    order = 1
    watches = ("devices",)

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._rows = Rows()
        scroll = QScrollArea()
        scroll.setWidget(self._rows)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)
        self.setAccessibleName(self.panel_title())
        self._rows.setToolTip(
            self.tr(
                "Each graph is the last 60 seconds, newest at the right, from 0 to 100 %. "
                "A process at 100 % keeps one core busy."
            )
        )

    def changeEvent(self, event: QEvent) -> None:
        """Room for name, graph and figure in any text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.setMinimumWidth(self.fontMetrics().horizontalAdvance(f"rank 00 {WIDEST_FIGURE}") + 40)

    def panel_title(self) -> str:
        """The dock's title."""
        return self.tr("Devices · last 60 s")

    def refresh(self, store: Store) -> None:
        """Draw the last minute of samples."""
        if not store.device_samples:
            return
        now = store.device_samples[-1]
        recent = []
        next_s = now.at_s
        for sample in reversed(store.device_samples):
            if not now.at_s - HISTORY_S <= sample.at_s <= next_s:
                break  # too old, or (before a run was taken up again) by another clock
            next_s = sample.at_s
            recent.append(sample)
        recent.reverse()
        groups = [
            (self.tr("Cores"), self._cores(now, recent)),
            (self.tr("Memory and network"), self._memory(now, recent)),
            (self.tr("Accelerators"), self._accelerators(now, recent)),
            (self.tr("Processes (100 % = one core)"), self._processes(now, recent)),
        ]
        self._rows.show_rows([group for group in groups if group[1]], now.at_s)
        busy = sum(now.cores_frac) / max(1, len(now.cores_frac))
        self.setAccessibleDescription(self.tr("{percent} % of all cores in use").format(percent=f"{busy * 100:.0f}"))

    def _cores(self, now: DeviceSample, recent: list[DeviceSample]) -> list[Row]:
        every = max(1, len(now.cores_frac) // MANY_CORES)
        rows = []
        for first in range(0, len(now.cores_frac), every):
            last = min(first + every, len(now.cores_frac)) - 1
            name = (
                self.tr("core {n}").format(n=first) if every == 1 else self.tr("cores {a}–{b}").format(a=first, b=last)
            )
            values = [(s.at_s, _mean(s.cores_frac[first : last + 1])) for s in recent]
            rows.append(Row(name, values, f"{values[-1][1] * 100:.0f} %"))
        return rows

    def _memory(self, now: DeviceSample, recent: list[DeviceSample]) -> list[Row]:
        values = [(s.at_s, s.memory_used_bytes / s.memory_total_bytes) for s in recent]
        used = figures.size_of(now.memory_used_bytes, now.memory_total_bytes)
        peak = max([s.network_bytes_per_s for s in recent] + [1.0])
        network = [(s.at_s, s.network_bytes_per_s / peak) for s in recent]
        rows = [
            Row(self.tr("memory"), values, used),
            Row(self.tr("network"), network, figures.short(now.network_bytes_per_s, "B/s")),
        ]
        if now.cpu_temperature_c is not None:
            heat = [(s.at_s, (s.cpu_temperature_c or 0.0) / 100) for s in recent]
            rows.append(Row(self.tr("temperature"), heat, f"{now.cpu_temperature_c:.0f} °C"))
        return rows

    def _accelerators(self, now: DeviceSample, recent: list[DeviceSample]) -> list[Row]:
        rows = []
        for index, usage in enumerate(now.accelerators):
            name = f"{index}: {usage.name}"
            history = [(s.at_s, s.accelerators[index]) for s in recent if index < len(s.accelerators)]
            if usage.utilisation_frac is None:
                rows.append(Row(name, [], "", reason=self.tr("utilisation n/a: {why}").format(why=usage.reason)))
            else:
                values = [(at_s, u.utilisation_frac or 0.0) for at_s, u in history]
                rows.append(Row(name, values, f"{usage.utilisation_frac * 100:.0f} %"))
            if usage.memory_used_bytes is not None and usage.memory_total_bytes:
                total = usage.memory_total_bytes
                values = [(at_s, (u.memory_used_bytes or 0) / total) for at_s, u in history]
                rows.append(Row(self.tr("  memory"), values, f"{figures.size(usage.memory_used_bytes)}"))
            if usage.power_w is not None:
                limit = usage.power_limit_w or 1e3
                values = [(at_s, (u.power_w or 0.0) / limit) for at_s, u in history]
                rows.append(Row(self.tr("  power"), values, f"{usage.power_w:.0f} W"))
            if usage.temperature_c is not None:
                values = [(at_s, (u.temperature_c or 0.0) / 100) for at_s, u in history]
                rows.append(Row(self.tr("  temperature"), values, f"{usage.temperature_c:.0f} °C"))
        if not now.accelerators:
            rows.append(Row(self.tr("NVIDIA GPU"), [], "", reason=now.accelerator_reason))
        return rows

    def _processes(self, now: DeviceSample, recent: list[DeviceSample]) -> list[Row]:
        history: dict[int, list[tuple[float, float]]] = {}
        for sample in recent:
            for process in sample.processes:
                history.setdefault(process.pid, []).append((sample.at_s, process.cpu_frac))
        rows = []
        for process in now.processes:
            values = history[process.pid]
            top = max([frac for _, frac in values] + [1.0])
            figure = f"{process.cpu_frac * 100:.0f} % · {figures.size(process.memory_bytes)}"
            rows.append(Row(process.label, [(at_s, frac / top) for at_s, frac in values], figure))
        return rows


def _mean(values: tuple[float, ...]) -> float:
    return sum(values) / len(values)
