"""What the parallel modes are measured against, written by hand on torch's own parts and started by torchrun.

    ddp    DistributedDataParallel over gloo, half the batch on each rank
    tp     parallelize_module, layers split by columns and rows in turn
    pp     PipelineStage and Schedule1F1B, four micro-batches, layers dealt out evenly

Nothing of the engine runs here but the data's loading. Rank 0 reads a number of steps a line and answers with the
seconds they took, as `engine.rank.bench.bare` does; `allreduce TRANSPORT BYTES` answers with the seconds of each
repetition.
"""

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from time import perf_counter

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional

from engine.config.cards import workloads
from engine.config.mode_text import parse_mode
from engine.rank.comm.transport import make_transport
from engine.rank.data.workload import Workload
from engine.rank.place.mesh import Place
from engine.rank.step.precision import set_up_cpu

MICROBATCHES = 4
REPEATS = 15


def ddp(workload: Workload, batch_size: int, lr: float) -> Callable[[], None]:
    """Data parallel by torch's own DistributedDataParallel, written by hand."""
    rank, ranks = dist.get_rank(), dist.get_world_size()
    model = nn.parallel.DistributedDataParallel(workload.make_model(), gradient_as_bucket_view=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    batches = _Batches(workload, batch_size)

    def step() -> None:
        inputs, targets = batches.take()
        mine = slice(batch_size * rank // ranks, batch_size * (rank + 1) // ranks)
        functional.cross_entropy(model(inputs[mine]), targets[mine]).backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def tp(workload: Workload, batch_size: int, lr: float) -> Callable[[], None]:
    """Tensor parallel by torch's own parallelize_module, written by hand."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import Replicate
    from torch.distributed.tensor.parallel import ColwiseParallel, ParallelStyle, RowwiseParallel, parallelize_module

    model = workload.make_model()
    names = [name for name, module in model.named_children() if isinstance(module, nn.Linear)]
    plan: dict[str, ParallelStyle] = {}
    for number, name in enumerate(names):
        plan[name] = RowwiseParallel() if number % 2 else ColwiseParallel()
    if len(names) % 2:
        plan[names[-1]] = ColwiseParallel(output_layouts=Replicate())
    parallelize_module(model, init_device_mesh("cpu", (dist.get_world_size(),)), plan)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    batches = _Batches(workload, batch_size)

    def step() -> None:
        inputs, targets = batches.take()
        functional.cross_entropy(model(inputs), targets).backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def pp(workload: Workload, batch_size: int, lr: float) -> Callable[[], None]:
    """Pipeline parallel by torch's own pipelining, written by hand."""
    from torch.distributed.pipelining import PipelineStage, Schedule1F1B

    rank, ranks = dist.get_rank(), dist.get_world_size()
    children = list(workload.make_model().children())
    linears = [index for index, child in enumerate(children) if isinstance(child, nn.Linear)]
    cuts = [0, *(linears[len(linears) * (part + 1) // ranks] for part in range(ranks - 1)), len(children)]
    module = nn.Sequential(*children[cuts[rank] : cuts[rank + 1]])
    stage = PipelineStage(module, rank, ranks, torch.device("cpu"))
    schedule = Schedule1F1B(stage, MICROBATCHES, loss_fn=functional.cross_entropy)
    optimizer = torch.optim.Adam(module.parameters(), lr=lr, fused=True)
    batches = _Batches(workload, batch_size)

    def step() -> None:
        inputs, targets = batches.take()
        if rank == 0:
            schedule.step(inputs)
        elif rank == ranks - 1:
            schedule.step(target=targets)
        else:
            schedule.step()
        optimizer.step()
        optimizer.zero_grad()

    return step


class _Batches:
    """The same batches on every rank."""

    def __init__(self, workload: Workload, batch_size: int) -> None:
        self._source, self._size = workload.train, batch_size
        self._generator = torch.Generator().manual_seed(0)
        self._order, self._at = torch.empty(0, dtype=torch.int64), 0

    def take(self) -> tuple[Tensor, Tensor]:
        """Inputs and targets."""
        if self._at + self._size > len(self._order):
            self._order = torch.randperm(len(self._source), generator=self._generator)
            self._at = 0
        indices = self._order[self._at : self._at + self._size]
        self._at += self._size
        return self._source.take(indices)


def all_reduce(transport: str, num_bytes: int, rendezvous: str) -> list[float]:
    """Seconds of each all-reduce of `num_bytes` over all ranks, the slowest rank's."""
    rank, ranks = dist.get_rank(), dist.get_world_size()
    mode = parse_mode(f"dp={ranks},transport={transport}")
    place = Place(
        rank=rank, world_size=ranks, device=torch.device("cpu"), mode=mode, rendezvous=f"{rendezvous}-{num_bytes}"
    )
    carrier = make_transport(transport, place, "dp", max(1, num_bytes // 4), torch.float32)
    seconds = []
    for _ in range(REPEATS):
        dist.barrier()
        begin_s = perf_counter()
        carrier.all_reduce()
        taken = torch.tensor([perf_counter() - begin_s])
        dist.all_reduce(taken, op=dist.ReduceOp.MAX)
        seconds.append(float(taken))
    return seconds[3:]


def _serve_steps(step: Callable[[], None]) -> None:
    for _ in range(3):
        step()
    if dist.get_rank() == 0:
        print("ready", flush=True)
    while True:
        steps = torch.zeros(1, dtype=torch.int64)
        if dist.get_rank() == 0:
            line = sys.stdin.readline()
            steps[0] = int(line) if line else 0
        dist.broadcast(steps, 0)
        if not int(steps):
            return
        dist.barrier()
        begin_s = perf_counter()
        for _ in range(int(steps)):
            step()
        dist.barrier()
        if dist.get_rank() == 0:
            print(perf_counter() - begin_s, flush=True)


def main(arguments: list[str]) -> None:
    """KIND WORKLOAD KNOBS BATCH_SIZE LR, or allreduce RENDEZVOUS SIZE,SIZE,... TRANSPORT,TRANSPORT,..."""
    dist.init_process_group("gloo")
    set_up_cpu(int(os.environ.get("OMP_NUM_THREADS", "1")))
    if arguments[0] == "allreduce":
        for transport in arguments[3].split(","):
            for size in map(int, arguments[2].split(",")):
                seconds = all_reduce(transport, size, f"{arguments[1]}-{transport}")
                if dist.get_rank() == 0:
                    print(json.dumps({"transport": transport, "bytes": size, "seconds": seconds}), flush=True)
    else:
        kind, name, knobs, batch_size, lr = arguments
        workload = import_module(workloads()[name].module).build(json.loads(knobs), 0)
        torch.manual_seed(0)
        _serve_steps({"ddp": ddp, "tp": tp, "pp": pp}[kind](workload, int(batch_size), float(lr)))
    dist.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1:])
