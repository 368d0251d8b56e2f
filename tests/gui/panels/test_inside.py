"""The panel that shows what a model has inside, and asks it what a person gives it."""

from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.config.cards import workloads
from engine.config.spec import make_spec
from engine.events.evaluator import EvaluatorChanged, LookDrawn, TryAnswered, Validated
from engine.events.run import StatusChanged
from engine.pictures import Bars, Choice, Curve, Drawing, HeatMap, ImageGrid, Phrase
from gui.look.scale import SMALL, letters_font, letters_style
from gui.look.theme import apply_theme
from gui.look.view import PlotView
from gui.model.intents import SetUp, TryOut, WatchLook
from gui.model.next_play import NextPlay
from gui.model.store import Store
from gui.panels import inside
from gui.panels.inside import InsidePanel
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.inputs import INPUTS
from gui.widgets.scrolled import Scrolled
from gui.window.docks import is_seen
from tests.windows import TEXT, Open, ink

TABLE = HeatMap(
    rows=("a", "b"),
    columns=("a", "b"),
    values=np.array([[7, 1], [0, 9]], np.float32).tobytes(),
    row_title=Phrase("is"),
    has_numbers=True,
    is_diagonal_right=True,
    note=Phrase("{right} are right.", {"right": 16}),
)
GRID = ImageGrid(width=2, height=2, pixels=bytes([0, 255, 255, 0] * 3), is_signed=True)


class Opened:
    """A panel on a run of digits-mlp, and what it wants."""

    def __init__(self, qtbot: QtBot) -> None:
        apply_theme(QApplication.instance(), "light", 10)  # type: ignore[arg-type]
        self.store = Store()
        self.store.begin("a run")
        self.store.take_over(make_spec("digits-mlp"), is_replay=False)
        self.store.feed([StatusChanged(at_s=0.0, status="running", step=3)])
        self.panel = InsidePanel(PlotView())
        self.wanted: list[object] = []
        self.panel.intent.connect(self.wanted.append)
        qtbot.addWidget(self.panel)
        self.panel.resize(700, 500)
        self.panel.show()
        self.refresh()

    def refresh(self) -> None:
        self.panel.refresh(self.store)
        QApplication.processEvents()

    def draw(self, look: str, picture: object, step: int = 5, chosen: tuple[int, ...] = ()) -> None:
        self.store.feed([LookDrawn(at_s=1.0, look=look, chosen=chosen, step=step, picture=picture)])  # type: ignore[arg-type]
        self.refresh()

    def pick(self, name: str) -> None:
        picker = self.panel._picker
        names = [getattr(picker.itemData(index), "name", "") for index in range(picker.count())]
        picker.setCurrentIndex(names.index(name))
        picker.activated.emit(names.index(name))
        QApplication.processEvents()


@pytest.fixture
def opened(qtbot: QtBot) -> Opened:
    return Opened(qtbot)


def test_a_look_is_asked_for_while_it_is_seen_and_says_whose_weights_it_shows(opened: Opened) -> None:
    panel = opened.panel
    assert opened.wanted == [WatchLook(look="weights")]
    assert "first time" in panel._why.text()
    opened.draw("weights", GRID)
    assert panel._head.words.text() == "Before step 5 · MEASURED"
    assert panel._view is not None
    assert panel._view.accessibleName() == "First layer's weights"
    opened.pick("confusion")
    assert opened.wanted[-1] == WatchLook(look="confusion")
    opened.draw("confusion", TABLE, step=1_234)
    assert panel._head.words.text() == "Before step 1,234 · MEASURED"
    assert panel._note.text() == "16 are right."
    assert "is a, b: 1" in panel._view.accessibleDescription()  # the mistake, not what is right
    assert ink(panel.grab().toImage(), "#D55E00") > 500
    panel.seen(False)
    assert opened.wanted[-1] == WatchLook(look="")
    panel.seen(True)
    assert opened.wanted[-1] == WatchLook(look="confusion")


