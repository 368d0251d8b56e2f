"""What a form or a menu must know of a workload or a technique, without importing it.

Each file in `engine/rank/workloads/` and `engine/rank/modes/` carries a literal dictionary named `CARD`. It is read
from the file's syntax tree, so neither torch nor the file's own code runs: the window can draw a form for a workload
within a millisecond, and adding a workload or a technique stays one new file.
"""

import ast
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

RANK_DIRECTORY = Path(__file__).parent.parent / "rank"


class KnobCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One setting of a workload: a number within [minimum, maximum], or one of `choices`.

    `unit` is printed behind the value; `help` is one sentence for a student.
    """

    name: str
    title: str
    help: str
    default: int | float | str
    minimum: int | float | None = None
    maximum: int | float | None = None
    choices: tuple[int | float | str, ...] = ()
    unit: str = ""


class WorkloadCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is trained. `pictures` names what its ranks can draw besides curves (today: "surface").

    `layers` is how many layers a pipeline can part (a number, or the knob that gives it); `widths` are the knobs whose
    value must divide by the ranks that share a matrix. Without them the model is not split so.
    """

    name: str
    title: str
    summary: str
    batch_size: int
    lr: float
    optimizer: str = "adam"
    train_samples: int
    validation_samples: int
    knobs: tuple[KnobCard, ...] = ()
    pictures: tuple[str, ...] = ()
    layers: int | str = 1
    widths: tuple[str, ...] = ()
    module: str = ""


class OptionCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One setting of a technique: `microbatches=4` in a mode's text. A whole number, or one of `choices`."""

    key: str
    title: str
    help: str
    default: int | str
    minimum: int = 1
    maximum: int = 1
    choices: tuple[str, ...] = ()
    offered: tuple[int | str, ...] = ()


class TechniqueCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a model is spread over ranks. `key` is the word in a mode's text (`dp=2`); empty for the single process.

    `axis` orders the techniques of a combined mode, outermost first: ranks that differ in the last axis alone are
    neighbours. `together` names the techniques it combines with (said by either of the two). `splits` says what it cuts
    ("batch", "layers", "matrices", "state"), which decides what models it fits and in which order techniques are
    applied. `exact`: the mathematics is that of the single process. `precisions` and `devices` are what it computes in
    and on (no device: any).
    """

    key: str
    title: str
    summary: str
    minimum: int = 1
    maximum: int = 1
    offered: tuple[int, ...] = ()
    axis: int = 0
    together: tuple[str, ...] = ()
    splits: str = "batch"
    exact: bool = True
    precisions: tuple[str, ...] = ("fp64", "fp32", "bf16", "fp16")
    devices: tuple[str, ...] = ()
    options: tuple[OptionCard, ...] = ()
    module: str = ""


def read_card(path: Path) -> dict[str, Any] | None:
    """The literal CARD of a Python file, or None where it has none.

    Raises:
        ValueError: the file does not parse, or its CARD is not made of literals.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    except SyntaxError as error:
        raise ValueError(f"{path.name} does not parse: {error}") from error
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "CARD" for t in node.targets):
            try:
                card: dict[str, Any] = ast.literal_eval(node.value)
            except ValueError as error:
                raise ValueError(f"the CARD of {path.name} must be a literal dictionary: {error}") from error
            return card
    return None


Card = TypeVar("Card", WorkloadCard, TechniqueCard)


def _discover(directory: str, kind: type[Card]) -> tuple[Card, ...]:
    found = []
    for path in sorted((RANK_DIRECTORY / directory).glob("*.py")):
        card = read_card(path)
        if card is not None:
            card["module"] = f"engine.rank.{directory}.{path.stem}"
            try:
                found.append(msgspec.convert(card, kind))
            except msgspec.ValidationError as error:
                raise ValueError(f"the CARD of {path.name} is not a {kind.__name__}: {error}") from error
    return tuple(found)


@cache
def workloads() -> dict[str, WorkloadCard]:
    """Every workload that has a file in `engine/rank/workloads/`, by name."""
    return {card.name: card for card in _discover("workloads", WorkloadCard)}


@cache
def techniques() -> dict[str, TechniqueCard]:
    """Every technique that has a file in `engine/rank/modes/`, by the key used in a mode's text."""
    cards = sorted(_discover("modes", TechniqueCard), key=lambda card: card.key)  # the single process first
    return {card.key: card for card in cards}
