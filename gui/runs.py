"""The run behind the window, and how another takes its place.

What reads, checks or closes files is an errand: a state may be gigabytes. While one is under way, verbs wait for the
run they are meant for; Reset, Stop, opening and closing drop it. Session and replay are imported where they are made:
the window is painted before anything needs them.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject

from engine.config.mode import ComputeMode
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec
from engine.events import Message, StatusChanged
from engine.session.source import Source
from gui.bridge import Bridge
from gui.crowd import Crowd
from gui.errand import Errands
from gui.model.intents import Intent
from gui.model.next_play import NextPlay, Wish, next_play, no_torch, no_whole_state, refuse
from gui.model.run_view import ENDED
from gui.model.store import Store
from gui.portions import Portions
from gui.replaying import is_amid, state_of
from gui.retirement import Retirement
from gui.window.settings import Settings

if TYPE_CHECKING:
    from engine.record.replay import Replay
    from engine.session.session import Session
    from engine.session.starter import RankStarter


class Runs(QObject):
    """At most one source, at most one errand, and those that retire."""

    def __init__(self, parent: QObject, store: Store, bridge: Bridge, settings: Settings) -> None:
        super().__init__(parent)
        self.starter: RankStarter | None = None
        self.source: Source | None = None
        self.wish = Wish()
        self._store, self._bridge, self._settings = store, bridge, settings
        self._unshown = Portions(self, store)
        """Of a record that was just read."""
        self._after_end: Callable[[], None] | None = None
        self.errands = Errands(self, store, is_held=lambda: bool(self._unshown) or self._after_end is not None)
        self._unshown.done.connect(self.errands.rest)
        self.retirement = Retirement(self)
        self._seen: object = None
        self.crowd: Crowd | None = None
        """Asks before ranks are started in a crowd, where there is a window to ask in."""

    # What there is ---------------------------------------------------------------------------------------------------

    @property
    def live(self) -> Source | None:
        """What computes or could again: no replay, and no run that has ended for good."""
        source, status = self.source, self._store.live.status
        return source if source is not None and not source.is_replay and status != "finished" else None

    @property
    def computing(self) -> Source | None:
        """The live run, if verbs reach ranks: it has neither ended nor failed."""
        return self.live if self._store.live.status not in ENDED else None

    @property
    def is_busy(self) -> bool:
        """An errand is under way, what it brought is not all shown yet, or a run must end first."""
        return self.errands.is_busy

    def next_play(self) -> NextPlay | None:
        """What Play will do with the run that is shown; None while it computes, or if there is none."""
        run = self._store.live
        if self.source is None or not (self.source.is_replay or run.status in ENDED) or is_amid(self.source):
            return None
        now = (run.mode, run.lr, run.batch_size)
        return next_play(self.source, self.wish, self._store.set_up, has_failed=self.live is not None, now=now)

    def look(self) -> None:
        """Every frame: show what Play will do, and do what waited for the run to end."""
        run = self._store.live
        self._store.show_replayed(state_of(self.source))
        seen = (self.source, is_amid(self.source), run.status, run.step, run.lr, self.wish, self._store.set_up)
        if seen != self._seen and not self.is_busy:
            self._seen = seen
            self._store.show_next_play(self.next_play())
        if self._after_end is not None and self._store.live.status in ENDED:
            act, self._after_end = self._after_end, None
            act()
            self.errands.rest()

    # What can be asked for -------------------------------------------------------------------------------------------

    def play(self, intent: Intent, begin: Callable[[Source], None]) -> None:
        """Go on, recover, resume or start; `begin` is the verb, given to the session once there is one.

        Raises:
            RequestError: the mode cannot be had here, or does not fit what is trained; or no saved state of the run
                that is shown is whole.
        """
        if (computing := self.computing or (self.source if is_amid(self.source) else None)) is not None:
            begin(computing)
            return
        ahead, shown, set_up = self.next_play(), self.source, self._store.set_up
        if ahead is not None and shown is not None and ahead.is_lost:
            raise no_whole_state(shown.directory)
        is_new = shown is None or ahead is None or ahead.is_new
        spec = set_up if is_new or shown is None else shown.spec
        mode = parse_mode(spec.mode if ahead is None else ahead.mode)
        if self._must_ask_torch(mode, intent):
            return
        self.check(spec, mode, spec.batch_size if ahead is None else ahead.batch_size)
        if self.crowd is not None and self.crowd.asks(mode, spec, intent, self.starter):
            return
        if ahead is None or is_new or shown is None:
            begin(self._begin_new(set_up))
        elif (failed := self.live) is not None:
            self._grant(failed)
            begin(failed)
            self._say_starting()
        else:
            self._resume(shown, ahead, intent)

    def check(self, spec: RunSpec, mode: ComputeMode, batch_size: int | None) -> None:
        """Check that `mode` can be had here in such batches, and that its data are here, as far as is known yet.

        Raises:
            RequestError: it cannot; the sentence says why, and what to do.
        """
        hardware, problem = (self.starter.hardware, self.starter.problem) if self.starter is not None else (None, "")
        if hardware is None and problem:
            raise no_torch(problem)
        refuse(spec, mode, hardware, batch_size)

    def open(self, directory: Path, *, quiet: bool = False) -> None:
        """Show a recorded run; one that computes ends first. `quiet`: nobody asked for it."""
        self.drop()
        live = self.live
        if live is not None and live.directory.resolve() == directory.resolve() and self._must_end_first():
            self._end_then(lambda: self.open(directory))
            return
        words = self.tr("opening {directory} …").format(directory=directory.name)

        def read() -> "tuple[Replay, list[Message]]":
            from engine.record.following import replay_of

            replay = replay_of(directory)
            return replay, replay.take()

        show = partial(self._show, quiet=quiet)
        self.errands.send(words, read, done=lambda found: self._end_then(lambda: show(*found)), quiet=quiet)

    def keep_pace(self, steps_per_s: float | None) -> None:
        """Make so many steps a second at most, in this run and in those to come."""
        self._store.show_pace(steps_per_s)
        if self.live is not None:
            self.live.keep_pace(steps_per_s)

    def reset(self) -> None:
        """No run any more; the one there was ends first, and its record is kept."""
        self.drop()
        self._end_then(self._leave)

    def drop(self) -> None:
        """Whatever an errand is about, and whatever waits for it: not any more."""
        self._after_end = None
        self.errands.drop()
        self.errands.rest()

    def watch(self, source: Source | None) -> None:
        """Let the window show this source from now on."""
        self.source = source
        self.wish = Wish()
        self._bridge.watch(source)
        if source is not None:
            self._store.take_over(source.spec, is_replay=source.is_replay)

    def release(self) -> None:
        """The window is gone: let go of everything."""
        self.drop()
        self._unshown.drop()
        self._retire()
        self.retirement.release()

    # How it is done --------------------------------------------------------------------------------------------------

    def _must_ask_torch(self, mode: ComputeMode, intent: Intent) -> bool:
        """Only torch knows of accelerators, and it may still be loading."""
        starter = self.starter
        assert starter is not None
        if mode.device == "cpu" or starter.hardware is not None or starter.problem:
            return False

        def ask() -> None:
            try:
                starter.wait_hardware()
            except RuntimeError as error:
                raise no_torch(starter.problem or str(error)) from error

        words = self.tr("torch loads; it will say whether {device} is here …").format(device=mode.device)
        self.errands.send(words, ask, then=intent)
        return True

    def _begin_new(self, set_up: RunSpec) -> "Session":
        from engine.session.session import Session

        assert self.starter is not None
        self._retire()
        session = Session(set_up, self.starter, is_evaluated=self._settings.is_evaluated)
        session.keep_pace(self._store.pace)
        self._store.begin(str(session.directory))
        self.watch(session)
        self._settings.last_run = session.directory
        return session

    def _resume(self, shown: Source, ahead: NextPlay, intent: Intent) -> None:
        """The shown run goes on in a session of its own, which reads the record and checks the state first."""
        starter = self.starter
        assert starter is not None
        spec = msgspec.structs.replace(shown.spec, mode=ahead.mode, steps=ahead.steps)
        is_evaluated = self._settings.is_evaluated

        def work() -> "Session":
            from engine.record.states import last_state
            from engine.session.session import Session

            self.retirement.join()
            shown.close()
            session = Session(spec, starter, directory=shown.directory, resume=True, is_evaluated=is_evaluated)
            if not session.resume_step and last_state(shown.directory) is None:
                session.close()
                raise no_whole_state(shown.directory)
            return session

        def done(session: "Session") -> None:
            wish = self.wish
            session.keep_pace(self._store.pace)
            self.watch(session)
            self.wish = Wish(lr=wish.lr, batch_size=wish.batch_size)
            self._grant(session)
            self._say_starting()
            self._settings.last_run = session.directory

        words = self.tr("checking the state before step {step} …").format(step=f"{ahead.step:,}")
        self.errands.send(words, work, done=done, dispose=lambda session: session.close(), then=intent)

    def _grant(self, session: Source) -> None:
        """What was chosen while nothing computed, told to the session that is about to begin."""
        wish, self.wish = self.wish, Wish()
        if wish.mode is not None:
            session.shift(wish.mode)
        if wish.lr is not None or wish.batch_size is not None:
            session.change(lr=wish.lr, batch_size=wish.batch_size)

    def _say_starting(self) -> None:
        """Until the session answers: neither finished nor failed any more, so Play pressed again is no second start."""
        self._store.feed([StatusChanged(at_s=self._store.live.at_s, status="starting", step=self._store.live.step)])

    def _show(self, replay: "Replay", messages: list[Message], *, quiet: bool) -> None:
        """The set-up is then the shown run's; of one that nobody asked for, it is what it was."""
        self._retire()
        if not quiet:
            self._settings.save_spec(replay.spec)
            self._store.show_set_up(replay.spec)
        self._store.begin(str(replay.directory))
        self.watch(replay)
        self._settings.last_run = replay.directory
        self._unshown.take(messages)

    def _leave(self) -> None:
        self._unshown.drop()
        self._retire()
        self.watch(None)
        self._store.begin()

    def _must_end_first(self) -> bool:
        return self.computing is not None and bool(self._store.live.segments)

    def _end_then(self, act: Callable[[], None]) -> None:
        live = self.live
        if live is None or not self._must_end_first():
            act()
            return
        self._after_end = act
        live.stop()

    def _retire(self) -> None:
        if self.source is not None:
            self.retirement.retire(self.source)
