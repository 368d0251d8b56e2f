"""Memory bars of all modes are on one scale, and the mode before is an outline: sharding is seen to save."""

import msgspec
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from engine.anatomy import Held, ModelCount, RankAnatomy
from engine.config.spec import make_spec
from engine.events.ranks import RankInfo, StepAnatomy
from gui.look.scale import letters_style
from gui.look.theme import BLUE
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.memory import MemoryPanel
from tests.gui.model.test_board import ONE, steps, visit
from tests.messages import batch
from tests.windows import ink

MEBI = 2**20


def counted(step: int, segment: int, *ranks_mib: int) -> StepAnatomy:
    """A step of ranks that hold so much each: a quarter of each part."""
    ranks = tuple(
        RankAnatomy(
            rank=rank,
            begin_s=0.0,
            seconds=0.01,
            spans=(),
            traffic=(),
            held=Held(
                parameter_bytes=mib * MEBI // 4,
                gradient_bytes=mib * MEBI // 4,
                optimizer_bytes=mib * MEBI // 4,
                activation_bytes=mib * MEBI // 4,
            ),
        )
        for rank, mib in enumerate(ranks_mib)
    )
    return StepAnatomy(at_s=0.0, segment=segment, step=step, ranks=ranks, clock_offset_s=0, clock_error_s=0, skipped=0)


def test_what_ranks_share_is_one_block_and_is_called_so(qtbot: QtBot) -> None:
    store, panel = Store(), MemoryPanel(PlotView())
    qtbot.addWidget(panel)
    panel.resize(700, 160)
    store.feed([visit(0, "cpu,dp=2", 0, 0.0), steps(0, 20, 0.0, 0.02), counted(10, 0, 16, 16)])
    panel.refresh(store)
    assert panel.one_copy() == []
    store.feed([visit(1, "cpu,hogwild=2", 20, 1.0), steps(20, 20, 1.0, 0.02), counted(30, 1, 16, 16)])
    panel.refresh(store)
    ((_, first, _), (_, second, _)), (block,) = panel.places(), panel.one_copy()
    assert (block.left(), block.top(), block.bottom()) == (first.left(), first.top(), second.bottom())
    assert block.width() == pytest.approx(first.width() / 4)
    gap = round((first.bottom() + second.top()) / 2)
    seen = panel.grab().toImage()
    assert seen.pixelColor(round(block.center().x()), gap).name().upper() == BLUE
    assert seen.pixelColor(round(block.right()) + 5, gap).name().upper() != BLUE
    assert "shared, one copy" in panel.accessibleDescription()
    assert "weights: shared, one copy" in [words for *_, words in panel._legend()]
    assert panel._figures(*panel._held[0])[0] == "16 MiB, 4 MiB of it shared"


def test_one_scale_and_the_outline_of_the_mode_before(qtbot: QtBot) -> None:
    store, panel = Store(), MemoryPanel(PlotView())
    qtbot.addWidget(panel)
    panel.resize(600, 220)
    store.feed([visit(0, ONE, 0, 0.0), steps(0, 20, 0.0, 0.02), counted(10, 0, 16)])
    panel.refresh(store)
    ((_, alone, ghost),) = panel.places()
    assert ghost is None
    store.feed([visit(1, "cpu,fsdp=2", 20, 1.0), steps(20, 20, 1.0, 0.02), counted(30, 1, 12, 8)])
    panel.refresh(store)
    (_, first, before), (_, second, before_second) = panel.places()
    assert first.width() / second.width() == pytest.approx(12 / 8)
    assert before is not None
    assert before_second is not None
    assert (before.width() + 1) / first.width() == pytest.approx(16 / 12), "the outline ends where the mode before did"
    assert (before_second.width() + 1) / second.width() == pytest.approx(16 / 8), "a rank it had not: its largest"
    assert before.left() == pytest.approx(first.left() + 0.5)
    assert before.right() <= panel.width()
    store.feed([visit(2, "cpu,pp=2", 40, 2.0), steps(40, 20, 2.0, 0.02), counted(50, 2, 4, 2)])
    panel.refresh(store)
    (_, stage, before), _ = panel.places()
    assert before is not None
    assert (before.width() + 1) / stage.width() == pytest.approx(12 / 4), "the mode before, not the first one"
    widest = (before.width() + 1) * 16 / 12
    assert widest == pytest.approx(alone.width(), rel=0.2), "the scale is still that of all modes"
    for width in (600, 300):
        panel.resize(width, 220)
        boxes = [box for box, *_ in panel._legend()]
        assert all(box.right() <= width for box in boxes)
        assert all(place[1].top() >= boxes[-1].bottom() for place in panel.places())
    panel.grab()


