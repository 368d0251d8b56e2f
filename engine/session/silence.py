"""Which ranks give no sign of life? Known after three seconds, long before a crew that makes no step is given up.

no step for a second  ->  every rank is asked, once a second  ->  it answers, or computes: it lives
                                                              \\-> three seconds without either: it is silent

An answer comes from a rank's control thread at once, whatever its step takes. On a machine so busy that even this is
late, the system still counts what the rank computes; one that is stopped answers nothing and computes nothing.
"""

from collections.abc import Sequence

from engine.ipc.orders import Ping
from engine.session.rank_process import RankProcess

QUIET_S = 1.0
"""After a step it goes without saying for so long that ranks live."""
ASK_EVERY_S = 1.0
COUNT_EVERY_S = 0.5
SILENT_S = 3.0
AWAY_S = 1.0
"""Who looks less often than that was stopped itself, or starved: answers may lie in the pipe, unread."""


class SilenceWatch:
    """Call `look` often while a crew should be making steps; `silent` are the ranks without a sign of life."""

    def __init__(self) -> None:
        self.silent: set[int] = set()
        self._alive_s: dict[int, float] = {}
        self._cpu_s: dict[int, float] = {}
        self._asked_s: float | None = None
        self._counted_s = 0.0
        self._looked_s = 0.0

    def heard(self, rank: int, now_s: float) -> None:
        """Note that a rank says something."""
        self._alive_s[rank] = now_s

    def look(self, ranks: Sequence[RankProcess], progress_s: float, now_s: float) -> list[tuple[int, bool]]:
        """Which ranks have fallen silent (True), and which are heard again (False), since the last look.

        `progress_s` is when the last step was made by all, or all was well for another reason.
        """
        away_s, self._looked_s = now_s - self._looked_s, now_s
        if now_s - progress_s < QUIET_S and not self.silent:  # a shift asked for is no sign of life of who gave none
            self._asked_s = None
            return []
        if self._asked_s is None or away_s > AWAY_S:
            since_s = progress_s if self._asked_s is None and away_s <= AWAY_S else now_s
            self._alive_s = dict.fromkeys(range(len(ranks)), since_s)
            self._cpu_s = {}
            self._ask(ranks, now_s)
        elif now_s - self._asked_s >= ASK_EVERY_S:
            self._ask(ranks, now_s)
        self._count(ranks, now_s)
        silent = {rank for rank, alive_s in self._alive_s.items() if now_s - alive_s >= SILENT_S}
        silent = {rank for rank in silent if ranks[rank].pid is not None}  # one not born yet has no voice
        changed, self.silent = sorted(silent ^ self.silent), silent
        return [(rank, rank in silent) for rank in changed]

    def _ask(self, ranks: Sequence[RankProcess], now_s: float) -> None:
        self._asked_s = now_s
        for rank in ranks:
            rank.send(Ping())

    def _count(self, ranks: Sequence[RankProcess], now_s: float) -> None:
        """One that has computed since it was last counted has lived then, at least for a moment."""
        if now_s - self._counted_s < COUNT_EVERY_S:
            return
        before_s, self._counted_s = self._counted_s, now_s
        for rank, process in enumerate(ranks):
            if (cpu_s := process.cpu_s()) is not None:
                if cpu_s > self._cpu_s.get(rank, cpu_s):
                    self._alive_s[rank] = max(self._alive_s[rank], before_s)
                self._cpu_s[rank] = cpu_s
