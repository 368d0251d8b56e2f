"""What a form or a menu must know of a workload or a technique, without importing it.

Each file in `engine/rank/workloads/` and `engine/rank/modes/` carries a literal dictionary named `CARD`. It is read
from the file's syntax tree, so neither torch nor the file's own code runs: the window can draw a form for a workload
within a millisecond, and adding a workload or a technique stays one new file.
"""

import ast
import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from engine.config.technique_card import TechniqueCard
from engine.config.workload_card import WorkloadCard

RANK_DIRECTORY = Path(__file__).parent.parent / "rank"
LAID_OUT = re.compile(r"^CARD = (\{\n.*?^\})$", re.MULTILINE | re.DOTALL)
"""A card as the formatter lays it out. To parse that alone takes a quarter of the time."""


def read_card(path: Path) -> dict[str, Any] | None:
    """The literal CARD of a Python file, or None where it has none.

    Raises:
        ValueError: the file does not parse, or its CARD is not made of literals.
    """
    text = path.read_text(encoding="utf-8")
    found = LAID_OUT.search(text)
    if found is not None:
        with suppress(ValueError, SyntaxError):  # the whole file says better what is wrong
            laid_out: dict[str, Any] = ast.literal_eval(found[1])
            return laid_out
    try:
        tree = ast.parse(text, filename=str(path))
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
            if "option" in card:
                card["option"].setdefault("key", card["key"])
            try:
                found.append(msgspec.convert(card, kind))
            except msgspec.ValidationError as error:
                raise ValueError(f"the CARD of {path.name} is not a {kind.__name__}: {error}") from error
    return tuple(found)


@cache
def workloads() -> dict[str, WorkloadCard]:
    """Every workload that has a file in `engine/rank/workloads/`, by name, in the order of their rungs."""
    cards = sorted(_discover("workloads", WorkloadCard), key=lambda card: (card.rung, card.name))
    return {card.name: card for card in cards}


@cache
def techniques() -> dict[str, TechniqueCard]:
    """Every technique that has a file in `engine/rank/modes/`, by the key used in a mode's text.

    The single process comes first, those without ranks of their own last.
    """
    cards = sorted(_discover("modes", TechniqueCard), key=lambda card: (card.option is not None, card.key))
    return {card.key: card for card in cards}
