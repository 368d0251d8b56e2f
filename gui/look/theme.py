"""Colours and type of the window: light and dark, safe for colour-blind eyes (Okabe and Ito, 2008).

Nothing is told by colour alone: lines differ in dash, phases in pattern, levels in a word.
"""

from functools import cache
from pathlib import Path

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QLabel

from gui.look.garbage import no_garbage_collected
from gui.look.scale import SMALL, letters_style, set_letters

ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#8A8F98"

PHASE_COLOURS = {
    "data": YELLOW,
    "h2d": PURPLE,
    "forward": SKY,
    "backward": BLUE,
    "communicate": VERMILLION,
    "wait": GREY,
    "optimizer": GREEN,
}
RUN_COLOURS = (("#20262D", "#F0F3F6"), ("#E6399B", "#FFC8E2"), ("#9B7BE8", "#CFF7D8"), ("#D8743A", "#FFF3B0"))
"""Of the runs beside the live one: on light ground and on dark. Each is darker or lighter than those of all modes."""
RANK_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, YELLOW)
TEXT_POINTS = (9, 10, 11, 12, 14, 16, 20, 26)
"""Steps of the text size; the larger ones are for a projector."""


class PlotColours(msgspec.Struct, frozen=True):
    """What a plot is drawn with."""

    background: QColor
    foreground: QColor
    muted: QColor
    grid: QColor
    seam: QColor


RUN_DASHES: tuple[tuple[int, ...], ...] = ((8, 4), (2, 3), (8, 3, 2, 3), (16, 4))
"""Of the same runs, in pixels drawn and left out: what their colour tells must be seen without it, too."""


class RunColours(msgspec.Struct, frozen=True):
    """What the curves of one run are drawn with: single steps, smoothed loss, validation, throughput.

    `dash` is how many pixels of a line are drawn and left out by turns; () is all of it drawn.
    """

    raw: QColor
    line: QColor
    validation: QColor
    throughput: QColor
    dash: tuple[int, ...] = ()


def is_dark(palette: QPalette) -> bool:
    """Whether text is lighter than what it stands on."""
    return (
        palette.color(QPalette.ColorRole.WindowText).lightness() > palette.color(QPalette.ColorRole.Window).lightness()
    )


def plot_colours(palette: QPalette) -> PlotColours:
    """What a plot is drawn with, beside its curves."""
    dark = is_dark(palette)
    return PlotColours(
        background=palette.color(QPalette.ColorRole.Base),
        foreground=palette.color(QPalette.ColorRole.Text),
        muted=QColor("#9AA3AE" if dark else "#5B6470"),
        grid=QColor("#2B323B" if dark else "#E6E9ED"),
        seam=QColor("#7A8491" if dark else "#8A929C"),
    )


@cache
def run_colours(number: int, *, dark: bool) -> RunColours:
    """The colours of the run drawn as number `number`: the live one is 0, with a colour a curve; others have one each.

    Another run has one colour on all plots: none that a mode has, for its rate lies among those of modes.

    Solid colours only: translucent pens are slow to draw.
    """
    if number == 0:
        return RunColours(
            raw=QColor("#2F5D7C" if dark else "#B5D3E7"),
            line=QColor(SKY if dark else BLUE),
            validation=QColor(ORANGE if dark else "#B85C00"),
            throughput=QColor("#35C79A" if dark else "#00805D"),
        )
    times, turn = divmod(number - 1, len(RUN_COLOURS))
    own, ground = QColor(RUN_COLOURS[turn][dark]), QColor("#14181D" if dark else "#FFFFFF")
    faint = QColor(
        (own.red() + 2 * ground.red()) // 3,
        (own.green() + 2 * ground.green()) // 3,
        (own.blue() + 2 * ground.blue()) // 3,
    )
    dash = RUN_DASHES[(turn + times) % len(RUN_DASHES)]  # the fifth has the colour of the first, and another dash
    return RunColours(raw=faint, line=own, validation=own, throughput=own, dash=dash)


def rank_colour(rank: int) -> QColor:
    """One colour a rank, the same everywhere."""
    return QColor(RANK_COLOURS[rank % len(RANK_COLOURS)])


def phase_colour(phase: str) -> QColor:
    """One colour a phase, the same everywhere."""
    return QColor(PHASE_COLOURS[phase])


def alarm_colour(palette: QPalette) -> QColor:
    """What marks a failure; white is legible on it, and it stands out on light ground and on dark."""
    return QColor("#C2410C" if is_dark(palette) else "#B33A00")


