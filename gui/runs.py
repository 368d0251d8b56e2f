"""The run behind the window, and how another takes its place.

What reads, checks or closes files is an errand: a state may be gigabytes. While one is under way, verbs wait for the
run they are meant for; Reset, Stop, opening and closing drop it. A replay is imported where it is made: the window is
painted before anything needs it.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.errors import RequestError
from engine.events.message import Message
from engine.events.run import Notice
from engine.session.source import Source
from gui.bridge import Bridge
from gui.errand import Errands
from gui.model.next_play import NextPlay, Wish, next_play
from gui.model.run_view import ENDED
from gui.model.store import IS_KEPT, Store
from gui.portions import Portions
from gui.replaying import is_amid, state_of
from gui.retirement import Retirement
from gui.window.settings import Settings

READ_AT_ONCE, GIVE_WAY_S = 64, 0.0005
"""Messages of a record that is read, and seconds until more are: so long nothing is done, so that the window's thread
gets Python's lock. Numpy lets go of it all the time, and has it back before another thread is awake."""

if TYPE_CHECKING:
    from engine.record.kept_board import BoardChoice
    from engine.record.replay import Replay


class Runs(QObject):
    """At most one source, at most one errand, and those that retire."""

    def __init__(self, parent: QObject, store: Store, bridge: Bridge, settings: Settings) -> None:
        super().__init__(parent)
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
        failure = run.health.failure
        mode = (failure.mode if failure is not None else "") or run.mode  # it may have been about to shift
        now = (mode, run.lr, run.batch_size)
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

    def open(self, directory: Path, *, quiet: bool = False) -> None:
        """Show a recorded run; one that computes ends first. `quiet`: nobody asked for it."""
        self.drop()
        live = self.live
        if live is not None and live.directory.resolve() == directory.resolve() and self._must_end_first():
            self._end_then(lambda: self.open(directory))
            return
        words = self.tr("opening {directory} …").format(directory=directory.name)

        def read() -> "tuple[Replay, list[Message], BoardChoice]":
            import numpy.ma  # noqa: F401 - a median needs it: the first one would import it in the window's thread

            from engine.record.following import replay_of
            from engine.record.kept_board import read_board

            replay = replay_of(directory)
            choice, note = read_board(directory)
            found: list[Message] = [Notice(at_s=0.0, level="warning", text=note)] if note is not None else []
            most, replay.portion = replay.portion, READ_AT_ONCE
            while read := replay.take():
                found += read
                time.sleep(GIVE_WAY_S)
            replay.portion = most
            return replay, found, choice

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
        self.retire()
        self.retirement.release()

    # How it is done --------------------------------------------------------------------------------------------------

    def _show(self, replay: "Replay", messages: list[Message], choice: "BoardChoice", *, quiet: bool) -> None:
        """The set-up is then the shown run's, of no example; of one that nobody asked for, it is what it was."""
        kept = self._kept
        self.retire()
        self._store.show_example(None)
        if not quiet:
            self._settings.save_spec(replay.spec)
            self._store.show_set_up(replay.spec)
        self._store.begin(str(replay.directory)).board.look_like(choice)
        self.watch(replay)
        self._settings.last_run = replay.directory
        self._unshown.take(messages)
        if kept is not None and kept.resolve() != replay.directory.resolve():
            self.errands.note.emit(RequestError(IS_KEPT, name=kept.name))

    def _leave(self) -> None:
        kept = self._kept
        self._unshown.drop()
        self.retire()
        self.watch(None)
        self._store.leave(kept.name if kept is not None else "")

    @property
    def _kept(self) -> Path | None:
        """Where the record of the run lies that was computed here, once something else takes its place; None: none."""
        left, was_live = self.source, bool(self._store.live.segments)
        is_kept = left is not None and not left.is_replay and was_live and left.record_problem is None
        return left.directory if left is not None and is_kept else None

    def _must_end_first(self) -> bool:
        return self.computing is not None and bool(self._store.live.segments)

    def _end_then(self, act: Callable[[], None]) -> None:
        live = self.live
        if live is None or not self._must_end_first():
            act()
            return
        self._after_end = act
        live.stop()

    def retire(self) -> None:
        """Let what is shown close beside the window: something else takes its place."""
        if self.source is not None:
            self.retirement.retire(self.source)
