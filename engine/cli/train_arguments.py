"""What `gearshift train` is asked for: its options, and the run and the points of it that they mean."""

import argparse
import math
import os
from pathlib import Path
from typing import Any

import msgspec

from engine.config import limits
from engine.config.examples import Slow, example_named, examples
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec, check_spec, make_spec, parse_value, read_spec, workload_card
from engine.config.untrusted import shown
from engine.errors import RequestError
from engine.ipc.orders import KeepPace
from engine.record.lock import refuse_if_trained
from engine.record.reader import read_record
from engine.record.states import last_state


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do at a step boundary: a shift, a change of hyper-parameters, or a slowdown on purpose."""

    step: int
    mode: str | None = None
    lr: float | None = None
    batch_size: int | None = None
    slow: Slow | None = None
    steps_per_s: float | None = None
    """Another pace; 0: full speed."""


def parser() -> argparse.ArgumentParser:
    """The parser of all options that `gearshift train` has."""
    parser = argparse.ArgumentParser(prog="gearshift train", description="Train a workload in a terminal.")
    what = parser.add_argument_group("what to train")
    what.add_argument("--workload", metavar="NAME", help="see: gearshift workloads (default digits-mlp)")
    what.add_argument("--set", metavar="KNOB=VALUE", action="append", default=[], help="a knob of the workload")
    what.add_argument("--spec", metavar="FILE.toml", type=Path, help="everything from a file; options override it")
    what.add_argument("--example", metavar="NAME", help=f"one of: {', '.join(examples())}; options override it")
    what.add_argument("--resume", metavar="DIR", type=Path, help="go on with a recorded run from its last state")
    how = parser.add_argument_group("how")
    how.add_argument("--mode", metavar="MODE", help="for example cpu,threads=1; gearshift modes lists what there is")
    how.add_argument("--batch-size", metavar="B", type=int, help="samples in the global batch")
    how.add_argument("--lr", metavar="X", type=float, help="learning rate")
    how.add_argument("--optimizer", metavar="NAME", help="adam or sgd")
    how.add_argument("--seed", metavar="S", type=int, help="decides weights and batches")
    how.add_argument("--no-evaluator", action="store_true", help="no process beside training that validates")
    how.add_argument("--hang-limit", metavar="SECONDS", type=float, help="longest time a step may take (default 60)")
    how.add_argument("--pace", metavar="N", type=float, help="at most N steps a second (default: full speed)")
    how.add_argument("--shift", metavar="STEP:MODE", action="append", default=[], help="shift before a step")
    how.add_argument(
        "--at", metavar="STEP:lr=X|batch_size=B|pace=N", action="append", default=[], help="change before a step"
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", metavar="N", type=int, help="steps in all (default: until Ctrl+C)")
    length.add_argument("--epochs", metavar="N", type=float, help="passes over the training data in all")
    out = parser.add_argument_group("what to write")
    out.add_argument("--record", metavar="DIR", type=Path, help="where to keep the run (default: the data directory)")
    out.add_argument("--json", metavar="FILE", help="JSON lines: one a step, one a shift, a summary; - for stdout")
    out.add_argument("--quiet", action="store_true", help="no progress, only what goes wrong")
    return parser


def asked_spec(options: argparse.Namespace, notes: list[str]) -> tuple[RunSpec, Path | None]:
    """The run that is asked for and its directory (None: a new one). `notes` gets what is damaged and left out.

    Raises:
        RequestError: what is asked for contradicts itself or the run that is to go on, or is out of its range.
    """
    knobs = dict(_pair(text, "--set") for text in options.set)
    given = {
        "mode": options.mode,
        "batch_size": options.batch_size,
        "lr": options.lr,
        "optimizer": options.optimizer,
        "seed": options.seed,
        "hang_limit_s": options.hang_limit,
        "steps": options.steps,
    }
    given = {name: value for name, value in given.items() if value is not None}
    if options.resume is not None:
        return _resumed(options, given, knobs, notes), options.resume
    if options.spec is not None or options.example is not None:
        if options.spec is not None and options.example is not None:
            raise RequestError("--spec and --example are two set-ups: ask for one of them.")
        base = read_spec(options.spec) if options.spec is not None else _of_example(options)
        if options.workload is not None and options.workload != base.workload:
            raise RequestError(
                "{spec} trains {workload}, --workload asks for {asked}.",
                spec=options.spec or options.example,
                workload=base.workload,
                asked=options.workload,
            )
        spec = check_spec({**msgspec.structs.asdict(base), **given, "knobs": {**base.knobs, **_values(knobs)}})
    else:
        spec = make_spec("digits-mlp" if options.workload is None else options.workload, knobs=_values(knobs), **given)
    spec = _with_epochs(spec, options.epochs)
    if options.record is not None:
        _check_place(options.record)
    return spec, options.record


def _of_example(options: argparse.Namespace) -> RunSpec:
    """An example ends by itself: a terminal waits for its end."""
    example = example_named(options.example)
    return example.spec if options.epochs is not None else msgspec.structs.replace(example.spec, steps=example.steps)


def _check_place(directory: Path) -> None:
    """Raise a RequestError if no new record can be made in `directory`."""
    if directory.is_dir() and any(directory.iterdir()):
        raise RequestError(
            "{record} is not empty. Name a new directory, or go on with: --resume DIR.", record=directory
        )
    there = next(path for path in (directory, *directory.absolute().parents) if path.exists() or path.is_symlink())
    if not there.is_dir():
        raise RequestError(
            "{record} cannot be made: {there} is not a directory. Name another place.", record=directory, there=there
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise RequestError(
            "{record} cannot be made: {there} may not be written to. Name another place.", record=directory, there=there
        )


def _resumed(options: argparse.Namespace, given: dict[str, Any], knobs: dict[str, str], notes: list[str]) -> RunSpec:
    for name in ("batch_size", "lr", "optimizer", "seed"):
        if name in given:
            raise RequestError(
                f"--{name.replace('_', '-')} comes from the run that is resumed. To change it: --at STEP:{name}=VALUE."
                if name in ("batch_size", "lr")
                else f"--{name} is part of the run that is resumed and cannot change in it."
            )
    if knobs or options.workload or options.spec or options.example or options.record:
        raise RequestError("--resume takes workload, knobs and directory from the run itself: leave them out.")
    record = read_record(options.resume)
    refuse_if_trained(options.resume)
    spec = _with_epochs(check_spec({**msgspec.structs.asdict(record.spec), **given}), options.epochs)
    notes += record.notes
    state = last_state(options.resume, notes)
    done = state.step if state else 0
    if spec.steps is not None and spec.steps <= done:
        raise RequestError(
            "The run in {resume} has made {done:,} of {steps:,} steps. Ask for more: --steps N.",
            resume=options.resume,
            done=done,
            steps=spec.steps,
        )
    return spec


def _with_epochs(spec: RunSpec, epochs: float | None) -> RunSpec:
    if epochs is None:
        return spec
    samples = workload_card(spec.workload).number("train_samples", spec.knobs)
    if not 0 <= epochs * samples < 2**62:
        raise RequestError("--epochs {epochs} must be a number from 0.", epochs=epochs)
    return msgspec.structs.replace(spec, steps=math.ceil(epochs * samples / spec.batch_size))


def asked_points(options: argparse.Namespace, spec: RunSpec, directory: Path | None) -> list[Point]:
    """All --shift and --at in the order of their steps; changes before a shift at the same step.

    Raises:
        RequestError: one of them cannot be, or is at a step that is past or never made.
    """
    points = []
    for text in options.at:
        step, change = _step(text, "--at")
        name, value = _pair(change, "--at")
        if name == "pace":
            points.append(Point(step=step, steps_per_s=0.0 if value in ("0", "full") else asked_pace(value)))
            continue
        if name not in ("lr", "batch_size"):
            raise RequestError("--at {text} cannot be: what can be changed is lr, batch_size, pace.", text=shown(text))
        number = parse_value(value)
        limits.check(name, number, limits.ranges_of(RunSpec)[name])
        points.append(msgspec.structs.replace(Point(step=step), **{name: number}))
    for text in options.shift:
        step, mode = _step(text, "--shift")
        points.append(Point(step=step, mode=parse_mode(mode).text))
    if options.example is not None:
        last = math.inf if spec.steps is None else spec.steps
        points += [
            Point(step=then.step, mode=then.mode, slow=then.slow)
            for then in example_named(options.example).then
            if then.step < last  # who asks for fewer steps sees less of it
        ]
    state = last_state(directory) if options.resume is not None and directory else None
    for point in points:
        if spec.steps is not None and point.step >= spec.steps:
            raise RequestError(
                "step {step:,} is never made: the run ends after {steps:,} steps.", step=point.step, steps=spec.steps
            )
        if state is not None and point.step < state.step:
            raise RequestError(
                "step {step:,} is past: the run goes on from step {start:,}.", step=point.step, start=state.step
            )
    return sorted(points, key=lambda point: point.step)


def asked_pace(value: object) -> float:
    """Steps a second, as --pace and --at STEP:pace=N have them.

    Raises:
        RequestError: it is no number, or none that can be kept.
    """
    number = parse_value(value) if isinstance(value, str) else value
    limits.check("pace", number, limits.ranges_of(KeepPace)["steps_per_s"])
    return float(number)  # type: ignore[arg-type]  # checked just now


def _step(text: str, option: str) -> tuple[int, str]:
    step, colon, rest = text.partition(":")
    if not colon or not (step.isascii() and step.isdigit()) or len(step) > 18:  # "²" is a digit too, and no number
        raise RequestError(
            "{option} {text} must begin with a step and a colon, as in 100:{example}",
            option=option,
            text=shown(text),
            example=rest[:80] or "...",
        )
    return int(step), rest


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise RequestError("{option} {text} must have the form NAME=VALUE.", option=option, text=shown(text))
    return name.strip(), value.strip()


def _values(knobs: dict[str, str]) -> dict[str, int | float | str]:
    return {name: parse_value(value) for name, value in knobs.items()}
