"""One rank, put together from its assignment: data, model, optimizer, technique, precision, state, trace."""

import importlib
import mmap
import os
import time
from functools import partial
from math import prod
from pathlib import Path
from time import perf_counter

import psutil
import torch

from engine.anatomy import HeldTensor
from engine.config.cards import techniques, workloads
from engine.config.hardware import number_formats
from engine.config.mode import cores
from engine.events.ranks import RankInfo
from engine.ipc.control import Control
from engine.ipc.gate import make_gate
from engine.ipc.orders import Assign, Begin, SlowDown
from engine.ipc.reports import Loaded, Planned
from engine.ipc.ring import RingWriter
from engine.ipc.sizes import ModelSizes
from engine.rank import large, memory_need
from engine.rank.comm import group
from engine.rank.data.batches import Batches
from engine.rank.data.workload import Workload
from engine.rank.modes.base import SingleProcess
from engine.rank.place.files import CrewFiles
from engine.rank.place.mesh import Place
from engine.rank.state import canonical
from engine.rank.state.canonical import Held
from engine.rank.state.late import Late
from engine.rank.state.saver import Saver
from engine.rank.state.shared_state import SharedState, map_whole
from engine.rank.state.snapshot import SnapshotWriter
from engine.rank.state.weights import Weights
from engine.rank.step.optimizer import make_optimizer, stepper
from engine.rank.step.passes import Passes
from engine.rank.step.precision import Precision, set_up_cpu
from engine.rank.step_anatomy import StepAnatomist
from engine.rank.trace.device_trace import DeviceTrace
from engine.rank.trace.host_trace import BACKWARD, FORWARD, HostTrace, Trace
from engine.rank.trace.waits import tell_waits


