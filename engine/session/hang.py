"""Is a crew that makes no progress slow, or does it hang? Found out by asking, not by guessing from a timeout alone."""

from collections.abc import Sequence

from engine.errors import Sentence
from engine.ipc.orders import Ping
from engine.session.rank_process import RankProcess

ANSWER_S = 2.0
"""A rank's control thread answers a ping at once, even from inside a kernel; a frozen process does not."""


BIRTH_LIMIT_S = 60.0
"""How long a rank may take until there is a process of it. What starts it may have to import torch first."""


class HangWatch:
    """Call `look` often while a crew should be making steps; it answers with (rank, words) once it is sure."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self.wait_s = 0.0
        """How long ranks may sleep before a step, for they keep a pace."""
        self.progress_s = 0.0
        """When all was well with the crew last."""
        self._asked_s: float | None = None
        self._answered: set[int] = set()
        self._cpu_s: dict[int, float] = {}
        self._all_born = False

    def progress(self, now_s: float) -> None:
        """A step was finished, or something else shows that all is well."""
        self.progress_s = now_s
        self._asked_s = None

    def answer(self, rank: int) -> None:
        """Note that a rank has answered the ping."""
        self._answered.add(rank)

    def look(self, ranks: Sequence[RankProcess], now_s: float) -> tuple[int, str] | None:
        """The rank that hangs, with the words for it; None while there is hope."""
        if not self._all_born:
            unborn = [rank for rank, process in enumerate(ranks) if process.pid is None]
            if unborn:
                words = Sentence("was not started within {limit_s:.0f} s.", limit_s=BIRTH_LIMIT_S)
                return (unborn[0], words) if now_s - self.progress_s >= BIRTH_LIMIT_S else None
            self._all_born = True
            self.progress(now_s)  # only now can they be expected to answer
        if self._asked_s is None:
            if now_s - self.progress_s >= self.limit_s + self.wait_s:
                self._asked_s = now_s
                self._answered = set()
                self._cpu_s = _cpu_seconds(ranks)
                for rank in ranks:
                    rank.send(Ping())
            return None
        if now_s - self._asked_s < ANSWER_S:
            return None
        silent = [rank for rank in range(len(ranks)) if rank not in self._answered]
        waited_s = now_s - self.progress_s
        if silent:
            words = Sentence(
                "has not answered for {answer_s:.0f} s and made no step for {waited_s:.0f} s: it is frozen.",
                answer_s=ANSWER_S,
                waited_s=waited_s,
            )
            return silent[0], words
        used = _cpu_seconds(ranks)
        if self._cpu_s and all(used.get(rank, 0.0) - before < 0.1 for rank, before in self._cpu_s.items()):
            return 0, Sentence(
                "and its peers wait for each other: no step for {waited_s:.0f} s, and none of them computes.",
                waited_s=waited_s,
            )
        self.progress(now_s)  # it computes: a step that long is slow, not hung
        return None


def _cpu_seconds(ranks: Sequence[RankProcess]) -> dict[int, float]:
    told = {rank: process.cpu_s() for rank, process in enumerate(ranks)}
    return {rank: cpu_s for rank, cpu_s in told.items() if cpu_s is not None}
