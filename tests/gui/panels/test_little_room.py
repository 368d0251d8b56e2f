"""Where letters are large and a panel is low, what matters of an answer and of a picture comes first."""

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.config.look_card import LookCard
from engine.events.evaluator import TryAnswered
from engine.pictures import AnyPicture, Bars, Curve, HeatMap, Line, Phrase, Scatter, Stream, Text
from gui.widgets.curve_view import CurveView
from gui.widgets.heat_map_view import HeatMapView
from gui.widgets.scatter_view import ScatterView
from gui.widgets.stream_input import StreamInput
from gui.widgets.try_view import AnswerPlace, TryView
from tests.gui.panels.test_pictures import floats, shown

LARGE = "QWidget { font-size: 35px; }"
WIDTH, HEIGHT = 600, 280
"""Pixels of the panel *Inside the model* at 26 points in a window of 1280x800, and in the presenter's layout."""


def tried(kind: str, picture: AnyPicture, qtbot: QtBot) -> TryView:
    view = TryView(LookCard(name="one", title="One", kind=kind, help="Try it."))
    qtbot.addWidget(view)
    view.setStyleSheet(LARGE)
    view.resize(WIDTH, HEIGHT)
    view.show()
    view._put(Line(text="a") if kind == "line" else Stream(text="a"))
    view.hear(TryAnswered(at_s=0.0, number=view.number, step=1, picture=picture, is_over=True))
    view.say("What is said of it, at length. " * 9)
    QApplication.processEvents()
    return view


def test_what_an_answer_comes_to_stands_above_its_picture_and_goes_with_it(qtbot: QtBot) -> None:
    picture = Text(prompt="", text="so so", verdict=Phrase("NEGATIVE: {share:.0%}", {"share": 0.12}))
    view = tried("line", picture, qtbot)
    assert view.verdict.text() == "NEGATIVE: 12%"
    assert view.verdict.isVisible()
    assert view.verdict.geometry().bottom() < view._place.geometry().top() < HEIGHT / 2
    view.forget_answer()
    assert not view.verdict.isVisible()
    other = tried("line", Text(prompt="", text="so so"), qtbot)
    assert not other.verdict.isVisible()
    view = tried("line", picture, qtbot)
    view._take(None)  # the line is emptied
    assert not view.verdict.isVisible()


def test_the_curve_of_a_stream_has_the_whole_width_below_the_texts(qtbot: QtBot) -> None:
    curve = Curve(names=(Phrase("mood"), Phrase("alarm")), x=floats(1.0, 2.0), y=floats(0.1, 0.2, 0.5, 0.5))
    view = tried("stream", curve, qtbot)
    assert isinstance(view._view, CurveView)
    assert view._place.width() > 0.9 * WIDTH
    assert isinstance(view.input, StreamInput)
    assert view.input.height() < HEIGHT / 2
    assert view.input.knobs is not None
    assert view.input.knobs.isAncestorOf(view.input.alarm)


def test_points_of_many_groups_are_seen_before_the_names_of_these(qtbot: QtBot) -> None:
    for groups, is_above in ((4, True), (10, False), (2, True)):
        names = tuple(Phrase(f"group {number}") for number in range(groups))
        picture = Scatter(x=floats(0.0, 1.0), y=floats(0.0, 1.0), group=bytes(2), groups=names)
        if groups == 4:
            view = shown(ScatterView(), picture, qtbot, WIDTH, HEIGHT)
        view.show_picture(picture)
        QApplication.processEvents()
        assert isinstance(view, ScatterView)
        assert (view._head.y() < view._plot.y()) is is_above


def test_points_are_seen_as_large_as_there_is_room_before_the_names_of_many_groups(qtbot: QtBot) -> None:
    place, view = AnswerPlace(), ScatterView()
    qtbot.addWidget(place)
    place.setStyleSheet(LARGE)
    place.setWidget(view)
    place.resize(WIDTH, HEIGHT)
    place.show()
    names = tuple(Phrase(f"the group {number}") for number in range(12))
    view.show_picture(Scatter(x=floats(0.0, 1.0), y=floats(0.0, 1.0), group=bytes(2), groups=names))
    QApplication.processEvents()
    assert view._plot.y() == 0
    assert 0.7 * HEIGHT < view._plot.height() <= HEIGHT


def test_lines_are_seen_before_their_names_where_these_take_much_of_the_height(qtbot: QtBot) -> None:
    names = tuple(Phrase(f"man {number}") for number in range(5))
    view = tried("turned", Curve(names=names, x=floats(1.0, 2.0), y=floats(*10 * [0.5])), qtbot)
    curve = view._view
    assert isinstance(curve, CurveView)
    assert curve._plot.y() == 0
    assert 0.9 * view._place.height() <= curve._plot.height() <= view._place.height()
    view.resize(3 * WIDTH, HEIGHT)
    QApplication.processEvents()
    assert curve._head.y() == 0, "there they take one line"


def test_what_bars_are_worth_is_seen_before_the_ends_of_their_names(qtbot: QtBot) -> None:
    names = tuple(f"{number} is an answer of many letters" for number in range(5))
    view = tried("line", Bars(names=names, values=(0.5, 0.4, 0.3, 0.2, 0.1), is_share=False, is_lying=True), qtbot)
    assert view._view is not None
    assert view._view.width() <= view._place.viewport().width()


def test_all_columns_of_a_table_without_numbers_are_seen_before_the_ends_of_long_names(qtbot: QtBot) -> None:
    rows = tuple(f"{number} a question that is asked at length" for number in range(1, 13))
    columns = tuple(str(number) for number in range(1, 13))
    titles = {"row_title": Phrase("question"), "column_title": Phrase("answer")}
    view = HeatMapView()
    view.setStyleSheet(LARGE)
    shown(view, HeatMap(rows=rows, columns=columns, values=floats(*[0.5] * 144), **titles), qtbot, WIDTH // 2, HEIGHT)
    view.resize(view.minimumWidth(), HEIGHT)
    assert view.minimumWidth() <= WIDTH
    assert view._place().right() <= view.width()
    narrow = view._place().left()
    view.resize(2 * WIDTH, HEIGHT)
    assert view._place().left() > 1.3 * narrow


def test_names_that_stand_upright_give_way_to_rows(qtbot: QtBot) -> None:
    names = tuple("abcdefghij"[number] * 12 for number in range(10))
    view = HeatMapView()
    picture = HeatMap(rows=names, columns=names, values=floats(*[7.0] * 100), has_numbers=True)
    shown(view, picture, qtbot, WIDTH, 100)
    line = view.fontMetrics().height()
    view.resize(WIDTH, view.minimumHeight())
    assert view._place().top() <= 2 * line
    view.resize(WIDTH, view.minimumHeight() + 20 * line)
    assert view._place().top() > max(map(view.fontMetrics().horizontalAdvance, names))
