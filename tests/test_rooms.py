"""Rooms: docs/architecture.md lists those of the tree, imports run down the list, none in a circle; no file is long."""

import ast
import re
from pathlib import Path

from tests.conftest import ROOT

LONG = 300
"""Lines from which on a file says in its docstring why it is one: a sentence that begins with `In one file`."""


def sources() -> list[Path]:
    """The project's own files, tests left out."""
    return [ROOT / "main.py", *sorted((ROOT / "engine").rglob("*.py")), *sorted((ROOT / "gui").rglob("*.py"))]


def listed_rooms() -> list[str]:
    """The rooms as docs/architecture.md lists them, from the top of the house down."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `((?:engine|gui)/[\w/]*)` \| \S", text, re.MULTILINE)


def room_of(path: Path) -> str:
    """The folder a file lies in, as the list writes it."""
    return f"{path.parent.relative_to(ROOT).as_posix()}/"


def imported(path: Path) -> set[Path]:
    """The project's files that a file imports as it is imported itself: not for types alone, nor in a function."""
    found: set[Path] = set()
    waiting: list[ast.AST] = list(ast.parse(path.read_text(encoding="utf-8")).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            place = ROOT / Path(*name.split("."))
            found |= {file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()}
        waiting += ast.iter_child_nodes(node)
    return {file for file in found if file.stat().st_size and file != path}


def test_every_room_is_listed_with_its_question() -> None:
    rooms = {room_of(path) for path in sources() if path.name != "main.py" and path.stat().st_size}
    listed = listed_rooms()
    assert len(listed) == len(set(listed))
    assert set(listed) == rooms


def test_files_are_named_with_their_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.py)`", text)
    assert len(named) > 50
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_rooms_import_only_from_rooms_below_them() -> None:
    floor = {room: number for number, room in enumerate(listed_rooms())}
    upwards = [
        f"{path.relative_to(ROOT)} imports {file.relative_to(ROOT)}"
        for path in sources()
        if path.name != "main.py"
        for file in imported(path)
        if floor[room_of(file)] < floor[room_of(path)]
    ]
    assert upwards == []


def test_no_import_runs_in_a_circle() -> None:
    left = {path: imported(path) for path in sources()}
    while ends := {path for path, files in left.items() if not files & left.keys()}:
        left = {path: files for path, files in left.items() if path not in ends}
    assert not left, sorted(str(path.relative_to(ROOT)) for path in left)


def test_a_long_file_says_why_it_is_one() -> None:
    silent = []
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > LONG and "In one file" not in (ast.get_docstring(ast.parse(text)) or ""):
            silent.append(f"{path.relative_to(ROOT)}: {len(text.splitlines())} lines")
    assert silent == []
