"""The machine once a second: cores, memory, network and processes by psutil, NVIDIA GPUs by NVML. No torch.

A metric is a row in a table; a device that does not tell gives None for it, and the reason. The clock has deadlines at
start + n * interval and skips those it missed, so it does not drift.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psutil

from engine.events.machine import DeviceSample, ProcessUsage, Usage

LOOPBACK = ("lo", "lo0")


class Monitor:
    """Sample when `due`. `nvml` may be handed in for tests; by default it is `pynvml`, loaded at the first."""

    def __init__(
        self, *, interval_s: float = 1.0, clock: Callable[[], float] = time.monotonic, nvml: Any = None
    ) -> None:
        self.interval_s = interval_s
        self._clock = clock
        self._next_s = clock()
        self._network: tuple[float, int, int | None] | None = None
        self._processes: dict[int, ProcessGauge] = {}
        self._accelerators = Accelerators(nvml)
        psutil.cpu_percent(percpu=True)  # the first reading is since the last one: this is that last one

    def due(self) -> bool:
        """True once for every interval; intervals that were missed are skipped, not made up for."""
        now_s = self._clock()
        if now_s < self._next_s:
            return False
        missed = int((now_s - self._next_s) / self.interval_s)
        self._next_s += (missed + 1) * self.interval_s
        return True

    def sample(self, at_s: float, processes: Mapping[int, str], ranks: Sequence[ProcessUsage] = ()) -> DeviceSample:
        """One reading; `processes` maps process numbers of this machine to labels, `ranks` have read themselves."""
        memory = psutil.virtual_memory()
        network_bytes_per_s, loopback_bytes_per_s = self._network_rates()
        return DeviceSample(
            at_s=at_s,
            cores_frac=tuple(percent / 100 for percent in psutil.cpu_percent(percpu=True)),
            memory_used_bytes=memory.total - memory.available,
            memory_total_bytes=memory.total,
            network_bytes_per_s=network_bytes_per_s,
            loopback_bytes_per_s=loopback_bytes_per_s,
            cpu_temperature_c=_cpu_temperature(),
            accelerators=self._accelerators.sample(),
            accelerator_reason=self._accelerators.reason,
            processes=(*self._usage(processes), *ranks),
        )

    def _network_rates(self) -> tuple[float, float | None]:
        """(sent and received on all interfaces, sent on the loopback), bytes a second since the last sample."""
        interfaces = psutil.net_io_counters(pernic=True) or {}
        now_s, total = self._clock(), sum(c.bytes_sent + c.bytes_recv for c in interfaces.values())
        local = next((interfaces[name].bytes_sent for name in LOOPBACK if name in interfaces), None)
        before, self._network = self._network, (now_s, total, local)
        if before is None or now_s <= before[0]:
            return 0.0, None
        seconds = now_s - before[0]
        rate = max(0, local - before[2]) / seconds if local is not None and before[2] is not None else None
        return max(0, total - before[1]) / seconds, rate

    def _usage(self, labels: Mapping[int, str]) -> tuple[ProcessUsage, ...]:
        self._processes = {pid: self._processes.get(pid) or ProcessGauge(pid) for pid in labels}
        found = [self._processes[pid].usage(label) for pid, label in labels.items()]
        return tuple(usage for usage in found if usage is not None)


class ProcessGauge:
    """What one process of this machine takes of it, by its number."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._process: psutil.Process | None = None

    def cpu_s(self) -> float | None:
        """How long it has computed in all; None if it is gone."""
        try:
            times = self._known().cpu_times()
        except psutil.Error:
            return None
        return float(times.user + times.system)

    def usage(self, label: str) -> ProcessUsage | None:
        """The process's share of a core since the last call, and its memory now; None if it is gone."""
        try:
            process = self._known()
            with process.oneshot():
                cpu_frac = process.cpu_percent() / 100
                memory_bytes = process.memory_info().rss
        except psutil.Error:
            return None
        return ProcessUsage(label=label, pid=self._pid, cpu_frac=cpu_frac, memory_bytes=memory_bytes)

    def _known(self) -> psutil.Process:
        if self._process is None:
            self._process = psutil.Process(self._pid)
        return self._process


