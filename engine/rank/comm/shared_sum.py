"""All-reduce through memory that all ranks of a machine map: no message, no copy but the caller's own.

    counters | outgoing of rank 0 | outgoing of rank 1 | ... | sum
                    \\______________________________/          ^
                     rank r adds up the r-th n-th of each  ----'

    fill outgoing  ->  meet  ->  add up my part  ->  meet  ->  read sum

Two meetings are enough: outgoing is filled again only after the second one, and sum is written again only after the
next first one, by when every rank has used it. Each part is added up by one rank, in the order of the ranks, so all
ranks get the same bits. Bytes: every rank reads n parts and writes one, 1/n of the buffer each (a ring sends and
receives 2(n-1)/n of it).
"""

import torch
from torch import Tensor

from engine.ipc.backoff import give_way
from engine.ipc.shared_memory import SharedMemory, open_shared
from engine.rank.place.mesh import Place

LINE_BYTES = 64
"""A counter a cache line: ranks that watch each other's do not slow each other down."""
YIELDS = 20_000


class SharedSum:
    """One buffer for the ranks of one axis."""

    def __init__(self, place: Place, axis: str, numel: int, dtype: torch.dtype) -> None:
        peers = place.along(axis)
        self._index, count = peers.index(place.rank), len(peers)
        slot_bytes = -(-numel * dtype.itemsize // LINE_BYTES) * LINE_BYTES
        total_bytes = count * LINE_BYTES + (count + 1) * slot_bytes
        key = f"shared-sum-{axis}-{peers[0]}"
        if self._index == 0:
            self._owned = SharedMemory("sum", total_bytes)  # kept: the others map it through this process
            place.store.set(key, self._owned.path)
        memory = open_shared(place.store.get(key).decode(), total_bytes)
        self._counters = memoryview(memory)[: count * LINE_BYTES].cast("q")
        self._stride = LINE_BYTES // 8
        self._count = count
        self._met = 0
        self.moved_bytes: int | None = 0
        """Read from the others' buffers and the own one, and written to the sum, all together since the rank began."""
        slots = [
            torch.frombuffer(memory, dtype=dtype, count=numel, offset=count * LINE_BYTES + i * slot_bytes)
            for i in range(count + 1)
        ]
        self.outgoing: Tensor = slots[self._index]
        self.sum: Tensor = slots[count]
        mine = slice(numel * self._index // count, numel * (self._index + 1) // count)
        self._parts = [slot[mine] for slot in slots[:count]]
        self._total = self.sum[mine]

    def all_reduce(self) -> None:
        """Sum over the ranks of the axis."""
        self._meet()
        torch.add(self._parts[0], self._parts[1], out=self._total)
        for part in self._parts[2:]:
            self._total.add_(part)
        assert self.moved_bytes is not None
        self.moved_bytes += (len(self._parts) + 1) * self._total.nbytes
        self._meet()

    def _meet(self) -> None:
        """Until every rank has come as often as this one. A rank that never comes is found out by the session."""
        self._met += 1
        counters, met, stride = self._counters, self._met, self._stride
        counters[self._index * stride] = met
        for other in range(self._count):
            looks = 0
            while counters[other * stride] < met:
                looks += 1
                give_way(looks, YIELDS)
