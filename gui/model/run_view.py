"""What the window knows of one run: curves, segments, anatomy, samples and lines, kept up by messages.

messages ──feed──> RunView ──read──> panels          (a cleared run is a new RunView)
"""

from collections import Counter, deque
from pathlib import PurePath

import msgspec
import numpy as np

from engine.config.cards import workloads
from engine.config.mode_names import name_of
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec
from engine.events.evaluator import EvaluatorChanged, Points, Surface, Validated
from engine.events.machine import DeviceSample
from engine.events.message import Message
from engine.events.ranks import SlowedDown, SlowRank, StepAnatomy, flops_per_unit
from engine.events.run import Changed, RunFinished, RunStarted, SegmentStarted, StatusChanged
from engine.events.shift import Shifted, ShiftFailed
from engine.events.states import SaveProgress, StateSaved
from engine.explain.verdicts import Verdicts
from engine.metrics.rate import RecentRate
from engine.metrics.segment_sums import SegmentSums
from engine.rows import Rows, StepBatch
from gui.model.board import Board
from gui.model.changes import Changes
from gui.model.curves import LossCurves, ValidationCurves
from gui.model.health import Health
from gui.model.log import RunLog
from gui.model.looks import Looks
from gui.model.paces import Paces
from gui.model.preparations import Preparations
from gui.model.samples import Samples
from gui.model.segments import Position, SegmentView
from gui.model.setbacks import Setbacks
from gui.model.texts import Texts
from gui.model.throughput import ThroughputCurve

ENDED = ("finished", "failed")
"""States of a run whose ranks are gone."""
ANATOMIES_KEPT = 240
SUMS_EVERY = 4
"""Sums over steps taken apart are shown anew after that many: once a second."""


