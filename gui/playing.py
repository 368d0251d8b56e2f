"""What becomes of what the user chooses: Play, another mode, other hyper-parameters, a new run.

    ranks compute   ->  the verb, to the session
    none do         ->  a wish, with which the run that is shown goes on; and the set-up of the next new one
    Play            ->  go on · recover · resume, by an errand that checks the state · begin a new run

Sessions are imported where they are made: the window is painted before anything needs them.
"""

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject

from engine.config.cards import workloads
from engine.config.mode import ComputeMode
from engine.config.mode_names import name_of
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec, check_spec
from engine.errors import RequestError, whole
from engine.events.run import StatusChanged
from engine.session.source import Source
from gui import verbs
from gui.crowd import Crowd
from gui.model.intents import Intent, NewSetUp, Play, Step
from gui.model.mode_choice import same_mode
from gui.model.next_play import NextPlay, Wish, fits, no_torch, no_whole_state, refuse
from gui.model.store import Store
from gui.replaying import is_amid
from gui.runs import Runs
from gui.set_ups import SetUps, changed_since
from gui.window.settings import Settings

if TYPE_CHECKING:
    from engine.session.session import Session
    from engine.session.starter import RankStarter


class Playing(QObject):
    """Acts on the run that is shown, and on the one that comes next. `starter` is None until the window is painted."""

    def __init__(
        self, parent: QObject, runs: Runs, store: Store, settings: Settings, set_ups: SetUps, crowd: Crowd
    ) -> None:
        super().__init__(parent)
        self.starter: RankStarter | None = None
        self._runs, self._store, self._settings = runs, store, settings
        self._set_ups, self._crowd = set_ups, crowd
        self._asked: tuple[object, ...] = ()
        """The mode that was last asked for, and what was then: until something came of it, nothing else knows of it."""

    # What can be asked for -------------------------------------------------------------------------------------------

    def play(self, intent: Play | Step) -> None:
        """Go on, recover, resume or start, without an end or for some steps.

        Raises:
            RequestError: the mode cannot be had here, or does not fit what is trained; or no saved state of the run
                that is shown is whole.
        """
        ahead, shown, set_up = self._runs.next_play(), self._runs.source, self._store.set_up
        self._set_ups.refuse_mistakes(is_new=shown is None or (ahead is not None and ahead.is_new))
        if (computing := self._runs.computing or (shown if is_amid(shown) else None)) is not None:
            _begin(computing, intent)
            return
        if ahead is not None and shown is not None and ahead.is_lost:
            raise no_whole_state(shown.directory)
        is_new = shown is None or ahead is None or ahead.is_new
        spec = set_up if is_new or shown is None else shown.spec
        mode = parse_mode(spec.mode if ahead is None else ahead.mode)
        if self._must_ask_torch(mode, intent):
            return
        self.check(spec, mode, spec.batch_size if ahead is None else ahead.batch_size)
        if self._crowd.asks(mode, spec, intent, self.starter):
            return
        if ahead is None or is_new or shown is None:
            _begin(self._begin_new(set_up), intent)
        elif (failed := self._runs.live) is not None:
            self._grant(failed)
            _begin(failed, intent)
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

    def reset(self) -> None:
        """End the run; the next has the mode that was last chosen for it, its learning rate and its batch size.

        After a new set-up it has those of that, unless a mode was chosen since.
        """
        run, ahead, spec = self._store.live, self._runs.next_play(), self._store.set_up
        if self._set_ups.is_anew:
            self._runs.reset()
            self._set_ups.take(msgspec.structs.replace(spec))
            return
        mode = ahead.mode if ahead is not None else run.mode
        if self._asked and self._asked == verbs.asked_of(run, asked := str(self._asked[0])):
            mode = asked
        self._runs.reset()
        spec = msgspec.structs.replace(spec, **changed_since(run.spec, spec, ahead or run))
        # A new one, though it may be equal: the form says it again, mistakes in it or not.
        self._set_ups.take(msgspec.structs.replace(spec, mode=mode if mode and fits(spec, mode) else spec.mode))

    def begin_anew(self, intent: NewSetUp) -> None:
        """Set up the workload as it is at first. A run that computes goes on until Reset; any other is put away."""
        self._set_ups.act(intent)
        spec, computes = self._store.set_up, self._runs.computing is not None
        if not computes and self._runs.source is not None:
            self.reset()
        told = "New set-up: {workload} in {mode}, all as at first. Play begins it."
        if computes:
            told = "New set-up: {workload} in {mode}, all as at first. The run goes on; Reset, then Play begin it."
        mode = name_of(parse_mode(spec.mode), spec.workload)
        self._runs.errands.note.emit(RequestError(told, workload=whole(workloads()[spec.workload].title), mode=mode))

    def shift(self, mode: ComputeMode, intent: Intent) -> None:
        """Compute in `mode`: now, if ranks do; else with Play: the shown run goes on so, the next one begins so."""
        runs, run = self._runs, self._store.live
        if self._crowd.asks(mode, run.spec or self._store.set_up, intent, self.starter):
            return
        if self._is_in_force(mode):
            runs.errands.note.emit(RequestError("That mode is in force already."))
            return
        self._asked = verbs.asked_of(run, mode.text)
        self._set_ups.keep_mode()
        if runs.computing is not None:
            runs.computing.shift(mode.text)
            return
        ahead, spec = runs.next_play(), self._store.set_up
        goes_on = ahead is not None and not ahead.is_new and runs.source is not None
        trained = runs.source.spec if goes_on and runs.source is not None else spec
        self.check(trained, mode, spec.batch_size if ahead is None else ahead.batch_size)
        runs.wish = runs.wish.and_also(mode=mode.text)
        if fits(spec, mode.text):
            self._set_ups.take(msgspec.structs.replace(spec, mode=mode.text))

    def _is_in_force(self, mode: ComputeMode) -> bool:
        """Whether ranks compute so already, and no shift to another mode is under way that it would give up."""
        run = self._store.live
        is_asked = bool(self._asked) and self._asked == verbs.asked_of(run, str(self._asked[0]))
        if self._runs.computing is None or not run.segments or run.status not in ("running", "paused"):
            return False
        return same_mode(parse_mode(run.mode), mode) and (not is_asked or self._asked[0] == mode.text)

    def change(self, lr: float | None, batch_size: int | None) -> None:
        """Change what can from one step to the next: now, if ranks compute; else with Play, as a shift."""
        runs = self._runs
        if runs.computing is not None:
            runs.computing.change(lr=lr, batch_size=batch_size)
            return
        given = {name: value for name, value in {"lr": lr, "batch_size": batch_size}.items() if value is not None}
        spec = check_spec(msgspec.structs.asdict(self._store.set_up) | given)
        if spec != self._store.set_up:  # the form that asks for it has set it up already
            self._set_ups.take(spec)
        runs.wish = runs.wish.and_also(lr=lr, batch_size=batch_size)

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
        self._runs.errands.send(words, ask, then=intent)
        return True

    def _begin_new(self, set_up: RunSpec) -> "Session":
        from engine.session.session import Session

        assert self.starter is not None
        self._runs.retire()
        session = Session(set_up, self.starter, is_evaluated=self._settings.is_evaluated)
        session.keep_pace(self._store.pace)
        self._store.begin(str(session.directory))
        self._runs.watch(session)
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

            self._runs.retirement.join()
            shown.close()
            session = Session(spec, starter, directory=shown.directory, resume=True, is_evaluated=is_evaluated)
            if not session.resume_step and last_state(shown.directory) is None:
                session.close()
                raise no_whole_state(shown.directory)
            return session

        def done(session: "Session") -> None:
            wish = self._runs.wish
            session.keep_pace(self._store.pace)
            self._runs.watch(session)
            self._runs.wish = Wish(lr=wish.lr, batch_size=wish.batch_size)
            self._grant(session)
            self._say_starting()
            self._settings.last_run = session.directory

        words = self.tr("checking the state before step {step} …").format(step=f"{ahead.step:,}")
        self._runs.errands.send(words, work, done=done, dispose=lambda session: session.close(), then=intent)

    def _grant(self, session: Source) -> None:
        """What was chosen while nothing computed, told to the session that is about to begin."""
        wish, self._runs.wish = self._runs.wish, Wish()
        if wish.mode is not None:
            session.shift(wish.mode)
        if wish.lr is not None or wish.batch_size is not None:
            session.change(lr=wish.lr, batch_size=wish.batch_size)

    def _say_starting(self) -> None:
        """Until the session answers: neither finished nor failed any more, so Play pressed again is no second start."""
        self._store.feed([StatusChanged(at_s=self._store.live.at_s, status="starting", step=self._store.live.step)])


def _begin(source: Source, intent: Play | Step) -> None:
    """The verb itself, to whatever computes, or plays, from now on."""
    if isinstance(intent, Step):
        source.step(intent.count)
    else:
        source.play()
