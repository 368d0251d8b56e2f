"""What a technique does stands on its card, and nothing but its own file knows its key."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.config import roles
from engine.config.cards import techniques
from engine.config.catalogue import combinations, every_mode, first_mode
from engine.config.mode_text import parse_mode
from engine.errors import RequestError
from tests.conftest import ROOT

KEYS = [key for key in techniques() if key]
NAMED = re.compile(rf"(?<![\w-])({'|'.join(KEYS)})=|^({'|'.join(KEYS)})$")
"""A key as a text of its own, or as it stands in a mode's text."""
MEASURED = ("engine/bench", "engine/rank/bench", "gui/bench")
"""Benchmarks name the modes that they measure."""


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a file's code by line, its docstrings and its card left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[int] = set()
    for node in ast.walk(tree):
        is_card = isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "CARD" for t in node.targets)
        if is_card or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            skipped |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value


def test_no_file_knows_the_key_of_a_technique() -> None:
    """Not even its own: its code is told the key, for the card is the place where it stands."""
    found, looked_at = [], 0
    for path in sorted([*(ROOT / "engine").rglob("*.py"), *(ROOT / "gui").rglob("*.py")]):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(MEASURED):
            continue
        looked_at += 1
        found += [f"{name}:{line}: {text!r}" for line, text in texts(path) if NAMED.search(text)]
    assert looked_at > 150
    assert found == []


def test_the_search_sees_what_it_is_for() -> None:
    assert all(NAMED.search(text) for text in ("dp", "cpu,pp=2", "fsdp=4"))
    assert not any(NAMED.search(text) for text in ("local", "help=") if text not in KEYS)


def test_parts_that_a_rank_has_follow_from_roles() -> None:
    for text, expected in {
        "cpu": (1, 1, 1),
        "dp=4": (1, 1, 1),
        "fsdp=4": (4, 4, 4),
        "pp=2,dp=2,tp=2": (4, 4, 4),
        "hogwild=2": (1, 1, 1),
        "dp=2,zero=1": (1, 1, 2),
        "dp=2,zero=2": (1, 2, 2),
        "dp=4,tp=2,zero=2": (2, 8, 8),
    }.items():
        mode = parse_mode(text)
        assert tuple(roles.parts(mode, what) for what in ("weights", "gradients", "optimizer")) == expected, text


def test_techniques_without_ranks_of_their_own_go_with_what_they_need() -> None:
    assert parse_mode("zero=1,dp=2").text == "cpu,dp=2,zero=1"
    assert parse_mode("accumulate=4").text == "cpu,accumulate=4"
    assert parse_mode("accumulate=1,recompute=off").text == "cpu"
    assert parse_mode("fsdp=2,recompute=on").words.startswith("Sharded data parallel (FSDP) ×2 · CPU · ")
    assert parse_mode("fsdp=2").name == "FSDP ×2", "it is called what one types and what the literature calls it"
    for text, sentence in {
        "tp=2,zero=1": "zero= belongs to dp=N, which is not there",
        "hogwild=2,local=8": "local= belongs to dp=N, which is not there",
        "dp=2,zero=1,local=8": "local and zero cannot be combined",
        "accumulate=0": "accumulate=0 must be a whole number from 1 to 1024",
        "recompute=maybe": "recompute=maybe is not one of off, on",
    }.items():
        with pytest.raises(RequestError, match=re.escape(sentence)):
            parse_mode(text)


def test_lists_have_all_of_them() -> None:
    shown = {mode.text for card in techniques().values() if (mode := first_mode(card)) is not None}
    assert {"cpu,dp=2,zero=1", "cpu,accumulate=2", "cpu,recompute=on", "cpu,dp=2,local=2"} <= shown
    two = {mode.text for mode in every_mode(2)}
    assert {"cpu,pp=2,recompute=on", "cpu,fsdp=2,accumulate=2", "cpu,dp=2,zero=2", "cpu,hogwild=2,accumulate=2"} <= two
    assert {"cpu,recompute=on", "cpu,accumulate=2"} <= {mode.text for mode in every_mode(1)}
    assert {"pp": 2, "dp": 2, "tp": 2} in combinations()
    assert all(parse_mode(text).text == text for text in two)


def test_words_of_a_menu_are_those_of_all_values_that_it_offers_or_of_none() -> None:
    found = [option for card in techniques().values() for option in (card.option, *card.options)]
    worded = {option.key: option for option in found if option is not None and option.words}
    assert {"code", "local"} <= set(worded)
    for option in worded.values():
        assert set(option.words) == {str(value) for value in option.values}
