"""The picture of the mode: in every text size boxes have room for names, and what moves is written between them."""

import numpy as np
import pytest
from PySide6.QtGui import QPainter
from pytestqt.qtbot import QtBot

from engine.anatomy import HeldTensor
from engine.events.ranks import RankInfo
from gui.look.scale import letters_style
from gui.text.rank_name import rank_name
from gui.text.tensor_words import layer_numbers
from gui.widgets.rank_picture import RankPicture, RankScene


@pytest.mark.parametrize(("points", "width", "ranks"), [(10, 512, 4), (26, 616, 4), (26, 616, 2), (26, 950, 8)])
def test_boxes_have_room_for_names_and_gaps_for_what_moves(qtbot: QtBot, points: int, width: int, ranks: int) -> None:
    picture = RankPicture()
    qtbot.addWidget(picture)
    picture.setStyleSheet(letters_style(points))
    picture.resize(width, 500)
    picture.show()
    infos = tuple(
        RankInfo(rank=rank, pid=1, device="cpu", threads=1, holds="a full replica", parameter_bytes=1)
        for rank in range(ranks)
    )
    picture.show_scene(RankScene(ranks=infos, degrees=(ranks,), sent_bytes=np.full((ranks, ranks), 6.23 * 2**20)))
    advance = picture.fontMetrics().horizontalAdvance
    boxes = [picture._box(rank) for rank in range(ranks)]
    for rank, box in enumerate(boxes):
        assert advance(rank_name(rank)) <= box.width() - 14
        assert picture.rect().contains(box.toAlignedRect())
    if points > 10:
        gaps = [b.left() - a.right() for a in boxes for b in boxes if a.top() == b.top() and a.right() < b.left()]
        assert min(gaps) >= advance("6.23 MiB")


def test_what_a_rank_holds_is_not_cut_in_silence(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = RankPicture()
    texts: list[str] = []
    qtbot.addWidget(picture)
    picture.setStyleSheet(letters_style(14))
    picture.resize(460, 160)
    info = RankInfo(rank=0, pid=1, device="cpu", threads=1, holds="a full replica " * 20, parameter_bytes=1)
    monkeypatch.setattr(QPainter, "drawText", lambda *given: texts.append(given[-1]))
    picture.show_scene(RankScene(ranks=(info,), degrees=(1,)))
    picture.grab()
    assert texts[0] == "rank 0"
    assert texts[-1].endswith("…")


def test_layers_of_a_chain_are_called_as_stages_count_them(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every second part of the chain is an activation; the first of ten comes after the second."""
    picture, texts = RankPicture(), list[str]()
    qtbot.addWidget(picture)
    picture.resize(900, 300)
    held = {0: ("layers 1-2 of 3", ("0.weight", "2.bias")), 1: ("layers 3-3 of 3", ("10.weight",))}
    infos = [
        RankInfo(
            rank=rank,
            pid=1,
            device="cpu",
            threads=1,
            holds=holds,
            parameter_bytes=1,
            tensors=tuple(HeldTensor(name, (4, 2), (4, 2) if rank else (2, 2)) for name in names),
        )
        for rank, (holds, names) in held.items()
    ]
    monkeypatch.setattr(QPainter, "drawText", lambda *given: texts.append(given[-1]))
    picture.show_scene(RankScene(ranks=tuple(infos), degrees=(2,)))
    picture.grab()
    told = ["1: weight 2×2 of 4×2", "2: bias 2×2 of 4×2", "3: weight 4×2"]
    assert [text for text in texts if "×" in text] == told
    assert layer_numbers(["conv1.0.weight", "head.bias"]) == {}, "parts that have names keep them"
