"""What is said of a run's end stands before the sum of all: whoever reads lines finds the summary in the last one."""

from types import SimpleNamespace
from typing import Any

from engine.cli.train import Training
from engine.events.message import Message
from engine.events.run import RunFinished, StatusChanged
from engine.explain.rules.verdict import Verdict

END = RunFinished(at_s=9.0, step=50, segments=(), final_loss=None, validation_loss=None, validation_metric=None)


class Ends:
    """A session that has come to its end, and rules that find something else to say of it then."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.current: Verdict | None = None
        self.segment, self.step, self.problem, self.is_unread = 0, 50, None, False

    def take(self) -> list[Message]:
        return [END, StatusChanged(at_s=9.0, status="finished", step=50)]

    def hear(self, message: Message) -> None:
        if isinstance(message, RunFinished):
            self.current = Verdict(rule="threads", text="2 threads: ×1.6 of 1 thread.")

    def look(self) -> bool:
        return False

    def write(self, message: Message) -> None:
        self.told.append(type(message).__name__)

    def judge(self, verdict: Verdict, *_: Any) -> None:
        self.told.append(verdict.rule)


def test_the_last_verdict_is_told_before_the_summary_and_once() -> None:
    ends: Any = Ends()
    terminal: Any = SimpleNamespace(judge=lambda _: None, show=lambda _: None)
    Training(ends, [], terminal, ends, ends)._take()
    assert ends.told == ["threads", "RunFinished", "StatusChanged"]