@pytest.mark.parametrize(("height", "beside"), [(500, "16 MiB\nprocess 1 GiB"), (200, "16 MiB")])
def test_in_a_projectors_letters_bars_keep_their_room_and_words_theirs(qtbot: QtBot, height: int, beside: str) -> None:
    store, panel = Store(), MemoryPanel(PlotView())
    qtbot.addWidget(panel)
    panel.setStyleSheet(letters_style(26))
    panel.resize(600, height)
    panel.show()
    store.feed([visit(0, "cpu,dp=2", 0, 0.0), steps(0, 20, 0.0, 0.02), counted(10, 0, 16, 16)])
    panel.refresh(store)
    panel._measured = dict.fromkeys((0, 1), (1024 * MEBI, None))
    width, words = panel._beside()
    assert words == [beside, beside]
    for _, bar, _ in panel.places():
        assert bar.width() > 100
        assert bar.right() + width <= panel.width()
    assert all(box.right() <= panel.width() for box, *_ in panel._legend())


def of_model(mode: str, trained: int) -> Store:
    """A step of a run whose ranks have said how large its model is."""
    store, count = Store(), ModelCount(weights=1_320_000, trained=trained, number_bytes=4)
    store.begin("runs/live")
    store.take_over(make_spec("digits-mlp", mode=mode, optimizer="adam"), is_replay=False)
    info = RankInfo(
        rank=0, pid=1, device="cpu", threads=1, holds="", parameter_bytes=0, flops_per_unit=2e6, model=count
    )
    store.feed([msgspec.structs.replace(visit(0, mode, 0, 0.0), ranks=(info,)), batch(0, 20), counted(10, 0, 16)])
    return store


def test_the_sum_of_the_whole_model_is_written_above(qtbot: QtBot) -> None:
    panel = MemoryPanel(PlotView())
    qtbot.addWidget(panel)
    panel.resize(900, 200)
    panel.refresh(of_model("cpu,threads=1", 1_320_000))
    assert panel._sum_box()[1] == (
        "1.32 M weights × 16 bytes (weight 4 + gradient 4 + adam 8) = 20.1 MiB · 20 MFLOP a step"
    )
    panel.resize(300, 200)
    box, words = panel._sum_box()
    assert words == "1.32 M weights × 16 bytes = 20.1 MiB · 20 MFLOP a step"
    assert panel._legend()[0][0].top() == box.bottom() > panel.fontMetrics().height() * 1.5
    assert panel._rows()[0].bottom() <= panel.height()
    panel.refresh(of_model("cpu,threads=1", 4_000))
    assert panel._sum_box()[1].startswith("1.32 M weights of 4 bytes, 4 k trained: 16 = 5.08 MiB")


def test_until_a_step_of_the_new_mode_is_counted_no_figures_stand_under_its_name(qtbot: QtBot) -> None:
    store, panel = Store(), MemoryPanel(PlotView())
    qtbot.addWidget(panel)
    panel.resize(600, 220)
    store.feed([visit(0, ONE, 0, 0.0)])
    panel.refresh(store)
    assert panel.places() == []
    waits = panel.grab().toImage()
    store.feed([steps(0, 20, 0.0, 0.02), counted(10, 0, 16)])
    panel.refresh(store)
    assert panel.grab().toImage() != waits
    (_, bar, _), *_ = panel.places()
    assert ink(panel.grab().toImage(), QColor(BLUE)) > 100
    seen = [store.versions[topic] for topic in panel.watches]
    store.feed([visit(1, "cpu,fsdp=2", 20, 1.0)])
    assert seen != [store.versions[topic] for topic in panel.watches], "a panel is asked to draw at the shift itself"
    panel.refresh(store)
    assert panel.accessibleDescription() == "FSDP ×2: what its ranks hold is counted with its first steps."
    ((_, empty, outline),) = panel.places()
    assert empty.width() == 0
    assert outline.width() == pytest.approx(bar.width(), rel=0.3), "what was is an outline, about as long as it was"
    legend_bottom = panel._legend()[-1][0].bottom()
    bars = panel.grab(panel.rect().adjusted(0, round(legend_bottom), 0, 0)).toImage()
    assert ink(bars, QColor(BLUE)) == 0
    store.feed([steps(20, 20, 1.0, 0.02), counted(30, 1, 12, 8)])
    panel.refresh(store)
    assert len(panel.places()) == 2
    assert "rank 1" in panel.accessibleDescription()
