"""Public docstrings read by themselves: a stranger who asks `help()` is told something, of whatever it is."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

LEAST_WORDS = 5
POINTS_ELSEWHERE = ("It ", "They ", "That ", "This is ", "As `", "And ", "Neither ", "None while", "Same as", "See ")
"""How a sentence begins that cannot be understood without another one."""


def public(path: Path) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef]]:
    """The classes, functions and methods of a file that others may use, with their names."""
    waiting: list[tuple[str, ast.Module | ast.ClassDef]] = [("", ast.parse(path.read_text(encoding="utf-8")))]
    while waiting:
        prefix, parent = waiting.pop()
        for node in parent.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                yield prefix + node.name, node
                if isinstance(node, ast.ClassDef):
                    waiting.append((f"{prefix}{node.name}.", node))


def is_setter(node: ast.ClassDef | ast.FunctionDef) -> bool:
    """The getter of the same name has the docstring."""
    return any(isinstance(found, ast.Attribute) and found.attr == "setter" for found in node.decorator_list)


def test_public_docstrings_read_by_themselves() -> None:
    wrong, looked_at = [], 0
    for path in sorted([*(ROOT / "engine").rglob("*.py"), *(ROOT / "gui").rglob("*.py")]):
        for name, node in public(path):
            text = ast.get_docstring(node) or ""
            looked_at += 1
            if is_setter(node):
                continue
            too_short = len(text.split()) < LEAST_WORDS
            if too_short or text.startswith(POINTS_ELSEWHERE):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {name}: {text.splitlines()[:1]}")
    assert looked_at > 1_000
    assert wrong == []
