"""What a run has made and told of itself: its steps as they come, its status, and what it sums up to at the end."""

import math

import numpy as np

from engine.events.evaluator import Validated
from engine.events.run import Diverged, RunFinished, StatusChanged
from engine.metrics.summary import Summary
from engine.rows import Rows, StepBatch
from engine.session.crew import Crew
from engine.session.outbox import Outbox


class Ledger:
    """`step` is the next one to be made; `status` what the run was last said to be doing."""

    def __init__(self, outbox: Outbox, step: int) -> None:
        self.step = step
        self.status = "paused"
        self._words = ""
        self.has_diverged = False
        """The loss of a step made since the run last went on was not finite."""
        self._outbox = outbox
        self._summary = Summary()

    def restart_from(self, step: int) -> None:
        """What was made from `step` on is superseded: it will be made again."""
        self.step = step
        self._summary.restart_from(step)
        if self.status == "failed":
            self.status = "paused"

    def begin_segment(self, crew: Crew, step: int) -> None:
        """A crew makes the steps from now on, the first of them `step`."""
        self.step = step
        self._summary.begin_segment(crew.segment, crew.mode.text)

    def enter(self, steps: Rows) -> bool:
        """Take in steps (dtype STEP_ROW) and tell them; True if their loss is the first that is not finite."""
        self.step = int(steps["step"][-1]) + 1
        self._summary.add(steps)
        self._outbox.tell(StepBatch(steps))
        infinite = ~np.isfinite(steps["loss"])
        if self.has_diverged or not infinite.any():
            return False
        self.has_diverged = True
        row = steps[int(infinite.argmax())]
        self._outbox.tell(Diverged(at_s=self._outbox.now_s, step=int(row["step"]), loss=str(float(row["loss"]))))
        return True

    def show(self, status: str, words: str) -> None:
        """Tell the status if it, or its words, changed."""
        if (status, words) != (self.status, self._words):
            self.tell_status(status, words)

    def tell_status(self, status: str, words: str) -> None:
        """Tell the status, though it may have been told before."""
        self.status, self._words = status, words
        self._outbox.tell(StatusChanged(at_s=self._outbox.now_s, status=status, step=self.step, words=words))

    def close(self, validated: Validated | None, *, is_complete: bool) -> None:
        """Tell what it all comes to; `validated` is the last validation. `is_complete`: there is no step left."""
        final_loss = self._summary.final_loss
        self._outbox.tell(
            RunFinished(
                at_s=self._outbox.now_s,
                step=self.step,
                is_complete=is_complete,
                segments=self._summary.segments(),
                final_loss=final_loss if final_loss is not None and math.isfinite(final_loss) else None,
                validation_loss=validated.loss if validated else None,
                validation_metric=validated.metric if validated else None,
                metric_name=validated.metric_name if validated else "",
            )
        )
