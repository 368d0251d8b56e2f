"""The crew's state in memory that all its ranks map, and what tells when it is whole.

    tally of rank r:   begun   how often it has begun to write its part
                       ended   how often it has finished
    whole:             ended = n on every rank, and begun still n after it was read (else it is being written anew)

The memory is reserved when the crew is made, so that handing over needs no new page and cannot fail for want of one.
"""

import mmap
import os

from torch import Tensor

from engine.ipc.backoff import give_way
from engine.ipc.gate import GATE_BYTES, TALLY_BYTES
from engine.rank.place.files import CrewFiles
from engine.rank.state.layout import Layout

YIELDS = 100
_POPULATE = getattr(mmap, "MAP_POPULATE", 0)


class SharedState:
    """This rank's view of the crew's state: `views` by name, `header` before them."""

    def __init__(self, files: CrewFiles, layout: Layout, rank: int, world_size: int) -> None:
        self.layout = layout
        self.memory = map_whole(files.state, layout.total_bytes)
        self.views: dict[str, Tensor] = layout.views(self.memory)
        tally = mmap.mmap(files.gate, GATE_BYTES + TALLY_BYTES)
        self._tally = memoryview(tally)[GATE_BYTES:].cast("q")
        self._rank, self._world_size = rank, world_size

    def begin(self) -> int:
        """This rank begins to write its part; the number of this writing, the same on every rank."""
        self._tally[2 * self._rank] += 1
        return self._tally[2 * self._rank]

    def end(self) -> None:
        """Tell the other ranks that this rank's part of the state is written."""
        self._tally[2 * self._rank + 1] += 1

    def await_all(self, number: int) -> None:
        """Wait until every rank has ended writing `number`."""
        looks = 0
        while any(self._tally[2 * rank + 1] < number for rank in range(self._world_size)):
            looks += 1
            give_way(looks, YIELDS)

    def meet(self) -> None:
        """Wait until every rank has come here; nothing is written."""
        number = self.begin()
        self.end()
        self.await_all(number)

    def is_still(self, number: int) -> bool:
        """Whether no rank has begun another writing since `number`."""
        return all(self._tally[2 * rank] == number for rank in range(self._world_size))


def map_whole(descriptor: int, num_bytes: int) -> mmap.mmap:
    """All of a file in shared memory, grown to `num_bytes` if it is smaller, with every page in place (on Linux)."""
    if os.fstat(descriptor).st_size < num_bytes:
        os.ftruncate(descriptor, num_bytes)
    if _POPULATE:
        return mmap.mmap(descriptor, num_bytes, flags=mmap.MAP_SHARED | _POPULATE)
    return mmap.mmap(descriptor, num_bytes)
