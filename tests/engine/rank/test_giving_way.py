"""A large model that is prepared beside training gives way to it, and no longer when it is its turn."""

import contextlib
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch.utils._python_dispatch import _get_current_dispatch_mode

from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.ipc.control import Control
from engine.ipc.gate import GATE_BYTES, TALLY_BYTES
from engine.ipc.orders import Assign
from engine.ipc.reports import Planned
from engine.ipc.ring import RING_BYTES, RingWriter
from engine.ipc.shared_memory import SharedMemory
from engine.ipc.sizes import ModelSizes
from engine.rank import large, memory_need
from engine.rank.large import GivingWay, way_to_prepare
from engine.rank.place.files import CrewFiles
from engine.rank.rank import Rank
from engine.rank.workloads import digits_mlp

KNOBS = {"hidden": 16, "layers": 2, "side": 8, "copies": 1}


def test_it_rests_for_as_long_as_it_waited_for_a_core() -> None:
    now_s, work_s, rests = iter([0.0, 3.0, 10.0, 10.5]), iter([0.0, 1.0, 1.0, 1.5]), list[float]()
    with GivingWay(lambda: next(now_s), lambda: next(work_s), rests.append) as way:
        ones = torch.ones(2)  # in three seconds, with one of a core
        twos = torch.add(ones, 1)  # alone on its core
    assert rests == [2.0]
    assert way.rested_s == 2.0
    assert twos.tolist() == [2.0, 2.0]


def sizes() -> ModelSizes:
    return memory_need.sizes_of(digits_mlp.build(KNOBS, 0), torch.float32)


def test_only_large_models_beside_a_crew_give_way() -> None:
    samples = int(large.LARGE)  # of any model
    assert isinstance(way_to_prepare(sizes(), samples), GivingWay)
    assert not isinstance(way_to_prepare(sizes(), 512), GivingWay)
    assert not isinstance(way_to_prepare(None, samples), GivingWay)


class Noting(GivingWay):
    """Notes the operations that gave way."""

    seen: set[str] = set()  # noqa: RUF012 - of all of them

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        self.seen.add(func._schema.name.removeprefix("aten::"))
        return super().__torch_dispatch__(func, types, args, kwargs)


class Said(list[object]):
    """What a rank reports, where no session is."""

    report = list.append


@contextlib.contextmanager
def a_rank(directory: Path, *, is_next: bool) -> Iterator[Rank]:
    """Rank 0 of one thread; `is_next`: of a crew that will take over from another."""
    told = Said()
    with contextlib.ExitStack() as stack:

        def memory(num_bytes: int) -> int:
            return stack.enter_context(contextlib.closing(SharedMemory("test", num_bytes))).descriptor

        files = CrewFiles(
            gate=memory(GATE_BYTES + TALLY_BYTES),
            state=memory(0),
            snapshot=memory(0),
            former=memory(mmap.PAGESIZE) if is_next else None,
            rendezvous="",
        )
        assign = Assign(
            rank=0,
            mode=parse_mode("cpu,threads=1"),
            spec=make_spec("digits-mlp", knobs=KNOBS, batch_size=32),
            directory=str(directory),
            free_bytes=2**33,
            is_looked_at=False,
            origin_s=0.0,
            sizes=sizes(),
        )
        rank = Rank(assign, cast(Control, told), RingWriter(mmap.mmap(-1, RING_BYTES)), files)
        assert isinstance(told[0], Planned)
        yield rank
        rank.leave()


def test_a_next_rank_gives_way_while_it_builds_and_warms_up_and_not_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "LARGE", 0.0)
    monkeypatch.setattr(large, "GivingWay", Noting)
    with a_rank(tmp_path, is_next=True) as rank:
        assert "uniform_" in Noting.seen  # its fresh weights
        Noting.seen.clear()
        rank.warm_up()
        assert {"addmm", "mm"} <= Noting.seen  # forward, backward
        Noting.seen.clear()
        assert _get_current_dispatch_mode() is None
        rank.passes.run(rank.batches.take(0, 32), rank.trace)
        assert not Noting.seen
    with a_rank(tmp_path, is_next=False) as rank:
        rank.warm_up()
        assert not Noting.seen
