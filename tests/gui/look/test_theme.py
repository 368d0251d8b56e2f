"""Another theme is seen at once, everywhere: in chips, icons and plots, and not with the theme after it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QSpinBox
from pytestqt.qtbot import QtBot

from gui.look.theme import apply_theme, is_dark, run_colours
from tests.windows import Open, ink


def test_chips_icons_and_plots_follow_the_theme_at_once(open_window: Open, qapp: QApplication, qtbot: QtBot) -> None:
    window = open_window().window
    chip = window.panel("loss")._legend._buttons["line"][0]
    for theme in ("dark", "light", "dark", "light"):
        window.look.set_theme(theme)
        dark = theme == "dark"
        assert is_dark(window.palette()) == dark
        own, other = (run_colours(0, dark=is_so).line for is_so in (dark, not dark))
        picture = chip.grab().toImage()
        assert (ink(picture, own) > 50, ink(picture, other) > 50) == (True, False)
        text = window.palette().buttonText().color()
        assert ink(window._play.icon().pixmap(24, 24).toImage(), text) > 50
        ground: QColor = window.panel("loss")._plot.backgroundBrush().color()
        assert (ground.lightness() < 128) == dark


def test_a_chip_that_is_off_looks_off(open_window: Open, qapp: QApplication, qtbot: QtBot) -> None:
    window = open_window().window
    chip = window.panel("loss")._legend._buttons["line"][0]
    colour = run_colours(0, dark=is_dark(window.palette())).line
    on = ink(chip.grab().toImage(), colour)
    chip.setChecked(False)
    assert ink(chip.grab().toImage(), colour) < on / 4


def test_the_frame_of_a_field_with_arrows_is_whole_and_arrows_go_with_the_letters(
    qapp: QApplication, qtbot: QtBot
) -> None:
    field = QSpinBox()
    field.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # with the keyboard it has another edge
    qtbot.addWidget(field)
    field.show()
    arrows = []
    for theme, points in (("light", 10), ("dark", 10), ("dark", 26)):
        apply_theme(qapp, theme, points)
        field.adjustSize()
        qapp.processEvents()
        seen, palette = field.grab().toImage(), field.palette()
        edge = palette.light().color() if theme == "dark" else palette.dark().color()
        for x in (0, field.width() - 1):
            assert seen.pixelColor(x, field.height() // 2) == edge
        arrows.append(ink(seen, "#7A8491"))
    assert arrows[0] > 10
    assert arrows[2] > 3 * arrows[1]
    apply_theme(qapp, "light", 10)
