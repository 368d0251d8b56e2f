"""Questions that people put to the model of a run: they wait for the evaluator, and each is answered in events.

Ask     what does it say of these samples?        one Answer
Try     what does it say of what I give it?       TryAnswered, the last of which is over
Watch   what does it look like?                   LookDrawn after every snapshot, until another is watched
"""

from collections.abc import Sequence
from types import UnionType

import msgspec

from engine.errors import RequestError, Sentence
from engine.events.evaluator import Answer, LookDrawn, TryAnswered
from engine.ipc.orders import Ask, Try, Watch
from engine.ipc.reports import Answered, Drawn, Tried
from engine.pictures import AnyGiven, Phrase
from engine.session.outbox import Outbox
from engine.session.rank_process import RankProcess

ENDED_UNANSWERED = Sentence("The evaluator has ended without an answer. Ask again while the run trains or pauses.")
MOST_ASKED = 1_000
"""Samples of a question."""


def ask_of(number: int, samples: Sequence[int]) -> Ask:
    """A question about samples of the validation split, by index.

    Raises:
        RequestError: no sample, or too many at once.
    """
    if not 1 <= len(samples) <= MOST_ASKED:
        raise RequestError(
            "{count:,} samples cannot be asked about: ask about 1 to {most:,}.", count=len(samples), most=MOST_ASKED
        )
    return Ask(number=number, samples=tuple(samples))


def try_of(number: int, name: str, given: AnyGiven | None) -> Try:
    """A question about what is given the model, in the workload's way of that name.

    Raises:
        RequestError: what is given is out of its ranges.
    """
    try:
        msgspec.convert(msgspec.to_builtins(given), AnyGiven | None)
    except msgspec.ValidationError as error:
        raise RequestError("What is given to {name} cannot be tried: {error}.", name=name, error=error) from error
    return Try(number=number, name=name, given=given)


class Questions:
    """Questions that wait, and that were put to the evaluator. Whatever becomes of it, each is answered once."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._waiting: list[Ask | Try] = []
        self._put: dict[tuple[type, int], Ask | Try] = {}
        self._watched = Watch(number=0, look="")
        self._is_watch_put = True

    @property
    def are_open(self) -> bool:
        """Whether the evaluator owes an answer."""
        return bool(self._put)

    def wait(self, question: Ask | Try) -> None:
        """Keep a question until the evaluator can be asked; of what is tried, the newest."""
        if isinstance(question, Try):
            for other in [one for one in self._waiting if isinstance(one, Try)]:
                self._waiting.remove(other)
                self.refuse(other, "")
        self._waiting.append(question)

    def watch(self, look: str, chosen: tuple[int, ...]) -> None:
        """From now on that look is watched, or ("") none, whatever becomes of the evaluator."""
        if (look, chosen) != (self._watched.look, self._watched.chosen):
            self._watched = Watch(number=self._watched.number + 1, look=look, chosen=chosen)
            self._is_watch_put = False

    def put_watch(self, evaluator: RankProcess) -> None:
        """Tell the evaluator what is watched, if it does not know."""
        if not self._is_watch_put:
            self._is_watch_put = True
            evaluator.send(self._watched)

    def put(self, evaluator: RankProcess, kinds: type[Ask] | type[Try] | UnionType = Ask | Try) -> None:
        """Ask the evaluator all that waits, of these kinds."""
        for question in [one for one in self._waiting if isinstance(one, kinds)]:
            self._waiting.remove(question)
            if not isinstance(question, Try) or question.name:
                self._put[type(question), question.number] = question
            evaluator.send(question)

    def answered(self, answer: Answered | Drawn | Tried) -> None:
        """Tell an answer of the evaluator, if it was asked that."""
        match answer:
            case Answered():
                if isinstance(question := self._put.pop((Ask, answer.number), None), Ask):
                    self._tell(question, Sentence(answer.problem, **answer.values), answer)
            case Tried():
                question = self._put.get((Try, answer.number))
                if answer.is_last:
                    self._put.pop((Try, answer.number), None)
                if question is not None:
                    self._tell_tried(answer.number, _sentence(answer.problem), answer)
            case Drawn() if answer.number == self._watched.number:
                drawn = LookDrawn(
                    at_s=self._outbox.now_s,
                    look=self._watched.look,
                    chosen=self._watched.chosen,
                    step=answer.step,
                    picture=answer.picture,
                    reason=_sentence(answer.problem),
                )
                self._outbox.show(drawn)

    def refuse(self, question: Ask | Try, reason: str) -> None:
        """Answer a question with the reason why there is no answer."""
        if isinstance(question, Ask):
            self._tell(question, reason, None)
        elif question.name:
            self._tell_tried(question.number, reason, None)

    def drop_put(self) -> None:
        """The evaluator is gone: what it was asked stays without an answer, and its successor is to draw anew."""
        self._is_watch_put = not self._watched.look
        put, self._put = self._put, {}
        for question in put.values():
            self.refuse(question, ENDED_UNANSWERED)

    def drop(self) -> None:
        """Drop what waits, or was asked, unanswered: there will be no evaluator any more."""
        self.drop_put()
        waiting, self._waiting = self._waiting, []
        for question in waiting:
            self.refuse(question, ENDED_UNANSWERED)

    def _tell(self, question: Ask, reason: str, answered: Answered | None) -> None:
        self._outbox.show(
            Answer(
                at_s=self._outbox.now_s,
                number=question.number,
                step=answered.step if answered is not None else None,
                samples=question.samples,
                outputs=answered.outputs if answered is not None else (),
                targets=answered.targets if answered is not None else (),
                reason=reason,
            )
        )

    def _tell_tried(self, number: int, reason: str, tried: Tried | None) -> None:
        self._outbox.show(
            TryAnswered(
                at_s=self._outbox.now_s,
                number=number,
                step=tried.step if tried is not None else None,
                picture=tried.picture if tried is not None else None,
                is_over=tried is None or tried.is_last,
                reason=reason,
            )
        )


def _sentence(phrase: Phrase) -> Sentence:
    return Sentence(phrase.template, **phrase.values)
