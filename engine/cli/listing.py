"""`gearshift modes`, `workloads` and `hardware`: what there is here and, for what is missing, why. Each with --json."""

import argparse
import contextlib
import sys

import msgspec

from engine.config.cards import workloads
from engine.config.catalogue import offered_modes
from engine.config.hardware import HardwareReport, hardware_text
from engine.errors import plain
from engine.packs.presence import why_absent
from engine.session.starter import make_starter


def main(arguments: list[str], command: str) -> int:
    """Print the list that `command` names; returns the exit status 0."""
    parser = argparse.ArgumentParser(prog=f"gearshift {command}")
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
    as_json = parser.parse_args(arguments).json
    if command == "workloads":
        value: object = tuple(workloads().values())
        text = _workloads_text()
    else:
        with contextlib.closing(make_starter()) as starter:
            try:
                hardware = starter.wait_hardware()
            except RuntimeError as error:
                print(f"gearshift {command}: {error}", file=sys.stderr)
                return 3
        value = offered_modes(hardware) if command == "modes" else hardware
        text = _modes_text(hardware) if command == "modes" else hardware_text(hardware)
    print(msgspec.json.format(msgspec.json.encode(value, enc_hook=plain), indent=2).decode() if as_json else text)
    return 0


def _workloads_text() -> str:
    lines = []
    for card in workloads().values():
        lines.append(f"{card.name}: {card.summary}")
        counted = f"counted in {card.unit}, told by {card.metric.name}"
        lines.append(
            f"    {card.train_samples:,} samples to train on, {card.validation_samples:,} to validate; "
            f"{counted}; batch size {card.batch_size}, learning rate {card.lr:g}, {card.optimizer}"
        )
        for knob in card.knobs:
            least, most = ("any" if end is None else f"{end:,}" for end in (knob.minimum, knob.maximum))
            span = " or ".join(map(str, knob.choices)) if knob.choices else f"{least} to {most}"
            lines.append(f"    --set {knob.name}={knob.default}   {knob.title}, {span} {knob.unit}".rstrip())
            lines += [
                f"        {choice}: {reason}" for choice, pack in knob.packs.items() if (reason := why_absent(pack))
            ]
        lines += [f"    {reason}" for pack in card.packs if (reason := why_absent(pack))]
    return "\n".join(lines)


def _modes_text(hardware: HardwareReport) -> str:
    lines = []
    for offer in offered_modes(hardware):
        note = f"not here: {offer.reason}" if offer.reason else offer.remark
        lines.append(f"{offer.mode:<28} {offer.words}" + (f"   ({note})" if note else ""))
    return "\n".join(lines)
