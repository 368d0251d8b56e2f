"""What the window knows of a run: columns, states and lines, kept up by messages. No Qt; panels read, nothing else.

`versions` counts changes by topic (`TOPICS`), so that a panel is only asked to draw when something it shows is new.
"""

from collections import Counter, deque
from dataclasses import dataclass
from itertools import islice

import numpy as np

from engine.events import (
    Changed,
    DeviceSample,
    Diverged,
    Hindered,
    Message,
    Points,
    RankFailed,
    RankInfo,
    Rows,
    RunFinished,
    RunStarted,
    SaveProgress,
    SegmentStarted,
    Shifted,
    ShiftFailed,
    SlowRank,
    StateSaved,
    StatusChanged,
    StepAnatomy,
    StepBatch,
    Surface,
    Validated,
)
from engine.metrics.segment_sums import SegmentSums
from gui.model.curves import Axis, Curve, LossCurves, ThroughputCurve
from gui.model.next_play import NextPlay

RATE_OVER_S = 1.0
ENDED = ("finished", "failed")
"""States of a run whose ranks are gone."""
TOPICS = ("steps", "segments", "validation", "devices", "log", "status", "surface", "hyper", "run", "anatomy", "sums")
"""What panels can watch; each counts up when it changes."""

ANATOMIES_KEPT = 240
SUMS_EVERY = 4
"""Sums over steps taken apart are shown anew after that many: once a second."""
SAMPLES_KEPT = 300
"""Of the machine, one a second; the panels draw the last minute."""
LOG_KEPT = 5_000
LOOPBACK_OVER = 4
"""Samples of the machine, a second apart."""


@dataclass(frozen=True)
class Position:
    """A place on each x axis."""

    step: int
    at_s: float
    samples: float

    def on(self, kind: str) -> float:
        """Where it lies on an axis ("step", "time" or "samples")."""
        return {"step": float(self.step), "time": self.at_s, "samples": self.samples}[kind]


@dataclass(frozen=True)
class SegmentView:
    """A part of the run in one mode, and where on each axis it begins: the seam."""

    segment: int
    step: int
    at_s: float
    samples: float
    mode: str
    words: str
    ranks: tuple[RankInfo, ...]
    shift: Shifted | None = None

    def position(self, kind: str) -> float:
        """The seam on an axis ("step", "time" or "samples")."""
        return {"step": float(self.step), "time": self.at_s, "samples": self.samples}[kind]


@dataclass(frozen=True)
class LogLine:
    """A line of the log: `event` is what it is about; the log panel finds the words."""

    event: Message
    level: str = "info"


_LEVELS: dict[type, str] = {
    ShiftFailed: "warning",
    Hindered: "warning",
    SlowRank: "warning",
    RankFailed: "error",
    Diverged: "error",
}
_LOGGED = (
    RunStarted,
    SegmentStarted,
    Shifted,
    ShiftFailed,
    Changed,
    Hindered,
    SlowRank,
    StateSaved,
    RankFailed,
    Diverged,
    RunFinished,
)


