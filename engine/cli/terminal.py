"""What a training run looks like outside the window: a progress line for people, JSON lines for programs."""

import contextlib
import errno
import json
import math
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec

from engine.cli.board import board_fields, board_lines
from engine.config.cards import workloads
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec
from engine.errors import RequestError, Sentence, plain
from engine.events import (
    Changed,
    EvaluatorChanged,
    Message,
    Notice,
    Paced,
    RankFailed,
    RankSilent,
    RunFinished,
    SegmentStarted,
    ShiftCancelled,
    Shifted,
    ShiftFailed,
    StatusChanged,
)
from engine.explain.rules.verdict import Verdict
from engine.explain.verdicts import Verdicts
from engine.metrics.mode_measures import ModeMeasures
from engine.metrics.rate import RecentRate
from engine.rows import StepBatch

DRAW_EVERY_S = 0.1


class Terminal:
    """A progress line on stderr if that is a terminal, sentences for everything else."""

    def __init__(self, spec: RunSpec, verdicts: Verdicts, *, quiet: bool) -> None:
        self._spec = spec
        self._verdicts = verdicts
        self._quiet = quiet
        self._draws = not quiet and sys.stderr is not None and sys.stderr.isatty()
        self._drawn_s = 0.0
        self._mode = ""
        self._loss = math.nan
        self._step = 0
        self._rate = RecentRate()
        self._unit, self._metric = workloads()[spec.workload].unit, workloads()[spec.workload].metric
        self._flops_per_unit: float | None = None

    def show(self, message: Message) -> None:  # noqa: PLR0912 - one short branch a kind
        """Take in one message, and say what is worth a line."""
        match message:
            case StepBatch(rows=rows):
                last = rows[-1]
                self._step, self._loss = int(last["step"]) + 1, float(last["loss"])
                self._rate.append(rows)
                self._draw()
            case SegmentStarted(words=words, step=step, ranks=ranks, warmup_steps=warmup_steps):
                self._flops_per_unit = next((rank.flops_per_unit for rank in ranks if rank.flops_per_unit), None)
                self._rate.begin(step + warmup_steps)
                self._mode = words
                self._line(f"step {step:,}: {words}")
            case Shifted(to_mode=mode, seconds=seconds):
                self._line(f"shifted to {mode}: the seam took {seconds * 1e3:,.0f} ms")
            case ShiftCancelled(to_mode=mode, seconds=seconds):
                self._line(f"the shift to {mode} was given up after {seconds:.1f} s")
            case ShiftFailed(reason=reason, to_mode=mode):
                self.say(f"The shift to {mode} failed. {reason}")
            case Paced(step=step, steps_per_s=steps_per_s):
                self._line(f"step {step:,}: " + (f"pace {steps_per_s:g} steps/s" if steps_per_s else "full speed"))
            case Changed(step=step, lr=lr, batch_size=batch_size) if step:
                self._line(f"step {step:,}: learning rate {lr:g}, batch size {batch_size:,}")
            case RankSilent(is_silent=True, rank=rank, pid=pid, seconds=seconds):
                self.say(
                    f"Rank {rank} (process {pid}) has given no sign of life for {seconds:.0f} s; it is waited for."
                )
            case RankSilent(rank=rank):
                self.say(f"Rank {rank} is heard again.")
            case RankFailed(reason=reason, details=details):
                self.say(reason)
                if not self._quiet and details:
                    self.say(details)
            case EvaluatorChanged(is_on=False, reason=reason, level=level):
                (self._line if level == "info" else self.say)(reason)
            case Notice(level=level, text=text) if level != "info":
                self.say(text)
            case StatusChanged(status="finishing"):
                self._line("finishing: last validation and state")
            case RunFinished():
                self._finished(message)
            case _:
                pass

    def judge(self, verdict: Verdict) -> None:
        """Why the mode is as fast as it is, where that is new."""
        self._line(f"verdict: {verdict.text}")

    def say(self, text: str) -> None:
        """A sentence that is told even when quiet."""
        self._clear()
        self._print(f"gearshift train: {text}\n")

    def close(self) -> None:
        """Leave the cursor on a line of its own."""
        self._clear()

    def _line(self, text: str) -> None:
        if not self._quiet:
            self._clear()
            self._print(f"{text}\n")

    def _print(self, text: str) -> None:
        """To stderr, if anyone is left to read it: a run does not end because nobody looks on."""
        with contextlib.suppress(OSError):
            print(text, end="", file=sys.stderr, flush=True)

    def _finished(self, run: RunFinished) -> None:
        for row in run.segments:
            rate = "      n/a" if row.samples_per_s is None else f"{row.samples_per_s:>9,.0f}"
            median = "n/a" if row.median_step_s is None else f"{row.median_step_s * 1e3:.3f} ms"
            flops = ""
            if self._flops_per_unit is not None and row.samples_per_s is not None:
                flops = f"  {self._flops_per_unit * row.samples_per_s / 1e9:,.3g} GFLOP/s"
            words = parse_mode(row.mode).words
            self._line(f"{words:<58} {row.steps:>8,} steps {rate} {self._unit}/s  median step {median}{flops}")
            if row.segment in self._verdicts.by_segment:
                self._line(f"    {self._verdicts.by_segment[row.segment].text}")
        for line in board_lines(self._verdicts.measures, self._unit):
            self._line(line)
        if run.final_loss is not None:
            self._line(f"final loss {run.final_loss:.6g}")
        if run.validation_metric is not None and run.validation_loss is not None:
            told = f"{self._metric.name} {self._metric.text(run.validation_metric)}"
            self._line(f"validation loss {run.validation_loss:.6g}, {told}")

    def _draw(self) -> None:
        now_s = time.monotonic()
        if not self._draws or now_s - self._drawn_s < DRAW_EVERY_S:
            return
        self._drawn_s = now_s
        total = self._spec.steps
        samples_per_s, steps_per_s = self._rate.samples_per_s, self._rate.steps_per_s
        rate = f"{samples_per_s:,.0f} {self._unit}/s" if samples_per_s is not None else ""
        parts = [f"step {self._step:,}", f"loss {self._loss:.4g}", rate]
        if total:
            done = min(1.0, self._step / total)
            parts.insert(0, f"[{'#' * round(24 * done):<24}] {done:4.0%}")
            if steps_per_s is not None:
                parts.append(f"{(total - self._step) / steps_per_s:,.0f} s left")
        width = shutil.get_terminal_size().columns - 1
        self._print("\r\x1b[K" + "  ".join(filter(None, parts))[:width])

    def _clear(self) -> None:
        if self._draws:
            self._print("\r\x1b[K")


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
