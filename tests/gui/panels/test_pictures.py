"""How pictures of each kind are drawn, and what people give a model in the plane."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from engine.config.look_card import LookCard
from engine.events.evaluator import TryAnswered
from engine.pictures import (
    LONGEST_PROMPT,
    AnyPicture,
    Bars,
    Choice,
    Curve,
    HeatMap,
    ImageGrid,
    Line,
    Phrase,
    Picks,
    Plane,
    Prompt,
    Scatter,
    Stream,
    Text,
    Turned,
)
from engine.session.questions import try_of
from gui.look.theme import BLUE, ORANGE, apply_theme
from gui.model.intents import TryOut
from gui.widgets.bars_view import BarsView
from gui.widgets.curve_view import CurveView
from gui.widgets.given import REST_MS
from gui.widgets.heat_map_letters import told
from gui.widgets.heat_map_view import HeatMapView
from gui.widgets.image_grid_view import ImageGridView
from gui.widgets.picks_input import PicksInput
from gui.widgets.picture_view import PictureView
from gui.widgets.scatter_view import ScatterView
from gui.widgets.stream_input import text_of
from gui.widgets.text_view import TextView
from gui.widgets.try_view import TryView
from tests.windows import ink


def floats(*values: float) -> bytes:
    return np.array(values, np.float32).tobytes()


def shown(view: PictureView, picture: object, qtbot: QtBot, width: int = 400, height: int = 300) -> PictureView:
    apply_theme(QApplication.instance(), "light", 10)  # type: ignore[arg-type]
    qtbot.addWidget(view)
    view.resize(width, height)
    view.show_picture(picture)  # type: ignore[arg-type]
    view.show()
    QApplication.processEvents()
    return view


def columns_of(view: PictureView, colour: str) -> np.ndarray:
    """The pixels across at which a colour is seen."""
    image = view.grab().toImage()
    return np.array([x for x in range(image.width()) if ink(image.copy(x, 0, 1, image.height()), colour)])


def test_bars_that_lie_go_to_both_sides_as_far_as_their_values_and_are_told_with_them(qtbot: QtBot) -> None:
    bars = Bars(names=("very good", "bad"), values=(2.0, -1.0), highest=2.0, is_share=False, is_lying=True)
    view = shown(BarsView(), bars, qtbot)
    above, below = columns_of(view, BLUE), columns_of(view, ORANGE)
    assert below.max() <= above.min()
    assert len(above) == pytest.approx(2 * len(below), rel=0.1)
    assert view.summary() == "very good: 2, bad: -1"


def test_a_share_is_as_long_as_its_part_of_the_place(qtbot: QtBot) -> None:
    few, all_of_it = (
        shown(BarsView(), Bars(names=("sports",), values=(value,), is_lying=True), qtbot) for value in (0.25, 1.0)
    )
    assert len(columns_of(few, BLUE)) == pytest.approx(0.25 * len(columns_of(all_of_it, BLUE)), rel=0.1)


def test_ten_bars_that_stand_have_room_for_their_names_and_ask_for_no_more(qtbot: QtBot) -> None:
    view = shown(BarsView(), Bars(names=tuple("0123456789"), values=(0.1,) * 10), qtbot)
    view.setStyleSheet("QWidget { font-size: 35px; }")
    QApplication.processEvents()
    assert 10 * view.fontMetrics().horizontalAdvance("0") < view.minimumSizeHint().width() < 300


def test_figures_of_bars_that_stand_are_whole_at_the_edges_and_do_not_run_together(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[float, float, str, float]] = []
    draw = QPainter.drawText

    def watch(painter: QPainter, box: QRectF, flags: object, text: str) -> None:
        written.append((box.left(), box.left() + painter.fontMetrics().horizontalAdvance(text), text, box.top()))
        draw(painter, box, flags, text)

    monkeypatch.setattr(QPainter, "drawText", watch)
    for values in ((1.0, *(0.0,) * 9), (*(0.0,) * 9, 1.0), (0.55, 0.0, *(0.06,) * 7, 0.0)):
        written.clear()
        shown(BarsView(), Bars(names=tuple("0123456789"), values=values), qtbot, width=230)
        figures = sorted(found for found in written if found[2].endswith("%"))
        assert len(figures) >= sum(value > 0 for value in values), "every bar that is there has its figure"
        assert figures[0][0] >= 0
        assert figures[-1][1] <= 230
        for (_, end, _, top), (begin, _, _, next_top) in pairwise(figures):
            assert end <= begin + 1 or abs(top - next_top) > 20, figures


def test_a_signed_table_has_a_colour_for_each_side_of_zero_and_tells_zeros_but_not_gaps(qtbot: QtBot) -> None:
    table = HeatMap(
        rows=("a", "b"),
        columns=("x", "y"),
        values=floats(1.0, -1.0, 0.0, np.nan),
        has_numbers=True,
        is_signed=True,
    )
    view = shown(HeatMapView(), table, qtbot)
    image = view.grab().toImage()
    assert ink(image, BLUE) > 300
    assert ink(image, ORANGE) > 300
    assert isinstance(view, HeatMapView)
    place = view._place()
    middle = QPointF(place.left() + place.width() / 4, place.top() + 3 * place.height() / 4)
    assert image.pixelColor(middle.toPoint() + QPoint(12, 0)).name() == "#ffffff"  # beside the zero
    assert view._text_at(middle).endswith(": 0")
    assert view._text_at(middle + QPointF(place.width() / 2, 0)).endswith(": –")


def test_what_weighs_in_a_text_has_a_ground_and_the_rest_has_none(qtbot: QtBot) -> None:
    view = shown(TextView(), Text(prompt="", text="abc", weights=floats(1.0, 0.0, -0.5)), qtbot)
    image = view.grab().toImage()
    assert ink(image, BLUE) > 20
    assert ink(image, ORANGE) == 0  # half as much is half as deep
    assert isinstance(view, TextView)
    cursor = view._text.textCursor()
    grounds = []
    for place in range(3):
        cursor.setPosition(place + 1)
        grounds.append(cursor.charFormat().background())
    assert [one.style() != Qt.BrushStyle.NoBrush for one in grounds] == [True, False, True]
    rows = "\n".join(["a" * 200] * 50)
    view.show_picture(Text(prompt="", text=rows, weights=floats(*[0.0] * len(rows))))
    QApplication.processEvents()
    assert view._text.verticalScrollBar().value() == 0 < view._text.horizontalScrollBar().maximum()
    view.show_picture(Text(prompt="given", text=rows))
    QApplication.processEvents()
    assert view._text.verticalScrollBar().value() > 0 == view._text.horizontalScrollBar().maximum()
    with pytest.raises(ValueError, match="weights"):
        Text(prompt="", text="abc", weights=floats(1.0))


def test_points_are_told_by_group_and_by_the_name_of_the_nearest(qtbot: QtBot) -> None:
    scatter = Scatter(
        x=floats(0.0, 1.0, 2.0),
        y=floats(0.0, 1.0, 0.0),
        group=bytes([0, 1, 1]),
        groups=(Phrase("one"), Phrase("two")),
        names=("first", "second", "third"),
    )
    view = shown(ScatterView(), scatter, qtbot)
    assert isinstance(view, ScatterView)
    assert view.summary() == "one: 1 points; two: 2 points"
    assert [key.name for key in view._head.keys] == ["one", "two"]
    view.grab()
    at = view._plot.getViewBox().mapViewToScene(QPointF(1.0, 1.0)) + QPointF(view._plot.pos())
    assert view.name_near(at + QPointF(3, 3)) == "second"
    assert view.name_near(at + QPointF(60, 60)) == ""
    with pytest.raises(ValueError, match="groups"):
        Scatter(x=floats(0.0), y=floats(0.0), group=bytes([2]), groups=(Phrase("one"),))


def test_a_place_on_the_axis_is_marked_and_the_mark_goes(qtbot: QtBot) -> None:
    curve = {"names": (Phrase("p"),), "x": floats(0.0, 1.0), "y": floats(0.0, 1.0)}
    view = shown(CurveView(), Curve(**curve, mark=0.25), qtbot)  # type: ignore[arg-type]
    assert isinstance(view, CurveView)
    assert view._mark.scene() is not None
    assert view._mark.value() == 0.25
    view.show_picture(Curve(**curve | {"y": floats(0.0, 0.5), "y_title": Phrase("part")}))  # type: ignore[arg-type]
    view.show_picture(Curve(**curve))  # type: ignore[arg-type]
    assert view._mark.scene() is None


def test_the_numbers_along_an_axis_are_those_of_the_data(qtbot: QtBot) -> None:
    """Shown for the second time, too: by then the axis has a title, and a range below 1."""
    x, y, titles = floats(0.0, 0.5), floats(0.0, 0.8), {"x_title": Phrase("k"), "y_title": Phrase("part")}
    curve = Curve(names=(Phrase("p"),), x=x, y=y, **titles)
    scatter = Scatter(x=x, y=y, group=bytes(2), groups=(Phrase("one"),), **titles)
    for view, picture in ((CurveView(), curve), (ScatterView(), scatter)):
        shown(view, picture, qtbot)
        view.grab()  # an axis takes its range as it is drawn
        view.show_picture(picture)
        for axis in map(view._plot.getAxis, ("left", "bottom")):
            assert axis.tickStrings([0.5], axis.autoSIPrefixScale * axis.scale, 0.5) == ["0.5"]


def test_shares_go_up_to_all_of_them_in_percent_and_no_name_lies_over_a_line(qtbot: QtBot) -> None:
    curve = {"names": (Phrase("one"), Phrase("two")), "x": floats(0.0, 1.0), "y": floats(0.5, 0.6, 0.9, 1.0)}
    view = shown(CurveView(), Curve(**curve, y_title=Phrase("part"), highest=1.0, is_share=True), qtbot)  # type: ignore[arg-type]
    assert isinstance(view, CurveView)
    view.grab()  # a range is found as it is drawn
    lowest, highest = view._plot.getViewBox().viewRange()[1]
    assert lowest == pytest.approx(0.0, abs=0.05)
    assert highest == pytest.approx(1.0, abs=0.05)
    axis = view._plot.getAxis("left")
    assert axis.tickStrings([0.0, 0.5, 1.0], 1.0, 0.5) == ["0 %", "50 %", "100 %"]
    assert axis.tickStrings([0.005], 1.0, 0.005) == ["0.5 %"]
    assert view._head.title.text() == "↑ part"
    assert [key.name for key in view._head.keys] == ["one", "two"]
    assert view._head.geometry().bottom() < view._plot.geometry().top()
    view.show_picture(Curve(names=(Phrase("loss"),), x=floats(0.0, 1.0), y=floats(2.0, 3.0)))
    view.grab()
    assert view._head.isHidden()
    assert view._plot.getViewBox().viewRange()[1][0] > 1.0
    assert axis.tickStrings([0.5], 1.0, 0.5) == ["0.5"]
    with pytest.raises(ValueError, match="height"):
        Curve(**curve, highest=0.0)  # type: ignore[arg-type]


def test_a_line_of_one_place_is_seen_as_a_dot_until_there_are_more(qtbot: QtBot) -> None:
    def mood(*values: float) -> Curve:
        places = floats(*(float(place + 1) for place in range(len(values))))
        return Curve(names=(Phrase("mood"),), x=places, y=floats(*values), highest=1.0)

    view = CurveView()
    qtbot.addWidget(view)
    for picture, has_dots in ((mood(0.5), True), (mood(0.5, 0.75), False)):
        shown(view, picture, qtbot)
        (line,) = view._lines
        assert (line.scatter.isVisible() and len(line.scatter.points()) == 1) == has_dots
        assert ink(view.grab().toImage(), BLUE) > 10


def test_a_longer_title_is_whole_that_comes_while_nobody_sees_the_plot(qtbot: QtBot) -> None:
    curve = {"names": (Phrase("one"), Phrase("two")), "x": floats(0.0, 1.0), "y": floats(0.5, 0.6, 0.9, 1.0)}
    view = shown(CurveView(), Curve(**curve, y_title=Phrase("k")), qtbot)  # type: ignore[arg-type]
    assert isinstance(view, CurveView)
    view.hide()
    view.show_picture(Curve(**curve, y_title=Phrase("how much it is in praise")))  # type: ignore[arg-type]
    view.show()
    QApplication.processEvents()
    for part in (view._head.title, *view._head.keys):
        assert part.width() >= part.sizeHint().width()
    assert view._head.keys[0].x() > view._head.title.geometry().right()


def test_numbers_and_words_along_an_axis_are_as_large_as_letters_are(qtbot: QtBot) -> None:
    curve = Curve(names=(Phrase("p"),), x=floats(0.0, 1.0), y=floats(0.0, 1.0), x_title=Phrase("k"))
    points = Scatter(x=floats(0.0), y=floats(0.0), group=b"\0", groups=(Phrase("one"),), x_title=Phrase("k"))
    for view, picture in ((CurveView(), curve), (ScatterView(), points)):
        shown(view, picture, qtbot)
        view.setStyleSheet("QWidget { font-size: 33px; }")
        QApplication.processEvents()
        axis = view._plot.getAxis("bottom")
        assert axis.style["tickFont"].pixelSize() == 33
        assert axis.labelStyle["font-size"] == "33px"


def test_a_table_that_is_only_counted_is_seen_whole_and_of_its_numbers_none_is_written_over_another(
    qtbot: QtBot,
) -> None:
    numbers = tuple(str(number + 1) for number in range(48))
    table = HeatMap(rows=numbers, columns=numbers, values=floats(*range(48 * 48)))
    view = shown(HeatMapView(), table, qtbot, 300, 180)
    assert view.minimumHeight() < 180
    named = HeatMapView()
    shown(named, HeatMap(rows=("a",) * 48, columns=("a",) * 48, values=table.values), qtbot)
    assert named.minimumHeight() > 8 * 48, "of each row a letter can be read"
    assert told(5, 20.0, 15.0) == range(5)
    assert told(5, 20.0, 41.0) == range(0, 5, 3)


def test_a_long_name_of_a_row_leaves_numbers_their_room_and_is_told_whole(qtbot: QtBot) -> None:
    name = "Naked Gun 33 1/3: The Final Insult (1994)"
    table = HeatMap(rows=(name,), columns=("a",), values=floats(0.5), has_numbers=True)
    view = shown(HeatMapView(), table, qtbot)
    assert isinstance(view, HeatMapView)
    assert view._place().left() > view.fontMetrics().horizontalAdvance(name)  # there is room for all of it
    view.resize(200, 300)
    assert view._place().left() < 0.7 * view.fontMetrics().horizontalAdvance(name)
    assert view._text_at(view._place().center()) == f"{name}, a: 0.500"


def test_names_above_many_narrow_columns_stand_upright_and_widen_none(qtbot: QtBot) -> None:
    names = tuple("abcdefghij"[number] * 12 for number in range(10))
    table = HeatMap(rows=names, columns=names, values=floats(*[7.0] * 100), has_numbers=True, column_title=Phrase("is"))
    view = shown(HeatMapView(), table, qtbot, 400, 300)
    assert isinstance(view, HeatMapView)
    widest = max(map(view.fontMetrics().horizontalAdvance, names))
    assert view.minimumWidth() < 4 * widest
    assert view._place().top() > widest
    few = shown(
        HeatMapView(), HeatMap(rows=names, columns=names[:3], values=floats(*[7.0] * 30), has_numbers=True), qtbot
    )
    assert few.minimumWidth() > 4 * widest


def test_pictures_that_belong_together_stand_in_one_row_none_beyond_the_edge_and_grow_with_letters(
    qtbot: QtBot,
) -> None:
    grid = ImageGrid(width=8, height=8, pixels=bytes(64 * 20), captions=(Phrase("17%"),) * 20, together=2)
    view = shown(ImageGridView(), grid, qtbot, 352, 200)
    assert isinstance(view, ImageGridView)
    for width in range(200, 420, 7):
        columns, place = view._layout(QSize(width, 200))
        assert columns % 2 == 0
        assert columns * place.width() <= width
    before = view._least().height()
    view.setStyleSheet("QWidget { font-size: 40px; }")
    QApplication.processEvents()
    assert view._least().height() > 2 * before
    with pytest.raises(ValueError, match="rows"):
        ImageGrid(width=1, height=1, pixels=b"0", together=0)


def test_points_are_put_dragged_and_taken_away_and_the_plane_lies_below_them(qtbot: QtBot) -> None:
    apply_theme(QApplication.instance(), "light", 10)  # type: ignore[arg-type]
    view = TryView(LookCard(name="points", title="Points", kind="plane", help="Put points."))
    qtbot.addWidget(view)
    asked: list[TryOut] = []
    view.intent.connect(asked.append)
    view.resize(600, 300)
    view.show()
    view.allow(True)
    assert [one.given for one in asked] == [Plane()]

    def answer() -> None:
        given = asked[-1].given
        assert isinstance(given, Plane)
        x, y, kinds = zip(*given.points, strict=True) if given.points else ((), (), ())
        picture = Scatter(
            x=floats(*x),
            y=floats(*y),
            group=bytes(kinds),
            groups=(Phrase("0"), Phrase("1")),
            field=bytes([0, 0, 255, 255]),
            edge=2.0,
        )
        number = asked[-1].number
        view.hear(TryAnswered(at_s=0.0, number=number, step=1, picture=picture, is_over=True))

    answer()
    pad, kinds = view.input.pad, view.input.kinds  # type: ignore[attr-defined]
    assert [kinds[kind].isChecked() for kind in (1, 0)] == [True, False]
    kinds[0].click()
    assert (pad.kind, kinds[1].isChecked()) == (0, False)
    kinds[1].click()
    image = pad.grab().toImage()
    assert ink(image.copy(0, 0, pad.width(), pad.height() // 2), "#4095C5") > 500  # class 1 above
    middle, unit = pad.rect().center(), pad._frame().width() / 4
    assert pad._frame().left() > 5
    count = len(asked)
    QTest.mouseClick(pad, Qt.MouseButton.LeftButton, pos=QPoint(2, middle.y()))  # beside the plane
    assert (pad.points, len(asked)) == ([], count)
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(pad, middle + QPoint(round(unit), -round(unit)))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton)
    answer()  # of what was put; what was dragged meanwhile is asked after it
    given = asked[-1].given
    assert isinstance(given, Plane)
    assert given.points[0] == pytest.approx((1.0, 1.0, 1), abs=0.05)
    answer()
    view.input.learn.click()  # type: ignore[attr-defined]
    assert asked[-1].given == Plane(points=given.points, is_learned=True)
    answer()
    count = len(asked)
    view.repeat()  # what a copy has learned stays
    assert len(asked) == count
    QTest.mouseClick(pad, Qt.MouseButton.RightButton, pos=middle + QPoint(round(unit), -round(unit)))
    assert asked[-1].given == Plane()
    answer()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Right):
        QTest.keyClick(pad, key)
        answer()
    assert asked[-1].given.points[0] == pytest.approx((0.05, 0.0, 1), abs=0.01)  # type: ignore[union-attr]
    view.repeat()
    assert asked[-1].given.points == tuple(pad.points)  # type: ignore[union-attr]
    answer()
    view.input.learn.click()  # type: ignore[attr-defined]
    answer()
    view.forget_answer()  # another model is asked what it says of the points that are in the plane, as it is
    view.allow(True)
    assert asked[-1].given == Plane(points=tuple(pad.points))


def asking(kind: str, qtbot: QtBot) -> tuple[TryView, list[TryOut]]:
    """A try of that kind, and what it asks."""
    apply_theme(QApplication.instance(), "light", 10)  # type: ignore[arg-type]
    view = TryView(LookCard(name="a try", title="A try", kind=kind, help="Try."))
    qtbot.addWidget(view)
    asked: list[TryOut] = []
    view.intent.connect(asked.append)
    view.resize(600, 300)
    view.show()
    view.allow(True)
    return view, asked


def test_a_feature_begins_where_it_is_and_what_was_turned_stays_until_it_is_put_back(qtbot: QtBot) -> None:
    view, asked = asking("turned", qtbot)

    def answer(mark: float) -> Turned:
        given = asked[-1].given
        assert isinstance(given, Turned)
        picture = Curve(
            names=(Phrase("p"),),
            x=floats(-1.0, 2.0, 5.0),  # three deviations of 1 to both sides of a mean of 2
            y=floats(0.0, 0.5, 1.0),
            mark=mark,
            choices=(
                Choice(title="Row", options=("1", "2"), chosen=given.sample),
                Choice(title="Feature", options=("age", "mass"), chosen=given.feature),
            ),
        )
        number = asked[-1].number
        view.hear(TryAnswered(at_s=0.0, number=number, step=1, picture=picture, is_over=True))
        return given

    slider, feature = view.input.slider, view.input.feature  # type: ignore[attr-defined]
    assert answer(mark=3.5) == Turned()
    assert slider.value() == 150
    assert [feature.itemText(index) for index in range(2)] == ["age", "mass"]
    assert view.input.sample.itemText(1) == "Row 2"  # type: ignore[attr-defined]
    slider.setValue(-50)
    assert answer(mark=1.5) == Turned(values={0: -0.5})
    feature.setCurrentIndex(1)
    feature.activated.emit(1)
    assert answer(mark=2.0) == Turned(feature=1, values={0: -0.5})
    assert slider.value() == 0
    feature.setCurrentIndex(0)
    feature.activated.emit(0)
    assert slider.value() == -50
    answer(mark=1.5)
    view.input.back.click()  # type: ignore[attr-defined]
    assert answer(mark=3.5) == Turned()
    assert slider.value() == 150


def test_a_line_is_asked_when_the_typing_rests_and_what_is_newer_takes_its_place(qtbot: QtBot) -> None:
    view, asked = asking("line", qtbot)
    assert asked == []
    QTest.keyClicks(view.input.line, "what is")  # type: ignore[attr-defined]
    assert asked == []  # not of every letter
    qtbot.waitUntil(lambda: bool(asked), timeout=2_000)
    assert [one.given for one in asked] == [Line(text="what is")]
    QTest.keyClicks(view.input.line, " it")  # type: ignore[attr-defined]
    QTest.keyClick(view.input.line, Qt.Key.Key_Return)  # type: ignore[attr-defined]
    assert [one.given for one in asked[1:]] == [Line(text="what is it")]  # at once, though the first is not answered
    qtbot.wait(2 * REST_MS)
    assert len(asked) == 2  # and once


def test_the_beginning_of_a_text_is_no_longer_than_a_model_may_be_given(qtbot: QtBot) -> None:
    view, asked = asking("prompt", qtbot)
    view.input.prompt.setText(3_000 * "x")  # type: ignore[attr-defined]
    view.input.button.click()  # type: ignore[attr-defined]
    assert try_of(1, "continue", asked[-1].given).given == Prompt(text=LONGEST_PROMPT * "x", seed=1)


@pytest.mark.parametrize("kind", ["prompt", "line"])
def test_that_what_is_typed_or_pasted_is_cut_is_said_as_long_as_it_is(kind: str, qtbot: QtBot) -> None:
    view, _ = asking(kind, qtbot)
    typed = getattr(view.input, kind)
    notes = [label for label in view.input.findChildren(QLabel) if "2,048 characters" in label.text()]
    QApplication.clipboard().setText(LONGEST_PROMPT * "x")
    typed.paste()
    assert not any(note.isVisible() for note in notes), "all of it is there"
    QTest.keyClicks(typed, "y")
    (note,) = notes
    assert note.isVisible()
    other, _ = asking(kind, qtbot)
    other.follow(view)
    assert [label.isVisible() for label in other.input.findChildren(QLabel) if label.text() == note.text()] == [True]
    QTest.keyClick(typed, Qt.Key.Key_Backspace)
    assert not note.isVisible()
    QApplication.clipboard().setText("zz")
    typed.paste()
    assert note.isVisible(), "a part of what was pasted"


def test_one_token_is_said_to_be_one(qtbot: QtBot) -> None:
    view, _ = asking("prompt", qtbot)
    length = view.input.length  # type: ignore[attr-defined]
    assert length.text() == "200 tokens"
    length.setValue(1)
    assert length.text() == "1 token"


def test_items_are_picked_in_an_order_put_back_and_found_by_their_names(qtbot: QtBot) -> None:
    view, asked = asking("picks", qtbot)
    assert asked[-1].given == Picks()

    def answer() -> None:
        table = HeatMap(
            rows=("a",),
            columns=("b",),
            values=floats(1.0),
            choices=(Choice(title="Item", options=("Alien", "Brazil", "Casino")),),
        )
        view.hear(TryAnswered(at_s=0.0, number=asked[-1].number, step=1, picture=table, is_over=True))

    answer()
    given, found, picked = view.input, view.input.all, view.input.picked  # type: ignore[attr-defined]
    for row in (2, 0, 2):
        found.itemClicked.emit(found.item(row))
        answer()
    assert asked[-1].given == Picks(items=(2, 0))
    assert [picked.item(row).text() for row in range(2)] == ["1 · Casino", "2 · Alien"]
    given.search.setText("BRA")
    assert [found.item(row).isHidden() for row in range(3)] == [True, False, True]
    picked.itemClicked.emit(picked.item(0))
    answer()
    assert asked[-1].given == Picks(items=(0,))
    assert picked.item(0).text() == "1 · Alien"
    given.clear.click()
    assert asked[-1].given == Picks()


def test_where_no_more_can_be_picked_the_list_is_grey_and_says_so(qtbot: QtBot) -> None:
    view, _ = asking("picks", qtbot)
    choices = (Choice(title="Item", options=tuple(f"item {number}" for number in range(20))),)
    view.input.show_answer(HeatMap(rows=("a",), columns=("b",), values=floats(1.0), choices=choices))
    found, picked = view.input.all, view.input.picked  # type: ignore[attr-defined]
    for row in range(14):
        assert found.isEnabled() == (row < 12)
        found.itemClicked.emit(found.item(row))
    assert picked.count() == 12
    assert "12 at most" in found.toolTip()
    other = PicksInput()
    qtbot.addWidget(other)
    other.take_from(view.input)
    assert not other.all.isEnabled()
    picked.itemClicked.emit(picked.item(3))
    assert found.isEnabled()
    assert "12 at most" not in found.toolTip()


def test_picks_that_another_input_took_over_are_put_back_before_there_is_an_answer_and_with_other_data(
    qtbot: QtBot,
) -> None:
    def items(*names: str) -> HeatMap:
        choices = (Choice(title="Item", options=names),)
        return HeatMap(rows=("a",), columns=("b",), values=floats(1.0), choices=choices)

    view, _ = asking("picks", qtbot)
    view.input.show_answer(items("Alien", "Brazil", "Casino"))
    for row in (2, 0):
        view.input.all.itemClicked.emit(view.input.all.item(row))  # type: ignore[attr-defined]
    for names, left in ((("Alien", "Brazil", "Casino"), ["1 · Alien"]), (("a song", "a tune"), [])):
        other = PicksInput()
        qtbot.addWidget(other)
        other.take_from(view.input)
        other.picked.itemClicked.emit(other.picked.item(0))
        assert other.items == (0,)
        other.show_answer(items(*names))
        assert [other.picked.item(row).text() for row in range(other.picked.count())] == left


def test_what_was_picked_or_turned_of_other_data_is_put_back_where_there_are_new_ones(qtbot: QtBot) -> None:
    view, asked = asking("picks", qtbot)

    def answer(picture: AnyPicture) -> None:
        view.hear(TryAnswered(at_s=0.0, number=asked[-1].number, step=1, picture=picture, is_over=True))

    def items(*names: str) -> HeatMap:
        choices = (Choice(title="Item", options=names),)
        return HeatMap(rows=("a",), columns=("b",), values=floats(1.0), choices=choices)

    answer(items("Alien", "Brazil", "Casino"))
    found, picked = view.input.all, view.input.picked  # type: ignore[attr-defined]
    found.itemClicked.emit(found.item(2))
    view.input.search.setText("cas")  # type: ignore[attr-defined]
    answer(items("a song", "a tune"))
    assert picked.count() == 0
    assert view.input.search.text() == ""  # type: ignore[attr-defined]
    assert not found.item(1).isHidden()
    assert asked[-1].given == Picks()
    found.itemClicked.emit(found.item(1))
    answer(items("a song", "a tune"))
    assert picked.item(0).text() == "1 · a tune"

    view, asked = asking("turned", qtbot)

    def table(*features: str) -> Curve:
        lists = [Choice(title=title, options=options) for title, options in (("Row", ("1",)), ("Feature", features))]
        return Curve(names=(Phrase("p"),), x=floats(0.0, 6.0), y=floats(0.0, 1.0), mark=3.0, choices=tuple(lists))

    answer(table("age", "mass"))
    view.input.slider.setValue(-50)  # type: ignore[attr-defined]
    answer(table("age", "mass"))
    assert asked[-1].given == Turned(values={0: -0.5})
    answer(table("alcohol", "hue"))
    assert asked[-1].given == Turned()


def test_a_stream_is_fed_from_a_file_with_its_alarm_and_can_be_stopped(qtbot: QtBot, tmp_path: Path) -> None:
    view, asked = asking("stream", qtbot)
    assert asked == []
    given = view.input
    given.button.click()  # type: ignore[attr-defined]
    assert asked == []  # there is nothing to feed
    (tmp_path / "texts.txt").write_bytes("很好\n坏\n".encode() + b"\xff")
    given.read(tmp_path / "texts.txt")  # type: ignore[attr-defined]
    given.alarm.setValue(0.25)  # type: ignore[attr-defined]
    given.button.click()  # type: ignore[attr-defined]
    assert asked[-1].given == Stream(text="很好\n坏\n\ufffd", alarm=0.25)
    assert given.button.text() == "Stop"  # type: ignore[attr-defined]
    given.button.click()  # type: ignore[attr-defined]
    assert asked[-1].name == ""
    given.read(tmp_path / "none.txt")  # type: ignore[attr-defined]
    assert "cannot be read" in given.texts.placeholderText()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_file_is_read_in_whichever_code_it_is_also_where_it_is_cut(name: str) -> None:
    text = "房间很好，服务也好。\n电脑太慢了\n"
    assert text_of(text.encode(name)) == text
    assert text_of((text + "坏").encode(name)[:-1]).rstrip("\ufffd") == text