def _cpu_temperature() -> float | None:
    read = getattr(psutil, "sensors_temperatures", None)
    groups = read() if read else {}
    for name in ("coretemp", "k10temp", "cpu_thermal", "zenpower"):
        if groups.get(name):
            return float(groups[name][0].current)
    return None


class Accelerators:
    """NVIDIA GPUs. Where NVML is not there, `reason` says so and nothing is asked again.

    A driver may need a second to wake: it is opened on a thread, for who samples may be a window.
    """

    METRICS: tuple[tuple[str, Callable[[Any, Any], float]], ...] = (
        ("utilisation_frac", lambda nvml, gpu: nvml.nvmlDeviceGetUtilizationRates(gpu).gpu / 100),
        ("memory_used_bytes", lambda nvml, gpu: int(nvml.nvmlDeviceGetMemoryInfo(gpu).used)),
        ("memory_total_bytes", lambda nvml, gpu: int(nvml.nvmlDeviceGetMemoryInfo(gpu).total)),
        ("power_w", lambda nvml, gpu: nvml.nvmlDeviceGetPowerUsage(gpu) / 1e3),
        ("power_limit_w", lambda nvml, gpu: nvml.nvmlDeviceGetEnforcedPowerLimit(gpu) / 1e3),
        ("temperature_c", lambda nvml, gpu: float(nvml.nvmlDeviceGetTemperature(gpu, nvml.NVML_TEMPERATURE_GPU))),
        ("clock_hz", lambda nvml, gpu: nvml.nvmlDeviceGetClockInfo(gpu, nvml.NVML_CLOCK_SM) * 1e6),
    )

    def __init__(self, nvml: Any = None) -> None:
        self.reason = ""
        self._nvml: Any = nvml
        self._handles: list[Any] | None = None
        self._opening: threading.Thread | None = None

    def sample(self) -> tuple[Usage, ...]:
        """A row a GPU; none where there is none."""
        if self._handles is None and self._opening is None:
            self.reason = "NVIDIA's driver has not answered yet"
            self._opening = threading.Thread(target=self._open, name="nvml", daemon=True)
            self._opening.start()
            if self._nvml is not None:
                self._opening.join()
        return tuple(self._read(handle) for handle in self._handles or ())

    def _open(self) -> None:
        nvml = self._nvml
        try:
            if nvml is None:
                import pynvml

                nvml = pynvml
            nvml.nvmlInit()
            found = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
            self.reason = ""
        except Exception as error:
            self.reason = f"no NVIDIA driver answers ({error})"
            found = []
        self._nvml, self._handles = nvml, found

    def _read(self, handle: Any) -> Usage:
        nvml = self._nvml
        values: dict[str, Any] = {}
        missing = []
        for name, read in self.METRICS:
            try:
                values[name] = read(nvml, handle)
            except nvml.NVMLError as error:
                missing.append(f"{name.rsplit('_', 1)[0].replace('_', ' ')}: {error}")
        return Usage(name=self._name(handle), reason=self._why_missing(handle, missing), **values)

    def _name(self, handle: Any) -> str:
        try:
            name = self._nvml.nvmlDeviceGetName(handle)
        except self._nvml.NVMLError:
            return "NVIDIA GPU"
        return name.decode() if isinstance(name, bytes) else str(name)

    def _why_missing(self, handle: Any, missing: list[str]) -> str:
        if not missing:
            return ""
        try:
            partitioned = self._nvml.nvmlDeviceGetMigMode(handle)[0] == self._nvml.NVML_DEVICE_MIG_ENABLE
        except self._nvml.NVMLError:
            partitioned = False
        prefix = "n/a while the GPU is partitioned (MIG): " if partitioned else ""
        return prefix + "; ".join(missing)
