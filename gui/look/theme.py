"""Colours and type of the window: light and dark, safe for colour-blind eyes (Okabe and Ito, 2008).

Nothing is told by colour alone: lines differ in dash, phases in pattern, levels in a word.
"""

from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

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
RUN_COLOURS = (("#A3487F", "#D98BBA"), ("#7A5C00", "#E3CB52"), ("#4B3F9E", "#A59AF0"), ("#8A3B12", "#E59A6C"))
"""Of the runs beside the live one: on light ground and on dark."""
RANK_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, YELLOW)
TEXT_POINTS = (9, 10, 11, 13, 16, 20, 24)
"""Steps of the text size; the larger ones are for a projector."""


@dataclass(frozen=True)
class PlotColours:
    """What a plot is drawn with."""

    background: QColor
    foreground: QColor
    muted: QColor
    grid: QColor
    seam: QColor


@dataclass(frozen=True)
class RunColours:
    """What the curves of one run are drawn with: single steps, smoothed loss, validation, throughput."""

    raw: QColor
    line: QColor
    validation: QColor
    throughput: QColor


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
    """Of the run that is drawn as number `number`: the live one is 0, and has a colour a curve; others have one each.

    Solid colours only: translucent pens are slow to draw.
    """
    if number == 0:
        return RunColours(
            raw=QColor("#2F5D7C" if dark else "#B5D3E7"),
            line=QColor(SKY if dark else BLUE),
            validation=QColor(ORANGE if dark else "#B85C00"),
            throughput=QColor("#35C79A" if dark else "#00805D"),
        )
    own, ground = QColor(RUN_COLOURS[(number - 1) % len(RUN_COLOURS)][dark]), QColor("#14181D" if dark else "#FFFFFF")
    faint = QColor(
        (own.red() + 2 * ground.red()) // 3,
        (own.green() + 2 * ground.green()) // 3,
        (own.blue() + 2 * ground.blue()) // 3,
    )
    return RunColours(raw=faint, line=own, validation=own, throughput=own)


def rank_colour(rank: int) -> QColor:
    """One colour a rank, the same everywhere."""
    return QColor(RANK_COLOURS[rank % len(RANK_COLOURS)])


def phase_colour(phase: str) -> QColor:
    """One colour a phase, the same everywhere."""
    return QColor(PHASE_COLOURS[phase])


def alarm_colour(palette: QPalette) -> QColor:
    """What marks a failure; white is legible on it, and it stands out on light ground and on dark."""
    return QColor("#C2410C" if is_dark(palette) else "#B33A00")


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
        roles.Highlight: "#2F7FB5" if dark else BLUE,
        roles.HighlightedText: "#FFFFFF",
        roles.ToolTipBase: "#2A323C" if dark else "#FFFFFF",
        roles.ToolTipText: "#E8ECF1" if dark else "#1B2430",
        roles.PlaceholderText: "#9AA3AE" if dark else "#5B6470",
        roles.Link: SKY if dark else BLUE,
        roles.Light: "#3A444F" if dark else "#FFFFFF",
        roles.Midlight: "#323B45" if dark else "#E9ECEF",
        roles.Mid: "#3A444F" if dark else "#C3C9D0",
        roles.Dark: "#0E1115" if dark else "#A7AFB8",
        roles.Shadow: "#000000" if dark else "#7A828B",
    }
    palette = QPalette()
    for role, colour in colours.items():
        palette.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#79828D" if dark else "#8A929C"))
    return palette


STYLE = """
QWidget {{ font-size: {points}pt; }}
QMainWindow::separator {{ background: {mid}; width: 1px; height: 1px; }}
QMainWindow::separator:hover {{ background: {highlight}; }}
QToolBar {{ border: 0; border-bottom: 1px solid {mid}; padding: 4px; spacing: 6px; background: {window}; }}
QStatusBar {{ border-top: 1px solid {mid}; }}
QStatusBar::item {{ border: 0; }}
QDockWidget::title {{ padding: 5px 8px; background: {window}; font-weight: 600; }}
QToolTip {{ border: 1px solid {mid}; padding: 4px; }}
QToolButton {{ padding: 4px 8px; border: 1px solid transparent; border-radius: 5px; }}
QToolButton:hover {{ background: {button}; }}
QToolButton:checked {{ background: {button}; border-color: {mid}; }}
QToolButton:focus, QPushButton:focus {{ border: 2px solid {highlight}; }}
QPushButton {{ padding: 4px 12px; border: 1px solid {mid}; border-radius: 5px; background: {button}; }}
QPushButton:hover {{ border-color: {highlight}; }}
QPushButton:disabled {{ color: {disabled}; }}
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {{ padding: 3px 4px; min-height: 1.4em; }}
QPlainTextEdit, QTreeView, QTableView {{ border: 0; }}
"""


def apply_theme(application: QApplication, theme: str, points: int) -> None:
    """A theme (system, light or dark) and a text size in points, at once and everywhere."""
    font = QFont(application.font())
    font.setPointSize(points)
    application.setFont(font)
    schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
    hints = QGuiApplication.styleHints()
    hints.setColorScheme(schemes.get(theme, Qt.ColorScheme.Unknown))
    dark = theme == "dark" or (theme != "light" and hints.colorScheme() == Qt.ColorScheme.Dark)
    palette = make_palette(dark)
    application.setPalette(palette)
    names = {
        "mid": QPalette.ColorRole.Mid,
        "highlight": QPalette.ColorRole.Highlight,
        "window": QPalette.ColorRole.Window,
        "button": QPalette.ColorRole.Button,
    }
    colours = {name: palette.color(role).name() for name, role in names.items()}
    colours["disabled"] = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text).name()
    # The size stands in the style sheet too: widgets that a style sheet has touched no longer follow the font.
    application.setStyleSheet(STYLE.format(points=points, **colours))
