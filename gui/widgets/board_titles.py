"""What the columns of the board of modes are called, drawn above its rows in as many words as there is room for."""

from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPalette

from gui.look.scale import SMALL, letters_font
from gui.look.theme import plot_colours
from gui.text.board_text import figure_heads
from gui.widgets.board_places import GAP, RowPlace

LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight


def _tr(text: str) -> str:
    return QCoreApplication.translate("BoardTable", text)


def paint_titles(
    painter: QPainter, place: RowPlace, width: int, longest: str, unit: str, font: QFont, palette: QPalette
) -> None:
    """Draw what the columns are, where that row has them; `longest` are the ms that bars reach to, rows begin below."""
    painter.setFont(letters_font(font, SMALL))
    painter.setPen(plot_colours(palette).muted)
    height = painter.fontMetrics().height()
    end = place.speed_up.left() if place.is_dense else place.step.left() if place.is_strip else width
    room = end - place.bar.left() - 2
    forms = [_tr("where the time goes, 0 to {ms} ms"), _tr("0 to {ms} ms"), _tr("0–{ms} ms")]
    briefest, advance = forms[-1].format(ms=longest), painter.fontMetrics().horizontalAdvance
    scale = _fitting([*(form.format(ms=longest) for form in forms), ""], painter, room)  # an end alone says nothing
    if place.is_narrow:  # figures stand below the name, and so do their heads beside each other
        figures = _tr("ms/step · speed-up")
        words = _fitting([f"{figures} · {form.format(ms=longest)}" for form in forms] + [figures], painter, room)
        painter.drawText(QRectF(place.name.left(), 0, width, height), LEFT, words)
        return
    bars = QRectF(place.bar.left(), 0, room, 0)
    before = place.bar.left() if place.is_dense else place.step.left()
    has_name = not place.is_strip and place.name.left() + (name := advance(_tr("mode"))) < before
    if not scale and has_name and place.is_dense and place.name.left() + name + GAP <= bars.right() - advance(briefest):
        bars.setLeft(bars.right() - advance(briefest))  # bars that short begin below it
        scale = briefest
    heads = [(place.speed_up, RIGHT, _tr("speed-up"), 0.0), (bars, LEFT, scale, 0.0)]
    if place.is_dense:
        columns, second = [place.step, *(box for _, box in place.cells)], place.row.top() - height
        for box, whole, brief in zip(columns, figure_heads(unit), figure_heads(unit, is_brief=True), strict=True):
            heads.append((box, RIGHT, _fitting([whole, brief], painter, box.width() + 1), second))
    else:
        heads.append((place.step, RIGHT, _tr("ms/step"), 0.0))
    if has_name:
        heads.append((place.name, LEFT, _tr("mode"), 0.0))
    for box, align, words, top in heads:
        painter.drawText(QRectF(box.left(), top, max(box.width(), 1), height), align, words)


def _fitting(forms: list[str], painter: QPainter, width: float) -> str:
    """The first of these that there is room for, or the last."""
    return next((form for form in forms if painter.fontMetrics().horizontalAdvance(form) <= width), forms[-1])
