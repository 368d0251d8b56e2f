"""The ribbon of modes: names are whole at any zoom, colours are the modes', and a frame costs what is seen."""

import time
from collections.abc import Sequence
from itertools import pairwise, product

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.config.mode_text import parse_mode
from engine.events.ranks import RankFailed, SlowedDown
from engine.events.run import Changed, RankBroken, RunStarted, SegmentStarted
from engine.events.shift import Preparing, Shifted, ShiftSplit
from gui.look.mode_colours import mode_colours
from gui.look.theme import apply_theme, plot_colours
from gui.look.view import FREE, PlotView
from gui.model.store import Store
from gui.panels.loss import LossPanel
from gui.panels.ribbon import RibbonPanel
from gui.panels.throughput import ThroughputPanel
from gui.text.ribbon import short_forms
from gui.widgets.ribbon_hatch import LEAST_PIXELS, LINE_PIXELS
from gui.widgets.ribbon_key import RibbonKey
from tests.messages import batch

MODES = ("cpu,threads=1", "cpu,threads=2", "cpu,dp=2,transport=shm", "cpu,pp=2,microbatches=4", "cpu,dp=2", "cpu,tp=2")


class Plots(QWidget):
    """The ribbon above a plot, in a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.view = PlotView()
        self.loss, self.throughput = LossPanel(self.view), ThroughputPanel(self.view)
        self.panel = RibbonPanel(self.view)
        self.ribbon = self.panel._ribbon
        layout = QVBoxLayout(self)
        for panel in (self.panel, self.loss, self.throughput):
            layout.addWidget(panel)

    def draw(self, store: Store) -> None:
        for _ in range(3):
            for panel in (self.loss, self.throughput, self.panel):
                panel.refresh(store)
            QApplication.processEvents()

    def show_range(self, low: float, high: float, store: Store) -> None:
        self.view.set(follow=FREE)
        self.view.leader.setXRange(low, high, padding=0)
        self.draw(store)


@pytest.fixture
def plots(qtbot: QtBot) -> Plots:
    made = Plots()
    qtbot.addWidget(made)
    made.resize(1000, 800)
    made.show()
    return made


def shifted(count: int, steps: int = 400) -> Store:
    """A run of so many segments."""
    store = Store()
    store.feed([RunStarted(at_s=0.0, spec="", step=0, started_unix_s=0.0, directory="d")])
    for number in range(count):
        mode, step, at_s = MODES[number % len(MODES)], number * steps, number * steps * 0.01
        store.feed([segment(number, step, at_s, mode)])
        if number:
            store.feed([shift(number, step, at_s, mode)])
        store.feed([batch(step, steps, segment=number, at_s=at_s)])
    return store


def segment(number: int, step: int, at_s: float, mode: str) -> SegmentStarted:
    words = parse_mode(mode).words
    return SegmentStarted(at_s=at_s, segment=number, step=step, mode=mode, words=words, ranks=(), warmup_steps=3)


def shift(number: int, step: int, at_s: float, mode: str) -> Shifted:
    split = ShiftSplit(prepare_s=0.3, gather_s=0.01, start_s=0.01, load_s=0.02, first_step_s=0.01)
    return Shifted(
        at_s=at_s, segment=number, step=step, from_mode="cpu", to_mode=mode, requested_s=at_s, seconds=0.05, split=split
    )


def written(plots: Plots, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, QRectF]]:
    """What the ribbon writes, each with its box."""
    found: list[tuple[str, QRectF]] = []
    real = QPainter.drawText

    def note(self: QPainter, box: QRectF, flags: int, text: str) -> None:
        found.append((text, QRectF(box)))
        real(self, box, flags, text)

    monkeypatch.setattr("gui.widgets.ribbon.QPainter.drawText", note)
    plots.ribbon.grab()
    monkeypatch.undo()
    return [(text, box) for text, box in found if text]


@pytest.mark.parametrize("shifts", [1, 5, 50, 400])
def test_every_text_of_the_ribbon_is_whole_at_any_zoom(
    plots: Plots, monkeypatch: pytest.MonkeyPatch, shifts: int
) -> None:
    store = shifted(shifts)
    last = shifts * 400
    plots.draw(store)
    for low, high in (
        (0, last),
        (0, last / 7),
        (last / 3, last / 2),
        (last - 500, last),
        (150, 180),
        (-last, 3 * last),
    ):
        plots.show_range(low, high, store)
        texts = written(plots, monkeypatch)
        assert texts, (low, high)
        advance = plots.ribbon.fontMetrics().horizontalAdvance
        for text, box in texts:
            assert advance(text) <= box.width() + 1, text
            assert box.right() <= plots.ribbon.width() + 1
        first = [text for text, box in texts if box.top() == 0]
        for text in first:
            forms = [
                (*short_forms(one.name, store.live.mode_numbers), str(one.mode_number + 1))
                for one in store.live.segments[: len(MODES)]
            ]
            assert any(text in names for names in forms), text
        numbers = {text for text in first if text.isdigit()}
        if numbers:  # then it is said what they mean
            assert numbers <= {text for text, box in texts if box.top() > 0}
            assert {int(number) - 1 for number in numbers} <= plots.ribbon.key.told
    plots.show_range(100, 200, store)  # within one mode
    assert written(plots, monkeypatch)[0][0] == store.live.segments[0].name


def test_a_long_mode_is_seen_that_began_in_the_pixel_of_a_short_one(plots: Plots) -> None:
    store = Store()
    store.feed([RunStarted(at_s=0.0, spec="", step=0, started_unix_s=0.0, directory="d")])
    begins = (0, 19, 6_000, 6_005, 23_000)  # the first and the third are narrower than a pixel
    for number, (step, end) in enumerate(pairwise(begins)):
        store.feed([segment(number, step, step * 0.01, MODES[number])])
        store.feed([batch(step, end - step, segment=number, at_s=step * 0.01)])
    plots.draw(store)
    plots.show_range(0, 23_000, store)
    ribbon, area = plots.ribbon, plots.ribbon._area()
    blocks = ribbon._blocks(area)
    assert [index for index, _, _ in blocks] == [0, 1, 2, 3]
    for (_, left, right), (begin, end) in zip(blocks, pairwise(begins), strict=True):
        assert abs(left - ribbon._x(begin, area)) <= 1 >= abs(right - ribbon._x(end, area))
    assert all(one[2] == next_one[1] for one, next_one in pairwise(blocks))  # nothing is left without a colour


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_ribbon_lies_over_the_plots_in_the_colours_of_their_lines(
    plots: Plots, qapp: QApplication, theme: str
) -> None:
    apply_theme(qapp, theme, 10)
    dark, store = theme == "dark", shifted(3)
    plots.draw(store)
    image = plots.ribbon.grab().toImage()
    box = plots.loss._plot.getPlotItem().getViewBox()
    for number, one in enumerate(store.live.segments):
        place = box.mapViewToScene(QPointF(one.step + 12, box.viewRect().center().y())).toPoint()
        x = plots.ribbon.mapFromGlobal(plots.loss._plot.mapToGlobal(place)).x()
        assert image.pixelColor(x, 2) == mode_colours(number, dark=dark).line
    assert ink(plots.throughput._plot.grab().toImage(), mode_colours(1, dark=dark).line) > 100


def ink(image: QImage, colour: QColor) -> int:
    wanted = colour.rgb()
    return sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def test_costs_changes_slowdowns_and_preparations_are_told(plots: Plots, monkeypatch: pytest.MonkeyPatch) -> None:
    store = shifted(2)
    at_s = store.live.at_s
    store.feed(
        [
            Changed(at_s=at_s, step=0, lr=0.01, batch_size=64),
            Changed(at_s=at_s, step=800, lr=0.001, batch_size=64),
            SlowedDown(at_s=at_s, step=800, rank=1, phase="compute", factor=3.0, delay_s=0.0),
            batch(800, 400, segment=1, at_s=at_s),
        ]
    )
    plots.draw(store)
    assert {(one.text, one.is_mark) for one in plots.ribbon._above} == {
        ("SLOWDOWN", False),
        ("learning rate 0.01 → 0.001", True),
    }
    assert "SLOWDOWN" in [text for text, _ in written(plots, monkeypatch)]
    line = plots.ribbon._line()
    area = plots.ribbon._area()
    assert "50 ms" in plots.ribbon.hint_at(plots.ribbon._x(600, area), 1)
    assert "handed over" in plots.ribbon.hint_at(plots.ribbon._x(600, area), 1)
    assert "rank 1" in plots.ribbon.hint_at(plots.ribbon._x(1_000, area), line + 2)
    store.feed([Preparing(at_s=store.live.at_s, step=1_200, mode="cpu,tp=2", is_over=False)])
    store.feed([batch(1_200, 400, segment=1, at_s=store.live.at_s)])
    plots.draw(store)
    text = f"preparing {parse_mode('cpu,tp=2').name}"
    assert text in [one.text for one in plots.ribbon._above]
    assert text in [words for words, _ in written(plots, monkeypatch)]


@pytest.mark.parametrize(("how", "done"), [("kill", "ended"), ("freeze", "frozen")])
def test_a_rank_that_was_made_to_fail_is_marked_as_on_purpose_also_once_the_run_went_on(
    plots: Plots, monkeypatch: pytest.MonkeyPatch, how: str, done: str
) -> None:
    store = shifted(2)  # 800 steps
    plots.draw(store)
    said = "ON PURPOSE: rank 1 is out of order."
    store.feed([RankBroken(at_s=8.0, level="warning", text=said, step=800, rank=1, how=how)])
    plots.panel.refresh(store)
    assert f"ON PURPOSE: rank 1 {done}" in [text for text, _ in written(plots, monkeypatch)]
    ended = {"exit_status": -9, "signal": "SIGKILL", "reason": "", "details": "", "resume_step": 600}
    store.feed([RankFailed(at_s=9.0, rank=1, pid=1, **ended)])
    store.feed([RunStarted(at_s=10.0, spec="", step=600, started_unix_s=0.0, directory="d")])
    store.feed([segment(2, 600, 10.0, MODES[1]), batch(600, 400, segment=2, at_s=10.0)])
    plots.draw(store)
    assert [text for text, _ in written(plots, monkeypatch) if done in text] == [f"ON PURPOSE: rank 1 {done}"]
    x, line = plots.ribbon._x(600, plots.ribbon._area()), plots.ribbon._line()
    assert f"before step 800, at 8 s: {said}" in plots.ribbon.hint_at(x, line + 2)
    again = next(one for one in plots.ribbon._above if one.text.startswith("200 steps made again"))
    assert (again.begin, again.end, again.text) == (600.0, 800.0, "200 steps made again, cost 2 s")
    assert not again.is_passing, "a window of few lines has it too"
    assert "made again" in " ".join(text for text, _ in written(plots, monkeypatch))
    told = "rank 1 was lost at step 800. It cost 2 s from Go on: 0 µs to start ranks, 2 s to make 200 steps again"
    assert told in plots.ribbon.hint_at(plots.ribbon._x(700, plots.ribbon._area()), line + 2)
    for panel in (plots.loss, plots.throughput):
        assert any(told in seam.hint for seam in panel._plot.seams.shown if seam.position == 600.0)
    store.feed([RunStarted(at_s=15.0, spec="", step=500, started_unix_s=0.0, directory="d")])  # somebody went back
    plots.draw(store)
    assert plots.ribbon.hint_at(plots.ribbon._x(500, plots.ribbon._area()), line + 2) == ""


@pytest.mark.parametrize("step", [600, 795])
def test_a_change_is_named_beside_its_mark_and_on_the_plots(
    plots: Plots, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    store = shifted(2)  # 800 steps
    at_s = store.live.at_s
    store.feed(
        [
            Changed(at_s=at_s, step=0, lr=0.01, batch_size=64),
            SlowedDown(at_s=at_s, step=405, rank=1, phase="compute", factor=3.0, delay_s=0.0),
            Changed(at_s=at_s, step=410, lr=0.001, batch_size=64),
            Changed(at_s=at_s, step=step, lr=0.001, batch_size=32),
        ]
    )
    plots.draw(store)
    for panel in (plots.loss, plots.throughput):
        assert {"from step 410 on: learning rate 0.01 → 0.001", f"from step {step} on: batch 32"} < {
            seam.hint for seam in panel._plot.seams.shown
        }
    texts = [(text, box) for text, box in written(plots, monkeypatch) if box.top() > 0]
    texts.sort(key=lambda each: each[1].left())
    slow, rate, size = (text for text, _ in texts)
    assert (slow, size) == ("SLOWDOWN", "batch 32")  # the first one's text lies over the mark of the rate
    assert rate in ("◂ lr 0.01 → 0.001", "◂ lr 0.001")
    mark, box = plots.ribbon._x(step, plots.ribbon._area()), texts[-1][1]
    assert box.left() > mark if step == 600 else box.right() < mark  # at the end there is room before it alone


def test_what_was_prepared_is_said_beneath_the_mode_that_it_is_about_or_not_at_all(
    plots: Plots, monkeypatch: pytest.MonkeyPatch
) -> None:
    for begins, words in (
        ((0, 800, 840), None),
        ((0, 4, 1_500), "preparing 2 threads"),
        ((0, 800, 1_000), "preparing"),
        ((0, 4, 44), None),
    ):
        store = Store()
        store.feed([RunStarted(at_s=0.0, spec="", step=0, started_unix_s=0.0, directory="d")])
        for number, (step, end) in enumerate(zip(begins, (*begins[1:], 2_000), strict=True)):
            store.feed([segment(number, step, step * 0.01, MODES[number])])
            store.feed([batch(step, end - step, segment=number, at_s=step * 0.01)])
            if not number:
                store.feed([Preparing(at_s=end * 0.01, step=end - 2, mode=MODES[1], is_over=False)])
        plots.draw(store)
        found = [(text, box) for text, box in written(plots, monkeypatch) if text.startswith("preparing")]
        assert [text for text, _ in found] == ([words] if words else []), begins
        at, end = (plots.ribbon._x(step, plots.ribbon._area()) for step in (begins[1] - 2, begins[2]))
        assert all(at <= box.left() < box.right() <= end for _, box in found), begins


def once_shifted(begins: Sequence[int], modes: Sequence[str]) -> Store:
    """A run of 2,000 steps whose segments begin there, in these modes; the shift to the second one is told."""
    store = Store()
    store.feed([RunStarted(at_s=0.0, spec="", step=0, started_unix_s=0.0, directory="d")])
    for number, (step, end) in enumerate(zip(begins, (*begins[1:], 2_000), strict=True)):
        store.feed([segment(number, step, step * 0.01, modes[number])])
        if number == 1:
            store.feed([shift(number, step, step * 0.01, modes[number])])
        store.feed([batch(step, end - step, segment=number, at_s=step * 0.01)])
        if not number:
            store.feed([Preparing(at_s=end * 0.01, step=end - 2, mode=modes[1], is_over=False)])
    return store


@pytest.mark.parametrize(
    ("begins", "words", "is_beneath"),
    [
        ((0, 4, 1_500), "stood still 50 ms", True),
        ((0, 800, 1_045), "stood 50 ms", True),
        ((0, 800, 960), "50 ms", True),
        ((0, 800, 840), None, True),
        ((0, 1_900), "2 threads: stood 50 ms", False),
        ((0, 1_000), "stood still 50 ms", True),
    ],
)
def test_once_a_shift_is_made_the_ribbon_says_how_long_training_stood_still_for_it(
    plots: Plots, monkeypatch: pytest.MonkeyPatch, begins: tuple[int, ...], words: str | None, *, is_beneath: bool
) -> None:
    plots.draw(once_shifted(begins, MODES))
    texts = [(text, box) for text, box in written(plots, monkeypatch) if box.top() > 0]
    assert not any(text.startswith("preparing") for text, _ in texts)
    assert [text for text, _ in texts if "50 ms" in text] == ([words] if words else [])
    ends = (begins[1] - 2, [*begins, 2_000][2])
    at, end = (plots.ribbon._x(step, plots.ribbon._area()) for step in ends)
    for text, box in texts:
        if "50 ms" in text:
            assert (at <= box.left() < box.right() <= end) if is_beneath else box.right() <= at
    line = plots.ribbon._line()
    assert "2 threads · fp32 are prepared beside" in plots.ribbon.hint_at(at, line + 2)
    assert "50 ms" in plots.ribbon.hint_at((at + end) / 2, 1)


@pytest.mark.parametrize("prepared", [2, 20, 300])
def test_no_crumbs_of_hatching_stand_before_a_text_or_around_it(
    plots: Plots, monkeypatch: pytest.MonkeyPatch, prepared: int
) -> None:
    store = once_shifted((0, 1_000), MODES)
    store.feed([SlowedDown(at_s=20.0, step=1_990 - prepared, rank=1, phase="compute", factor=3.0, delay_s=0.0)])
    store.feed([SlowedDown(at_s=20.0, step=1_990, rank=1, phase="compute", factor=1.0, delay_s=0.0)])
    plots.draw(store)
    ribbon, area = plots.ribbon, plots.ribbon._area()
    texts = [box for text, box in written(plots, monkeypatch) if box.top() > 0]
    image, line = ribbon.grab().toImage(), ribbon._line()
    for at, colour in ((998, mode_colours(1, dark=False).line), (1_990 - prepared, QColor("#E69F00"))):
        left, rows = round(ribbon._x(at, area)), range(line, 2 * line)
        counts = [sum(image.pixelColor(x, y).rgb() == colour.rgb() for y in rows) for x in range(image.width())]
        assert line in counts[left - 1 : left + 4], "a line, from top to bottom"
        hatched = [x for x, count in enumerate(counts) if 0 < count < line - 2]
        pieces = [x for x in hatched if x - 1 not in hatched]
        lasts = [x for x in hatched if x + 1 not in hatched]
        assert all(last - first >= 4 for first, last in zip(pieces, lasts, strict=True)), (pieces, lasts)
        assert not any(box.left() + 1 < x < box.right() - 1 for x in hatched for box in texts)


def test_what_a_shift_cost_may_reach_beneath_all_of_the_mode_that_went_on_after_a_break(
    plots: Plots, monkeypatch: pytest.MonkeyPatch
) -> None:
    for modes, words in ((MODES, []), ((*MODES[:2], *MODES[1:]), ["stood 50 ms"])):
        plots.draw(once_shifted((0, 800, 840, 1_045), modes))
        assert [text for text, _ in written(plots, monkeypatch) if "50 ms" in text] == words


def test_all_numbers_are_told_where_that_takes_a_second_line(plots: Plots) -> None:
    plots.resize(400, 800)
    store = shifted(len(MODES))
    plots.draw(store)
    plots.show_range(-9_000, 9_000, store)
    plots.draw(store)
    assert set(plots.ribbon.key.names) == plots.ribbon.key.told == set(range(len(MODES)))
    assert plots.ribbon.key.lines == 2
    assert plots.ribbon.height() >= plots.ribbon.sizeHint().height()


def test_a_frame_of_the_ribbon_costs_the_same_after_many_shifts(plots: Plots) -> None:
    took = {}
    for shifts in (10, 3_000):
        store = shifted(shifts, steps=20)
        plots.draw(store)
        plots.show_range(10, 150, store)
        begin_s = time.thread_time()
        for _ in range(20):
            plots.ribbon.grab()
        took[shifts] = time.thread_time() - begin_s
        area = plots.ribbon._area()
        plots.show_range(0, shifts * 20, store)
        assert len(plots.ribbon._blocks(area)) <= area[1] - area[0] + 1
    assert took[3_000] < 3 * took[10]


def test_a_name_is_cut_only_between_words_and_never_to_another_modes() -> None:
    others = ["Data ×2", "Data ×2 shm", "Pipeline ×2"]
    assert short_forms("Pipeline ×2", others) == ("Pipeline ×2", "Pipe ×2"), "a bare Pipe may be one of any ranks"
    assert short_forms("Pipeline ×2 m=8", ["1 thread", "Data ×2"]) == (
        "Pipeline ×2 m=8",
        "Pipe ×2 m=8",
        "Pipeline ×2",
        "Pipe ×2",
    )
    assert short_forms("Data ×2 shm", others) == ("Data ×2 shm", "shm"), "so it is told from the one without"
    assert short_forms("Data ×2", others) == ("Data ×2",)
    assert short_forms("1 thread", ["1 thread", "16 threads"]) == ("1 thread", "1 thr.")  # "1" is a mode's number
    rungs = [f"1 thread in {code}" for code in ("python", "numpy", "torch")]
    assert [short_forms(rung, rungs)[-1] for rung in rungs] == ["python", "numpy", "torch"]
    assert short_forms("Pipeline ×2 m=8", ["Pipeline ×2 m=8", "Pipeline ×2 m=4"])[-1] == "m=8"
    assert short_forms("Data ×2 shm ZeRO 1", [*others, "Data ×2 shm ZeRO 1"])[-1] == "ZeRO 1"
    assert short_forms(rungs[0], rungs[:1]) == (rungs[0], "1 thr. in python", "1 thread", "1 thr.")


@pytest.mark.parametrize("points", [20, 26])
def test_no_bare_number_stands_in_a_small_window_at_projector_size(
    plots: Plots, monkeypatch: pytest.MonkeyPatch, qapp: QApplication, points: int
) -> None:
    apply_theme(qapp, "light", points)
    plots.resize(637, 760)
    store = shifted(4)
    store.feed(
        [
            Changed(at_s=store.live.at_s, step=0, lr=0.001, batch_size=64),
            Changed(at_s=store.live.at_s, step=1_500, lr=1e6, batch_size=64),
        ]
    )
    for low in (0, -5_000):
        plots.show_range(low, 1_600, store)
        texts = written(plots, monkeypatch)
        numbers = {text for text, box in texts if box.top() == 0 and text.isdigit()}
        assert numbers <= {text for text, box in texts if box.top() > 0}
        assert plots.ribbon.lines.is_crowded
        assert low == 0 or plots.ribbon.key.told == {0, 1, 2, 3}
        assert any(text.endswith("0.001 → 1,000,000") for text, _ in texts)
        assert all(box.bottom() <= plots.ribbon.height() + 1 for _, box in texts)
    apply_theme(qapp, "light", 10)


def test_the_key_tells_modes_in_the_order_of_visit_with_the_numbers_of_the_ribbon() -> None:
    forms = {number: (name, name[:4]) for number, name in enumerate(("one thread", "two threads", "data", "pipeline"))}
    numbered, without = {3: forms[3], 1: forms[1]}, {2: forms[2], 0: forms[0]}
    key = RibbonKey()

    def told(width: float, lines: int = 2) -> list[tuple[int, str]]:
        entries = key.lay_out(numbered, without, lambda text: 10 * len(text), width, lines, is_tight=False)
        assert key.lines <= lines
        return [(number, name) for number, name, *_ in entries]

    assert told(1_000) == [(number, names[0]) for number, names in forms.items()]
    assert told(160) == [(number, names[1]) for number, names in forms.items()]
    assert told(160, 1) == [(1, "two "), (3, "pipe")], "numbers that stand on the ribbon are told before others"
    assert key.told == {1, 3}
    assert told(230, 1) == [(0, "one "), (1, "two "), (3, "pipe")]


def test_the_key_of_a_run_with_narrow_modes_stands_in_the_order_of_visit(plots: Plots) -> None:
    store = Store()
    store.feed([RunStarted(at_s=0.0, spec="", step=0, started_unix_s=0.0, directory="d")])
    begins = (0, 2, 40, 60, 4_000)  # without a name, a number, a number, a name
    for number, (step, end) in enumerate(pairwise(begins)):
        store.feed([segment(number, step, step * 0.01, MODES[number])])
        store.feed([batch(step, end - step, segment=number, at_s=step * 0.01)])
    plots.draw(store)
    plots.show_range(0, 2_000, store)
    assert list(plots.ribbon.key.names) == [0, 1, 2]


@pytest.mark.parametrize("slow", [20, 40, 120, 600])
def test_what_was_slow_is_hatched_whatever_is_written_beside_it(plots: Plots, slow: int) -> None:
    """A text of the shift before it, or its own, stands where it does not cover all of the hatching."""
    orange, line = QColor("#E69F00").rgb(), plots.ribbon._line()
    for begin in range(1_010, 1_200, 30):
        store = once_shifted((0, 1_000), MODES)
        store.feed([SlowedDown(at_s=20.0, step=begin, rank=1, phase="compute", factor=3.0, delay_s=0.0)])
        store.feed([SlowedDown(at_s=20.0, step=begin + slow, rank=1, phase="compute", factor=1.0, delay_s=0.0)])
        plots.draw(store)
        left, right = (plots.ribbon._x(at, plots.ribbon._area()) for at in (begin, begin + slow))
        assert right - left >= LEAST_PIXELS + LINE_PIXELS
        image = plots.ribbon.grab().toImage()
        at = range(round(left) + 3, round(right) - 1)
        seen = [x for x in at if any(image.pixelColor(x, y).rgb() == orange for y in range(line, 2 * line))]
        assert len(seen) >= LEAST_PIXELS - 2, (begin, left, right)


def test_no_text_hides_the_tick_of_a_change(plots: Plots, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what the latest shift cost, which stands before it, nor what was slow on purpose, nor another change."""
    line, said = plots.ribbon._line(), set[str]()
    colour = plot_colours(plots.ribbon.palette()).muted.rgb()
    for first in range(1_400, 2_000, 40):
        for steps, factor in product(((first,), (first, first + 40, 2_030)), (1.0, 3.0)):
            store = once_shifted((0, 1_995), MODES)
            slow = SlowedDown(at_s=20.0, step=first - 5, rank=1, phase="compute", factor=factor, delay_s=0.0)
            store.feed([Changed(at_s=0.0, step=0, lr=0.01, batch_size=64), slow])
            store.feed([Changed(at_s=20.0, step=step, lr=0.01 + step, batch_size=64) for step in steps])
            store.feed([batch(2_000, 100, segment=1, at_s=20.0)])
            plots.draw(store)
            texts = [(text, box) for text, box in written(plots, monkeypatch) if 0 < box.top() < 2 * line]
            said |= {text.split()[0] for text, _ in texts}
            image = plots.ribbon.grab().toImage()
            for step in steps:
                mark = plots.ribbon._x(step, plots.ribbon._area())
                assert not any(box.left() < mark + 1 and mark - 1 < box.right() for _, box in texts), (step, texts)
                around = range(round(mark) - 1, round(mark) + 2)
                assert any(all(image.pixel(x, y) == colour for y in range(line, 2 * line)) for x in around), step
    assert said >= {"2", "SLOWDOWN", "lr"}, "texts of all kinds were there"
