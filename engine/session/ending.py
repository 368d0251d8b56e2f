"""How a run ends: in good order, when it was asked to or has made its last step, or because a crew has failed.

go back  ranks are killed, and states saved after a step dropped  ->  paused: playing again goes on from before it
finish   ranks validate, save and exit  ->  the evaluator's last look, some seconds at most  ->  finished
fail     ranks are killed, what they had finished is kept  ->  failed: playing again goes on from the last state
"""

from pathlib import Path
from time import perf_counter

from engine.errors import Sentence
from engine.events.run import Notice
from engine.ipc.orders import Finish
from engine.record.states import drop_states, last_state
from engine.session.crew import Crew
from engine.session.crews import Crews
from engine.session.evaluation import Evaluation
from engine.session.ledger import Ledger
from engine.session.outbox import Outbox
from engine.session.pace import Pace
from engine.session.reports import rank_failed

LAST_LOOK_S = 10.0
"""How long a run whose ranks have ended waits for its last validation."""


class Ending:
    """The end of one run, whose record and states are in `directory`."""

    def __init__(
        self, crews: Crews, ledger: Ledger, pace: Pace, outbox: Outbox, evaluation: Evaluation, directory: Path
    ) -> None:
        self._crews = crews
        self._ledger = ledger
        self._pace = pace
        self._outbox = outbox
        self._evaluation = evaluation
        self._directory = directory
        self._ranks_gone_s: float | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the run was asked to finish, or has: it is asked for nothing else any more."""
        return self._ledger.status in ("finishing", "finished")

    @property
    def are_ranks_gone(self) -> bool:
        """Whether the ranks have done all that finishing asks of them, and only the last look is waited for."""
        return self._ranks_gone_s is not None

    def finish(self) -> None:
        """Have the run end in good order: last validation, last state, ranks gone."""
        if self.has_begun:
            return
        crews = self._crews
        self._pace.is_playing = False
        crews.wish = None
        if crews.shift is not None:
            crews.drop(crews.shift, None)
        if crews.crew is None:
            self._evaluation.void()
            self._conclude()
        else:
            step = self._ledger.step if self._pace.is_paused else None
            crews.crew.send(Finish(snapshot=self._evaluation.expect_last(crews.crew, step)))
            crews.show("last validation and state")

    def ranks_gone(self) -> None:
        """All ranks of a run that finishes have ended in good order."""
        self._ranks_gone_s = perf_counter()
        self.tick(self._ranks_gone_s)

    def tick(self, now_s: float) -> None:
        """Conclude, once the ranks are gone and the last look was taken; it may need some seconds, but not for ever."""
        if self._ranks_gone_s is None:
            return
        if self._evaluation.is_awaited:
            if now_s - self._ranks_gone_s < LAST_LOOK_S:
                self._crews.show("last validation")
                return
            text = Sentence(
                "The evaluator did not look at the last weights within {limit_s:.0f} s: this run ends without a "
                "validation of them.",
                limit_s=LAST_LOOK_S,
            )
            self._outbox.tell(Notice(at_s=self._outbox.now_s, level="warning", text=text))
        self._ranks_gone_s = None
        self._conclude()

    def _conclude(self) -> None:
        has_computed = self._crews.crew is not None or self._crews.next_segment > 0
        self._crews.read()
        self._crews.kill()
        self._pace.is_paused = True
        if has_computed:
            self._ledger.close(self._evaluation.validated, is_complete=self._pace.is_over(self._ledger.step))
        self._evaluation.close()
        self._ledger.tell_status("finished", "")

    def fail(self, crew: Crew) -> None:
        """A crew has failed: the run stops, keeps what was finished, and played again goes on from the last state."""
        crews = self._crews
        crews.read()
        if crews.wish is not None:
            crews.mode = crews.wish.mode
        elif crews.shift is not None and crew is not crews.shift.crew:
            crews.mode = crews.shift.mode  # where it was going to, and what did not fail
        crews.wish = None
        crews.kill()
        self._evaluation.void()
        self._pace.stand()
        self._pace.then_steps = 0
        resume_step, problem = self._last_step()
        failed = rank_failed(
            crew.evidence,
            next_step=self._ledger.step,
            resume_step=resume_step,
            problem=problem,
            mode=crews.mode.text,
            at_s=self._outbox.now_s,
        )
        self._outbox.tell(failed)
        self._ledger.tell_status("failed", crew.evidence.cause().sentence())

    def go_back(self, step: int) -> None:
        """Give up what was made since the state before `step`: the ranks are ended, and later states dropped.

        The run stands then, without ranks. Where states cannot be dropped nothing is done, and told.
        """
        crews = self._crews
        crews.read()
        try:
            drop_states(self._directory, step)
        except OSError as error:
            template = "The run cannot go back: what was saved after step {step:,} cannot be removed ({error})."
            text = Sentence(template, step=step, error=error.strerror or str(error))
            self._outbox.tell(Notice(at_s=self._outbox.now_s, level="error", text=text))
            return
        crews.wish = None
        if crews.shift is not None:
            crews.drop(crews.shift, None)
        crews.kill()
        self._evaluation.void()
        self._pace.stand()
        self._pace.then_steps = 0
        self._ledger.tell_status("paused", "")

    def _last_step(self) -> tuple[int | None, str]:
        """The step of the state that the run can go on from, or None and why nobody knows: no descriptor is left, say.

        Playing again looks anew.
        """
        try:
            state = last_state(self._directory)
        except OSError as error:
            return None, error.strerror or str(error)
        return state.step if state is not None else 0, ""