def test_what_else_can_be_drawn_is_in_lists_and_what_is_chosen_is_asked_for(opened: Opened) -> None:
    panel = opened.panel
    layers = Choice(title="Layer", options=("1", "2", "3"))
    opened.draw("weights", ImageGrid(width=1, height=1, pixels=b"0", choices=(layers,)))
    box = panel._choices.boxes[0]
    assert [box.itemText(index) for index in range(box.count())] == ["Layer 1", "Layer 2", "Layer 3"]
    assert not box.isHidden()
    assert panel._choices.boxes[1].isHidden()
    box.setCurrentIndex(2)
    box.activated.emit(2)
    assert opened.wanted[-1] == WatchLook(look="weights", chosen=(2,))
    opened.draw("weights", ImageGrid(width=1, height=1, pixels=b"0", choices=(layers,)))  # was under way
    assert box.currentIndex() == 2
    opened.pick("confusion")
    opened.draw("confusion", TABLE)
    assert box.isHidden()
    digits = Choice(title="Digit", options=("0", "1"))
    opened.draw("confusion", replace(TABLE, choices=(layers, digits)))
    assert panel._choices.boxes[1].x() > box.geometry().right()


def test_lists_stand_in_one_row_that_no_step_moves_and_rows_of_numbers_have_room(opened: Opened) -> None:
    panel = opened.panel
    panel.resize(440, 240)
    choices = tuple(
        Choice(title=title, options=options)
        for title, options in (
            ("Matrix", ("out", "ask", "grow", "shrink", "head.out")),
            ("Row", ("1", "16")),
            ("Column", ("1", "16")),
            ("Name", ("break_here", "b32decode")),
        )
    )
    places = []
    for step in (5, 1_234_567):
        opened.draw("weights", replace(TABLE, choices=choices), step=step)
        opened.refresh()
        places.append([panel._choices.mapTo(panel, box.pos()) for box in panel._choices.boxes])
    assert places[0] == places[1]
    assert len({place.y() for place in places[0]}) == 1
    assert [box.currentText() for box in panel._choices.boxes] == ["out", "Row 1", "Column 1", "break_here"]
    line = QFontMetrics(letters_font(panel._view.font(), SMALL)).height()  # type: ignore[union-attr]
    assert panel._view._place().height() >= 2 * line  # type: ignore[union-attr]
    assert panel._view.minimumHeight() >= 2 * line  # type: ignore[union-attr]
    panel.resize(900, 240)
    opened.refresh()
    assert panel._choices.boxes[0].currentText() == "Matrix out"


def test_with_larger_letters_a_picture_asks_for_more_room_and_what_stands_beside_its_lists_goes_below(
    opened: Opened,
) -> None:
    panel = opened.panel
    opened.pick("confusion")
    opened.draw("confusion", TABLE, step=1_234)
    before, beside = panel._view.minimumHeight(), panel._head.words.geometry()  # type: ignore[union-attr]
    assert beside.top() < panel._picker.geometry().bottom()
    panel.resize(600, 500)
    panel.setStyleSheet(letters_style(26))
    for _ in range(3):
        QApplication.processEvents()
    assert panel._view.minimumHeight() > 1.5 * before  # type: ignore[union-attr]
    opened.refresh()
    advance = panel._head.words.fontMetrics().horizontalAdvance
    assert panel._head.words.geometry().top() < panel._picker.geometry().bottom()  # in brief
    assert panel._head.words.width() >= advance("step 1,234")
    assert panel._note.text() == "16 are right."
    panel.resize(540, 500)
    opened.refresh()
    assert panel._head.words.isHidden()
    assert panel._note.text() == "Before step 1,234 · MEASURED\n16 are right."
    opened.draw("confusion", TABLE, step=12_345)
    assert panel._note.text() == "Before step 12,345 · MEASURED\n16 are right."
    panel.resize(700, 500)
    opened.refresh()
    assert not panel._head.words.isHidden()
    assert panel._note.text() == "16 are right."


