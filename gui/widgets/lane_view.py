"""One lane a rank, on one clock: what each did inside a step. Wheel zooms, dragging moves, a double click fits."""

from collections.abc import Mapping
from math import ceil

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from engine.anatomy import LaneSpan, RankAnatomy
from engine.events.ranks import StepAnatomy
from engine.rows import PHASES
from gui.look.patterns import phase_brush
from gui.look.theme import plot_colours
from gui.text import figures
from gui.text.rank_name import rank_name
from gui.widgets.lane_axis import LaneAxis
from gui.widgets.lane_time import paint_time
from gui.widgets.rank_mark import paint_mark
from gui.widgets.slowest_mark import Place, SlowestMark
from gui.widgets.span_look import VERTICALLY, seen_together, without_end, write_beyond, write_span

ZOOM_A_NOTCH = 1.25
SMALLEST_S = 1e-6
LEAST_LANE_PIXELS, MOST_LANE_LINES = 3, 6
"""How high a lane is: at most so many lines of text, so that it grows with letters and room."""
LEAST_PIXELS, NAMED_LANES, AROUND_PIXELS = 72, 4, 10
"""How high all are, at least: so many have a line of text each, and the time one, in letters of any size."""
ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
"""By how many (lanes, spans) a key goes on."""


class LaneView(QWidget):
    """Draws one StepAnatomy. `pointed` tells the span under the mouse (rank, span), or None."""

    pointed = Signal(object)

    def __init__(self, names: Mapping[str, str]) -> None:
        """`names` are those of the phases, written where there is room; `why_empty` is, where no step is."""
        super().__init__()
        self._names, self.why_empty = names, ""
        self._anatomy: StepAnatomy | None = None
        self._slowest = SlowestMark()
        self._axis = LaneAxis()
        self._window: tuple[float, float] | None = None
        self._dragged: QPointF | None = None
        self._hit: tuple[int, LaneSpan] | None = None
        self._marks: dict[int, str] = {}
        self._mouse: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_anatomy(
        self, anatomy: StepAnatomy | None, slowest: StepAnatomy | None = None, *, has_come: bool = False
    ) -> None:
        """Draw another step, on the axis there is, and where the slowest of those that it stands for would end.

        `has_come`: one more was taken apart, of which it may be that this one is still what is drawn.
        """
        before, self._anatomy = self._anatomy, anatomy
        self._slowest.show(None if slowest is None or slowest is anatomy else self._length_s(slowest))
        if anatomy is not None and (has_come or anatomy is not before):
            is_new = before is None or before.segment != anatomy.segment
            if is_new:
                self.updateGeometry()  # there may be more ranks
            if self._axis.follows(self._length_s(anatomy), is_new_mode=is_new, stays=anatomy is before):
                self._window = None
        if anatomy is not None and self._hit is not None and self._mouse is None:
            self._select(self._next(anatomy, 0, 0))  # what the keyboard chose, in the new step
        else:
            self._point(self._mouse)

    def show_marks(self, marks: dict[int, str]) -> None:
        """Mark these ranks, by number, each with the word for what ails it."""
        if marks != self._marks:
            self._marks = marks
            self.update()

    @property
    def least_height(self) -> int:
        """Room for the names of the first few ranks, and for the time below them, in pixels."""
        named = min(NAMED_LANES, len(self._anatomy.ranks)) if self._anatomy is not None else 1
        return (named + 1) * self.fontMetrics().height() + AROUND_PIXELS

    def minimumSizeHint(self) -> QSize:
        """Room for names and time, and where there is one rank a little more of it."""
        return QSize(0, max(LEAST_PIXELS, self.least_height))

    # Where things are ------------------------------------------------------------------------------------------------

    def _length_s(self, anatomy: StepAnatomy) -> float:
        return max(SMALLEST_S, seen_together(anatomy)[1])

    def _visible(self) -> tuple[float, float]:
        return self._window or (0.0, self._axis.length_s)

    def _whole_s(self) -> float:
        """Up to where there is something to be seen."""
        assert self._anatomy is not None
        return max(self._axis.length_s, self._length_s(self._anatomy))

    def fit(self) -> None:
        """Let the axis fit the step that is drawn, with some room for longer ones."""
        self._window = None
        if self._anatomy is not None:
            self._axis.fit(self._length_s(self._anatomy))
        self.update()

    def free_axis(self) -> None:
        """Let the axis fit the next step that is drawn: what was slow on purpose is so no more."""
        self._axis.free()

    def _gutter(self) -> int:
        return self.fontMetrics().horizontalAdvance(rank_name(88)) + 12

    def _lane(self, index: int, count: int) -> QRectF:
        line = self.fontMetrics().height()
        each = (self.height() - line - AROUND_PIXELS) / max(1, count)
        height = min(MOST_LANE_LINES * line, max(LEAST_LANE_PIXELS, each))
        return QRectF(self._gutter(), 2 + index * height, max(1, self.width() - self._gutter() - 6), height - 3)

    def _x(self, at_s: float, lane: QRectF) -> float:
        first, last = self._visible()
        return lane.left() + (at_s - first) / (last - first) * lane.width()

    def _find(self, at: QPointF) -> tuple[int, LaneSpan] | None:
        anatomy = self._anatomy
        if anatomy is None:
            return None
        begin_s = seen_together(anatomy)[0]
        for index, rank in enumerate(anatomy.ranks):
            lane = self._lane(index, len(anatomy.ranks))
            if not lane.top() <= at.y() <= lane.bottom() or at.x() < lane.left():
                continue
            for span in rank.spans:
                left = self._x(rank.begin_s - begin_s + span.offset_s, lane)
                right = self._x(rank.begin_s - begin_s + span.offset_s + span.duration_s, lane)
                if left <= at.x() <= max(right, left + 2):
                    return rank.rank, span
        return None

    # Drawing ---------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """All lanes, and the time below them."""
        painter = QPainter(self)
        colours = plot_colours(self.palette())
        painter.fillRect(self.rect(), colours.background)
        anatomy = self._anatomy
        if anatomy is None:
            painter.setPen(colours.foreground)
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self.why_empty)
            return
        last = self._lane(len(anatomy.ranks) - 1, len(anatomy.ranks))
        paint_time(painter, last, self._visible(), self.width(), self.palette())
        if self.hasFocus():
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        begin_s, places = seen_together(anatomy)[0], list[Place]()
        for index, rank in enumerate(anatomy.ranks):
            lane = self._lane(index, len(anatomy.ranks))
            places.append((lane, self._x(rank.begin_s - begin_s + rank.seconds, lane), rank.rank not in self._marks))
            if index % ceil(self.fontMetrics().ascent() / (lane.height() + 3)) == 0:  # where there is room for it
                painter.setPen(colours.foreground)
                label = QRectF(4, lane.top(), self._gutter() - 8, max(lane.height(), self.fontMetrics().height()))
                painter.drawText(label, VERTICALLY, rank_name(rank.rank))
            painter.save()
            painter.setClipRect(lane)
            self._paint_rank(painter, rank, begin_s, lane)
            painter.restore()
            if words := self._marks.get(rank.rank):
                paint_mark(painter, lane, words, self.palette())
        slowest, text = self._x(self._slowest.seconds or 0.0, last), self.palette().color(QPalette.ColorRole.Text)
        self._slowest.paint(painter, places, slowest, text)
        painter.end()

    def _paint_rank(self, painter: QPainter, rank: RankAnatomy, begin_s: float, lane: QRectF) -> None:
        painter.fillRect(lane, self.palette().color(QPalette.ColorRole.AlternateBase))
        at_s, text, base = rank.begin_s - begin_s, self.palette().color(QPalette.ColorRole.Text), self.palette().base()
        is_longer = self._window is None and at_s + rank.seconds > self._axis.length_s * (1 + 1e-9)
        is_told = is_longer and not rank.step_begins_s and rank.rank not in self._marks
        beyond = f"{figures.seconds(at_s + rank.seconds)} ▸" if is_told else ""
        free = without_end(painter, beyond, lane)
        for span in rank.spans:
            left = self._x(rank.begin_s - begin_s + span.offset_s, lane)
            right = self._x(rank.begin_s - begin_s + span.offset_s + span.duration_s, lane)
            if right < lane.left() or left > lane.right():
                continue
            box = QRectF(left, lane.top(), max(1.0, right - left), lane.height())
            painter.fillRect(box, phase_brush(PHASES[span.phase]))
            if right - left > 3:
                painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Base), 1))
                painter.drawLine(box.topLeft(), box.bottomLeft())
            if rank.rank not in self._marks:  # beneath a mark no word is read
                write_span(painter, span, box.intersected(free), self._names)
            if self._hit is not None and self._hit == (rank.rank, span):
                painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Text), 2))
                painter.drawRect(box.adjusted(1, 1, -1, -1))
        for begin in rank.step_begins_s:
            painter.setPen(QPen(text, 1))
            painter.drawLine(QLineF(x := self._x(at_s + begin, lane), lane.top(), x, lane.bottom()))
        if beyond:
            write_beyond(painter, beyond, lane, text, base.color())

    # Hand ------------------------------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the place under the mouse."""
        if self._anatomy is None:
            return
        lane = self._lane(0, 1)
        share = min(1.0, max(0.0, (event.position().x() - lane.left()) / lane.width()))
        self._zoom(event.angleDelta().y() / 120, share)
        event.accept()

    def _zoom(self, notches: float, share: float) -> None:
        """Nearer by so many notches; what lies at `share` of the width stays there."""
        first, last = self._visible()
        length = min(max((last - first) * ZOOM_A_NOTCH**-notches, SMALLEST_S), self._whole_s())
        self._look(first + share * (last - first - length), length)

    def _look(self, first: float, length: float) -> None:
        first = min(max(0.0, first), self._whole_s() - length)
        self._axis.keep()
        self._window = (first, first + length)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the lanes, to drag them."""
        self._dragged = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        """The lanes are no longer dragged."""
        self._dragged = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        """Show the whole step again, at its own scale."""
        self.fit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is held, or tell what is under the mouse."""
        if self._dragged is not None and self._window is not None:
            first, last = self._window
            moved = (event.position().x() - self._dragged.x()) / self._lane(0, 1).width() * (last - first)
            self._dragged = event.position()
            self._look(first - moved, last - first)
            return
        if self._find(event.position()) != self._hit or self._mouse is None:
            self._point(event.position())
        self._mouse = event.position()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002
        """The mouse has left: hide what was said of a span."""
        self._point(None)

    def _point(self, at: QPointF | None) -> None:
        """Something else may be under the mouse: it moved, or another step is drawn."""
        self._mouse = at
        self._select(self._find(at) if at is not None else None)

    def _select(self, hit: tuple[int, LaneSpan] | None) -> None:
        self._hit = hit
        self.setToolTip("" if hit else self._slowest.words)
        self.pointed.emit(hit)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from span to span and from rank to rank, plus and minus zoom, Home shows the whole step."""
        anatomy = self._anatomy
        if anatomy is None:
            super().keyPressEvent(event)
        elif event.key() in ARROWS:
            self._mouse = None
            self._select(self._next(anatomy, *ARROWS[event.key()]))
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self._zoom(1 if event.key() == Qt.Key.Key_Plus else -1, 0.5)
        elif event.key() == Qt.Key.Key_Home:
            self.fit()
        else:
            super().keyPressEvent(event)

    def _next(self, anatomy: StepAnatomy, lanes: int, spans: int) -> tuple[int, LaneSpan] | None:
        """The span so many lanes down and spans on from the one pointed at; the first one if there is none."""
        if self._hit is None:
            lane, at_s, spans = 0, 0.0, 0
        else:
            lane, at_s = min(max(0, self._hit[0] + lanes), len(anatomy.ranks) - 1), self._hit[1].offset_s
        here = anatomy.ranks[lane].spans
        nearest = min(range(len(here)), key=lambda index: abs(here[index].offset_s - at_s), default=0)
        return (lane, here[min(max(0, nearest + spans), len(here) - 1)]) if here else None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """No menu of the dock's over the lanes."""
        event.accept()
