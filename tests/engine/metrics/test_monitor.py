"""The machine's figures: a clock that does not drift, and devices that may be absent, partial, partitioned."""

import os
import sys
import threading
from types import SimpleNamespace

import pytest

from engine.metrics.monitor import Accelerators, Monitor


def test_clock_keeps_its_deadlines_and_skips_missed_ones() -> None:
    now = [10.0]
    monitor = Monitor(clock=lambda: now[0])
    sampled = []
    for _ in range(1_000):
        if monitor.due():
            sampled.append(now[0])
        now[0] += 0.0137
    assert all(at_s - (10.0 + index) < 0.014 for index, at_s in enumerate(sampled))
    now[0] += 5.5
    assert monitor.due()
    assert not monitor.due()


def test_sample_is_in_its_units() -> None:
    monitor = Monitor()
    sample = monitor.sample(1.5, {os.getpid(): "window", 2**22 + 1: "gone"})
    assert sample.at_s == 1.5
    assert all(0 <= core <= 1 for core in sample.cores_frac)
    assert 0 < sample.memory_used_bytes < sample.memory_total_bytes
    assert [process.label for process in sample.processes] == ["window"]
    if not sample.accelerators:
        assert sample.accelerator_reason


class NvmlError(Exception):
    """As pynvml's."""


def unsupported(*_: object) -> object:
    raise NvmlError("Not Supported")


def driver(**overrides: object) -> SimpleNamespace:
    """Stands for the third-party module, whose hardware is not here."""
    functions = {
        "NVMLError": NvmlError,
        "NVML_TEMPERATURE_GPU": 0,
        "NVML_CLOCK_SM": 1,
        "NVML_DEVICE_MIG_ENABLE": 1,
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetName": lambda _: b"Test GPU",
        "nvmlDeviceGetUtilizationRates": lambda _: SimpleNamespace(gpu=37),
        "nvmlDeviceGetMemoryInfo": lambda _: SimpleNamespace(used=2**30, total=2**33),
        "nvmlDeviceGetPowerUsage": lambda _: 123_000,
        "nvmlDeviceGetEnforcedPowerLimit": lambda _: 350_000,
        "nvmlDeviceGetTemperature": lambda *_: 61,
        "nvmlDeviceGetClockInfo": lambda *_: 1_980,
        "nvmlDeviceGetMigMode": lambda _: [0, 0],
    }
    return SimpleNamespace(**(functions | overrides))


def test_gpu_figures() -> None:
    (gpu,) = Accelerators(driver()).sample()
    assert (gpu.name, gpu.utilisation_frac, gpu.power_w, gpu.temperature_c) == ("Test GPU", 0.37, 123.0, 61.0)
    assert (gpu.memory_used_bytes, gpu.clock_hz, gpu.reason) == (2**30, 1.98e9, "")


@pytest.mark.parametrize("partitioned", [False, True])
def test_what_a_gpu_does_not_tell_is_none_with_a_reason(partitioned: bool) -> None:
    mig = [int(partitioned), 0]
    nvml = driver(nvmlDeviceGetUtilizationRates=unsupported, nvmlDeviceGetMigMode=lambda _: mig)
    (gpu,) = Accelerators(nvml).sample()
    assert gpu.utilisation_frac is None
    assert "utilisation: Not Supported" in gpu.reason
    assert ("MIG" in gpu.reason) == partitioned
    assert gpu.power_w == 123.0


def test_no_driver_is_a_reason_and_is_not_asked_again() -> None:
    asked = []

    def init() -> None:
        asked.append(1)
        raise NvmlError("Driver Not Loaded")

    accelerators = Accelerators(driver(nvmlInit=init))
    assert accelerators.sample() == accelerators.sample() == ()
    assert "Driver Not Loaded" in accelerators.reason
    assert len(asked) == 1


def test_a_driver_that_is_slow_to_wake_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asleep, may_wake = threading.Event(), threading.Event()

    def init() -> None:
        asleep.set()
        assert may_wake.wait(10.0)

    monkeypatch.setitem(sys.modules, "pynvml", driver(nvmlInit=init))
    accelerators = Accelerators()
    assert accelerators.sample() == ()
    assert asleep.wait(10.0)
    assert accelerators.sample() == ()  # the driver still sleeps
    assert accelerators.reason
    may_wake.set()
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "nvml")
    thread.join()
    (gpu,) = accelerators.sample()
    assert gpu.name == "Test GPU"
    assert not accelerators.reason
