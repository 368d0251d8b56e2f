"""Pipeline parallel: the layers are split into stages, one a rank, and a batch goes through in micro-batches.

    GPipe, 3 stages, 4 micro-batches (F forward, B backward, . idle: the bubble)
    rank 0:  F1 F2 F3 F4  .  .  .  . B1 B2 B3 B4
    rank 1:   . F1 F2 F3 F4  .  . B1 B2 B3 B4  .         activations go down, gradients come up
    rank 2:   .  . F1 F2 F3 F4 B1 B2 B3 B4  .  .
    bubble = (p - 1) / (m + p - 1)        p stages, m micro-batches, all stages equally long

1F1B begins each backward as soon as it can: the same bubble, but at most p micro-batches' activations are kept instead
of m. Interleaved gives each rank two shorter stages, far apart: (p - 1) / (2m + p - 1), for twice the messages. The
zero-bubble schedule parts each backward in two, towards inputs and towards weights; the second part fills the bubble.

A batch is padded to a multiple of m; what is padded has no loss. Only the first stage reads inputs, only the last has a
loss.
Sources: Huang et al., "GPipe", NeurIPS 2019, section 2.3; Narayanan et al., "Efficient Large-Scale Language Model
Training on GPU Clusters Using Megatron-LM", SC 2021, section 2.2; Qi et al., "Zero Bubble Pipeline Parallelism", ICLR
2024; torch.distributed.pipelining.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.distributed.pipelining import (
    Schedule1F1B,
    ScheduleGPipe,
    ScheduleInterleaved1F1B,
    ScheduleInterleavedZeroBubble,
)

from engine.config import roles
from engine.errors import RequestError, counted
from engine.rank.data.batches import Batch
from engine.rank.modes.base import SingleProcess
from engine.rank.modes.pipeline_cuts import balance, group_layers, measure_costs, shapes_between
from engine.rank.modes.pipeline_stage import TracedStage
from engine.rank.place.mesh import Place
from engine.rank.step.passes import Passes
from engine.rank.trace.host_trace import WAIT, Trace

CARD = {
    "key": "pp",
    "title": "Pipeline parallel",
    "short": "Pipeline",
    "summary": "Layers are split into stages, one a rank; micro-batches follow each other through them.",
    "minimum": 2,
    "offered": [2, 3, 4],
    "axis": 1,
    "applied": 10,
    "even": False,
    "together": ["dp", "tp"],
    "splits": "layers",
    "traffic": "pipeline: activations down, their gradients up, m micro-batches each",
    "precisions": ["fp64", "fp32", "bf16"],
    "devices": ["cpu", "cuda"],
    "options": [
        {
            "key": "microbatches",
            "title": "Micro-batches",
            "help": "Pieces a batch is cut into: more of them, less idle time, but smaller matrices.",
            "default": 4,
            "minimum": 1,
            "maximum": 256,
            "offered": [1, 2, 4, 8, 16],
            "role": "microbatches",
            "short": "m",
        },
        {
            "key": "schedule",
            "title": "Schedule",
            "help": "In which order a stage takes forward and backward passes.",
            "default": "1f1b",
            "choices": ["gpipe", "1f1b", "interleaved", "zero-bubble"],
            "role": "schedule",
            "schedules": {
                "gpipe": {"is_filled": False},
                "interleaved": {"stages_per_rank": 2, "in_rounds": True},
                "zero-bubble": {"stages_per_rank": 2, "in_rounds": True, "has_bubble": False},
            },
        },
    ],
}


class Technique(SingleProcess):
    """Cuts the model where the measured costs of its layers balance, and runs torch's schedule over the stages."""

    warm_up_passes = 2
    """The first pass is a cold one, and how long a stage usually takes is measured."""

    def __init__(self, place: Place, key: str) -> None:
        super().__init__(place, key)
        self.microbatches = int(place.mode.option("microbatches"))
        self.schedule_name = str(place.mode.option("schedule"))
        self.ranks = place.mode.degree(key)
        self._stages_per_rank = roles.schedule(place.mode).stages_per_rank
        self.num_stages = self.ranks * self._stages_per_rank
        self.stages: dict[int, nn.Sequential] = {}
        self._layers: list[list[str]] = []
        self._cuts: list[int] = []
        self._built: tuple[int, object, list[TracedStage]] | None = None

    def apply(self, model: nn.Module, passes: Passes) -> None:
        """Keep this rank's stages; put the other layers on the meta device, where they have shapes and no memory.

        Raises:
            RequestError: the model has fewer layers that follow each other than there are stages.
        """
        place = self.place
        self._layers = group_layers(model, passes.workload.layers)
        if len(self._layers) < self.num_stages:
            raise RequestError(
                counted(
                    "A pipeline cuts a model between layers: {stages} stages asked, and of this model one layer is "
                    "known. Take another mode, or declare `layers` in its workload.",
                    "A pipeline cuts a model between layers: {stages} stages asked, and this model has {n} layers that "
                    "follow each other. Take another mode, or declare `layers` in its workload.",
                    len(self._layers),
                    stages=self.num_stages,
                )
            )
        modules = dict(model.named_modules())
        example = passes.example
        if place.rank == 0:
            microbatch = example[: max(1, len(example) // self.microbatches)]
            costs = measure_costs([[modules[name] for name in layer] for layer in self._layers], microbatch)
            place.store.set("pipeline-cuts", ",".join(map(str, balance(costs, self.num_stages))))
        self._cuts = [int(cut) for cut in place.store.get("pipeline-cuts").decode().split(",")]
        shapes = shapes_between(model, self._layers, self._cuts, example)
        self._shapes = shapes
        mine = place.index(self.key)
        self._group = place.mesh.get_group(self.key)
        self._dtypes = example.dtype, passes.precision.master
        passes.parts = []
        for stage in range(self.num_stages):
            names = [name for layer in self._layers[self._cuts[stage] : self._cuts[stage + 1]] for name in layer]
            if stage % self.ranks == mine:
                self.stages[stage] = nn.Sequential(*(modules[name] for name in names))
                passes.parts.append(names)
            else:
                for name in names:
                    modules[name].to("meta")
        passes.owner_of = {
            f"{name}.{parameter}": stage % self.ranks
            for stage in range(self.num_stages)
            for layer in self._layers[self._cuts[stage] : self._cuts[stage + 1]]
            for name in layer
            for parameter, _ in modules[name].named_parameters()
        }
        passes.pieces = list(self.stages.values())
        self._passes = passes
        self._last = self.num_stages - 1 in self.stages
        passes.reports &= self._last
        passes.run = self._run

    def _run(self, batch: Batch, trace: Trace) -> Tensor | None:
        passes, samples = self._passes, len(batch.inputs)
        size = max(1, -(-samples // self.microbatches))  # samples a micro-batch, the last ones padded
        schedule = self._schedule(size, trace)
        loss_sums: list[Tensor] = []

        def objective(outputs: Tensor, of: Tensor) -> Tensor:  # micro-batches come in order
            begin = len(loss_sums) * size
            real = max(0, min(size, samples - begin))
            loss_sum = passes.loss_sum_of(outputs[:real], of[:real])
            loss_sums.append(loss_sum.detach())
            return loss_sum * (passes.factor / batch.of_units)

        schedule._loss_fn = objective  # type: ignore[attr-defined] # its arguments change with every step
        padded = size * self.microbatches
        trace.enter(WAIT)
        first = (_pad(batch.inputs, padded),) if 0 in self.stages else ()
        target = _pad(batch.targets, padded) if self._last else None
        schedule.step(*first, target=target, return_outputs=False)  # type: ignore[attr-defined]
        passes.finish(trace)
        return torch.stack(loss_sums).sum() if passes.reports else None

    def _schedule(self, size: int, trace: Trace) -> object:
        """The schedule for micro-batches of `size` samples; made anew when that changes."""
        if self._built is None or self._built[0] != size:
            stages = []
            for index, module in self.stages.items():
                into, out = (self._sample(size, edge) for edge in (index, index + 1))
                stage = TracedStage(
                    _Cast(module, self._passes),
                    index,
                    self.num_stages,
                    self.place.device,
                    input_args=into,
                    output_args=out,
                    group=self._group,
                )
                stage.bytes_in, stage.bytes_out = into.nbytes, out.nbytes
                stages.append(stage)
            kinds: dict[str, Callable[..., object]] = {
                "gpipe": ScheduleGPipe,
                "1f1b": Schedule1F1B,
                "interleaved": ScheduleInterleaved1F1B,
                "zero-bubble": ScheduleInterleavedZeroBubble,
            }
            schedule = kinds[self.schedule_name](
                stages if self._stages_per_rank > 1 else stages[0],
                self.microbatches,
                loss_fn=_never,
                scale_grads=False,
            )
            self._built = size, schedule, stages
        for stage in self._built[2]:
            stage.trace, stage.slowdown = trace, self._passes.slowdown
        return self._built[1]

    def _sample(self, size: int, edge: int) -> Tensor:
        """What crosses an edge between stages; all but the inputs of the first carry gradients back."""
        shape = (size, *self._shapes[edge])
        return torch.empty(shape, dtype=self._dtypes[edge > 0], device=self.place.device, requires_grad=edge > 0)

    def holds(self, model: nn.Module) -> str:  # noqa: ARG002
        """Which of the model's layers this rank holds, in words."""
        parts = [_span(self._cuts[stage] + 1, self._cuts[stage + 1]) for stage in self.stages]
        return f"{' and '.join(parts)} of {len(self._layers)}"


class _Cast(nn.Module):
    """A stage as its neighbours see it: whatever it computes in, it hands over in the precision of the weights.

    Gradients come back to every stage, to one with frozen layers alone, too, which has no use for them.
    """

    def __init__(self, module: nn.Module, passes: Passes) -> None:
        super().__init__()
        self.module, self._precision = module, passes.precision

    def forward(self, values: Tensor) -> Tensor:
        with self._precision.forward():
            outputs: Tensor = self.module(values)
        outputs = outputs.to(self._precision.master).contiguous()  # an LSTM's are not, and gloo sends what is in order
        if outputs._is_view():  # of a matrix product over tokens; a zero-bubble schedule detaches in place
            outputs = outputs.clone()
        return outputs if outputs.requires_grad else outputs.detach().requires_grad_()


def _never(*_: Tensor) -> Tensor:
    raise AssertionError("the loss is given with each step")


def _span(first: int, last: int) -> str:
    return f"layer {first}" if first == last else f"layers {first}-{last}"


def _pad(tensor: Tensor, length: int) -> Tensor:
    """`length` rows: those there are, then zeros."""
    if len(tensor) == length:
        return tensor
    return torch.cat([tensor, tensor.new_zeros(length - len(tensor), *tensor.shape[1:])])
