"""`gearshift bench gpu`: parity, overhead and shifts on the first accelerator; says so where there is none."""

import argparse
import contextlib
import tempfile
import time
from pathlib import Path

from engine.bench import parity
from engine.bench.loops import Engine, HandWritten, median, verdict
from engine.bench.overhead import CASES
from engine.bench.set_up import timed_digits
from engine.bench.shift import measure
from engine.session.starter import make_starter


def main(arguments: list[str], _: str = "") -> int:
    """All GPU figures, with the device's name; 0 if every limit is kept."""
    parser = argparse.ArgumentParser(prog="gearshift bench gpu")
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args(arguments).rounds
    with contextlib.closing(make_starter()) as starter:
        hardware = starter.wait_hardware()
        devices = [device for device in hardware.devices if device.available and device.device != "cpu"]
        if not devices:
            reasons = "; ".join(f"{d.device}: {d.reason}" for d in hardware.devices if not d.available)
            print(f"There is no accelerator here ({reasons}). Nothing was measured.")
            return 0
        device = devices[0]
        print(f"{device.device}: {device.name}, torch {hardware.torch_version}, {time.strftime('%Y-%m-%d')}")
        kept = True
        for title, knobs, batch_size, steps, limit in CASES:
            spec = timed_digits(knobs, mode=device.device, batch_size=batch_size)
            ratios = []
            with contextlib.ExitStack() as stack:
                directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                bare = stack.enter_context(HandWritten("bare", spec, device.device))
                engine = stack.enter_context(Engine(spec, starter, directory))
                for _round in range(rounds):
                    bare_s, engine_s = bare.run(max(steps, 500)), engine.run(max(steps, 500))
                    ratios.append(engine_s / bare_s)
                    print(f"{title}: bare {bare_s * 1e6:.0f} us, engine {engine_s * 1e6:.0f} us, {ratios[-1]:.3f}")
            kept &= verdict(f"{title} on {device.name}, engine / bare, median", median(ratios), limit)
    with tempfile.TemporaryDirectory() as place:
        times, _held = measure((device.device, "cpu,threads=1"), 3, Path(place) / "shifts")
        for target, found in times.items():
            print(f"shift to {target}: median {median(found):.3f} s")
    return 0 if parity.main(["--device", device.device]) == 0 and kept else 1
