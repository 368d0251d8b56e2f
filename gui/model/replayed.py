"""How far the replay of a recorded run is, and how fast it goes."""

import msgspec


class Replayed(msgspec.Struct, frozen=True):
    """At `at_s` of `end_s` seconds of the run, before `step` of `steps`; `speed` times as fast as it was."""

    at_s: float
    end_s: float
    step: int
    steps: int
    speed: float
    is_playing: bool

    @property
    def is_amid(self) -> bool:
        """Whether there is more to come, which Play shows; at the end Play goes on with the run itself."""
        return self.at_s < self.end_s