class RunView:
    """One run. `versions` counts changes by topic; it is the store's, and the same for all of its runs."""

    def __init__(self, run_id: str, versions: Counter[str]) -> None:
        self.run_id = run_id
        self.spec: RunSpec | None = None
        """What it was set up to be; None where that is not known."""
        self.is_replay, self._versions = False, versions
        self.loss, self.throughput, self.validation = LossCurves(), ThroughputCurve(), ValidationCurves()
        self.segments: list[SegmentView] = []
        self.mode_numbers: dict[str, int] = {}
        """Of every mode the run has been in, by its name, in the order of first visit."""
        self.anatomies: deque[StepAnatomy] = deque(maxlen=ANATOMIES_KEPT)
        self.sums: dict[int, SegmentSums] = {}
        self.preparations, self.changes, self.paces, self.setbacks = Preparations(), Changes(), Paces(), Setbacks()
        self.texts, self.looks, self.health, self.log, self.samples = Texts(), Looks(), Health(), RunLog(), Samples()
        self.slowdowns: list[tuple[Position, SlowedDown]] = []
        self.slowdown: SlowedDown | None = None
        """What is made slow on purpose now."""
        self.slow: dict[tuple[int, str], SlowRank] = {}
        self.status, self.status_words, self.step, self.at_s = "paused", "", 0, 0.0
        self.lr: float | None = None
        self.batch_size: int | None = None
        self.finished: RunFinished | None = None
        self.refused: ShiftFailed | None = None
        self.saving: tuple[int, int] | None = None
        """Bytes of the state that is being written, of how many; None while none is, or while that is not known."""
        self.surface: Surface | None = None
        self.mode, self.mode_words, self.directory, self.why_unevaluated = "", "", "", ""
        """`why_unevaluated` is a sentence on why no validation is computed, and no picture; "" while they are."""
        self.points: Points | None = None
        self.verdicts = Verdicts()
        self.holding = self.verdicts.measures.holding
        self.board, self._rate = Board(self.verdicts.measures), RecentRate()

    @property
    def name(self) -> str:
        """What it is called where there are several: the last part of its id."""
        return PurePath(self.run_id).name

    @property
    def workload(self) -> str:
        """What it trains, in whose words modes are called; "" where it has not said so."""
        return self.verdicts.measures.workload

    @property
    def is_running(self) -> bool:
        """Whether steps are made, or about to be."""
        return self.status in ("running", "starting", "shifting")

    @property
    def num_steps(self) -> int:
        """How many steps the curves have."""
        return len(self.loss.axis)

    @property
    def last_loss(self) -> float | None:
        """The loss of the last step, NaN and infinite ones as they are; None before the first."""
        return float(self.loss.raw.levels.raw.values[-1]) if self.num_steps else None

    @property
    def unit(self) -> str:
        """What is counted of what it trains, in the plural: "samples", or "tokens"."""
        card = workloads().get(self.spec.workload) if self.spec is not None else None
        return card.unit if card is not None else "samples"

    @property
    def samples_per_s(self) -> float | None:
        """Units a second over about the last second of computing, warm-up left out; None while nothing computes."""
        return self._rate.samples_per_s if self._makes_steps else None

    @property
    def flops_per_s(self) -> float | None:
        """Floating-point operations of the model a second, at that rate; None where they were not counted."""
        counted = flops_per_unit(self.segments[-1].ranks if self.segments else ())
        return self.samples_per_s * counted if counted and self.samples_per_s is not None else None

    @property
    def steps_per_s(self) -> float | None:
        """Steps a second of the last seconds, as `samples_per_s` has samples."""
        return self._rate.steps_per_s if self._makes_steps else None

    @property
    def _makes_steps(self) -> bool:
        return self.status in ("running", "shifting") and not self.health.silent

    @property
    def loopback_bytes_a_step(self) -> float | None:
        """All traffic of the loopback interface a step, measured over the last seconds in which these ranks ran."""
        if not self.segments:
            return None
        return self.samples.loopback_bytes_a_step(self.segments[-1], self.loss.axis.of("time"))

    @property
    def anatomy(self) -> StepAnatomy | None:
        """The newest step taken apart of the segment in force; None until there is one."""
        last = self.anatomies[-1] if self.anatomies else None
        return last if last is not None and self.segments and last.segment == self.segments[-1].segment else None

    def feed(self, messages: list[Message]) -> None:
        """Take in messages, in order. Step batches that follow each other are joined first: they can be many."""
        waiting: list[Rows] = []
        for message in messages:
            held_at_per_s = self.holding.held_at_per_s
            self.verdicts.hear(message)
            if self.holding.held_at_per_s != held_at_per_s:
                self._feed_steps(waiting)
                waiting = []
                self._rate.keep_pace(self.holding.held_at_per_s)
                self.throughput.keep_pace(self.holding.held_at_per_s)
            if isinstance(message, StepBatch):
                waiting.append(message.rows)
                continue
            self._feed_steps(waiting)
            waiting = []
            self._feed_event(message)
        self._feed_steps(waiting)
        self._versions["verdict"] += self.verdicts.look()

    def _feed_steps(self, waiting: list[Rows]) -> None:
        if not waiting:
            return
        rows = waiting[0] if len(waiting) == 1 else np.concatenate(waiting)
        segments = rows["segment"]
        if segments[0] != segments[-1]:  # several segments in one batch: only a replay does that
            for part in np.split(rows, np.flatnonzero(np.diff(segments)) + 1):
                self._feed_steps([part])
            return
        self.throughput.append(rows, self.loss.samples)
        self.loss.append(rows)
        self._versions["segments"] += self.setbacks.enter(rows, self.loss.samples)
        self.step = int(rows["step"][-1]) + 1
        self.at_s = float(rows["at_s"][-1])
        self._rate.append(rows)
        self._versions["steps"] += 1

    def _feed_event(self, event: Message) -> None:  # noqa: PLR0912, PLR0915 - one short branch a message
        versions = self._versions
        self.changes.hear(event, self.loss)
        versions["segments"] += self.preparations.hear(event, self.step, self.loss)
        versions["segments"] += self.setbacks.hear(event, self.step, self.loss, self.segments)
        match event:
            case RunStarted():
                self._start(event)
            case SegmentStarted():
                self._begin_segment(event)
            case StepAnatomy():
                self._show_anatomy(event)
            case SlowedDown():
                at = Position(step=event.step, at_s=self.at_s, samples=self.loss.samples)
                self.slowdowns.append((at, event))
                self.slowdown = event if event.factor > 1 or event.delay_s else None
                versions["segments"] += 1
            case SlowRank(rank=rank, phase=phase):
                self.slow.pop((rank, phase), None)
                if event.is_slow:
                    self.slow[rank, phase] = event
                versions["anatomy"] += 1
            case Shifted():
                if self.segments:
                    self.segments[-1] = msgspec.structs.replace(self.segments[-1], shift=event)
                    versions["segments"] += 1
            case ShiftFailed():
                self.refused = event
                versions["status"] += 1
            case StatusChanged():
                self.status, self.status_words, self.step = event.status, event.words, event.step
                versions["status"] += 1
            case Changed():
                self.lr, self.batch_size = event.lr, event.batch_size
                versions["hyper"] += 1
            case Validated():
                self.validation.append(event, *self.loss.place_before(event.step, self.segments))
                versions["validation"] += 1
            case SaveProgress(saved_bytes=saved, total_bytes=total):
                self.saving = (saved, total)
            case StateSaved():
                self.saving = None
            case DeviceSample():
                self.samples.append(event)
                versions["devices"] += 1
                versions["verdict"] += self.verdicts.look()  # as often as live, however much of a record is fed at once
            case EvaluatorChanged():
                self.why_unevaluated = "" if event.is_on else event.reason
                versions.update(("validation", "surface", "texts", "looks"))
            case Surface():
                self.surface = event
                versions["surface"] += 1
            case Points():
                self.points = event
                versions["surface"] += 1
            case RunFinished():
                self.finished = event
                versions["run"] += 1
        versions["status"] += self.health.hear(event)
        versions["segments"] += self.paces.hear(event, self.at_s, self.loss.samples)
        versions["log"] += self.log.hear(event)
        versions["texts"] += self.texts.hear(event)
        versions["looks"] += self.looks.hear(event)

    def _show_anatomy(self, anatomy: StepAnatomy) -> None:
        segment = next((s for s in reversed(self.segments) if s.segment == anatomy.segment), None)
        if segment is None:
            return  # of a part of the run that a resumed one has superseded
        fresh = anatomy.fresh_after(self.anatomies[-1] if self.anatomies else None)
        self.anatomies.append(anatomy)
        sums = self.sums.setdefault(anatomy.segment, SegmentSums(anatomy.segment, segment.mode, segment.ranks))
        sums.add(fresh)
        sums.is_slowed_down |= self.slowdown is not None
        self._versions["anatomy"] += 1
        if sums.steps % SUMS_EVERY == SUMS_EVERY // 2:
            self._versions["sums"] += 1

    def _start(self, event: RunStarted) -> None:
        self.finished, self.why_unevaluated = None, ""
        self.directory, self.step = event.directory, event.step
        self.loss.truncate_from(event.step)
        self.throughput.truncate_from(event.step)
        self.validation.truncate_from(event.step)
        self._forget_superseded(event.step)
        self._versions.update(("run", "steps", "status", "segments", "validation", "anatomy", "sums"))

    def _forget_superseded(self, step: int) -> None:
        """The run goes on from `step`: what began there or later is no part of it any more.

        The log keeps its lines, for it tells what happened, and not what the run is made of.
        """
        self.segments = [segment for segment in self.segments if segment.step < step]
        kept = {segment.segment for segment in self.segments}
        self.sums = {segment: sums for segment, sums in self.sums.items() if segment in kept}
        self.slowdowns = [(at, event) for at, event in self.slowdowns if at.step < step]
        self.anatomies = deque((a for a in self.anatomies if a.step < step), ANATOMIES_KEPT)

    def _begin_segment(self, event: SegmentStarted) -> None:
        self.mode, self.mode_words = event.mode, event.words
        self.slow, self.slowdown = {}, None
        name = name_of(parse_mode(event.mode), self.workload)
        self.segments.append(
            SegmentView(
                segment=event.segment,
                step=event.step,
                at_s=event.at_s,
                samples=self.loss.samples,
                mode=event.mode,
                words=event.words,
                name=name,
                mode_number=self.mode_numbers.setdefault(name, len(self.mode_numbers)),
                ranks=event.ranks,
            )
        )
        self.throughput.begin_segment(event.step, event.warmup_steps)
        self._rate.begin(event.step + event.warmup_steps)
        self._versions.update(("segments", "status"))
