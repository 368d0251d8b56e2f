"""The files in shared memory that the ranks of a crew have in common, as one rank holds them: by descriptor."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.ipc.shared_memory import open_descriptor


@dataclass(frozen=True, kw_only=True)
class CrewFiles:
    """Descriptors that this rank keeps as long as it lives, so none of them can come to mean another file.

    `state` is what this crew writes its state into; `former` is that of the crew it takes over from, if there is one.
    """

    gate: int
    state: int
    former: int | None
    rendezvous: str
    """A path, for torch's FileStore opens it anew each time."""

    @classmethod
    def of(cls, descriptors: Sequence[int], paths: Sequence[str]) -> "CrewFiles":
        """From what was inherited (gate, rendezvous, state, maybe former), or else from paths in that order."""
        if not descriptors:
            descriptors = [open_descriptor(path) for path in paths]
        gate, rendezvous, state, *former = descriptors
        own = Path(f"/proc/self/fd/{rendezvous}")
        return cls(
            gate=gate,
            state=state,
            former=former[0] if former else None,
            rendezvous=str(own) if own.exists() else paths[1],
        )