def test_a_plot_takes_the_room_that_a_dock_leaves_and_is_not_scrolled_in_it(opened: Opened, qtbot: QtBot) -> None:
    panel, dock = opened.panel, Scrolled(opened.panel)
    qtbot.addWidget(dock)
    dock.resize(440, 260)
    dock.show()
    floats = np.arange(4, dtype=np.float32).tobytes()
    curve = Curve(names=(Phrase("p"),), x=floats, y=floats, x_title=Phrase("k"), y_title=Phrase("part"))
    opened.draw("weights", replace(curve, note=Phrase("What was computed, in more words than one. " * 3)))
    opened.refresh()
    for scrolled in (dock, panel._scroll):
        assert scrolled.verticalScrollBar().maximum() == 0
    assert not panel._note.visibleRegion().isEmpty()
    opened.pick("draw")
    dock.resize(440, 170)
    opened.refresh()
    assert dock.verticalScrollBar().maximum() == 0  # a pad would like more, and does with less
    opened.pick("weights")
    dock.resize(300, 120)
    opened.refresh()
    assert not panel._note.isHidden()
    assert dock.verticalScrollBar().maximum() > 0  # what has no room is below, and nothing is cut for it
    dock.takeWidget()


def test_whose_weights_are_drawn_is_told_in_brief_before_it_is_cut(
    qapp: QApplication,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    elide = QFontMetrics.elidedText

    def watch(*given: Any) -> str:
        told.append(elide(*given))
        return told[-1]

    monkeypatch.setattr(QFontMetrics, "elidedText", watch)
    label = ElidedLabel()
    label.setText("Before step 12 · MEASURED", "step 12 · MEASURED", "step 12")
    for width in ("step 12 · MEASURED.", "step 12."):
        label.resize(label.fontMetrics().horizontalAdvance(width), 20)
        label.grab()
    assert told == ["step 12 · MEASURED", "step 12"]


def test_it_says_why_there_is_nothing_to_see(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    store, panel = opened.store, opened.panel
    assert "for the first time" in panel._why.text()
    store.feed([Validated(at_s=0.5, step=3, loss=1.0, metric=0.5, samples=9, seconds=0.01)])
    opened.refresh()
    assert panel._why.text() == "Drawn when the evaluator looks at the model next …"
    store.feed([LookDrawn(at_s=1.0, look="weights", chosen=(), step=5, picture=None, reason="It could not.")])
    opened.refresh()
    assert panel._why.text() == "It could not."
    store.feed([EvaluatorChanged(at_s=2.0, is_on=False, reason="It is off.")])
    opened.refresh()
    assert panel._why.text() == "It is off."
    opened.pick("draw")
    assert not panel._try.input.isEnabled()  # type: ignore[union-attr]
    store.feed([EvaluatorChanged(at_s=2.0, is_on=True), StatusChanged(at_s=3.0, status="finished", step=9)])
    opened.refresh()
    assert panel._try.note.text().endswith("no longer in memory.")  # type: ignore[union-attr]
    store.show_next_play(NextPlay(step=9, mode="cpu,threads=1", steps=None))
    opened.refresh()
    assert panel._try.note.text().endswith("Press Play to go on with it.")  # type: ignore[union-attr]
    store.take_over(make_spec("digits-mlp"), is_replay=True)
    opened.refresh()
    assert "recorded run" in panel._try.note.text()  # type: ignore[union-attr]
    opened.pick("weights")
    alone = "A recorded run has no model to look into"
    begins = NextPlay(step=0, mode="cpu,threads=1", steps=None, is_new=True)
    for ahead, said in (
        (None, f"{alone}."),
        (begins, f"{alone}, and no state of this one was saved."),
        (replace(begins, is_new=False, is_lost=True), f"{alone}, and no saved state of this one is whole."),
        (replace(begins, is_new=False), f"{alone}. What is trained from its end on has one."),
    ):
        store.show_next_play(ahead)
        opened.refresh()
        assert panel._why.text() == said
    opened.pick("draw")
    store.begin("")
    opened.refresh()
    assert "Press Play" in panel._try.note.text()  # type: ignore[union-attr]
    bare = replace(workloads()["recommender"], looks=(), tries=())
    monkeypatch.setattr(inside, "workloads", lambda: {**workloads(), "recommender": bare})
    store.show_set_up(make_spec("recommender"))
    opened.refresh()
    assert "Digits · MLP" in panel._why.text()
    assert panel._picker.isHidden()


def test_of_what_is_drawn_meanwhile_the_newest_is_asked_and_newer_weights_are_asked_anew(opened: Opened) -> None:
    opened.pick("draw")
    store, panel = opened.store, opened.panel
    assert opened.wanted[-1] == WatchLook(look="")
    assert panel._try is not None
    pad = panel._try.input.pad  # type: ignore[attr-defined]

    def asked() -> list[TryOut]:
        return [one for one in opened.wanted if isinstance(one, TryOut)]

    def answer(number: int, step: int) -> None:
        bars = Bars(names=("0", "1"), values=(0.25, 0.75), note=Phrase("More like a one."))
        store.feed([TryAnswered(at_s=1.0, number=number, step=step, picture=bars, is_over=False)])
        store.feed([TryAnswered(at_s=1.0, number=number, step=step, picture=None, is_over=True)])
        opened.refresh()

    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=pad.rect().center())
    for away in range(20):
        QTest.mouseMove(pad, pad.rect().center() + QPoint(0, away))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton)
    assert len(asked()) == 1
    answer(asked()[0].number, 5)
    assert len(asked()) == 2
    assert asked()[0].number < asked()[1].number
    assert asked()[1].given == pad.drawing != asked()[0].given
    assert isinstance(asked()[0].given, Drawing)
    answer(asked()[1].number, 5)
    assert len(asked()) == 2
    assert panel._head.words.text() == "Before step 5 · MEASURED"
    assert panel._try._view is not None
    assert panel._try._view.accessibleDescription() == "1: 75%, 0: 25%"
    store.versions["validation"] += 1  # there are newer weights
    opened.refresh()
    assert len(asked()) == 3
    answer(asked()[2].number, 8)
    assert panel._head.words.text() == "Before step 8 · MEASURED"
    assert panel._try.note.text() == "More like a one."
    pad.clear()
    assert len(asked()) == 3
    assert panel._try._view.isHidden()
    for _ in range(2):
        assert panel._head.words.text() == ""
        assert panel._try.note.text() == panel._try.card.help, "nothing more is said of what was cleared"
        opened.refresh()


