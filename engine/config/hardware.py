"""What this machine can compute on, and for what it cannot, why. No torch here: ranks report what theirs finds."""

import platform
import sys
from importlib.util import find_spec
from pathlib import Path

import msgspec

from engine.config.mode import cores
from engine.sizes import size


class DeviceReport(msgspec.Struct, frozen=True, kw_only=True):
    """One device as a mode names it, or one kind that is absent, with the reason."""

    device: str
    name: str
    available: bool
    reason: str = ""
    precisions: tuple[str, ...] = ()
    memory_bytes: int | None = None
    tested: bool = False


class TorchReport(msgspec.Struct, frozen=True, kw_only=True):
    """What torch in a rank process says."""

    torch_version: str
    build: str
    devices: tuple[DeviceReport, ...]


class HardwareReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of this machine: system, cores, memory, torch, devices."""

    system: str
    python_version: str
    cpu_name: str
    physical_cores: int | None
    usable_cores: int
    memory_bytes: int
    torch_version: str
    torch_build: str
    devices: tuple[DeviceReport, ...]


def cpu_name() -> str:
    """The processor's own name, where the system tells it."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def number_formats() -> tuple[str, ...] | None:
    """The precisions that the processor multiplies by itself; None where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), None)
    if flags is None:
        return None
    known = {"bf16": {"avx512_bf16", "amx_bf16"}, "fp16": {"avx512_fp16", "amx_fp16"}}
    return ("fp64", "fp32", *(name for name, units in known.items() if units & set(flags)))


def combine(torch: TorchReport) -> HardwareReport:
    """The report of this machine, with the devices that torch found in a rank process."""
    import psutil  # the window, which reads reports only, starts without it

    return HardwareReport(
        system=f"{platform.system()} {platform.release()}",
        python_version=platform.python_version(),
        cpu_name=cpu_name(),
        physical_cores=psutil.cpu_count(logical=False),
        usable_cores=cores(),
        memory_bytes=psutil.virtual_memory().total,
        torch_version=torch.torch_version,
        torch_build=torch.build,
        devices=(*torch.devices, _tpu())
        if not any(d.device.startswith("tpu") for d in torch.devices)
        else torch.devices,
    )


def without_accelerators(torch_version: str, build: str, reason: str) -> TorchReport:
    """What is certain where nobody could look for accelerators: torch, and the processor it runs on."""
    return TorchReport(
        torch_version=torch_version,
        build=build,
        devices=(
            cpu_report(),
            DeviceReport(device="cuda", name="NVIDIA or AMD GPU", available=False, reason=reason),
        ),
    )


def cpu_report() -> DeviceReport:
    """The processor, on which every precision can be computed."""
    return DeviceReport(
        device="cpu", name=cpu_name(), available=True, precisions=("fp64", "fp32", "bf16", "fp16"), tested=True
    )


def _tpu() -> DeviceReport:
    missing = find_spec("torch_tpu") is None and find_spec("torch_xla") is None
    reason = "torch-tpu is not installed" if missing else "no TPU found"
    return DeviceReport(device="tpu", name="Google TPU", available=False, reason=reason)


def hardware_text(report: HardwareReport) -> str:
    """The hardware report as lines of plain text, for the terminal."""
    physical = f"{report.physical_cores} physical, " if report.physical_cores else ""
    lines = [
        f"System   {report.system}, Python {report.python_version}",
        f"CPU      {report.cpu_name}: {physical}{report.usable_cores} usable",
        f"Memory   {size(report.memory_bytes)}",
        f"torch    {report.torch_version} ({report.torch_build})",
        "",
        "Devices",
    ]
    for device in report.devices:
        if device.available:
            memory = f", {size(device.memory_bytes)}" if device.memory_bytes else ""
            tested = "" if device.tested else " (untested with Gearshift)"
            lines.append(f"  {device.device:<8} {device.name}{memory}: {', '.join(device.precisions)}{tested}")
        else:
            lines.append(f"  {device.device:<8} {device.name}: absent, {device.reason}")
    return "\n".join(lines)