class Store:
    """One run's worth of knowledge. `feed` is called by the bridge alone."""

    def __init__(self) -> None:
        self.versions: Counter[str] = Counter()
        self.clear()

    def clear(self) -> None:
        """Another run begins: forget the last one. Device samples stay, for the machine is the same."""
        samples: deque[DeviceSample] = getattr(self, "device_samples", deque(maxlen=SAMPLES_KEPT))
        smoothing = getattr(self, "smoothing", 0.0)
        self.device_samples: deque[DeviceSample] = samples
        self.runs: int = getattr(self, "runs", 0) + 1
        self.loss = LossCurves()
        self.throughput = ThroughputCurve()
        self.validation_axis = Axis()
        self.validation_loss = Curve(self.validation_axis)
        self.validation_accuracy = Curve(self.validation_axis)
        self.last_validation: Validated | None = None
        self.segments: list[SegmentView] = []
        self.log: deque[LogLine] = deque(maxlen=LOG_KEPT)
        self.logged = 0
        self.anatomies: deque[StepAnatomy] = deque(maxlen=ANATOMIES_KEPT)
        self.sums: dict[int, SegmentSums] = {}
        self.hindrances: list[tuple[Position, Hindered]] = []
        self.artificial: Hindered | None = None
        """What is made slow on purpose now."""
        self.slow: dict[tuple[int, str], SlowRank] = {}
        self.status, self.status_words = "paused", ""
        self.step = 0
        self.at_s = 0.0
        self.mode, self.mode_words = "", ""
        self.lr: float | None = None
        self.batch_size: int | None = None
        self.failure: RankFailed | None = None
        self.diverged: Diverged | None = None
        self.finished: RunFinished | None = None
        self.refused: ShiftFailed | None = None
        self.next_play: NextPlay | None = None
        self.saving: tuple[int, int] | None = None
        """Bytes of the state that is being written, of how many; None while none is, or while that is not known."""
        self.surface: Surface | None = None
        self.points: Points | None = None
        self.spec_toml = ""
        self.directory = ""
        self.smoothing = 0.0
        self._recent: deque[tuple[float, float, int]] = deque()
        self._warm_from = 0
        self.smooth(smoothing)
        self.versions.update(TOPICS)

    @property
    def is_running(self) -> bool:
        """Steps are made, or about to be."""
        return self.status in ("running", "starting", "shifting")

    @property
    def num_steps(self) -> int:
        """Steps on the curves."""
        return len(self.loss.axis)

    @property
    def last_loss(self) -> float | None:
        """The loss of the last step; None before the first, or if it was not finite."""
        if not self.num_steps:
            return None
        loss = float(self.loss.raw.levels.raw.values[-1])
        return loss if np.isfinite(loss) else None

    @property
    def samples_per_s(self) -> float | None:
        """The rate over about the last second of computing, warm-up left out; None while nothing computes."""
        seconds = sum(entry[0] for entry in self._recent)
        if self.status not in ("running", "shifting") or seconds <= 0:
            return None
        return sum(entry[1] for entry in self._recent) / seconds

    @property
    def steps_per_s(self) -> float | None:
        """As `samples_per_s`, in steps."""
        seconds = sum(entry[0] for entry in self._recent)
        if self.status not in ("running", "shifting") or seconds <= 0:
            return None
        return sum(entry[2] for entry in self._recent) / seconds

    @property
    def loopback_bytes_a_step(self) -> float | None:
        """All traffic of the loopback interface a step, measured over the last seconds in which these ranks ran."""
        if not self.segments or len(self.device_samples) < 2:
            return None
        times = self.loss.axis.of("time")
        num_bytes, steps, later = 0.0, 0, self.device_samples[-1]
        for earlier in list(islice(reversed(self.device_samples), 1, 1 + LOOPBACK_OVER)):
            if later.loopback_bytes_per_s is None or not self.segments[-1].at_s < earlier.at_s < later.at_s:
                break
            if not self.memory_of_ranks(later):
                break  # of another time, or another run: a record is shown while the machine is watched
            num_bytes += later.loopback_bytes_per_s * (later.at_s - earlier.at_s)
            steps += int(np.searchsorted(times, later.at_s) - np.searchsorted(times, earlier.at_s))
            later = earlier
        return num_bytes / steps if steps else None

    def memory_of_ranks(self, sample: DeviceSample) -> dict[int, int]:
        """Bytes of the process of each rank of the segment in force, as far as the sample is of a time it ran."""
        pids = {info.pid: info.rank for info in (self.segments[-1].ranks if self.segments else ())}
        return {
            pids[usage.pid]: usage.memory_bytes
            for usage in sample.processes
            if usage.pid in pids and usage.label == f"rank {pids[usage.pid]}"
        }

    @property
    def anatomy(self) -> StepAnatomy | None:
        """The newest step taken apart of the segment in force; None until there is one."""
        last = self.anatomies[-1] if self.anatomies else None
        return last if last is not None and self.segments and last.segment == self.segments[-1].segment else None

    def smooth(self, weight: float) -> None:
        """Another smoothing weight, 0 to 0.999."""
        self.smoothing = weight
        self.loss.smooth(weight)
        self.versions["steps"] += 1

    def show_next_play(self, ahead: NextPlay | None) -> None:
        """What Play will do with the run that is shown; None while it computes, or if there is none."""
        self.next_play = ahead
        self.versions["status"] += 1

    def feed(self, messages: list[Message]) -> None:
        """Take in messages, in order. Step batches that follow each other are joined first: they can be many."""
        waiting: list[Rows] = []
        for message in messages:
            if isinstance(message, StepBatch):
                waiting.append(message.rows)
                continue
            self._feed_steps(waiting)
            waiting = []
            self._feed_event(message)
        self._feed_steps(waiting)

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
        self.step = int(rows["step"][-1]) + 1
        self.at_s = float(rows["at_s"][-1])
        warm = rows[rows["step"] >= self._warm_from]
        if len(warm):
            self._recent.append((float(warm["seconds"].sum()), float(warm["samples"].sum()), len(warm)))
            while sum(entry[0] for entry in self._recent) - self._recent[0][0] > RATE_OVER_S:
                self._recent.popleft()
        self.versions["steps"] += 1

    def _feed_event(self, event: Message) -> None:  # noqa: PLR0912, PLR0915 - one short branch a message
        match event:
            case RunStarted():
                self._start(event)
            case SegmentStarted():
                self._begin_segment(event)
            case StepAnatomy():
                self._take_apart(event)
            case Hindered():
                at = Position(event.step, self.at_s, self.loss.samples)
                self.hindrances.append((at, event))
                self.artificial = event if event.factor > 1 or event.delay_s else None
                self.versions["segments"] += 1
            case SlowRank(rank=rank, phase=phase):
                self.slow.pop((rank, phase), None)
                if event.is_slow:
                    self.slow[rank, phase] = event
                self.versions["anatomy"] += 1
            case Shifted():
                if self.segments:
                    last = self.segments[-1]
                    self.segments[-1] = SegmentView(**{**vars(last), "shift": event})
                    self.versions["segments"] += 1
            case ShiftFailed():
                self.refused = event
                self.versions["status"] += 1
            case StatusChanged():
                self.status, self.status_words, self.step = event.status, event.words, event.step
                self.versions["status"] += 1
            case Changed():
                self.lr, self.batch_size = event.lr, event.batch_size
                self.versions["hyper"] += 1
            case Validated():
                self.last_validation = event
                self.validation_axis.append([event.step], [event.at_s], [self.loss.samples])
                self.validation_loss.levels.append([np.nan if event.loss is None else event.loss])
                self.validation_accuracy.levels.append([event.accuracy])
                self.versions["validation"] += 1
            case SaveProgress(saved_bytes=saved, total_bytes=total):
                self.saving = (saved, total)
            case StateSaved():
                self.saving = None
            case DeviceSample():
                self.device_samples.append(event)
                self.versions["devices"] += 1
            case Surface():
                self.surface = event
                self.versions["surface"] += 1
            case Points():
                self.points = event
                self.versions["surface"] += 1
            case RankFailed():
                self.failure = event
                self.versions["status"] += 1
            case Diverged():
                self.diverged = event
                self.versions["status"] += 1
            case RunFinished():
                self.finished = event
                self.versions["run"] += 1
            case _:
                pass
        level = getattr(event, "level", None) or _LEVELS.get(type(event), "info")
        if isinstance(event, _LOGGED) or hasattr(event, "level"):
            self.log.append(LogLine(event, level))
            self.logged += 1
            self.versions["log"] += 1

    def _take_apart(self, anatomy: StepAnatomy) -> None:
        segment = next((s for s in reversed(self.segments) if s.segment == anatomy.segment), None)
        if segment is None:
            return  # of a part of the run that a resumed one has superseded
        self.anatomies.append(anatomy)
        if anatomy.segment not in self.sums:
            self.sums[anatomy.segment] = SegmentSums(anatomy.segment, segment.mode, segment.ranks)
        self.sums[anatomy.segment].add(anatomy)
        self.sums[anatomy.segment].is_artificial |= self.artificial is not None
        self.versions["anatomy"] += 1
        if self.sums[anatomy.segment].steps % SUMS_EVERY == SUMS_EVERY // 2:
            self.versions["sums"] += 1

    def _start(self, event: RunStarted) -> None:
        self.failure = self.diverged = self.finished = None
        self.spec_toml, self.directory = event.spec, event.directory
        self.step = event.step
        self.loss.truncate_from(event.step)
        self.throughput.truncate_from(event.step)
        keep = int(np.searchsorted(self.validation_axis.of("step"), event.step, side="right"))
        for part in (self.validation_axis, self.validation_loss.levels, self.validation_accuracy.levels):
            part.truncate(keep)
        self._forget_superseded(event.step)
        self._recent.clear()
        self.versions.update(("run", "steps", "status", "segments", "validation", "anatomy", "sums"))

    def _forget_superseded(self, step: int) -> None:
        """The run goes on from `step`: what began there or later is no part of it any more.

        The log keeps its lines, for it tells what happened, and not what the run is made of.
        """
        self.segments = [segment for segment in self.segments if segment.step < step]
        kept = {segment.segment for segment in self.segments}
        self.sums = {segment: sums for segment, sums in self.sums.items() if segment in kept}
        self.hindrances = [(at, event) for at, event in self.hindrances if at.step < step]
        self.anatomies = deque((a for a in self.anatomies if a.step < step), ANATOMIES_KEPT)
        if self.last_validation is not None and self.last_validation.step > step:
            self.last_validation = None

    def _begin_segment(self, event: SegmentStarted) -> None:
        self.mode, self.mode_words = event.mode, event.words
        self.slow, self.artificial = {}, None
        self.segments.append(
            SegmentView(
                segment=event.segment,
                step=event.step,
                at_s=event.at_s,
                samples=self.loss.samples,
                mode=event.mode,
                words=event.words,
                ranks=event.ranks,
            )
        )
        self.throughput.begin_segment(event.step, event.warmup_steps)
        self._warm_from = event.step + event.warmup_steps
        self._recent.clear()
        self.versions["segments"] += 1
        self.versions["status"] += 1
