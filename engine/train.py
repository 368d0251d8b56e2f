"""`gearshift train`: everything the window can do with training, in a terminal, through the same session."""

import argparse
import contextlib
import math
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from engine.errors import RequestError
from engine.events import Diverged, Message, StatusChanged
from engine.fits import why_unfit_spec
from engine.hardware import why_not
from engine.mode import parse_mode
from engine.recording import read_record
from engine.session import Session
from engine.spec import RunSpec, check_spec, make_spec, parse_value, read_spec, workload_card
from engine.starter import make_starter
from engine.states import last_state
from engine.terminal import JsonLines, Terminal

DONE, WRONG_REQUEST, FAILED, INTERRUPTED = 0, 2, 3, 130


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do at a step boundary: a shift, or a change of hyper-parameters."""

    step: int
    mode: str | None = None
    lr: float | None = None
    batch_size: int | None = None


def main(arguments: list[str], _: str = "train") -> int:
    """Parse, check, train. The exit status is the one the documentation promises."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        spec, directory = _spec(options)
        points = _points(options, spec, directory)
        out = JsonLines(options.json)
    except RequestError as error:
        print(f"gearshift train: {error}", file=sys.stderr)
        return WRONG_REQUEST
    with contextlib.closing(make_starter()) as pool, out:
        try:
            hardware = pool.wait_hardware()
        except RuntimeError as error:
            print(f"gearshift train: {error}", file=sys.stderr)
            return FAILED
        for mode in [spec.mode, *(point.mode for point in points if point.mode)]:
            if reason := why_not(hardware, parse_mode(mode)) or why_unfit_spec(spec.workload, spec.knobs, mode):
                print(f"gearshift train: mode {mode}: {reason}", file=sys.stderr)
                return WRONG_REQUEST
        try:
            session = Session(spec, pool, directory=directory, resume=options.resume is not None)
        except RequestError as error:
            print(f"gearshift train: {error}", file=sys.stderr)
            return WRONG_REQUEST
        with contextlib.closing(session):
            return Training(session, points, Terminal(spec, quiet=options.quiet), out).run()


class Training:
    """Drives one session through its points and shows what comes back."""

    def __init__(self, session: Session, points: list[Point], terminal: Terminal, out: JsonLines) -> None:
        self._session = session
        self._points = points
        self._terminal = terminal
        self._out = out
        self._outcome = DONE
        self._ending = False
        self._over = False

    def run(self) -> int:
        """Until the run is over; returns the exit status."""
        with _interrupts(self._interrupt):
            self._go_on()
            while not self._over:
                self._session.wait(0.1)
                for message in self._session.take():
                    self._out.write(message)
                    self._terminal.show(message)
                    self._react(message)
        self._terminal.close()
        return self._outcome

    def _interrupt(self) -> None:
        self._over = self._outcome == INTERRUPTED  # asked twice: do not wait for the last state
        self._end(INTERRUPTED)

    def _end(self, outcome: int) -> None:
        self._outcome, self._ending = outcome, True
        self._session.stop()

    def _go_on(self) -> None:
        """To the next point."""
        if self._points:
            self._session.run_until(self._points[0].step)
        else:
            self._session.play()

    def _at_point(self, step: int) -> None:
        """Everything that is due before this step; a shift is waited for: the run is paused again after it."""
        while self._points and self._points[0].step == step:
            point = self._points.pop(0)
            if point.mode is not None:
                if self._session.mode != point.mode:
                    self._session.shift(point.mode)
                    return
            else:
                self._session.change(lr=point.lr, batch_size=point.batch_size)
        self._go_on()

    def _react(self, message: Message) -> None:
        match message:
            case StatusChanged(status="paused", step=step) if not self._ending:
                self._at_point(step)
            case StatusChanged(status="finished"):
                self._over = True
            case StatusChanged(status="failed"):
                self._outcome, self._over = FAILED, True
            case Diverged(step=step, loss=loss):
                self._terminal.say(
                    f"The loss of step {step:,} is {loss}, so training stops. Try a smaller learning rate. "
                    f"The last good state is in {self._session.directory}."
                )
                self._end(FAILED)
            case _:
                pass


