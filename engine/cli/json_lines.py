"""What a training run tells programs: JSON lines, into a file or a pipe."""

import errno
import json
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec

from engine.cli.board import board_fields
from engine.errors import RequestError, Sentence, plain
from engine.events.message import Message
from engine.events.ranks import RankFailed
from engine.events.run import RunFinished
from engine.events.shift import Shifted, ShiftFailed
from engine.explain.rules.verdict import Verdict
from engine.metrics.mode_measures import ModeMeasures
from engine.rows import StepBatch


class JsonLines:
    """One JSON object a line: a step, a shift, a failure, the summary. A loss that is not finite is null.

    Nothing raises later: `problem` says in a sentence that the file cannot be written any more, `is_unread` that
    whoever read the lines has gone. `keep_off` are files and directories that `target` must not write over.

    Raises:
        RequestError: the target cannot be written.
    """

    def __init__(self, target: str | None, measures: ModeMeasures, *, keep_off: Sequence[Path] = ()) -> None:
        self.problem: Sentence | None = None
        self.is_unread = False
        self._target, self._measures = target, measures
        self._file: IO[bytes] | None = None
        if target is not None:
            try:
                self._file = _open_lines(target, keep_off)
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) else error
                raise RequestError(
                    "--json {target}: the file cannot be written: {why}.", target=target, why=why
                ) from error

    def __enter__(self) -> "JsonLines":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, message: Message) -> None:
        """Write the lines a message is worth."""
        if self._file is None:
            return
        match message:
            case StepBatch(rows=rows):
                for step, loss, at_s, seconds, _, segment in rows.tolist():
                    self._line(
                        {
                            "step": step,
                            "loss": loss if math.isfinite(loss) else None,
                            "seconds": seconds,
                            "at_s": at_s,
                            "segment": segment,
                        }
                    )
            case Shifted():
                self._shift(message)
            case ShiftFailed(to_mode=mode, reason=reason):
                self._line({"event": "shift_failed", "to": mode, "reason": reason})
            case RankFailed():
                self._line(msgspec.to_builtins(message, enc_hook=plain) | {"event": "rank_failed"})
            case RunFinished():
                self._line(
                    {
                        "event": "summary",
                        "steps": message.step,
                        "segments": msgspec.to_builtins(message.segments),
                        "modes": board_fields(self._measures.rows.values()),
                        "final_loss": message.final_loss,
                        "validation_loss": message.validation_loss,
                        "validation_metric": message.validation_metric,
                        "metric": message.metric_name,
                    }
                )

    def judge(self, verdict: Verdict, segment: int, step: int) -> None:
        """Write what is said of a segment, made up to `step`: each rule once."""
        figures = [
            {"name": f.name, "value": f.value, "unit": f.unit, "measured": f.is_measured} for f in verdict.figures
        ]
        told = {"rule": verdict.rule, "text": verdict.text, "figures": figures}
        self._line({"event": "verdict", "segment": segment, "step": step} | told)

    def _shift(self, shift: Shifted) -> None:
        self._line(
            {
                "event": "shift",
                "step": shift.step,
                "from": shift.from_mode,
                "to": shift.to_mode,
                "seconds": shift.seconds,
                "prepare_s": shift.split.prepare_s,
                "gather_s": shift.split.gather_s,
                "start_s": shift.split.start_s,
                "load_s": shift.split.load_s,
                "first_step_s": shift.split.first_step_s,
            }
        )

    def _line(self, fields: dict[str, Any]) -> None:
        if self._file is None:
            return
        view = memoryview(json.dumps(fields).encode() + b"\n")
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            self.is_unread = isinstance(error, BrokenPipeError)
            if not self.is_unread:
                self.problem = Sentence(
                    "--json {target} cannot be written any more: {strerror}. Training stops, and is kept.",
                    target=self._target,
                    strerror=error.strerror,
                )
            self._file.close()
            self._file = None


def _open_lines(target: str, keep_off: Sequence[Path]) -> IO[bytes]:
    """Unbuffered: a line is out when it is written, and closing has nothing left to fail on."""
    if target == "-":
        if sys.stdout is None:
            raise ValueError("there is no standard output")
        return os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    path = Path(target)
    if any(path.resolve() == other.resolve() or path.resolve().parent == other.resolve() for other in keep_off):
        raise ValueError("it is part of what is trained, and would be written over")
    # A pipe that nobody reads is told at once, instead of waited for.
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags, 0o666)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise ValueError("it is a pipe that nobody reads") from error
        raise
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "wb", buffering=0)