def test_what_one_model_answered_does_not_stand_under_a_replay_nor_under_the_next_run(opened: Opened) -> None:
    opened.pick("draw")
    store, panel = opened.store, opened.panel
    assert panel._try is not None
    pad = panel._try.input.pad  # type: ignore[attr-defined]
    QTest.mouseClick(pad, Qt.MouseButton.LeftButton, pos=pad.rect().center())
    drawing, bars = pad.drawing, Bars(names=("0", "1"), values=(0.25, 0.75), note=Phrase("A one."))
    store.feed([TryAnswered(at_s=1.0, number=panel._try.number, step=1_831, picture=bars, is_over=False)])
    opened.refresh()
    view = panel._try._view
    assert view is not None
    assert not view.isHidden()
    for run_id, is_replay in (("a recorded run", True), ("another run", False)):
        store.begin(run_id)
        store.take_over(make_spec("digits-mlp"), is_replay=is_replay)
        opened.refresh()
        assert view.isHidden()
        assert "1,831" not in panel._head.words.text()
        assert "A one." not in panel._try.note.text()
    asked = [one for one in opened.wanted if isinstance(one, TryOut)][-1]
    assert asked.given == drawing  # the new model is asked what the old one was
    store.feed([TryAnswered(at_s=1.0, number=asked.number, step=0, picture=bars, is_over=True)])
    opened.refresh()
    assert not view.isHidden()
    assert panel._head.words.text() == "Before step 0 · MEASURED"


