"""A text that a model goes on with is read in every theme."""

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QTextEdit
from pytestqt.qtbot import QtBot

from engine.pictures import Text
from gui.look.theme import apply_theme, plot_colours
from gui.widgets.text_view import TextView


def test_what_is_written_follows_the_theme_at_once_and_stays_where_it_was_scrolled_to(qtbot: QtBot) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    apply_theme(application, "light", 10)
    view = TextView()
    qtbot.addWidget(view)
    view.resize(300, 100)
    view.show()
    view.show_picture(Text(prompt="given", text="\nwords" * 40))
    text = view.findChild(QTextEdit)
    assert isinstance(text, QTextEdit)
    bar = text.verticalScrollBar()
    assert bar.value() > bar.maximum() - 10 > 0, "its end is in sight while it grows"
    view.end()
    assert bar.value() == 0, "and what was given is when it is over"
    text.verticalScrollBar().setValue(30)
    seen = set()
    for theme in ("dark", "light"):
        apply_theme(application, theme, 10)
        cursor, colours = text.textCursor(), plot_colours(view.palette())
        for place, is_given in ((1, True), (20, False)):
            cursor.setPosition(place)
            assert (cursor.charFormat().fontWeight() == QFont.Weight.Bold) == is_given
            colour = cursor.charFormat().foreground().color()
            assert colour == colours.foreground
            seen.add(colour.name())
        assert text.verticalScrollBar().value() == 30
    assert len(seen) == 2


def test_a_whole_text_that_nobody_began_is_read_from_its_beginning_and_stays_where_it_was_scrolled_to(
    qtbot: QtBot,
) -> None:
    view = TextView()
    qtbot.addWidget(view)
    view.resize(300, 100)
    view.show()
    view.show_picture(Text(prompt="", text="one\n" * 40))
    bar = view.findChild(QTextEdit).verticalScrollBar()  # type: ignore[union-attr]
    assert bar.value() == 0 < bar.maximum()
    bar.setValue(30)
    view.show_picture(Text(prompt="", text="two\n" * 40))
    assert bar.value() == 30
    view.show_picture(Text(prompt="", text="two\n" * 41))
    assert bar.value() > bar.maximum() - 10, "what grows has its end in sight"
