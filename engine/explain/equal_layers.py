"""What a run's set-up says of the layers that a pipeline is cut out of."""

from typing import Any

from engine.config import roles
from engine.config.cards import workloads
from engine.config.mode import ComputeMode
from engine.config.untrusted import parse_toml
from engine.errors import RequestError

LAYERS_A_STAGE = 5
"""With so many layers a stage, the first and the last one, which are smaller, make them unequal by a fifth at most."""


def trained(spec: str) -> tuple[str, dict[str, Any]]:
    """The workload and the knobs of a set-up in TOML, as a run tells it; nothing where that is damaged."""
    try:
        found = parse_toml(spec, "the set-up of the run")
    except RequestError:
        return "", {}
    workload, knobs = found.get("workload"), found.get("knobs")
    return workload if isinstance(workload, str) else "", knobs if isinstance(knobs, dict) else {}


def equal_layers(mode: ComputeMode, workload: str, knobs: dict[str, Any]) -> int | None:
    """The number of layers with which stages are nearly equal, where the workload's knob offers more than there are."""
    axis = roles.stages_axis(mode)
    card = workloads().get(workload)
    if not axis or card is None or not isinstance(card.layers, str):
        return None
    knob = next((knob for knob in card.knobs if knob.name == card.layers), None)
    wanted = LAYERS_A_STAGE * mode.degree(axis) * roles.schedule(mode).stages_per_rank
    have = knobs.get(card.layers)
    if knob is None or knob.maximum is None or not isinstance(have, int) or not have < wanted <= knob.maximum:
        return None
    return wanted
