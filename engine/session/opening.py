"""The beginning of a run, and of its going on after its ranks were gone: the record is opened, the run announced."""

import time
from collections.abc import Callable
from pathlib import Path

from engine.config.spec import RunSpec, spec_toml
from engine.errors import RequestError, Sentence
from engine.events.run import Changed, Notice, RunStarted, StatusChanged
from engine.record.states import last_state
from engine.session.outbox import Outbox
from engine.session.run import Run


class Opening:
    """How the run of `spec` in `directory` is opened. `resume`: it was recorded there before."""

    def __init__(self, run: Run, outbox: Outbox, spec: RunSpec, directory: Path, *, resume: bool) -> None:
        self._run, self._outbox, self._spec, self._directory, self._resume = run, outbox, spec, directory, resume

    def before(self, act: Callable[[], None]) -> None:
        """Do something that makes ranks compute; if there are none, the record is opened and the run announced first.

        Where that cannot be, nothing is done, and told.
        """
        run, outbox = self._run, self._outbox
        if run.is_at_rest:
            try:
                self._open_record(resume=self._resume or outbox.is_recorded)
            except (OSError, RequestError) as error:
                text = (
                    error.sentence
                    if isinstance(error, RequestError)
                    else Sentence(
                        "The run cannot start: {directory} cannot be written to ({strerror}).",
                        directory=self._directory,
                        strerror=error.strerror,
                    )
                )
                outbox.tell(Notice(at_s=outbox.now_s, level="error", text=text))
                outbox.tell(StatusChanged(at_s=outbox.now_s, status="failed", step=run.step, words="no record"))
                return
        act()

    def _open_record(self, *, resume: bool) -> None:
        run, outbox = self._run, self._outbox
        if not outbox.is_recorded:
            outbox.open_record(self._directory, self._spec, resume=resume)
        if resume:
            passed_over: list[str] = []
            state = last_state(self._directory, passed_over)
            for note in passed_over:
                outbox.tell(Notice(at_s=outbox.now_s, level="warning", text=note))
            run.restart_from(state.step if state else 0)
        outbox.tell(
            RunStarted(
                at_s=outbox.now_s,
                spec=spec_toml(self._spec),
                step=run.step,
                started_unix_s=time.time(),
                directory=str(self._directory),
            )
        )
        run.crews.tell_pace(anew=True)
        if not run.evaluation.is_on:
            run.evaluation.announce()
        if not resume:
            outbox.tell(Changed(at_s=outbox.now_s, step=run.step, lr=self._spec.lr, batch_size=self._spec.batch_size))