class Rank:
    """Everything the loop needs, in one place, built once and never changed but for `progress`."""

    def __init__(self, assign: Assign, control: Control, ring: RingWriter, files: CrewFiles) -> None:
        self._usual_s: tuple[float, float] | None = None
        self._memory_before_bytes = int(psutil.Process().memory_info().rss)
        self.control = control
        self.ring = ring
        self.rank = assign.rank
        self.world_size = assign.mode.world_size
        self.origin_s = assign.origin_s
        self.spec = assign.spec
        mode = assign.mode
        set_up_cpu(mode.threads_per_rank)
        self.device = device_of(mode.device, assign.rank)
        self.precision = Precision(mode.precision, self.device)
        self.workload = self._workload()
        self._sizes = self._plan(assign) if assign.rank == 0 else None
        place = Place(
            rank=assign.rank,
            world_size=self.world_size,
            device=self.device,
            mode=mode,
            rendezvous=files.rendezvous,
        )
        self.place = place
        self.techniques = [_technique(card.key, place) for card in mode.cards or (techniques()[""],)]
        if self.world_size > 1 and any(techniques()[key].talks for key in mode.keys):
            group.join(place)
        self.batches = Batches(
            self.workload.train,
            seed=self.spec.seed,
            rank=place.data_rank,
            world_size=place.data_size,
        )
        self.progress = canonical.Progress(step=0, samples=0, lr=self.spec.lr, batch_size=self.spec.batch_size)
        is_beside_training = files.former is not None and self.device.type == "cpu"
        self._way = partial(large.way_to_prepare, assign.sizes if is_beside_training else None, self.spec.batch_size)
        if self.device.type == "cpu":
            torch.default_generator.manual_seed(self.spec.seed)  # seeding devices there are none of takes 4 ms
        else:
            torch.manual_seed(self.spec.seed)
        with self._way():
            self.model = self.workload.make_model().to(self.device, self.precision.master)
        self.passes = self._passes()
        self.weights = Weights(self.model)
        for technique in self.techniques:
            technique.attach(self.weights)
        self.optimizer = make_optimizer(
            self.spec.optimizer, list(self.weights.stepped.values()), self.spec.lr, self.device
        )
        self.make_step = stepper(self.optimizer)
        for technique in self.techniques:
            self.make_step = technique.around(self.make_step)
        self._late = Late()
        self.make_step = self._late.before(self.make_step)
        self.gate = make_gate(files.gate, assign.rank, self.world_size)
        takes_weights = all(technique.takes_weights for technique in self.techniques)
        self.held = Held(self.model, self.weights, self.optimizer, takes_weights=takes_weights)
        self.state = SharedState(files, self.held.layout, assign.rank, self.world_size)
        self.saver = Saver(Path(assign.directory), control, self.state)
        self._snapshot = SnapshotWriter(files.snapshot, self.held, is_wanted=assign.is_looked_at)
        self._former = files.former
        self._former_memory: mmap.mmap | None = None
        self.trace: Trace = HostTrace(ring) if self.device.type == "cpu" else DeviceTrace(ring, self.device)
        if self.world_size > 1:
            tell_waits(self.trace, place.link)
        self.anatomist = StepAnatomist(
            place, self.techniques, self.batches, self.passes, self.weights, self.optimizer, self.trace
        )

    def _plan(self, assign: Assign) -> ModelSizes:
        """What the crew will take of memory is summed up, and told, before anything of it is there.

        Raises:
            RequestError: more is needed than is free.
        """
        spec, sizes = self.spec, assign.sizes
        if sizes is None or sizes.number_bytes != self.precision.master.itemsize:
            sizes = memory_need.sizes_of(self.workload, self.precision.master)
        needed_bytes = memory_need.bytes_needed(sizes, assign.mode, spec.optimizer, spec.batch_size)
        if assign.is_looked_at:
            needed_bytes += memory_need.evaluator_bytes(sizes)
        if self.device.type == "cpu":
            memory_need.check(needed_bytes, assign.free_bytes, assign.mode)
        self.control.report(Planned(needed_bytes=needed_bytes, free_bytes=assign.free_bytes, sizes=sizes))
        return sizes

    def _passes(self) -> Passes:
        """The plain passes, changed by each technique in turn."""
        example = self.batches.take(0, self.progress.batch_size).inputs
        passes = Passes(self.model, self.workload, self.precision, example)
        for technique in self.techniques:
            technique.apply(self.model, passes)
            passes.factor *= technique.gradient_factor
            if type(technique).reduce is not SingleProcess.reduce:
                passes.reduces.append(technique.reduce)
        return passes

    def _workload(self) -> Workload:
        module = importlib.import_module(workloads()[self.spec.workload].module)
        workload: Workload = module.build(self.spec.knobs, self.spec.seed)
        return workload.to(self.device, self.precision.master)

    def warm_up(self) -> None:
        """Forward and backward a few times, all ranks together, without touching weights or optimizer.

        A large model is passed once, and its messages and memory are counted on the way: while it trains, that would be
        a step's time lost.
        """
        computed_s = []
        passes = 1 if self._is_large else max(technique.warm_up_passes for technique in self.techniques)
        for _ in range(passes):
            batch = self.batches.take(0, self.progress.batch_size)
            self.trace.watch()
            self.trace.begin(-1)
            with self._way():
                if self._is_large:
                    self.anatomist.count(0, self.progress.batch_size)
                else:
                    self.passes.run(batch, self.trace)
            if (seen := self.trace.dismiss()) is not None:
                computed_s.append((seen.on_core_s(FORWARD), seen.on_core_s(BACKWARD)))
            self.weights.forget_gradients()
        if computed_s and not all(technique.card.even for technique in self.techniques):
            forward_s, backward_s = zip(*computed_s, strict=True)
            self._usual_s = min(forward_s), min(backward_s)  # the first pass is a cold one
        if self._former is not None:
            self._former_memory = map_whole(self._former, os.fstat(self._former).st_size)

    @property
    def _is_large(self) -> bool:
        weights = sum(prod(e.shape) for name, e in self.held.layout.entries.items() if name.startswith("model."))
        return large.is_large(weights, self.progress.batch_size)

    def load(self, begin: Begin) -> None:
        """Take up a state (none: the fresh model, at step 0)."""
        begin_s = perf_counter()
        memory, self._former_memory = self._former_memory, None
        if self._former is not None:
            os.close(self._former)  # with the last mapping of it the former crew's state is gone
        if begin.state:
            with Path(begin.state).open("rb") as file:
                memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        if memory is not None and (begin.is_handed_over or begin.state):
            self.progress = canonical.progress_of(self.held.read(memory, "model"), self.precision.scaler)
            self._late.begin(partial(self.held.read, memory, "optimizer"))
        self.set_lr(self.progress.lr)
        self.control.report(Loaded(step=self.progress.step, seconds=perf_counter() - begin_s))

    def set_lr(self, lr: float) -> None:
        """Set the learning rate from the next step on."""
        self.progress.lr = lr
        for settings in self.optimizer.param_groups:
            settings["lr"] = lr

    def write_state(self) -> int:
        """Copy this rank's part of the state into the crew's memory; every rank does. The number of this writing."""
        self._late.wait()
        for technique in self.techniques:
            technique.settle()
        number = self.state.begin()
        if (share := self._share()) is not None:
            self.held.write(self.state.views, share)
        if self.rank == 0:
            numbers = canonical.numbers_of(self.progress, self.precision.scaler)
            self.state.memory[: self.held.layout.header_bytes] = self.held.layout.header(numbers)
        self.state.end()
        for technique in self.techniques:
            technique.go_on()
        return number

    def take_snapshot(self, *, is_last: bool) -> None:
        """Copy this rank's part of the weights to where the evaluator looks; every rank does, at the same boundary.

        Of weights that all ranks write without asking (Hogwild), it is what any reader sees at that moment. Of replicas
        that train by themselves it is the first one's. The last one of a run is what a state has.
        """
        for technique in self.techniques if is_last else ():
            technique.settle()
        one_replica = not is_last and any(technique.replicas_differ for technique in self.techniques)
        self._snapshot.write(self._share(one_replica=one_replica), has_header=self.rank == 0)
        for technique in self.techniques if is_last else ():
            technique.go_on()

    def _share(self, *, one_replica: bool = False) -> tuple[int, int] | None:
        """Which part of what it holds this rank writes, all its techniques together; of replicas, each or one."""
        index, count = 0, 1
        for technique in self.techniques:
            share = technique.share
            if one_replica and technique.card.has_replicas:
                share = (0, 1) if self.place.index(technique.key) == 0 else None
            if share is None:
                return None
            index, count = index * share[1] + share[0], count * share[1]
        return index, count

    def slow_down(self, order: SlowDown) -> None:
        """Make this rank, or its messages, slow on purpose, or no longer."""
        self.place.link.delay_s = order.delay_s
        self.passes.slowdown.set(order.factor if order.rank == self.rank else 1.0, order.phase)

    def settle(self) -> None:
        """Every record of every step made so far is in the ring when this returns."""
        self.trace.flush()
        while not self.ring.flush():
            time.sleep(0.001)  # the session reads at its own pace; it, or its end, is certain to come

    def leave(self) -> None:
        """No step is made any more: leave the process group, if there is one."""
        self.batches.close()
        if self.world_size > 1:
            group.leave(self.place)

    def info(self) -> RankInfo:
        """What this rank reports of itself."""
        with_ranks_first = sorted(self.techniques, key=lambda technique: technique.card.option is not None)
        return RankInfo(
            rank=self.rank,
            pid=os.getpid(),
            device=str(self.device),
            threads=torch.get_num_threads(),
            holds=", ".join(filter(None, (t.holds(self.model) for t in with_ranks_first))) or "the whole model",
            parameter_bytes=self.weights.held_bytes,
            usual_s=self._usual_s,
            cores=cores(),
            memory_before_bytes=self._memory_before_bytes,
            tensors=tuple(
                HeldTensor(name, tuple(self.weights.parameters[name].shape), tuple(local.shape))
                for name, local in self.weights.locals.items()
            ),
            clock=self.trace.clock,
            flops_per_unit=self._sizes.flops_per_unit if self._sizes is not None else None,
            model=self._sizes.count if self._sizes is not None else None,
            number_formats=number_formats() if self.device.type == "cpu" else None,
        )


def _technique(key: str, place: Place) -> SingleProcess:
    module = importlib.import_module(techniques()[key].module)
    technique: SingleProcess = module.Technique(place, key)
    return technique


def device_of(name: str, rank: int) -> torch.device:
    """The device of a rank: the one named, and for further ranks the ones after it (cuda:0, cuda:1, ...)."""
    device = torch.device(name)
    if device.type == "cpu" or device.index is None:
        return device
    device = torch.device(device.type, device.index + rank)
    torch.accelerator.set_device_index(device.index)
    return device