@pytest.mark.parametrize("letters", ["", "QWidget { font-size: 32px; }"])
def test_the_pad_stays_where_it_is_whatever_is_answered(opened: Opened, letters: str) -> None:
    panel, store = opened.panel, opened.store
    panel.setStyleSheet(letters)
    opened.pick("draw")
    assert panel._try is not None
    pad = panel._try.input.pad  # type: ignore[attr-defined]
    answers = [
        Bars(names=tuple("0123456789"), values=(0.0,) * 9 + (1.0,), note=Phrase("A long sentence. " * 8)),
        Bars(names=("0",), values=(1.0,)),
        TABLE,
    ]

    def place() -> tuple[object, ...]:
        opened.refresh()
        QApplication.processEvents()
        return pad.mapTo(panel, QPoint()), pad.size(), panel.size(), panel.minimumSizeHint().height() <= panel.height()

    for width, height in ((460, 180), (620, 300), (960, 420), (960, 800)):
        pad.clear()
        panel.resize(width, height)
        first = place()
        QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=pad.rect().center())
        for answer in answers:
            told = TryAnswered(at_s=1.0, number=panel._try.number, step=123_456, picture=answer, is_over=False)
            store.feed([told])
            assert place() == first
            assert panel._try.answer is told
        number = panel._try.number
        store.feed([TryAnswered(at_s=1.0, number=number, step=9, picture=None, is_over=True, reason="No. " * 9)])
        assert place() == first
        QTest.mouseRelease(pad, Qt.MouseButton.LeftButton)


def test_two_panels_on_one_run_each_hear_the_answer_to_what_was_drawn_last(opened: Opened, qtbot: QtBot) -> None:
    other = Opened(qtbot)
    other.store = opened.store
    other.refresh()

    def draw(by: Opened, *, is_heard: bool = True) -> TryOut:
        assert by.panel._try is not None
        pad = by.panel._try.input.pad  # type: ignore[attr-defined]
        QTest.mouseClick(pad, Qt.MouseButton.LeftButton, pos=pad.rect().center() + QPoint(len(by.wanted), 0))
        asked = by.wanted[-1]
        assert isinstance(asked, TryOut)
        bars = Bars(names=("0", "1"), values=(0.25, 0.75))
        opened.store.feed([TryAnswered(at_s=1.0, number=asked.number, step=5, picture=bars, is_over=True)])
        if is_heard:
            by.refresh()
            assert by.panel._try.answer is not None
            assert by.panel._try.answer.number == asked.number
        return asked

    for by in (opened, other):
        by.pick("draw")
        by.panel._validated = opened.store.versions["validation"]  # no newer weights come in between
    numbers = [draw(by).number for by in (opened, opened, opened, other, opened, other, other)]
    assert numbers == sorted(set(numbers))
    draw(opened, is_heard=False)
    draw(other)  # so that the answer before it is never seen
    opened.refresh()
    draw(opened)


def test_beside_a_drawing_stands_what_the_network_gets_of_it_until_it_is_cleared(opened: Opened) -> None:
    opened.pick("draw")
    assert opened.panel._try is not None
    pad, seen = opened.panel._try.input.pad, opened.panel._try.input.seen  # type: ignore[attr-defined]
    empty = ink(seen.grab().toImage(), TEXT)
    QTest.mouseClick(pad, Qt.MouseButton.LeftButton)
    given = ImageGrid(width=8, height=8, pixels=bytes(255 * (row == column) for row in range(8) for column in range(8)))
    bars = Bars(names=("0", "1"), values=(0.25, 0.75), seen=given)
    number = opened.panel._try.number
    opened.store.feed([TryAnswered(at_s=1.0, number=number, step=5, picture=bars, is_over=True)])
    opened.refresh()
    eighth = ink(seen.grab().toImage(), TEXT) - empty
    assert 0.5 < 8 * eighth / (seen.width() * seen.height()) < 1.5
    assert opened.panel._head.words.text() == "Before step 5 · MEASURED"
    pad.clear()
    assert ink(seen.grab().toImage(), TEXT) == empty
    opened.refresh()  # nothing is answered: no weights are named, and what was said of the answer is gone
    assert opened.panel._head.words.text() == ""
    assert opened.panel._try.note.text() == opened.panel._try.card.help


