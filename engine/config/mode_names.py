"""What a mode is called beside others of its workload: where that is written in several codes, every name says which.

cpu,code=numpy,threads=1   ->   1 thread in numpy            cpu,threads=1   ->   1 thread in torch, not 1 thread
"""

from engine.config.cards import techniques, workloads
from engine.config.mode import ComputeMode


def name_of(mode: ComputeMode, workload: str) -> str:
    """The mode in a few words, for a run that trains this workload; as `ComputeMode.name` where that is not known."""
    card = workloads().get(workload)
    if card is None or not card.code:
        return mode.name
    given = dict(mode.options)
    for technique in techniques().values():
        option = technique.option
        if option is not None and option.role == "language" and technique.key not in given:
            return f"{mode.name} {technique.brief} {option.default}"
    return mode.name
