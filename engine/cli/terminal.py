"""What a training run looks like outside the window, to people: a progress line, and sentences."""

import contextlib
import math
import shutil
import sys
import time

from engine.cli.board import board_lines
from engine.config.cards import workloads
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec
from engine.events.evaluator import EvaluatorChanged
from engine.events.message import Message
from engine.events.ranks import RankFailed, RankSilent, flops_per_unit
from engine.events.run import Changed, Notice, Paced, RunFinished, SegmentStarted, StatusChanged
from engine.events.shift import ShiftCancelled, Shifted, ShiftFailed
from engine.explain.rules.verdict import Verdict
from engine.explain.verdicts import Verdicts
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
                self._flops_per_unit = flops_per_unit(ranks)
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
