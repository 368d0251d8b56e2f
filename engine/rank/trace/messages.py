"""Counting what one step sends and holds, on a step that changes nothing: forward and backward, no optimizer.

Messages are seen where torch dispatches them, whoever sends them (DDP, FSDP, DTensor, a pipeline): the mode below is
asked about every operation. That makes the step slow, so it is never one that counts for time.
"""

import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from engine.anatomy import Held, Traffic
from engine.rank.place.mesh import Place
from engine.rank.state.weights import Weights

ALONE_REPEATS = 3
LONG_BYTES = 1 << 24
"""A message of that size takes milliseconds, and is timed once."""

KINDS = {
    "allreduce_": "all-reduce",
    "all_reduce": "all-reduce",
    "_allgather_base_": "all-gather",
    "all_gather_into_tensor": "all-gather",
    "_reduce_scatter_base_": "reduce-scatter",
    "reduce_scatter_tensor": "reduce-scatter",
    "broadcast_": "broadcast",
    "send": "send",
    "recv_": "receive",
}
"""Operations by what the field calls them; in the namespaces c10d and _c10d_functional."""

COLLECTIVES = ("all-reduce", "all-gather", "reduce-scatter")
"""Those that are timed alone."""


class Sent(NamedTuple):
    """One message this rank took part in."""

    kind: str
    ranks: tuple[int, ...]
    payload_bytes: int


class Census(TorchDispatchMode):
    """Messages of this rank, while active: (kind, ranks) -> [count, bytes]."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.messages: list[Sent] = []
        """In order."""
        self.groups: list[Any] = []
        """The process group of each."""
        self.operations = 0
        """Of torch, all of them, messages or not."""
        self._place = place
        self._found: Counter[tuple[str, tuple[int, ...]]] = Counter()
        self._bytes: Counter[tuple[str, tuple[int, ...]]] = Counter()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Note messages; let DTensor take its operations apart first."""
        if any(hasattr(kind, "to_local") for kind in types):
            return NotImplemented
        self.operations += 1
        if "c10d" in func.namespace and (kind := KINDS.get(func._opname)):
            group = _group(args)
            self.groups.append(group)
            self._note(kind, self._ranks(kind, group, args), _payload(func._opname, args))
        return func(*args, **(kwargs or {}))

    def _note(self, kind: str, ranks: tuple[int, ...], payload_bytes: int) -> None:
        """One message."""
        self.messages.append(Sent(kind, ranks, payload_bytes))
        self._found[kind, ranks] += 1
        self._bytes[kind, ranks] += payload_bytes

    def traffic(self) -> tuple[Traffic, ...]:
        """What was seen, by kind and ranks."""
        return tuple(
            Traffic(kind=kind, ranks=ranks, count=count, payload_bytes=self._bytes[kind, ranks])
            for (kind, ranks), count in self._found.items()
        )

    def _ranks(self, kind: str, group: Any, args: tuple[Any, ...]) -> tuple[int, ...]:
        import torch.distributed as dist

        members = tuple(dist.get_process_group_ranks(group))
        if kind in ("send", "receive"):
            peer = members[next(arg for arg in args if isinstance(arg, int))]
            return (self._place.rank, peer) if kind == "send" else (peer, self._place.rank)
        return members


def _payload(name: str, args: tuple[Any, ...]) -> int:
    """Bytes this rank puts in: the argument that is input (its place differs between in-place and functional forms)."""
    which = 1 if name in ("_allgather_base_", "_reduce_scatter_base_") else 0
    tensors = args[which] if isinstance(args[which], list | tuple) else [args[which]]
    return sum(t.numel() * t.element_size() for t in tensors if isinstance(t, Tensor))


@dataclass(frozen=True)
class Counted:
    """What was found in one step: see `RankAnatomy`; `messages` are those of `traffic` one by one, in order."""

    traffic: tuple[Traffic, ...] = ()
    held: Held | None = None
    messages: list[Sent] = field(default_factory=list)
    alone_s: float | None = None
    operations: int | None = None


class Kept:
    """Bytes that autograd keeps for backward, now and at most."""

    def __init__(self, weights: Weights) -> None:
        self.most_bytes = 0
        self._bytes = 0
        self._holders: Counter[int] = Counter()
        self._ours = {local.untyped_storage().data_ptr() for local in weights.locals.values()}

    @contextmanager
    def counting(self) -> Iterator[None]:
        """While active, each storage that is saved counts once, until the last tensor saved in it is let go."""
        with torch.autograd.graph.saved_tensors_hooks(lambda tensor: _Saved(tensor, self), lambda saved: saved.tensor):
            yield

    def take(self, pointer: int, num_bytes: int) -> None:
        """Count a tensor that is saved for backward, by the storage at `pointer` that it lies in."""
        if pointer in self._ours:
            return
        if not self._holders[pointer]:
            self._bytes += num_bytes
            self.most_bytes = max(self.most_bytes, self._bytes)
        self._holders[pointer] += 1

    def drop(self, pointer: int, num_bytes: int) -> None:
        """A saved tensor in the storage at `pointer` is let go."""
        if pointer in self._ours:
            return
        self._holders[pointer] -= 1
        if not self._holders[pointer]:
            self._bytes -= num_bytes


