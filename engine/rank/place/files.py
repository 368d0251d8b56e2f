"""The files in shared memory that the ranks of a crew have in common, as one rank holds them: by descriptor."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.ipc.shared_memory import open_descriptor


@dataclass(frozen=True, kw_only=True)
class CrewFiles:
    """Descriptors that this rank keeps as long as it lives, so none of them can come to mean another file.

    `state` is what this crew writes its state into, `snapshot` what every crew of the run writes its weights into for
    the evaluator; `former` is the state of the crew it takes over from, if there is one.
    """

    gate: int
    state: int
    snapshot: int
    former: int | None
    rendezvous: str
    """A path, for torch's FileStore opens it anew each time."""

    @classmethod
    def inherited(cls, descriptors: Sequence[int]) -> "CrewFiles":
        """Files whose descriptors were inherited: gate, rendezvous, state, snapshot, maybe the former crew's state."""
        gate, rendezvous, state, snapshot, *former = descriptors
        return cls(
            gate=gate,
            state=state,
            snapshot=snapshot,
            former=former[0] if former else None,
            rendezvous=f"/proc/self/fd/{rendezvous}",
        )

    @classmethod
    def opened(cls, paths: Sequence[str]) -> "CrewFiles":
        """The files opened by their paths: gate, rendezvous, state, snapshot, maybe the former crew's state.

        Raises:
            OSError: there is no such file.
        """
        files = cls.inherited([open_descriptor(path) for path in paths])
        return files if Path(files.rendezvous).exists() else replace(files, rendezvous=paths[1])