def test_the_pad_can_be_drawn_on_without_a_mouse(opened: Opened) -> None:
    opened.pick("draw")
    assert opened.panel._try is not None
    pad = opened.panel._try.input.pad  # type: ignore[attr-defined]
    QTest.keyClick(pad, Qt.Key.Key_Down)
    assert pad.is_empty
    QTest.keyClick(pad, Qt.Key.Key_Space)
    for _ in range(8):
        QTest.keyClick(pad, Qt.Key.Key_Down)
    QTest.keyClick(pad, Qt.Key.Key_Space)
    QTest.keyClick(pad, Qt.Key.Key_Left)
    rows = np.frombuffer(pad.drawing.ink, np.uint8).reshape(pad.drawing.side, -1)
    assert (rows[17:26, 16] == 255).all()
    assert rows[:, :12].max() == 0
    QTest.keyClick(pad, Qt.Key.Key_Delete)
    assert pad.is_empty


def test_in_a_window_a_look_costs_nothing_behind_a_tab_and_a_drawing_is_read_while_it_trains_and_pauses(
    open_window: Open, qtbot: QtBot
) -> None:
    from gui.model.intents import Pause, Play

    application = open_window()
    store, docks = application.store, application.window.docks
    application.dispatch(SetUp(make_spec("digits-mlp", knobs={"hidden": 16, "layers": 3}, batch_size=32)))
    application.dispatch(Play())
    dock = docks.by_id["inside"]
    dock.raise_()
    qtbot.waitUntil(lambda: is_seen(dock), timeout=5_000)
    qtbot.waitUntil(lambda: "weights" in store.live.looks.drawn, timeout=60_000)
    panel = application.window.panel("inside")
    assert isinstance(panel, InsidePanel)
    questions = application.source._run.evaluation._questions  # type: ignore[union-attr]
    assert questions._watched.look == "weights"
    docks.by_id["log"].raise_()
    qtbot.waitUntil(lambda: not is_seen(dock) and questions._watched.look == "", timeout=10_000)
    dock.raise_()
    qtbot.waitUntil(lambda: questions._watched.look == "weights", timeout=10_000)
    names = [getattr(panel._picker.itemData(index), "name", "") for index in range(panel._picker.count())]
    panel._picker.setCurrentIndex(names.index("draw"))
    panel._picker.activated.emit(names.index("draw"))
    pad = panel._try.input.pad  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: pad.width() > 50, timeout=5_000)
    QTest.mouseClick(pad, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel._try._view is not None and panel._try._view.isVisible(), timeout=10_000)  # type: ignore[union-attr]
    application.dispatch(Pause())
    qtbot.waitUntil(lambda: store.live.status == "paused", timeout=10_000)
    number = panel._try.number  # type: ignore[union-attr]
    pad.clear()
    QTest.mouseClick(pad, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: store.live.looks.answer.number > number and store.live.looks.answer.is_over, timeout=10_000)  # type: ignore[union-attr]
    assert panel._try.answer.picture is not None  # type: ignore[union-attr]