def contrast(one: QColor, other: QColor) -> float:
    """How well one is told from the other, from 1 to 21 (WCAG 2.2); text is legible from 4.5 on."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def text_on(colour: QColor) -> QColor:
    """Black or white, whichever is legible on that colour."""
    return QColor(_text_on(colour.rgb()))


@cache
def _text_on(rgb: int) -> str:
    return max(("#000000", "#FFFFFF"), key=lambda text: contrast(QColor(text), QColor(rgb)))


def make_palette(dark: bool) -> QPalette:
    """The window's palette in the colours of a theme."""
    roles = QPalette.ColorRole
    colours = {
        roles.Window: "#1B2027" if dark else "#F3F5F7",
        roles.WindowText: "#E8ECF1" if dark else "#1B2430",
        roles.Base: "#14181D" if dark else "#FFFFFF",
        roles.AlternateBase: "#20262E" if dark else "#F0F2F5",
        roles.Text: "#E8ECF1" if dark else "#1B2430",
        roles.Button: "#2A323C" if dark else "#E6EAEE",
        roles.ButtonText: "#E8ECF1" if dark else "#1B2430",
        roles.BrightText: "#FFFFFF",
        roles.Highlight: "#2A74A6" if dark else BLUE,
        roles.HighlightedText: "#FFFFFF",
        roles.ToolTipBase: "#2A323C" if dark else "#FFFFFF",
        roles.ToolTipText: "#E8ECF1" if dark else "#1B2430",
        roles.PlaceholderText: "#9AA3AE" if dark else "#5B6470",
        roles.Link: SKY if dark else BLUE,
        roles.Light: "#5A6672" if dark else "#FFFFFF",
        roles.Midlight: "#323B45" if dark else "#E9ECEF",
        roles.Mid: "#3A444F" if dark else "#C3C9D0",
        roles.Dark: "#0E1115" if dark else "#A7AFB8",
        roles.Shadow: "#000000" if dark else "#7A828B",
    }
    palette = QPalette()
    for role, colour in colours.items():
        palette.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#8D97A3" if dark else "#667080"))
    return palette


def menu_palette(palette: QPalette) -> QPalette:
    """The palette of menus in the colours of the window's: the style takes a darker shade of one colour for both edges,
    a menu's own and those of its tick boxes."""
    found = QPalette(palette)
    found.setColor(QPalette.ColorRole.Window, QColor("#DCE3EA" if is_dark(palette) else "#B4BCC5"))
    return found


