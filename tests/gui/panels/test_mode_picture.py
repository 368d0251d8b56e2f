"""The picture of the mode: in every text size boxes have room for names, and what moves is written between them."""

import numpy as np
import pytest
from PySide6.QtGui import QPainter
from pytestqt.qtbot import QtBot

from engine.anatomy import HeldTensor
from engine.events.ranks import RankInfo
from gui.look.scale import letters_style
from gui.text.layer_words import layer_lines
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


def gpt(parts: int = 1) -> tuple[HeldTensor, ...]:
    """The tensors of a GPT of four blocks, each matrix in so many parts."""
    tensors = [("embed.places", (64, 48)), ("embed.characters.weight", (96, 48))]
    for number in range(1, 5):
        block = {"before_attention.weight": (48,), "ask.weight": (144, 48), "out.weight": (48, 48)}
        tensors += [(f"block{number}.{name}", shape) for name, shape in block.items()]
    tensors.append(("head.weight", (96, 48)))
    return tuple(HeldTensor(name, shape, (shape[0] // parts, *shape[1:])) for name, shape in tensors)


@pytest.mark.parametrize(("points", "width", "height"), [(10, 500, 160), (18, 600, 500), (16, 620, 400)])
def test_layers_of_a_gpt_are_named_as_a_class_names_them_and_none_is_cut(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, points: int, width: int, height: int
) -> None:
    picture, texts = RankPicture(), list[str]()
    qtbot.addWidget(picture)
    picture.setStyleSheet(letters_style(points))
    picture.resize(width, height)
    infos = tuple(
        RankInfo(rank=rank, pid=1, device="cpu", threads=1, holds="a replica", parameter_bytes=1, tensors=gpt())
        for rank in range(2)
    )
    monkeypatch.setattr(QPainter, "drawText", lambda *given: texts.append(given[-1]))
    picture.show_scene(RankScene(ranks=infos, degrees=(2,)))
    picture.grab()
    said = " ".join(" ".join(texts).split())
    assert "…" not in said
    for layer in ("embedding: 7,680 weights", "block 1 to 4: 9,264 weights each", "head: 4,608 weights"):
        assert said.count(layer) == 2, (layer, said)


def test_layers_that_differ_have_lines_of_their_own_and_none_is_dropped_in_silence(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert layer_lines(gpt(parts=2), {})[1] == "block 1 to 4: 4,632 of 9,264 weights each"
    chain = [HeldTensor(f"{2 * index}.weight", (4, index), (4, index)) for index in range(1, 12)]
    numbers = layer_numbers(tensor.name for tensor in chain)
    assert layer_lines(chain, numbers)[:2] == ["layer 1: 4 weights", "layer 2: 8 weights"]
    picture, texts = RankPicture(), list[str]()
    qtbot.addWidget(picture)
    picture.resize(400, 150)
    info = RankInfo(rank=0, pid=1, device="cpu", threads=1, holds="all", parameter_bytes=1, tensors=tuple(chain))
    monkeypatch.setattr(QPainter, "drawText", lambda *given: texts.append(given[-1]))
    picture.show_scene(RankScene(ranks=(info,), degrees=(1,)))
    picture.grab()
    written = sum(text.startswith("layer") for text in texts)
    assert 0 < written < len(chain)
    assert texts[-1] == f"and {len(chain) - written} more"
