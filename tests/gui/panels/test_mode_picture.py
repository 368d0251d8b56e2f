"""The picture of the mode: in every text size boxes have room for names, and what moves is written between them."""

import numpy as np
import pytest
from PySide6.QtGui import QPainter
from pytestqt.qtbot import QtBot

from engine.events.ranks import RankInfo
from gui.look.scale import letters_style
from gui.text.rank_name import rank_name
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
