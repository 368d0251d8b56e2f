"""What the machine does meanwhile: cores, memory, network, accelerators, and the processes of the run."""

import msgspec

from engine.events.event import Event


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """One accelerator, sampled. None where the device does not tell; `reason` then says why."""

    name: str
    utilisation_frac: float | None = None
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    power_w: float | None = None
    power_limit_w: float | None = None
    temperature_c: float | None = None
    clock_hz: float | None = None
    reason: str = ""


class ProcessUsage(msgspec.Struct, frozen=True, kw_only=True):
    """One process of the run (`label`: "rank 0", "window", "fork server"): share of one core (1.0 = one core busy)."""

    label: str
    pid: int
    cpu_frac: float
    memory_bytes: int


class DeviceSample(Event, frozen=True, kw_only=True):
    """The machine, once a second: utilisation of each core (0..1), memory, network, accelerators, processes.

    `network_bytes_per_s` is sent and received on all interfaces; `loopback_bytes_per_s` what processes of this machine
    send each other over TCP (None where the system does not tell). `accelerator_reason` says why `accelerators` is
    empty.
    """

    cores_frac: tuple[float, ...]
    memory_used_bytes: int
    memory_total_bytes: int
    network_bytes_per_s: float
    cpu_temperature_c: float | None
    accelerators: tuple[Usage, ...]
    accelerator_reason: str
    processes: tuple[ProcessUsage, ...]
    loopback_bytes_per_s: float | None = None

    @property
    def elsewhere_bytes_per_s(self) -> float:
        """What is sent to other machines and received from them, bytes a second: without the loopback's both ways."""
        return max(0.0, self.network_bytes_per_s - 2 * (self.loopback_bytes_per_s or 0.0))