class _Saved:
    """A tensor autograd keeps; it lives as long as the graph does."""

    def __init__(self, tensor: Tensor, kept: Kept) -> None:
        self.tensor = tensor
        tensor = getattr(tensor, "elem", tensor)  # a functional collective's result, which is not there yet
        base = tensor if tensor._base is None else tensor._base
        ours = isinstance(base, nn.Parameter) or hasattr(tensor, "to_local")  # weights, also ones just gathered
        storage = None if ours else tensor.untyped_storage()
        self._entry = (storage.data_ptr(), storage.nbytes()) if storage is not None else None
        self._kept = kept
        if self._entry is not None:
            kept.take(*self._entry)

    def __del__(self) -> None:
        if self._entry is not None:
            self._kept.drop(*self._entry)


def _group(args: tuple[Any, ...]) -> Any:
    """The process group an operation was given: as an object, or by name."""
    import torch.distributed as dist

    boxed = next((arg for arg in args if isinstance(arg, torch.ScriptObject) and "ProcessGroup" in str(arg)), None)
    if boxed is not None:
        return dist.ProcessGroup.unbox(boxed)
    names = [arg for arg in args if isinstance(arg, str)]
    return dist.distributed_c10d._resolve_process_group(names[-1])  # type: ignore[attr-defined, arg-type]


def time_alone(census: Census, device: torch.device) -> float | None:
    """Seconds that the same collectives take with nothing beside them; None if there are none, or only sends.

    None on accelerators, too, where the host's clock would only time their launches.
    """
    import torch.distributed as dist

    wanted: Counter[tuple[str, int, Any]] = Counter()
    for (kind, _, payload_bytes), group in zip(census.messages, census.groups, strict=True):
        if kind in COLLECTIVES:
            part_bytes = max(1, -(-payload_bytes // group.size())) if kind == "reduce-scatter" else payload_bytes
            wanted[kind, part_bytes, group] += 1
    if not wanted or device.type != "cpu":
        return None
    piece = torch.zeros(max(part_bytes for _, part_bytes, _ in wanted), dtype=torch.uint8)
    whole = torch.zeros(max(part_bytes * group.size() for _, part_bytes, group in wanted), dtype=torch.uint8)
    total_s = 0.0
    for (kind, part_bytes, group), count in wanted.items():  # alike on every rank: they sent the same in this order
        one, all_ranks = piece[:part_bytes], whole[: part_bytes * group.size()]
        taken = []
        for repeat in range(1 + (ALONE_REPEATS if part_bytes < LONG_BYTES else 1)):
            dist.barrier(group=group)
            begin_s = perf_counter()
            if kind == "all-reduce":
                dist.all_reduce(one, group=group)
            elif kind == "all-gather":
                dist.all_gather_into_tensor(all_ranks, one, group=group)
            else:
                dist.reduce_scatter_tensor(one, all_ranks, group=group)
            if repeat:  # the first touches the buffers
                taken.append(perf_counter() - begin_s)
        total_s += count * statistics.median(taken)
    return total_s


def count_operations(place: Place, forward_backward: Callable[[], object], weights: Weights) -> int:
    """How many operations of torch forward and backward are; gradients are let go."""
    with (census := Census(place)):
        forward_backward()
    weights.forget_gradients()
    return census.operations


def count(
    place: Place,
    weights: Weights,
    optimizer: torch.optim.Optimizer,
    forward_backward: Callable[[], object],
    own_traffic: Callable[[], tuple[Traffic, ...]],
) -> Counted:
    """Run one forward and backward, and report its messages and what is held; gradients are forgotten afterwards."""
    census, kept = Census(place), Kept(weights)
    with kept.counting(), census:
        forward_backward()
    weights.collect_gradients()
    held = Held(
        parameter_bytes=weights.held_bytes,
        gradient_bytes=_storage_bytes(weights.gradients),
        optimizer_bytes=_storage_bytes(
            value for state in optimizer.state.values() for value in state.values() if isinstance(value, Tensor)
        ),
        activation_bytes=kept.most_bytes,
    )
    weights.forget_gradients()
    alone_s = time_alone(census, place.device)
    own = own_traffic()
    messages = census.messages + [
        Sent(entry.kind, entry.ranks, entry.payload_bytes) for entry in own if entry.every == 1
    ]
    return Counted(census.traffic() + own, held, messages, alone_s, census.operations)


def _storage_bytes(tensors: Any) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
