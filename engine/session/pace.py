"""How far a run is to go, and how fast, as it is wanted, and whether it stands: true a boundary later."""

from time import perf_counter


class Pace:
    """`limit` is how many steps the run is to make in all; None: it goes on until it is stopped."""

    def __init__(self, limit: int | None) -> None:
        self.until: int | None = None
        """The step before which it is to pause; None: it is to go on."""
        self.is_playing = False
        """It is wanted to go."""
        self.is_paused = True
        """It stands."""
        self.then_steps = 0
        """How many steps are to be made when it has paused."""
        self.steps_per_s: float | None = None
        """How many steps it is to make a second at most; None: as many as there can be."""
        self.paused_s = 0.0
        """Since when it stands, on the host's clock."""
        self._limit = limit

    def go(self, until: int | None) -> None:
        """Let the run go on to the step `until`, and to its last step at the farthest."""
        limit = self._limit
        self.until = until if limit is None else min(limit, until if until is not None else limit)
        self.is_playing = True

    def stand(self) -> None:
        """Note that the run stands now, and is not wanted to go."""
        self.is_playing = False
        self.is_paused = True
        self.paused_s = perf_counter()

    def is_over(self, step: int) -> bool:
        """All its steps are made, where `step` would be the next one."""
        return self._limit is not None and step >= self._limit
