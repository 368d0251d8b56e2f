"""Another theme is seen at once, everywhere: in chips, icons and plots, and not with the theme after it."""

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.look.theme import is_dark, run_colours
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
