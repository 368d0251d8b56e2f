"""The machine: cores, memory, network, accelerators, and the processes of the run, the window's own among them."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout

from engine.events.machine import DeviceSample
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text import figures
from gui.widgets.history_rows import HISTORY_S, WIDEST_FIGURE, HistoryRow, HistoryRows

MANY_CORES = 16


class DevicesPanel(Panel):
    """What the machine does, sampled once a second."""

    panel_id = "devices"
    area = "right"
    order = 1
    watches = ("devices",)

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._rows = HistoryRows()
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
        """The title of the panel's dock, translated."""
        return self.tr("Devices · last 60 s")

    @classmethod
    def has_to_show(cls, store: Store) -> bool:  # noqa: ARG003
        """The machine is there, with a run or without."""
        return True

    def refresh(self, store: Store) -> None:
        """Draw the last minute of samples."""
        recent = store.samples.of_last(HISTORY_S)
        if not recent:
            return
        now = recent[-1]
        groups = [
            (self.tr("Cores"), self._cores(now, recent)),
            (self.tr("Memory and network"), self._memory(now, recent)),
            (self.tr("Accelerators"), self._accelerators(now, recent)),
            (self.tr("Processes (100 % = one core)"), self._processes(now, recent)),
        ]
        self._rows.show_rows([group for group in groups if group[1]], now.at_s)
        busy = sum(now.cores_frac) / max(1, len(now.cores_frac))
        self.setAccessibleDescription(self.tr("{percent} % of all cores in use").format(percent=f"{busy * 100:.0f}"))

    def _cores(self, now: DeviceSample, recent: list[DeviceSample]) -> list[HistoryRow]:
        every = max(1, len(now.cores_frac) // MANY_CORES)
        rows = []
        for first in range(0, len(now.cores_frac), every):
            last = min(first + every, len(now.cores_frac)) - 1
            name = (
                self.tr("core {n}").format(n=first) if every == 1 else self.tr("cores {a}–{b}").format(a=first, b=last)
            )
            values = [(s.at_s, _mean(s.cores_frac[first : last + 1])) for s in recent]
            rows.append(HistoryRow(name, values, f"{values[-1][1] * 100:.0f} %"))
        return rows

    def _memory(self, now: DeviceSample, recent: list[DeviceSample]) -> list[HistoryRow]:
        values = [(s.at_s, s.memory_used_bytes / s.memory_total_bytes) for s in recent]
        used = figures.size_of(now.memory_used_bytes, now.memory_total_bytes)
        rows = [HistoryRow(self.tr("memory"), values, used)]
        if any(s.loopback_bytes_per_s is not None for s in recent):
            within = [(s.at_s, s.loopback_bytes_per_s or 0.0) for s in recent]
            rows.append(_rate(self.tr("loopback"), within))
        rows.append(_rate(self.tr("network"), [(s.at_s, s.elsewhere_bytes_per_s) for s in recent]))
        if now.cpu_temperature_c is not None:
            heat = [(s.at_s, (s.cpu_temperature_c or 0.0) / 100) for s in recent]
            rows.append(HistoryRow(self.tr("temperature"), heat, f"{now.cpu_temperature_c:.0f} °C"))
        return rows

    def _accelerators(self, now: DeviceSample, recent: list[DeviceSample]) -> list[HistoryRow]:
        rows = []
        for index, usage in enumerate(now.accelerators):
            name = f"{index}: {usage.name}"
            history = [(s.at_s, s.accelerators[index]) for s in recent if index < len(s.accelerators)]
            if usage.utilisation_frac is None:
                rows.append(HistoryRow(name, [], "", reason=self.tr("utilisation n/a: {why}").format(why=usage.reason)))
            else:
                values = [(at_s, u.utilisation_frac or 0.0) for at_s, u in history]
                rows.append(HistoryRow(name, values, f"{usage.utilisation_frac * 100:.0f} %"))
            if usage.memory_used_bytes is not None and usage.memory_total_bytes:
                total = usage.memory_total_bytes
                values = [(at_s, (u.memory_used_bytes or 0) / total) for at_s, u in history]
                rows.append(HistoryRow(self.tr("  memory"), values, f"{figures.size(usage.memory_used_bytes)}"))
            if usage.power_w is not None:
                limit = usage.power_limit_w or 1e3
                values = [(at_s, (u.power_w or 0.0) / limit) for at_s, u in history]
                rows.append(HistoryRow(self.tr("  power"), values, f"{usage.power_w:.0f} W"))
            if usage.temperature_c is not None:
                values = [(at_s, (u.temperature_c or 0.0) / 100) for at_s, u in history]
                rows.append(HistoryRow(self.tr("  temperature"), values, f"{usage.temperature_c:.0f} °C"))
        if not now.accelerators:
            rows.append(HistoryRow(self.tr("NVIDIA GPU"), [], "", reason=now.accelerator_reason))
        return rows

    def _processes(self, now: DeviceSample, recent: list[DeviceSample]) -> list[HistoryRow]:
        history: dict[int, list[tuple[float, float]]] = {}
        for sample in recent:
            for process in sample.processes:
                history.setdefault(process.pid, []).append((sample.at_s, process.cpu_frac))
        rows = []
        for process in now.processes:
            values = history[process.pid]
            top = max([frac for _, frac in values] + [1.0])
            figure = f"{process.cpu_frac * 100:.0f} % · {figures.size(process.memory_bytes)}"
            rows.append(HistoryRow(process.label, [(at_s, frac / top) for at_s, frac in values], figure))
        return rows


def _rate(name: str, rates: list[tuple[float, float]]) -> HistoryRow:
    """Bytes a second at each time, on a scale of the most of them; the last one in figures."""
    peak = max([rate for _, rate in rates] + [1.0])
    return HistoryRow(name, [(at_s, rate / peak) for at_s, rate in rates], f"{figures.size(rates[-1][1])}/s")


def _mean(values: tuple[float, ...]) -> float:
    return sum(values) / len(values)