def test_tries_come_first_in_the_list_a_look_is_shown_first_and_a_line_is_as_wide_as_the_panel(opened: Opened) -> None:
    store, panel = opened.store, opened.panel
    store.show_set_up(make_spec("text-gpt"))
    store.live.spec = None
    panel.refresh(store)
    card = workloads()["text-gpt"]
    listed = [panel._picker.itemData(index) for index in range(panel._picker.count())]
    assert listed == [*card.tries, None, *card.looks]
    assert panel._picker.currentData() is card.looks[0]
    panel.resize(900, 300)
    opened.pick("continue")
    QApplication.processEvents()
    prompt = panel._try.input.prompt
    assert prompt.width() > 0.75 * panel.width()
    knobs = panel._try.input
    assert knobs.temperature.y() == knobs.length.y(), "one row"
    places = [one.mapTo(panel, QPoint()).y() for one in (prompt, panel._try._place, knobs.length)]
    assert places == sorted(places), "the answer is seen before what is turned seldom"
    assert not knobs.length.isEnabled()  # nothing trains


def test_what_was_picked_drawn_and_answered_in_the_window_is_there_in_another_panel_that_follows_it(
    opened: Opened, qtbot: QtBot
) -> None:
    opened.pick("draw")
    assert opened.panel._try is not None
    pad = opened.panel._try.input.pad  # type: ignore[attr-defined]
    QTest.mouseClick(pad, Qt.MouseButton.LeftButton)
    bars = Bars(names=("0", "1"), values=(0.25, 0.75))
    number = opened.panel._try.number
    opened.store.feed([TryAnswered(at_s=1.0, number=number, step=5, picture=bars, is_over=True)])
    opened.refresh()
    other = InsidePanel(PlotView())
    qtbot.addWidget(other)
    wanted: list[object] = []
    other.intent.connect(wanted.append)
    other.follow(opened.panel)
    other.refresh(opened.store)
    assert other._picker.currentText() == opened.panel._picker.currentText()
    assert other._try is not None
    assert other._try.input.pad.drawing == pad.drawing  # type: ignore[attr-defined]
    assert other._try.answer is opened.panel._try.answer
    assert not [one for one in wanted if isinstance(one, TryOut)]


def test_what_stands_in_one_input_stands_in_another_that_takes_it_from_there(qtbot: QtBot) -> None:
    items = Choice(title="Item", options=("a", "b", "c"))
    curve = Curve(
        names=(Phrase("p"),),
        x=np.array([-3, 3], np.float32).tobytes(),
        y=np.zeros(2, np.float32).tobytes(),
        mark=0.5,
        choices=(Choice(title="Sample", options=("1", "2")), Choice(title="Feature", options=("x", "y"), chosen=1)),
    )
    bars = Bars(names=("a",), values=(0.5,), choices=(items,))

    def fill(own: Any, kind: str) -> None:
        match kind:
            case "drawing":
                QTest.mouseClick(own.pad, Qt.MouseButton.LeftButton)
            case "prompt":
                own.prompt.setText("The leap of")
                own.length.setValue(77)
            case "line":
                own.line.setText("a film")
            case "plane":
                own.pad.points = [(0.5, 0.25, 1)]
            case "turned":
                own.show_answer(curve)
                own.slider.setValue(120)
            case "picks":
                own.show_answer(bars)
                own.all.itemClicked.emit(own.all.item(1))
            case "stream":
                own.texts.setPlainText("good\nbad")
                own.alarm.setValue(0.3)

    def told(own: Any, kind: str) -> object:
        answers: list[object] = []
        own.given.connect(answers.append)
        if kind == "picks":
            own.show_answer(bars)
        getattr(own, {"prompt": "_begin", "stream": "_feed"}.get(kind, "_tell"))()
        return answers[-1]

    for kind, make in INPUTS.items():
        one, other = make(), make()
        for each in (one, other):
            qtbot.addWidget(each)
            each.resize(300, 200)
        fill(one, kind)
        given: list[object] = []
        other.given.connect(given.append)
        other.take_from(one)
        assert not given
        first = told(one, kind)
        assert first not in (None, make().first()), kind
        assert told(other, kind) == first, kind
