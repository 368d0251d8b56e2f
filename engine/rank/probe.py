"""What torch finds on this machine. Asked in a process of its own: who looks for GPUs may start a driver's threads."""

import sys

import torch

from engine.config.hardware import DeviceReport, TorchReport, cpu_report

TESTED = ("cpu",)


def probe() -> TorchReport:
    """Every kind of device Gearshift knows, present or absent with the reason."""
    devices = [cpu_report()]
    accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    if accelerator is not None:
        devices += [_present(accelerator.type, index) for index in range(torch.accelerator.device_count())]
    for kind, name, reason in _absent():
        if accelerator is None or accelerator.type != kind:
            devices.append(DeviceReport(device=kind, name=name, available=False, reason=reason))
    return TorchReport(torch_version=str(torch.__version__), build=build(), devices=tuple(devices))


def _present(kind: str, index: int) -> DeviceReport:
    precisions: tuple[str, ...] = ("fp64", "fp32", "bf16", "fp16")
    name, memory_bytes = kind.upper(), None
    if kind in ("cuda", "xpu"):
        properties = getattr(torch, kind).get_device_properties(index)
        name, memory_bytes = properties.name, int(properties.total_memory)
        if kind == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
            precisions = ("fp64", "fp32", "fp16")
    elif kind == "mps":
        name, precisions = "Apple GPU", ("fp32", "bf16", "fp16")  # Metal has no 64-bit floating point
    return DeviceReport(
        device=kind if kind == "mps" else f"{kind}:{index}",
        name=name,
        available=True,
        precisions=precisions,
        memory_bytes=memory_bytes,
        tested=kind in TESTED,
    )


def _absent() -> list[tuple[str, str, str]]:
    """(kind, name, reason if it is not there) of the accelerators torch may have."""
    if torch.version.hip:
        cuda = "torch, built for AMD ROCm, finds no GPU"
    elif torch.version.cuda:
        cuda = "torch finds no NVIDIA GPU, or no driver"
    else:
        cuda = "this torch build is CPU-only"
    xpu = "torch finds no Intel GPU" if torch.version.xpu else "this torch build has no XPU support"
    mps = "it needs macOS on Apple silicon" if sys.platform != "darwin" else "this Mac or torch build has no Metal"
    return [
        ("cuda", "NVIDIA or AMD GPU", cuda),
        ("mps", "Apple GPU", mps),
        ("xpu", "Intel GPU", xpu),
    ]


def build() -> str:
    """What this torch was built for: ROCm, CUDA or the CPU alone."""
    if torch.version.hip:
        return f"ROCm {torch.version.hip}"
    return f"CUDA {torch.version.cuda}" if torch.version.cuda else "CPU-only"
