"""Events and states in sentences a person reads, through Qt's translation."""

from PySide6.QtCore import QObject

from engine.config.cards import workloads
from engine.config.mode_text import parse_mode
from engine.events.evaluator import EvaluatorChanged
from engine.events.ranks import RankFailed, RankSilent, SlowedDown, SlowRank
from engine.events.run import Changed, Diverged, Notice, Paced, RunFinished, RunStarted, SegmentStarted, StatusChanged
from engine.events.shift import Preparing, ShiftCancelled, Shifted, ShiftFailed
from engine.events.states import StateSaved
from gui.model.log import LogLine
from gui.model.next_play import NextPlay
from gui.model.store import Store
from gui.text import figures
from gui.text.engine_text import engine_text
from gui.text.health_words import silent_words, stuck_words
from gui.text.pace_words import pace_mark
from gui.text.seams import SeamWords, phase_words, slowdown_words

MARKS = {"info": "·", "warning": "▲", "error": "✖"}


class Words(QObject):
    """Translates; it is a QObject only for `tr`."""

    def __init__(self) -> None:
        super().__init__()
        self._seam_words = SeamWords()

    def log_line(self, line: LogLine) -> str:
        """An event as one line of the log."""
        event = line.event
        text = self.sentence(event)
        level = {"warning": self.tr("warning: "), "error": self.tr("error: ")}.get(line.level, "")
        at_s: float = getattr(event, "at_s", 0.0)
        time = f"{at_s:8.2f}".replace(" ", "\N{FIGURE SPACE}")  # as wide as a digit: points stand below each other
        return f"{time} s  {MARKS[line.level]} {level}{text}"

    def status(self, status: str, *, is_complete: bool = True) -> str:
        """The status of a run in one word; of one that has ended, whether all its steps are made."""
        if status == "finished" and not is_complete:
            return self.tr("stopped")
        words = {
            "starting": self.tr("starting"),
            "running": self.tr("running"),
            "paused": self.tr("paused"),
            "shifting": self.tr("shifting"),
            "finishing": self.tr("finishing"),
            "finished": self.tr("finished"),
            "failed": self.tr("failed"),
        }
        return words.get(status, status)

    def what_goes_on(self, store: Store, mode_words: str, *, is_pausing: bool = False) -> str:
        """What the live run does, what Play would do, and what the run says of itself.

        `is_pausing`: it was told to pause, and its ranks have not done so yet.
        """
        run, ahead, finished = store.live, store.next_play, store.live.finished
        if store.errand:
            return store.errand
        if store.torch_problem and not run.is_running:
            return engine_text(store.torch_problem)
        is_complete = (finished is not None and finished.is_complete) or (ahead is not None and ahead.is_complete)
        is_replaying = run.is_replay and run.is_running
        if run.status == "paused" and not run.run_id and ahead is None:  # no run at all
            ready = self.tr("ready: Play begins a new run as {mode}").format(mode=mode_words)
            kept = self.tr("{name} is kept: File › Open recorded run").format(name=store.kept) if store.kept else ""
            return " · ".join(filter(None, (kept, ready)))  # the way back is read even where a line has no room
        parts = [self.tr("replaying") if is_replaying else self.status(run.status, is_complete=is_complete)]
        if run.status == "running" and is_pausing:
            parts = [self.tr("pausing")]
        if (waiting := stuck_words(self, run)) and run.status == "running":
            return f"{parts[0]}: {waiting}" if is_pausing else waiting
        if ahead is not None:
            parts.append(self.next_play(ahead))
        if run.status_words and not is_replaying:  # which begins ranks no more
            parts.append(engine_text(run.status_words))
        elif run.status == "running" or is_replaying:
            parts.append(mode_words)
        text = " · ".join(parts) if ahead is not None else ": ".join(parts)
        can_go_on = ahead is not None and not ahead.is_lost
        pace = run.paces.now if run.is_running else store.pace if can_go_on else None
        return f"{text} · {pace_mark(self, pace)}" if pace is not None else text

    def next_play(self, ahead: NextPlay) -> str:
        """What Play will do with the run that is shown."""
        mode = parse_mode(ahead.mode).words
        if ahead.is_lost:
            return self.tr("it cannot go on, for no saved state of it is whole; Reset, then Play begins a new run")
        if ahead.is_new:
            return self.tr("Play begins a new run: {mode} (no state of this one was saved)").format(mode=mode)
        chosen = ", ".join([mode, *self.wish(ahead)])
        if ahead.is_complete:
            return self.tr("all its steps are made; Play goes on from step {step} until stopped: {chosen}").format(
                step=f"{ahead.step:,}", chosen=chosen
            )
        if ahead.steps is not None:
            return self.tr("Play goes on from step {step} to step {last}: {chosen}").format(
                step=f"{ahead.step:,}", last=f"{ahead.steps:,}", chosen=chosen
            )
        return self.tr("Play goes on from step {step}: {chosen}").format(step=f"{ahead.step:,}", chosen=chosen)

    def other_trained(self, store: Store) -> str:
        """What Play goes on with, where something else is set up; "" where it is that, or begins it."""
        run, ahead = store.live, store.next_play
        if run.spec is None or not run.segments or (ahead is not None and (ahead.is_new or ahead.is_lost)):
            return ""
        card = workloads().get(run.spec.workload)
        if card is None or run.spec.workload == store.set_up.workload:
            return ""
        told = self.tr("{workload} is trained now; Reset, then Play begin this one.")
        if not run.is_running:
            told = self.tr("Play goes on with {workload}; Reset, then Play begin this one.")
        return told.format(workload=engine_text(card.title))

    def wish(self, ahead: NextPlay) -> list[str]:
        """Words for what was chosen anew beside the mode."""
        words = []
        if ahead.wish.batch_size is not None:
            words.append(self.tr("batch size {n}").format(n=f"{ahead.wish.batch_size:,}"))
        if ahead.wish.lr is not None:
            words.append(self.tr("learning rate {lr}").format(lr=figures.exact(ahead.wish.lr)))
        return words

    def sentence(self, event: object) -> str:  # noqa: PLR0911, PLR0912 - one each
        """What an event says, in a sentence; empty for one that is not told."""
        match event:
            case RunStarted(step=0, directory=directory):
                return self.tr("run started; its record is {directory}").format(directory=directory)
            case RunStarted(step=step):
                return self.tr("run goes on from step {step}").format(step=f"{step:,}")
            case SegmentStarted(step=step, words=words):
                return self.tr("step {step}: computing as {mode}").format(step=f"{step:,}", mode=words)
            case Shifted():
                return self._shifted(event)
            case ShiftFailed(to_mode=mode, reason=reason):
                return self.tr("the shift to {mode} failed. {reason}").format(mode=mode, reason=engine_text(reason))
            case ShiftCancelled(mode="", to_mode=mode, seconds=seconds):
                return self.tr("the start as {mode} was given up after {time}").format(
                    mode=mode, time=figures.seconds(seconds)
                )
            case ShiftCancelled(to_mode=mode, seconds=seconds):
                return self.tr("the shift to {mode} was given up after {time}; nothing was lost").format(
                    mode=mode, time=figures.seconds(seconds)
                )
            case Changed(step=step, lr=lr, batch_size=batch_size):
                return self.tr("step {step}: learning rate {lr}, batch size {batch}").format(
                    step=f"{step:,}", lr=figures.exact(lr), batch=f"{batch_size:,}"
                )
            case Preparing(step=step, mode=mode):
                return self.tr("step {step}: shift to {mode} asked for; its ranks are prepared").format(
                    step=f"{step:,}", mode=mode
                )
            case StatusChanged(status="paused", step=step):
                return self.tr("paused before step {step}").format(step=f"{step:,}")
            case StatusChanged(status="running", step=step):
                return self.tr("goes on from step {step}").format(step=f"{step:,}")
            case Paced(step=step, steps_per_s=steps_per_s):
                return self.tr("step {step}: {pace}").format(step=f"{step:,}", pace=pace_mark(self, steps_per_s))
            case SlowedDown():
                return slowdown_words(self, event)
            case SlowRank(by_clock=True, rank=rank, phase=phase, factor=factor):
                return self.tr(
                    "rank {rank} does not get its core: its {phase} lasts {factor} times as long as its peers', though "
                    "it computes no longer"
                ).format(rank=rank, phase=phase_words(self, phase), factor=f"{factor:.1f}")
            case SlowRank(is_slow=True, rank=rank, phase=phase, factor=factor):
                return self.tr("rank {rank} is slow: its {phase} takes {factor} times as long as its peers'").format(
                    rank=rank, phase=phase_words(self, phase), factor=f"{factor:.1f}"
                )
            case SlowRank(rank=rank, phase=phase):
                return self.tr("rank {rank} is no longer slow in {phase}").format(
                    rank=rank, phase=phase_words(self, phase)
                )
            case StateSaved(step=step, state_bytes=state_bytes, seconds=seconds, work_s=work_s, every_s=every_s):
                return self.tr(
                    "state before step {step} saved ({size} in {time}, {work} of a core); the last two are kept, "
                    "one is taken every {every}"
                ).format(
                    step=f"{step:,}",
                    size=figures.size(state_bytes),
                    time=figures.seconds(seconds),
                    work=figures.seconds(work_s),
                    every=figures.seconds(every_s),
                )
            case RankSilent():
                return silent_words(self, event)
            case RankFailed(reason=reason):
                return engine_text(reason)
            case Diverged(step=step, loss=loss):
                return self.tr("the loss of step {step} is {loss}; paused").format(step=f"{step:,}", loss=loss)
            case RunFinished(step=step, is_complete=True):
                return self.tr("run finished: all its {step} steps are made").format(step=f"{step:,}")
            case RunFinished(step=step):
                if step == 1:
                    return self.tr("run stopped after one step")
                words = self.tr("run stopped after {step} steps", None, step)
                return words.format(step=f"{step:,}")
            case EvaluatorChanged(is_on=True):
                return self.tr("the evaluator is on: validation and pictures are computed beside training")
            case EvaluatorChanged(reason=reason):
                return engine_text(reason)
            case Notice(text=text):
                return engine_text(text)
        return ""

    def _shifted(self, event: Shifted) -> str:
        parts = self._seam_words.split(event)
        told = self.tr(
            "shifted to {mode}: training stood still for {seam} ({parts}); its ranks were prepared beside training in "
            "{prepare}"
        ).format(
            mode=event.to_mode,
            seam=figures.seconds(event.seconds),
            parts=", ".join(parts[:3]),
            prepare=figures.seconds(event.split.prepare_s),
        )
        return "; ".join([told, *parts[3:]])
