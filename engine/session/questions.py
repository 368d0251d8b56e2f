"""Questions that people put to the model of a run: they wait for the evaluator, and each is answered in an event."""

from engine.errors import Sentence
from engine.events import Answer
from engine.ipc.orders import Ask
from engine.ipc.reports import Answered
from engine.session.outbox import Outbox
from engine.session.rank_process import RankProcess

ENDED_UNANSWERED = Sentence("The evaluator has ended without an answer. Ask again while the run trains or pauses.")


class Questions:
    """Questions that wait, and that were put to the evaluator. Whatever becomes of it, each is answered once."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._waiting: list[Ask] = []
        self._put: dict[int, Ask] = {}

    @property
    def are_open(self) -> bool:
        """Whether the evaluator owes an answer."""
        return bool(self._put)

    def wait(self, question: Ask) -> None:
        """Keep a question until the evaluator can be asked."""
        self._waiting.append(question)

    def put(self, evaluator: RankProcess) -> None:
        """Ask the evaluator all that waits."""
        for question in self._waiting:
            self._put[question.number] = question
            evaluator.send(question)
        self._waiting = []

    def answered(self, answer: Answered) -> None:
        """Tell an answer of the evaluator, if it was asked that."""
        if (question := self._put.pop(answer.number, None)) is not None:
            self._tell(question, Sentence(answer.problem, **answer.values), answer)

    def refuse(self, question: Ask, reason: str) -> None:
        """Answer a question with the reason why there is no answer."""
        self._tell(question, reason, None)

    def drop_put(self) -> None:
        """The evaluator is gone: what it was asked stays without an answer."""
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
