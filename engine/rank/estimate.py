"""What the ranks of a mode would take of memory, answered by a process of its own before there are any of them."""

import importlib

import psutil
import torch

from engine.config.cards import workloads
from engine.ipc.control import Control
from engine.ipc.orders import Estimate
from engine.ipc.reports import Planned
from engine.rank import memory_need
from engine.rank.step.precision import Precision


def estimate(order: Estimate, control: Control) -> None:
    """Report what `order` asks for; nothing is built but the workload, and models on the meta device.

    Raises:
        RequestError: more is needed than is free.
    """
    spec, mode = order.spec, order.mode
    workload = importlib.import_module(workloads()[spec.workload].module).build(spec.knobs, spec.seed)
    dtype = Precision(mode.precision, torch.device("cpu")).master
    workload = workload.to(torch.device("cpu"), dtype)
    sizes = memory_need.sizes_of(workload, dtype)
    needed_bytes = memory_need.bytes_needed(sizes, mode, spec.optimizer, spec.batch_size)
    if order.is_looked_at:
        needed_bytes += memory_need.evaluator_bytes(sizes)
    free_bytes = int(psutil.virtual_memory().available)
    memory_need.check(needed_bytes, free_bytes, mode)
    control.report(Planned(needed_bytes=needed_bytes, free_bytes=free_bytes, sizes=sizes))