@contextlib.contextmanager
def _interrupts(act: Callable[[], None]) -> Iterator[None]:
    """Ctrl+C and SIGTERM call `act` instead of raising in the middle of something."""
    old = {number: signal.signal(number, lambda *_: act()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gearshift train", description="Train a workload in a terminal.")
    what = parser.add_argument_group("what to train")
    what.add_argument("--workload", metavar="NAME", help="see: gearshift workloads (default digits-mlp)")
    what.add_argument("--set", metavar="KNOB=VALUE", action="append", default=[], help="a knob of the workload")
    what.add_argument("--spec", metavar="FILE.toml", type=Path, help="everything from a file; options override it")
    what.add_argument("--resume", metavar="DIR", type=Path, help="go on with a recorded run from its last state")
    how = parser.add_argument_group("how")
    how.add_argument("--mode", metavar="MODE", help="for example cpu,threads=1 or cpu,dp=2; see: gearshift modes")
    how.add_argument("--batch-size", metavar="B", type=int, help="samples in the global batch")
    how.add_argument("--lr", metavar="X", type=float, help="learning rate")
    how.add_argument("--optimizer", metavar="NAME", help="adam or sgd")
    how.add_argument("--seed", metavar="S", type=int, help="decides weights and batches")
    how.add_argument("--hang-limit", metavar="SECONDS", type=float, help="longest time a step may take (default 60)")
    how.add_argument("--shift", metavar="STEP:MODE", action="append", default=[], help="shift before a step")
    how.add_argument("--at", metavar="STEP:lr=X|batch_size=B", action="append", default=[], help="change before a step")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", metavar="N", type=int, help="steps in all (default: until Ctrl+C)")
    length.add_argument("--epochs", metavar="N", type=float, help="passes over the training data in all")
    out = parser.add_argument_group("what to write")
    out.add_argument("--record", metavar="DIR", type=Path, help="where to keep the run (default: the data directory)")
    out.add_argument("--json", metavar="FILE", help="JSON lines: one a step, one a shift, a summary; - for stdout")
    out.add_argument("--quiet", action="store_true", help="no progress, only what goes wrong")
    return parser


def _spec(options: argparse.Namespace) -> tuple[RunSpec, Path | None]:
    """The run that is asked for and its directory (None: a new one)."""
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
        return _resumed(options, given, knobs), options.resume
    if options.spec is not None:
        base = read_spec(options.spec)
        if options.workload is not None and options.workload != base.workload:
            raise RequestError(
                "{spec} trains {workload}, --workload asks for {asked}.",
                spec=options.spec,
                workload=base.workload,
                asked=options.workload,
            )
        spec = check_spec({**msgspec.structs.asdict(base), **given, "knobs": {**base.knobs, **_values(knobs)}})
    else:
        spec = make_spec(options.workload or "digits-mlp", knobs=_values(knobs), **given)
    spec = _with_epochs(spec, options.epochs)
    if options.record is not None and any(options.record.glob("*")):
        raise RequestError(
            "{record} is not empty. Name a new directory, or go on with: --resume DIR.", record=options.record
        )
    return spec, options.record


def _resumed(options: argparse.Namespace, given: dict[str, Any], knobs: dict[str, str]) -> RunSpec:
    for name in ("batch_size", "lr", "optimizer", "seed"):
        if name in given:
            raise RequestError(
                f"--{name.replace('_', '-')} comes from the run that is resumed. To change it: --at STEP:{name}=VALUE."
                if name in ("batch_size", "lr")
                else f"--{name} is part of the run that is resumed and cannot change in it."
            )
    if knobs or options.workload or options.spec or options.record:
        raise RequestError("--resume takes workload, knobs and directory from the run itself: leave them out.")
    record = read_record(options.resume)
    spec = _with_epochs(check_spec({**msgspec.structs.asdict(record.spec), **given}), options.epochs)
    state = last_state(options.resume)
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
    samples = workload_card(spec.workload).train_samples
    if not 0 <= epochs * samples < 2**62:
        raise RequestError("--epochs {epochs} must be a number from 0.", epochs=epochs)
    return msgspec.structs.replace(spec, steps=math.ceil(epochs * samples / spec.batch_size))


def _points(options: argparse.Namespace, spec: RunSpec, directory: Path | None) -> list[Point]:
    """All --shift and --at in the order of their steps; changes before a shift at the same step."""
    points = []
    for text in options.at:
        step, change = _step(text, "--at")
        name, value = _pair(change, "--at")
        if name not in ("lr", "batch_size"):
            raise RequestError(
                "--at {text}: {name!r} cannot be changed. What can: lr, batch_size.", text=text, name=name
            )
        checked = check_spec({**msgspec.structs.asdict(spec), name: parse_value(value)})
        points.append(Point(step=step, **{name: getattr(checked, name)}))
    for text in options.shift:
        step, mode = _step(text, "--shift")
        points.append(Point(step=step, mode=parse_mode(mode).text))
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


def _step(text: str, option: str) -> tuple[int, str]:
    step, colon, rest = text.partition(":")
    if not colon or not step.isdigit() or len(step) > 18:
        raise RequestError(
            "{option} {text!r} must begin with a step and a colon, as in 100:{example}",
            option=option,
            text=text,
            example=rest or "...",
        )
    return int(step), rest


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise RequestError("{option} {text!r} must have the form NAME=VALUE.", option=option, text=text)
    return name.strip(), value.strip()


def _values(knobs: dict[str, str]) -> dict[str, int | float | str]:
    return {name: parse_value(value) for name, value in knobs.items()}
