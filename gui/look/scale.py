"""How large letters are and how far things stand apart: the one file that says so, for every text size.

Letters come in six kinds ("strong" ones are as large as ordinary text, and bold); what is for the desk alone is of
ordinary size, however large the rest. What kind a widget's are is a property of it (`set_letters`), which the style
sheet reads, so that they follow the text size at once; what is painted asks `letters_font`. Gaps are parts of a grid of
8 pixels.
"""

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel

TITLE, HEADING, STRONG, BODY, SMALL, DESK = "title", "heading", "strong", "body", "small", "desk"

BOLD = (TITLE, HEADING, STRONG)

TIGHT, HALF, GRID, WIDE = 2, 4, 8, 16
"""Gaps in pixels: between lines that belong together, within a row, between controls, between groups."""

PROPERTY = "letters"
SCREEN = (1920, 1080)
"""Pixels of the screen that sizes for the last row are drawn for."""
LAST_ROW = {TITLE: 60, HEADING: 38, STRONG: 32, BODY: 32, SMALL: 28}
"""Pixels of letters on such a screen: as large a part of it as the projector's text size is of a small window."""
POINTS_AN_INCH = 72


def points_of(kind: str, body_points: float) -> int:
    """The size of a kind of letters, in points, where ordinary text has `body_points`.

    The largest grow more slowly than the rest: on a projector they must still stand side by side.
    """
    sizes = {TITLE: 1.4 * body_points + 4, HEADING: 1.1 * body_points, STRONG: body_points}
    sizes |= {BODY: body_points, DESK: body_points}
    sizes[SMALL] = 0.9 * body_points
    return round(sizes[kind])


def set_letters(label: QLabel, kind: str) -> None:
    """Give a label letters of that kind, in this text size and every other.

    Labels alone can have them: a rule for every widget is asked of every widget as it comes to be.
    """
    label.setProperty(PROPERTY, kind)


def letters_font(font: QFont, kind: str) -> QFont:
    """Letters of that kind beside ordinary text in `font`, for what is painted; in pixels where that is."""
    found = QFont(font)
    if font.pixelSize() > 0:  # a style sheet has said so
        found.setPixelSize(points_of(kind, font.pixelSize()))
    else:
        found.setPointSize(points_of(kind, font.pointSizeF()))
    found.setBold(kind in BOLD)
    return found


def letters_style(body_points: float) -> str:
    """The part of the window's style sheet that is about letters."""
    rules = [f"QWidget {{ font-size: {points_of(BODY, body_points)}pt; }}"]
    for kind in (TITLE, HEADING, STRONG, SMALL):
        weight = " font-weight: 600;" if kind != SMALL else ""
        rules.append(f'QLabel[{PROPERTY}="{kind}"] {{ font-size: {points_of(kind, body_points)}pt;{weight} }}')
    return "\n".join(rules)


def screen_style(name: str, width: int, height: int, body_points: float, dots_an_inch: float) -> str:
    """The style sheet of a widget of that name that fills the screen, with letters as large as the last row needs.

    In a small window they are as large as there is room for, but never smaller than in the text size that was chosen.
    """
    share = min(width / SCREEN[0], height / SCREEN[1])

    def pixels(kind: str) -> int:
        chosen = points_of(kind, body_points) * dots_an_inch / POINTS_AN_INCH
        return round(max(LAST_ROW.get(kind, 0) * share, chosen))

    rules = [f"#{name} QWidget {{ font-size: {pixels(BODY)}px; }}"]
    for kind in (TITLE, HEADING, STRONG, SMALL, DESK):
        weight = 600 if kind in BOLD else 400
        rules.append(f'#{name} QLabel[{PROPERTY}="{kind}"] {{ font-size: {pixels(kind)}px; font-weight: {weight}; }}')
    return "\n".join(rules)


def menu_style(pixels: int) -> str:
    """The style sheet of a menu that is read together with letters of that size, and of those that it leads to."""
    return f"QMenu {{ font-size: {pixels}px; }}"
