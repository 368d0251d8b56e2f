"""Small set-ups of every workload there is, those of packs too, and the modes that each must agree in."""

from typing import Any

import pytest

from engine.config.cards import workloads
from engine.config.catalogue import modes_that_fit
from engine.config.fits import why_not
from engine.config.roles import is_exact
from engine.config.spec import make_spec
from engine.config.workload_card import KnobCard, WorkloadCard
from engine.packs.presence import why_no_data

WORKLOADS = {
    "digits-mlp": {"knobs": {"hidden": 32, "layers": 8}, "batch_size": 50},
    "spirals": {"knobs": {"hidden": 32, "layers": 8}, "batch_size": 33},
    "text-attention": {"knobs": {"heads": 4, "head_width": 4, "context": 16}, "batch_size": 17},
}
"""Set-ups of some; of the others the least that their cards allow."""
OF_PACKS = {
    f"{card.name}, {choice}": (card.name, {knob.name: choice})
    for card in workloads().values()
    for knob in card.knobs
    for choice in knob.packs
    if choice != knob.default
}
"""Choices that read another pack (GEARSHIFT_PACKS) are workloads of their own here."""
OF_CHOICES = {"recommender, table": ("recommender", {"items": "table"}), **OF_PACKS}
"""So are choices that make another model than the first one does."""
OTHERS = [name for name in [*workloads(), *OF_CHOICES] if name not in WORKLOADS]
HEAVY = {"topic-finetune": 2, "topic-finetune, Chinese": 2, "answer-matching": 8}
"""Of so many weights, or of so much text a sample, that so many runs share the modes, none longer than it must be."""
GENTLE = {"text-gpt": 0.0003, "text-bert": 0.0003}
"""Rates at which a rounding stays one. At their cards' own, ten times as large, Adam makes a million times as much
of it in 100 steps, in one process too: of 6e-8 in fp32 a twentieth."""
FEWEST_LAYERS = 4
"""Two stages on each of two ranks."""


def set_up(name: str) -> dict[str, Any]:
    """A small model with as many layers and as even widths as its card allows: fields of a spec."""
    if name in WORKLOADS:
        return {"workload": name, **WORKLOADS[name]}
    workload, chosen = OF_CHOICES.get(name, (name, {}))
    card, knobs = workloads()[workload], {}
    for knob in card.knobs:
        if knob.choices:
            knobs[knob.name] = first_choice(card, knob)
        elif knob.name == card.layers or knob.name in {*card.widths, "width"}:
            knobs[knob.name] = max(int(knob.minimum or 1), 5 if knob.name == card.layers else 4)
    rate = {"lr": GENTLE[workload]} if workload in GENTLE else {}
    return {"workload": workload, "knobs": knobs | chosen, "batch_size": 9, **rate}


def first_choice(card: WorkloadCard, knob: KnobCard) -> int | float | str:
    """The first of a knob's choices; of one that says how many layers there are, the first that means enough."""
    if card.layers not in knob.means:
        return knob.choices[0]
    layers = dict(zip(knob.choices, knob.means[card.layers], strict=True))
    return next(choice for choice, count in layers.items() if count >= FEWEST_LAYERS)


def exact_modes(name: str, precision: str, *ranks: int) -> list[str]:
    """What fits the workload and its batch, with so many ranks; its text in that precision. Without data: a skip."""
    spec = make_spec(**set_up(name))
    if reason := why_no_data(spec.workload, spec.knobs):
        pytest.skip(reason)
    modes = modes_that_fit(spec.workload, spec.knobs, *ranks, precision=precision)
    return [m.text for m in modes if is_exact(m) and why_not(m, batch_size=spec.batch_size) is None]
