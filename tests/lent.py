"""One starter for many runs and windows: to import torch anew takes seconds of a core each time."""

from engine.session.starter import RankStarter


class Lent:
    """A starter that many runs share: what one of them closes is left open for the next."""

    def __init__(self, starter: RankStarter) -> None:
        self._starter = starter

    def __getattr__(self, name: str) -> object:
        return getattr(self._starter, name)

    def close(self) -> None:
        """Whoever lends it closes it."""
