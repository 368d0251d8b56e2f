"""When learning rate and batch size were changed during a run."""

from engine.events.message import Message
from engine.events.run import Changed, RunStarted
from gui.model.curves import LossCurves
from gui.model.segments import Position


class Change(Position, frozen=True, kw_only=True):
    """From here on another learning rate, or batch size, is in force; None: that one stays."""

    lr: float | None
    lr_before: float
    batch_size: int | None


class Changes(list[Change]):
    """The changes of learning rate and batch size of a run, in order."""

    def __init__(self) -> None:
        super().__init__()
        self._told: list[Changed] = []
        """What was in force, one after the other."""

    def hear(self, event: Message, loss: LossCurves) -> None:
        """Take in an event. What is in force from the first step on is no change."""
        if isinstance(event, RunStarted):
            self[:] = [one for one in self if one.step < event.step]
            self._told = self._told[:1] + [one for one in self._told[1:] if one.step < event.step]
        if not isinstance(event, Changed):
            return
        before = self._told[-1] if self._told else None
        self._told.append(event)
        if before is None or not event.step or (before.lr, before.batch_size) == (event.lr, event.batch_size):
            return
        self.append(
            Change(
                step=event.step,
                at_s=event.at_s,
                samples=loss.samples_before(event.step),
                lr=event.lr if event.lr != before.lr else None,
                lr_before=before.lr,
                batch_size=event.batch_size if event.batch_size != before.batch_size else None,
            )
        )
