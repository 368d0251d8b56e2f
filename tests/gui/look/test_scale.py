"""Sizes of letters and gaps are said in one file, and nowhere else."""

import ast

from PySide6.QtGui import QFont

from gui.look.scale import BODY, HEADING, SMALL, TITLE, letters_font, points_of
from gui.look.theme import TEXT_POINTS
from tests.conftest import ROOT

SPACED = ("setContentsMargins", "setSpacing", "setPointSize", "setPointSizeF", "setPixelSize")


def test_kinds_of_letters_keep_their_order_in_every_text_size() -> None:
    for points in TEXT_POINTS:
        sizes = [points_of(kind, points) for kind in (SMALL, BODY, HEADING, TITLE)]
        assert sizes == sorted(sizes)
        assert sizes[1] == points
        assert sizes[3] >= 1.5 * points
        assert sizes[0] >= 0.85 * points


def test_what_is_painted_is_in_pixels_beside_text_in_pixels_and_in_points_beside_text_in_points() -> None:
    on_the_wall, at_the_desk = QFont(), QFont()
    on_the_wall.setPixelSize(30)
    at_the_desk.setPointSize(20)
    assert letters_font(on_the_wall, SMALL).pixelSize() == 27
    assert letters_font(at_the_desk, SMALL).pointSize() == 18


def test_no_other_file_has_a_gap_or_a_size_of_letters_of_its_own() -> None:
    found, looked_at = [], 0
    for path in (ROOT / "gui").rglob("*.py"):
        if path.name == "scale.py" or "bench" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_spaced = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SPACED
            looked_at += is_spaced
            if is_spaced and any(isinstance(a, ast.Constant) and a.value not in (0, -1) for a in node.args):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert looked_at > 50
    assert found == []