STYLE = """
QMainWindow::separator {{ background: {mid}; width: 1px; height: 1px; }}
QMainWindow::separator:hover {{ background: {highlight}; }}
QToolBar {{ border: 0; border-bottom: 1px solid {mid}; padding: 4px; spacing: 8px; background: {window}; }}
QStatusBar {{ border-top: 1px solid {mid}; }}
QStatusBar::item {{ border: 0; }}
QDockWidget {{ border: 1px solid {mid}; }}
QToolTip {{ border: 1px solid {mid}; padding: 4px; }}
QToolButton, QPushButton {{
    padding: 4px 8px; border: 1px solid {edge}; border-radius: 5px; background: {button}; color: {text};
}}
QPushButton {{ padding: 4px 12px; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QToolButton:hover, QPushButton:hover {{ border-color: {highlight}; }}
QToolButton:pressed, QPushButton:pressed {{ background: {mid}; }}
QToolButton:checked {{ background: {highlight}; color: {highlighted}; border-color: {highlight}; }}
QToolButton:disabled, QPushButton:disabled {{ color: {disabled}; border-color: {mid}; }}
QToolButton:focus, QPushButton:focus {{ border: 2px solid {highlight}; }}
QToolBar QToolButton {{ min-width: 3.6em; }}
QToolBar QToolButton:checked {{
    padding-bottom: 2px; border-bottom: 3px solid {highlight}; background: {base}; color: {text};
}}
QToolButton[chip="true"] {{ padding: 2px 8px; border-radius: 9px; background: {base}; }}
QToolButton[chip="true"]:checked {{ background: {base}; color: {text}; border-color: {edge}; }}
QToolButton[chip="true"]:!checked {{ background: {window}; color: {muted}; border: 1px dashed {edge}; }}
QToolButton[chip="true"]:focus {{ border: 2px solid {highlight}; }}
QToolButton[slim="true"] {{ padding: 2px 6px; }}
QToolButton[bare="true"] {{ padding: 2px 4px; border: 1px solid transparent; background: transparent; }}
QToolButton[bare="true"]:hover {{ background: {button}; border-color: {edge}; }}
QToolButton[bare="true"]:focus {{ border: 1px solid {highlight}; }}
QTabBar QToolButton {{ padding: 0; }}
QTabBar::tab {{
    padding: 3px 7px; border: 0; border-top: 3px solid transparent; background: {window}; color: {muted};
}}
QTabBar::tab:hover {{ background: {button}; color: {text}; }}
QTabBar::tab:selected {{ background: {base}; color: {text}; border-top-color: {link}; }}
QTabBar::tab:focus {{ color: {link}; }}
QCheckBox::indicator {{
    width: {check}px; height: {check}px; border: 1px solid {muted}; border-radius: 3px; background: {base};
}}
QCheckBox::indicator:checked {{ background: {highlight}; border-color: {highlight}; image: url({tick}); }}
QCheckBox::indicator:disabled {{ border-color: {mid}; }}
QCheckBox:focus {{ color: {link}; }}
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {{ padding: 3px 4px; min-height: 1.4em; }}
QComboBox {{ combobox-popup: 0; }}
QComboBox QAbstractItemView {{ border: 1px solid {edge}; }}
QLineEdit {{ border: 1px solid {edge}; border-radius: 4px; background: {base}; }}
QLineEdit:focus {{ border-color: {highlight}; }}
QAbstractSpinBox QLineEdit, QComboBox QLineEdit {{ border: 0; }}
QSpinBox, QDoubleSpinBox {{ border: 1px solid {edge}; border-radius: 4px; background: {base}; }}
QSpinBox:focus, QDoubleSpinBox:focus {{ border-color: {highlight}; }}
QAbstractSpinBox QLineEdit {{ padding: 0 4px; min-height: 0; }}
QAbstractSpinBox::up-button {{ border: 0; width: {check}px; subcontrol-position: top right; }}
QAbstractSpinBox::down-button {{ border: 0; width: {check}px; subcontrol-position: bottom right; }}
QAbstractSpinBox::up-arrow {{ image: url({up}); width: {arrow}px; height: {arrow}px; }}
QAbstractSpinBox::down-arrow {{ image: url({down}); width: {arrow}px; height: {arrow}px; }}
QPlainTextEdit, QTreeView, QTableView {{ border: 0; }}
QLabel[note="true"] {{ color: {muted}; }}
"""
TICK, UP, DOWN = (
    (Path(__file__).parent.parent.parent / "resources" / f"{name}.svg").as_posix() for name in ("tick", "up", "down")
)


def style_sheet(palette: QPalette, points: int) -> str:
    """The window's style sheet in the colours of a palette, its letters in a size in points."""
    roles = QPalette.ColorRole
    named = {
        "mid": roles.Mid,
        "edge": roles.Dark if not is_dark(palette) else roles.Light,
        "highlight": roles.Highlight,
        "highlighted": roles.HighlightedText,
        "window": roles.Window,
        "base": roles.Base,
        "button": roles.Button,
        "text": roles.Text,
        "muted": roles.PlaceholderText,
        "link": roles.Link,
    }
    colours = {name: palette.color(role).name() for name, role in named.items()}
    colours["disabled"] = palette.color(QPalette.ColorGroup.Disabled, roles.Text).name()
    # The size stands in the style sheet too: widgets that a style sheet has touched no longer follow the font.
    sizes = {"check": round(1.3 * points), "arrow": round(0.8 * points)}
    return letters_style(points) + STYLE.format(tick=TICK, up=UP, down=DOWN, **sizes, **colours)


def set_note(label: QLabel) -> None:
    """Words that say how to read something, not what it is: small, and less dark than the rest."""
    label.setProperty("note", True)
    set_letters(label, SMALL)


def apply_theme(application: QApplication, theme: str, points: int) -> None:
    """A theme (system, light or dark) and a text size in points, at once and everywhere."""
    font = QFont(application.font())
    font.setPointSize(points)
    schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
    hints = QGuiApplication.styleHints()
    with no_garbage_collected():
        hints.setColorScheme(schemes.get(theme, Qt.ColorScheme.Unknown))
        dark = theme == "dark" or (theme != "light" and hints.colorScheme() == Qt.ColorScheme.Dark)
        palette = make_palette(dark)
        sheet = style_sheet(palette, points)
        if sheet != application.styleSheet():  # it says colours and sizes: the same once more would change nothing
            application.setFont(font)
            application.setPalette(palette)
            application.setPalette(menu_palette(palette), "QMenu")  # type: ignore[arg-type]
            application.setStyleSheet(sheet)
