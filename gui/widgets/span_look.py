"""What is written on a span of a step, and beside it, and where steps of all ranks are seen together."""

from collections.abc import Mapping

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from engine.anatomy import LaneSpan
from engine.events.ranks import StepAnatomy
from engine.rows import PHASES
from gui.look.theme import phase_colour, text_on
from gui.text import figures

BESIDE = 4
"""Pixels between what is written and what stands beside it."""
VERTICALLY = int(Qt.AlignmentFlag.AlignVCenter)


def span_forms(span: LaneSpan, names: Mapping[str, str]) -> tuple[str, ...]:
    """What may be written on a span, the fullest first: its phase and how long it took, or its micro-batch."""
    name, took = names[PHASES[span.phase]], figures.seconds(span.duration_s)
    if span.microbatch >= 0:
        number = str(span.microbatch + 1)
        return (f"{number} · {took}", number)
    return (f"{name} {took}", name)


def write_span(painter: QPainter, span: LaneSpan, box: QRectF, names: Mapping[str, str]) -> str:
    """Write the fullest text that has room in the box whole, on a ground of the phase's colour; what is written."""
    metrics = painter.fontMetrics()
    if metrics.ascent() > box.height():
        return ""
    for text in span_forms(span, names):
        width = metrics.horizontalAdvance(text)
        if width + 4 < box.width():
            colour = phase_colour(PHASES[span.phase])
            ground = QRectF(0, 0, width + 2, min(box.height(), metrics.height()))
            ground.moveCenter(box.center())
            painter.fillRect(ground, colour)
            painter.setPen(text_on(colour))
            painter.drawText(ground, int(Qt.AlignmentFlag.AlignCenter), text)
            return text
    return ""


def without_end(painter: QPainter, text: str, lane: QRectF) -> QRectF:
    """The part of a lane at whose right end a text stands that is free of it; all of it, without a text."""
    return lane.adjusted(0, 0, -(painter.fontMetrics().horizontalAdvance(text) + 6 if text else 0), 0)


def write_beyond(painter: QPainter, text: str, lane: QRectF, colour: QColor, ground: QColor) -> None:
    """Write at the right end of a lane, on a ground of its own, what lies beyond it."""
    box = lane.adjusted(without_end(painter, text, lane).width(), 0, 0, 0)
    painter.fillRect(box, ground)
    painter.setPen(colour)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)


def seen_together(anatomy: StepAnatomy) -> tuple[float, float]:
    """From when on, and for how long, ranks are seen beside each other: (seconds on the run's clock, seconds).

    In one step all that any of them does; of ranks that run freely, each some steps, the time in which all are seen.
    """
    begins = [rank.begin_s for rank in anatomy.ranks]
    ends = [rank.begin_s + rank.seconds for rank in anatomy.ranks]
    if any(rank.step_begins_s for rank in anatomy.ranks) and max(begins) < min(ends):
        return max(begins), min(ends) - max(begins)
    return min(begins), max(ends) - min(begins)
