"""The bubble is one figure wherever it stands: in its panel, below the bar of its mode, and for the verdict."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from engine.anatomy import LaneSpan, RankAnatomy
from engine.config.fits import why_not
from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.events.ranks import SlowedDown, StepAnatomy
from engine.events.run import Changed
from engine.events.shift import Preparing
from engine.explain.rules.facts import mode_facts
from engine.rows import PHASES
from gui.look.scale import letters_style
from gui.look.theme import apply_theme
from gui.look.view import PlotView
from gui.model.intents import Shift
from gui.model.store import Store
from gui.panels.bubble import BubblePanel
from gui.panels.shares import SharesPanel
from gui.widgets.bubble_plot import BubblePlot
from gui.widgets.scrolled import Scrolled
from gui.window.settings import Settings
from gui.window.window import Window
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
    words = bars._words(bars._sums[0])
    assert words.startswith("bubble 30% (theory 11%)")
    assert "waiting for neighbours and their messages " in words
    assert "communicating" not in words, "what is sent between stages is part of that"


def pipelines(batch_size: int = 64) -> Store:
    """A run of a small model in one pipeline, and then in another."""
    store = Store()
    spec = make_spec("digits-mlp", batch_size=batch_size)
    store.show_set_up(spec)
    store.take_over(spec, is_replay=False)
    for number, mode in enumerate(("cpu,pp=2,microbatches=2", "cpu,pp=2,microbatches=4")):
        store.feed([visit(number, mode, number * 100, 9.0 * number), steps(number * 100, 100, 9.0 * number, 0.02)])
        store.feed([anatomy(number * 100 + step, number, 0.2) for step in range(10, 15)])
    store.feed([Changed(at_s=20.0, step=200, lr=0.1, batch_size=batch_size)])
    return store


@pytest.mark.parametrize(
    ("width", "height", "points"), [(464, 131, 10), (439, 200, 14), (640, 300, 20), (640, 290, 26), (870, 200, 10)]
)
def test_the_plot_is_seen_whole_where_it_stands(qtbot: QtBot, width: int, height: int, points: int) -> None:
    """In the room that docks at the bottom have at 1280x800 in each text size, and at 1920x1080."""
    place = Scrolled(BubblePanel(PlotView()))
    qtbot.addWidget(place)
    place.setStyleSheet(letters_style(points))
    place.resize(width, height)
    place.show()
    panel = place.widget()
    assert isinstance(panel, BubblePanel)
    for _ in range(3):
        panel.refresh(pipelines())
        QApplication.processEvents()
    plot = panel._plot
    assert plot.isVisible()
    assert place.verticalScrollBar().maximum() == place.horizontalScrollBar().maximum() == 0
    assert place.rect().contains(QRect(plot.mapTo(place, QPoint()), plot.size()))
    assert min(plot.getViewBox().width(), plot.getViewBox().height()) > 40
    assert points > 10 or plot.width() > width // 2
    said = panel._words
    assert said.heightForWidth(said.width()) <= said.height()
    assert "20%" in said.text()


def test_where_the_time_goes_is_scrolled_below_what_its_colours_mean_in_one_line(
    qtbot: QtBot, qapp: QApplication
) -> None:
    """In the room that docks at the bottom have at 1280x800."""
    apply_theme(qapp, "light", 10)
    panel = SharesPanel(PlotView())
    place = Scrolled(panel)
    qtbot.addWidget(place)
    place.resize(450, 131)
    place.show()
    panel.refresh(pipelines())
    for _ in range(3):
        QApplication.processEvents()
    assert place.verticalScrollBar().maximum() == 0
    assert panel._legend.heightForWidth(panel._legend.width()) == panel._legend._line()
    inner = panel.findChild(QScrollArea)
    assert inner is not None
    assert inner.verticalScrollBar().maximum() > 0
    assert panel._note.heightForWidth(panel._note.width()) <= panel._note.height()


def test_under_a_slowdown_the_mark_stands_where_the_words_say(qtbot: QtBot) -> None:
    store = pipelines()
    panel = BubblePanel(PlotView())
    qtbot.addWidget(panel)
    panel._make_plot()

    def marks() -> list[float]:
        panel.refresh(store)
        return [round(y) for y in panel._plot._measured.getData()[1]]

    assert marks() == [20, 20]
    store.feed([SlowedDown(at_s=11.5, step=200, rank=1, phase="compute", factor=4.0, delay_s=0.0)])
    store.feed([steps(200, 100, 11.5, 0.04), *(anatomy(step, 1, 0.43) for step in range(210, 216))])
    assert marks() == [20, 43], "one mark a mode, and of the one in force what is said of it"
    assert panel._words.text().startswith("SLOWDOWN · bubble 43%")


def test_the_last_pipeline_stays_to_be_read_dim_and_named(qtbot: QtBot) -> None:
    panel = BubblePanel(PlotView())
    qtbot.addWidget(panel)
    store = pipelines()
    panel._make_plot()
    panel.refresh(store)
    assert panel._plot._measured.opacity() == 1.0
    assert "p stages, m micro-batches" in panel._forms[0]
    assert [panel._plot.getAxis(side).labelText for side in ("bottom", "left")] == ["micro-batches m", "bubble %"]
    store.feed([visit(2, "cpu,threads=1", 200, 18.0), steps(200, 50, 18.0, 0.02)])
    panel.refresh(store)
    plot = panel._plot
    assert not plot.isHidden()
    assert (len(plot._measured.points()), plot._theory.getData()[0] is not None) == (2, True)
    assert plot._measured.opacity() == plot._theory.opacity() < 0.8
    assert panel._words.text().startswith("Last pipeline (Pipeline ×2): bubble ")
    knobs = panel._knobs.all
    for knob in knobs:
        assert not knob.isEnabled()
        assert "choose Parallelism › Pipeline parallel" in knob.toolTip(), "why it is grey, and what helps"
    assert "No pipeline is in force" in panel._words.text()
    store.feed([visit(3, "cpu,pp=2,microbatches=4", 250, 20.0), steps(250, 50, 20.0, 0.02)])
    panel.refresh(store)
    assert plot._measured.opacity() == 1.0
    assert "Last" not in panel._words.text()
    for knob in knobs:
        assert knob.isEnabled()
        assert "Shifts at the next step." in knob.toolTip()


def test_what_cannot_be_is_red_where_it_is_turned_and_no_shift_is_asked_for(qtbot: QtBot) -> None:
    panel = BubblePanel(PlotView())
    qtbot.addWidget(panel)
    panel.refresh(pipelines(batch_size=7))
    wished: list[object] = []
    panel.intent.connect(wished.append)
    panel._knobs.microbatches.setValue(8)
    sentence = str(why_not(parse_mode("cpu,pp=2,microbatches=8"), batch_size=7))
    assert "A batch of 7" in sentence
    assert panel._words.text() == f"✖ {sentence}"
    assert [knob.is_wrong for knob in panel._knobs.all] == [
        False,
        True,
        False,
    ]
    assert wished == []
    panel._knobs.microbatches.setValue(7)
    assert not panel._knobs.microbatches.is_wrong
    assert wished == [Shift("cpu,pp=2,microbatches=7")]
    panel._knobs.stages.setValue(7)
    assert "This model has 6 layers, 7 stages asked." in panel._words.text()
    assert panel._knobs.stages.is_wrong
    assert len(wished) == 1


def test_letters_in_a_knob_are_told_in_red_and_stay_until_there_is_a_number(qtbot: QtBot) -> None:
    panel = BubblePanel(PlotView())
    qtbot.addWidget(panel)
    panel.refresh(pipelines(batch_size=64))
    panel.show()
    wished: list[object] = []
    panel.intent.connect(wished.append)
    knob = panel._knobs.microbatches
    before = knob.value()

    def type_in(text: str) -> None:
        knob.selectAll()
        QTest.keyClicks(knob, text)
        QTest.keyClick(knob, Qt.Key.Key_Return)

    for nonsense in ("ten", "0", "m = 9x"):
        type_in(nonsense)
        assert knob.is_wrong
        typed = nonsense.split("=")[-1].strip()
        words = f"✖ Micro-batches = {typed} must be a whole number from {knob.minimum():,} to {knob.maximum():,}."
        assert panel._words.text() == words
        assert knob.lineEdit().text() == f"m = {typed}"
        assert (knob.value(), wished) == (before, [])
    type_in("8")
    assert wished == [Shift("cpu,pp=2,microbatches=8")]
    assert not knob.is_wrong
    type_in("ten")
    QTest.keyClick(knob, Qt.Key.Key_Escape)
    assert (knob.lineEdit().text(), knob.is_wrong, panel._refused) == ("m = 8", False, "")
    type_in("ten")
    knob.stepUp()
    assert (knob.lineEdit().text(), knob.is_wrong, len(wished)) == ("m = 9", False, 2)
    type_in("ten")
    panel.refresh(Store())
    assert (knob.lineEdit().text(), knob.is_wrong, knob.isEnabled()) == ("m = 9", False, False)


def test_a_number_that_is_being_typed_is_not_overwritten_as_another_mode_comes_into_force(qtbot: QtBot) -> None:
    store, panel, asked = pipelines(), BubblePanel(PlotView()), list[object]()
    qtbot.addWidget(panel)
    panel.refresh(store)
    panel.intent.connect(asked.append)
    panel.show()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow, timeout=5_000)
    knob = panel._knobs.stages
    knob.setFocus()
    knob.selectAll()
    QTest.keyClicks(knob, "3")
    store.feed([visit(2, "cpu,pp=2,microbatches=8", 300, 30.0)])
    panel.refresh(store)
    assert (knob.lineEdit().text(), panel._knobs.microbatches.value()) == ("p = 3", 8)
    QTest.keyClick(knob, Qt.Key.Key_Return)
    assert asked == [Shift("cpu,pp=3,microbatches=8")]
    knob.selectAll()
    store.feed([visit(3, "cpu,pp=4,microbatches=8", 400, 40.0)])
    panel.refresh(store)
    assert knob.lineEdit().text() == "p = 4", "nothing is being typed"


def test_words_along_the_axes_have_the_size_of_a_text_that_is_chosen_later(qapp: QApplication, qtbot: QtBot) -> None:
    plot = BubblePlot()
    qtbot.addWidget(plot)
    plot.resize(500, 300)
    plot.show()
    for points in (26, 10):
        apply_theme(qapp, "light", points)
        qapp.processEvents()
        for side in ("left", "bottom"):
            assert plot.getAxis(side).label.font().pointSize() == points


def test_after_a_projectors_letters_knobs_words_and_plot_lie_as_before(qtbot: QtBot, qapp: QApplication) -> None:
    apply_theme(qapp, "light", 10)
    window = Window(Settings(), pipelines())
    qtbot.addWidget(window, before_close_func=lambda window: setattr(window, "may_close", True))
    window.resize(1280, 800)
    window.show()

    def settle() -> list[tuple[int, ...]]:
        for _ in range(6):
            qapp.processEvents()
            window.refresh()
        panel = window.panel("bubble")
        return [place.geometry().getRect() for place in (panel, panel._beside, panel._plot, *panel._knobs.all)]

    window.docks.by_id["bubble"].raise_()
    for _ in range(3):  # the plot is made when it is seen
        qapp.processEvents()
    before = settle()
    try:
        window.look.set_text(16)
        assert settle() != before
    finally:
        window.look.set_text(10)
    assert settle() == before


@pytest.mark.parametrize(("width", "height"), [(464, 131), (464, 400), (870, 200)])
def test_the_plot_stays_where_it_is_while_a_bubble_is_measured(qtbot: QtBot, width: int, height: int) -> None:
    panel, store = BubblePanel(PlotView()), pipelines()
    place = Scrolled(panel)
    qtbot.addWidget(place)
    place.resize(width, height)
    place.show()

    def rest() -> tuple[str, QRect, QRect]:
        for _ in range(4):
            panel.refresh(store)
            QApplication.processEvents()
        return panel._words.text(), panel._plot.geometry(), panel._knobs.geometry()

    said, *before = rest()
    assert said.startswith("bubble 20%")
    store.feed([visit(2, "cpu,pp=2,microbatches=8", 200, 30.0), steps(200, 20, 30.0, 0.02)])
    said, *meanwhile = rest()
    assert said == "Measuring …"
    assert meanwhile == before
    store.feed([anatomy(step, 2, 0.2) for step in (205, 210, 215)])
    said, *after = rest()
    assert said.startswith("bubble 20%")
    assert after == before
