"""Public docstrings read by themselves: a stranger who asks `help()` is told something, of whatever it is."""

import ast
import builtins
from collections.abc import Iterator
from pathlib import Path

from engine.errors import RequestError
from tests.conftest import ROOT

LEAST_WORDS = 5
POINTS_ELSEWHERE = (
    *("It ", "Its ", "They ", "That ", "Those ", "These ", "This is ", "As ", "And ", "Of ", "Until ", "Hidden "),
    *("Neither ", "None while", "Same as", "The same", "See ", "Another ", "Nothing, if", "All of it", "There "),
)
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


def raised(node: ast.FunctionDef) -> set[str]:
    """The errors that a function raises itself, as its docstring may name them; a class of its own is not looked for.

    What is no error of a caller (something abstract, something broken) is left out.
    """
    found: set[str] = set()
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(part, ast.Raise) and isinstance(part.exc, ast.Call) and isinstance(part.exc.func, ast.Name):
            kind = getattr(builtins, part.exc.func.id, RequestError)  # else ours, or made by a function of ours
            found.add("OSError" if issubclass(kind, OSError) else kind.__name__)
        waiting += ast.iter_child_nodes(part)
    return found - {"NotImplementedError", "AssertionError"}


def test_who_raises_says_so() -> None:
    wrong, looked_at = [], 0
    for path in sorted([*(ROOT / "engine").rglob("*.py"), *(ROOT / "gui").rglob("*.py")]):
        for name, node in public(path):
            errors = raised(node) if isinstance(node, ast.FunctionDef) else set()
            told = (ast.get_docstring(node) or "").partition("Raises:")[2]
            looked_at += bool(errors)
            untold = {error for error in errors if error not in told}
            if untold:
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {name}: {', '.join(sorted(untold))}")
    assert looked_at > 30
    assert wrong == []


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
