"""`gearshift train`: everything the window can do with training, in a terminal, through the same session."""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator

import msgspec

from engine.cli.json_lines import JsonLines
from engine.cli.terminal import Terminal
from engine.cli.train_arguments import Point, asked_pace, asked_points, asked_spec, parser
from engine.config.fits import facts_of, why_not
from engine.config.mode_text import parse_mode
from engine.errors import RequestError
from engine.events.message import Message
from engine.events.run import Diverged, RunFinished, StatusChanged
from engine.events.shift import Shifted, ShiftFailed
from engine.explain.verdicts import Verdicts
from engine.packs.presence import require_data
from engine.record.states import saved_states
from engine.session.session import Session
from engine.session.starter import make_starter

DONE, WRONG_REQUEST, FAILED, INTERRUPTED, UNREAD = 0, 2, 3, 130, 141


def main(arguments: list[str], _: str = "train") -> int:
    """Parse, check, train. The exit status is the one the documentation promises."""
    options = parser().parse_args(arguments)
    notes: list[str] = []
    verdicts = Verdicts()
    try:
        spec, directory = asked_spec(options, notes)
        require_data(spec.workload, spec.knobs)
        points = asked_points(options, spec, directory)
        pace = asked_pace(options.pace) if options.pace is not None else None
        out = JsonLines(options.json, verdicts.measures, keep_off=[path for path in (options.spec, directory) if path])
    except RequestError as error:
        print(f"gearshift train: {error}", file=sys.stderr)
        return WRONG_REQUEST
    except OSError as error:
        print(f"gearshift train: {error.filename or 'the current directory'}: {error.strerror}.", file=sys.stderr)
        return WRONG_REQUEST
    for note in notes:
        print(f"gearshift train: {note}", file=sys.stderr)
    with contextlib.closing(make_starter()) as starter, out:
        try:
            hardware = starter.wait_hardware()
        except RuntimeError as error:
            print(f"gearshift train: {error}", file=sys.stderr)
            return FAILED
        mode, batch_size = spec.mode, None if options.resume is not None else spec.batch_size
        for point in [Point(step=0), *points]:
            mode, batch_size = point.mode or mode, point.batch_size or batch_size
            if reason := why_not(parse_mode(mode), facts_of(spec.workload, spec.knobs), hardware, batch_size):
                print(f"gearshift train: mode {mode}: {reason}", file=sys.stderr)
                return WRONG_REQUEST
        try:
            session = Session(
                spec,
                starter,
                directory=directory,
                resume=options.resume is not None,
                is_evaluated=not options.no_evaluator,
                is_window=False,
            )
        except RequestError as error:
            print(f"gearshift train: {error}", file=sys.stderr)
            return WRONG_REQUEST
        with contextlib.closing(session):
            if pace is not None:
                session.keep_pace(pace)
            return Training(session, points, Terminal(spec, verdicts, quiet=options.quiet), out, verdicts).run()


class Training:
    """Drives one session through its points and shows what comes back."""

    def __init__(
        self, session: Session, points: list[Point], terminal: Terminal, out: JsonLines, verdicts: Verdicts
    ) -> None:
        self._session = session
        self._points = points
        self._terminal = terminal
        self._out = out
        self._verdicts = verdicts
        self._judged = ""
        """By which rule, of the mode in force."""
        self._outcome = DONE
        self._ending = False
        self._over = False
        self._status = ""
        self._step = 0
        self._shifting: str | None = None
        self._failed_shifts: set[str] = set()
        self._ended_at: int | None = None

    def run(self) -> int:
        """Train until the run is over and closed; returns the exit status."""
        with _interrupts(self._interrupt):
            self._go_on()
            while not self._over:
                self._session.wait(0.1)
                self._take()
            self._session.close()
            self._take()
        if self._outcome in (DONE, INTERRUPTED, UNREAD):
            self._check_kept()
        if self._outcome == DONE and self._failed_shifts:
            self._outcome = FAILED
        self._terminal.close()
        return self._outcome

    def _take(self) -> None:
        for message in self._session.take():
            self._verdicts.hear(message)
            if isinstance(message, RunFinished):  # what is said of its end stands before the sum of all
                self._judge()
            self._out.write(message)
            self._terminal.show(message)
            self._react(message)
        self._judge()
        if self._out.problem and not self._ending:
            self._terminal.say(self._out.problem)
            self._end(FAILED)
        elif self._out.is_unread and not self._ending:
            self._end(UNREAD)

    def _judge(self) -> None:
        """Tell why the mode in force is as fast as it is, when another rule knows."""
        self._verdicts.look()
        verdict = self._verdicts.current
        rule = verdict.rule if verdict is not None else ""
        if verdict is not None and rule != self._judged:
            self._terminal.judge(verdict)
            self._out.judge(verdict, self._verdicts.segment, self._verdicts.step)
        self._judged = rule

    def _check_kept(self) -> None:
        """Nothing is called done whose record or last state is not on the disk."""
        directory = self._session.directory
        if self._session.record_problem is not None:
            self._terminal.say(self._session.record_problem)
            self._outcome = FAILED
        elif self._ended_at is not None and self._ended_at not in (state.step for state in saved_states(directory)):
            self._terminal.say(f"The last state, before step {self._ended_at:,}, is not in {directory}.")
            self._outcome = FAILED

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
                    self._shifting = point.mode
                    self._session.shift(point.mode)
                    return
            elif point.slow is not None:
                self._session.slow_down(**msgspec.structs.asdict(point.slow))
            elif point.steps_per_s is not None:
                self._session.keep_pace(point.steps_per_s or None)
            else:
                self._session.change(lr=point.lr, batch_size=point.batch_size)
        self._go_on()

    def _react(self, message: Message) -> None:
        if isinstance(message, StatusChanged):
            self._status, self._step = message.status, message.step
        match message:
            case StatusChanged(status="paused", step=step) if not self._ending:
                self._at_point(step)
            case StatusChanged(status="finished"):
                self._over = True
            case StatusChanged(status="failed"):
                self._outcome, self._over = FAILED, True
            case ShiftFailed(to_mode=mode) if mode == self._shifting:
                self._failed_shifts.add(mode)
                if self._status == "paused":  # refused before anything was begun: no status will follow
                    self._at_point(self._step)
            case Shifted(to_mode=mode) if mode == self._shifting:
                self._failed_shifts.discard(mode)  # what failed was getting ready for it
                self._shifting = None
            case RunFinished(step=step):
                self._ended_at = step
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
