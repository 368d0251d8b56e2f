"""Does a mode fit a workload? Known from their cards alone, so a menu can grey what does not, with the reason.

layers     a pipeline of n stages needs n layers at least
matrices   n ranks share a matrix evenly: its width divides by n
precision  scaling of fp16's loss needs every rank to see all gradients
"""

from collections.abc import Mapping

from engine.config.cards import WorkloadCard, techniques, workloads
from engine.config.mode import ComputeMode, parse_mode
from engine.errors import Sentence

INTERLEAVED = ("interleaved", "zero-bubble")
"""Schedules of a pipeline that give each rank two stages."""
Knobs = Mapping[str, int | float | str]


def why_unfit_spec(workload: str, knobs: Knobs, mode: str | ComputeMode) -> str:
    """As `why_unfit`, by names."""
    return why_unfit(workloads()[workload], knobs, parse_mode(mode) if isinstance(mode, str) else mode)


def why_unfit(card: WorkloadCard, knobs: Knobs, mode: ComputeMode) -> str:
    """A sentence on why this workload cannot be computed so; "" if it can."""
    for key, degree in mode.degrees:
        technique = techniques()[key]
        reason = ""
        if mode.precision not in technique.precisions:
            reason = Sentence(
                "{title} does not compute in {precision}: it has {known}.",
                title=technique.title,
                precision=mode.precision,
                known=", ".join(technique.precisions),
            )
        elif technique.devices and mode.device.partition(":")[0] not in technique.devices:
            reason = Sentence(
                "{title} runs on {known}, not on {device}.",
                title=technique.title,
                known=", ".join(technique.devices),
                device=mode.device,
            )
        elif key == "dp":
            reason = why_no_transport(mode)
        elif technique.splits == "layers":
            reason = _why_no_stages(card, knobs, mode, degree)
        elif technique.splits == "matrices":
            reason = _why_no_shares(card, knobs, degree)
        if reason:
            return reason
    return ""


TRANSPORTS = {"shm": "cpu", "mpi": "cpu", "nccl": "cuda"}


def why_no_transport(mode: ComputeMode) -> str:
    """A sentence on why the mode's transport cannot serve its device; "" if it can, or if it needs none."""
    if "dp" not in mode.keys:
        return ""
    transport, device = str(mode.option("transport")), mode.device.partition(":")[0]
    needed = TRANSPORTS.get(transport, device)
    if needed == device:
        return ""
    return Sentence(
        "The transport {transport} carries data between {needed} ranks, not between {device} ranks.",
        transport=transport,
        needed=needed,
        device=device,
    )


def layers_of(card: WorkloadCard, knobs: Knobs) -> int:
    """How many layers a pipeline can part."""
    return int(knobs[card.layers]) if isinstance(card.layers, str) else card.layers


def stages_per_rank(mode: ComputeMode) -> int:
    """Stages each rank of a pipeline holds: two where they are interleaved."""
    return 2 if mode.option("schedule") in INTERLEAVED else 1


def _why_no_stages(card: WorkloadCard, knobs: Knobs, mode: ComputeMode, degree: int) -> str:
    layers, stages = layers_of(card, knobs), degree * stages_per_rank(mode)
    microbatches = int(mode.option("microbatches"))
    if layers < stages:
        return Sentence(
            "This model has {layers} layer(s), {stages} stages asked. Take fewer stages, or a model with more layers.",
            layers=layers,
            stages=stages,
        )
    if mode.option("schedule") != "gpipe" and microbatches < stages:
        return Sentence(
            "The schedule {schedule} needs as many micro-batches as stages: {stages} stages, {microbatches} "
            "micro-batches asked.",
            schedule=mode.option("schedule"),
            stages=stages,
            microbatches=microbatches,
        )
    if mode.option("schedule") in INTERLEAVED and microbatches % degree:
        return Sentence(
            "Interleaved schedules take micro-batches in rounds of one a rank: {microbatches} do not divide by "
            "{degree} ranks.",
            microbatches=microbatches,
            degree=degree,
        )
    return ""


def _why_no_shares(card: WorkloadCard, knobs: Knobs, degree: int) -> str:
    if not card.widths:
        return Sentence("This model has no matrices that {degree} ranks can share.", degree=degree)
    if layers_of(card, knobs) < 2:
        return Sentence("This model has 1 layer: tensor parallelism splits them in pairs, column then row.")
    for name in card.widths:
        if int(knobs[name]) % degree:
            return Sentence(
                "{name} = {width} does not divide by the {degree} ranks that share each matrix.",
                name=name,
                width=int(knobs[name]),
                degree=degree,
            )
    return ""
