"""The bubble is one figure wherever it stands: in its panel, below the bar of its mode, and for the verdict."""

from pytestqt.qtbot import QtBot

from engine.anatomy import LaneSpan, RankAnatomy
from engine.events import Preparing, StepAnatomy
from engine.explain.rules.facts import mode_facts
from engine.rows import PHASES
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.bubble import BubblePanel
from gui.panels.shares import SharesPanel
from tests.gui.model.test_board import steps, visit

FORWARD, WAIT = PHASES.index("forward"), PHASES.index("wait")
PIPELINE = "cpu,pp=2,microbatches=8"


def anatomy(step: int, segment: int, waiting: float) -> StepAnatomy:
    """A step of 1 s, of which a share waits for the other stage."""
    spans = (LaneSpan(FORWARD, -1, 0.0, 1 - waiting), LaneSpan(WAIT, -1, 1 - waiting, waiting))
    ranks = tuple(RankAnatomy(rank=n, begin_s=0.0, seconds=1.0, spans=spans, traffic=()) for n in (0, 1))
    return StepAnatomy(at_s=0.0, segment=segment, step=step, ranks=ranks, clock_offset_s=0, clock_error_s=0, skipped=0)


def test_it_is_the_same_in_panel_bar_and_verdict_over_all_visits_and_without_what_does_not_count(qtbot: QtBot) -> None:
    store = Store()
    store.feed([visit(0, PIPELINE, 0, 0.0), steps(0, 100, 0.0, 0.02)])
    store.feed([anatomy(step, 0, 0.2) for step in range(10, 15)])
    store.feed([Preparing(at_s=1.6, step=80, mode="cpu"), anatomy(90, 0, 0.9)])
    store.feed([visit(1, "cpu", 100, 3.0), steps(100, 10, 3.0, 0.02), visit(2, PIPELINE, 110, 4.0)])
    store.feed([steps(110, 100, 4.0, 0.02), *(anatomy(step, 2, 0.4) for step in range(120, 125))])
    now = store.live.verdicts.measures.now
    assert now is not None
    bubble = mode_facts(now).bubble
    assert bubble is not None
    assert f"{bubble[0]:.0%}" == "30%"
    bubbles, shares = BubblePanel(PlotView()), SharesPanel(PlotView())
    for panel in (bubbles, shares):
        qtbot.addWidget(panel)
        panel.refresh(store)
    assert bubbles._words.text().startswith("bubble 30% measured · (2-1) / (8+2-1) = 11% in theory")
    assert [sums.bubble[0] for sums in bubbles._pipelines if sums.bubble] == [bubble[0]], "one mark a mode"
    bars = shares._bars
    assert bars._names == ["Pipeline ×2 m=8"]
    assert bars._words(bars._sums[0]).startswith("bubble 30% (theory 11%)")
