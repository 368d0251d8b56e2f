"""One lane a rank, on one clock: what each did inside a step. Wheel zooms, dragging moves, a double click shows all."""

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QContextMenuEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from engine.anatomy import LaneSpan, RankAnatomy
from engine.events import PHASES, StepAnatomy
from gui import figures
from gui.theme import phase_colour, plot_colours

ZOOM_A_NOTCH = 1.25
SMALLEST_S = 1e-6
TICK_PIXELS = 90
LEAST_LANE_PIXELS = 12
MOST_LANE_PIXELS = 46
PATTERNS = {
    "wait": Qt.BrushStyle.BDiagPattern,
    "communicate": Qt.BrushStyle.Dense4Pattern,
    "data": Qt.BrushStyle.Dense2Pattern,
    "h2d": Qt.BrushStyle.Dense2Pattern,
}
"""Phases differ in pattern as well as in colour."""


def phase_brush(phase: str) -> QBrush:
    """Colour and pattern of a phase."""
    return QBrush(phase_colour(phase), PATTERNS.get(phase, Qt.BrushStyle.SolidPattern))


class LaneView(QWidget):
    """Draws one StepAnatomy. `pointed` tells the span under the mouse (rank, span), or None."""

    pointed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._anatomy: StepAnatomy | None = None
        self._window: tuple[float, float] | None = None
        self._dragged: QPointF | None = None
        self._hit: tuple[int, LaneSpan] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(80)

    def show_anatomy(self, anatomy: StepAnatomy | None) -> None:
        """Draw another step; the zoom stays, as a part of the step."""
        if self._anatomy is not None and anatomy is not None and self._window is not None:
            old, new = self._length_s(self._anatomy), self._length_s(anatomy)
            self._window = (self._window[0] / old * new, self._window[1] / old * new)
        self._anatomy = anatomy
        self.update()

    # Where things are ------------------------------------------------------------------------------------------------

    @staticmethod
    def _begin_s(anatomy: StepAnatomy) -> float:
        return min(rank.begin_s for rank in anatomy.ranks)

    def _length_s(self, anatomy: StepAnatomy) -> float:
        begin_s = self._begin_s(anatomy)
        return max(SMALLEST_S, *(rank.begin_s + rank.seconds - begin_s for rank in anatomy.ranks))

    def _visible(self) -> tuple[float, float]:
        assert self._anatomy is not None
        return self._window or (0.0, self._length_s(self._anatomy))

    def _gutter(self) -> int:
        return self.fontMetrics().horizontalAdvance("rank 00") + 12

    def _lane(self, index: int, count: int) -> QRectF:
        axis = self.fontMetrics().height() + 6
        height = min(MOST_LANE_PIXELS, max(LEAST_LANE_PIXELS, (self.height() - axis - 4) / max(1, count)))
        return QRectF(self._gutter(), 2 + index * height, max(1, self.width() - self._gutter() - 6), height - 3)

    def _x(self, at_s: float, lane: QRectF) -> float:
        first, last = self._visible()
        return lane.left() + (at_s - first) / (last - first) * lane.width()

    def _find(self, at: QPointF) -> tuple[int, LaneSpan] | None:
        anatomy = self._anatomy
        if anatomy is None:
            return None
        begin_s = self._begin_s(anatomy)
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
            return
        self._paint_axis(painter, len(anatomy.ranks))
        begin_s = self._begin_s(anatomy)
        for index, rank in enumerate(anatomy.ranks):
            lane = self._lane(index, len(anatomy.ranks))
            painter.setPen(colours.foreground)
            label = QRectF(4, lane.top(), self._gutter() - 8, lane.height())
            painter.drawText(label, int(Qt.AlignmentFlag.AlignVCenter), f"rank {rank.rank}")
            painter.save()
            painter.setClipRect(lane)
            self._paint_rank(painter, rank, begin_s, lane)
            painter.restore()
        painter.end()

    def _paint_rank(self, painter: QPainter, rank: RankAnatomy, begin_s: float, lane: QRectF) -> None:
        painter.fillRect(lane, self.palette().color(QPalette.ColorRole.AlternateBase))
        metrics = self.fontMetrics()
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
            if span.microbatch >= 0:
                text = str(span.microbatch + 1)
                if metrics.horizontalAdvance(text) + 2 < box.width():
                    painter.setPen(_text_on(phase_colour(PHASES[span.phase])))
                    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
            if self._hit is not None and self._hit == (rank.rank, span):
                painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Text), 2))
                painter.drawRect(box.adjusted(1, 1, -1, -1))

    def _paint_axis(self, painter: QPainter, count: int) -> None:
        colours = plot_colours(self.palette())
        lane = self._lane(count - 1, count)
        first, last = self._visible()
        step_s = _round_step((last - first) / max(1, int(lane.width() / TICK_PIXELS)))
        at_s = -(-first // step_s) * step_s
        while at_s <= last:
            x = self._x(at_s, lane)
            painter.setPen(colours.grid)
            painter.drawLine(QPointF(x, 0), QPointF(x, lane.bottom() + 4))
            painter.setPen(colours.muted)
            box = QRectF(x - TICK_PIXELS / 2, lane.bottom() + 3, TICK_PIXELS, self.fontMetrics().height() + 2)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignHCenter), figures.seconds(at_s))
            at_s += step_s

    # Hand ------------------------------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the mouse."""
        if self._anatomy is None:
            return
        lane = self._lane(0, 1)
        first, last = self._visible()
        share = min(1.0, max(0.0, (event.position().x() - lane.left()) / lane.width()))
        factor = ZOOM_A_NOTCH ** (-event.angleDelta().y() / 120)
        length = min(max((last - first) * factor, SMALLEST_S), self._length_s(self._anatomy))
        centre = first + share * (last - first)
        self._look(centre - share * length, length)
        event.accept()

    def _look(self, first: float, length: float) -> None:
        assert self._anatomy is not None
        whole = self._length_s(self._anatomy)
        first = min(max(0.0, first), whole - length)
        self._window = None if length >= whole else (first, first + length)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold."""
        self._dragged = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        """Let go."""
        self._dragged = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002
        """The whole step."""
        self._window = None
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is held, or tell what is under the mouse."""
        if self._dragged is not None and self._window is not None:
            first, last = self._window
            moved = (event.position().x() - self._dragged.x()) / self._lane(0, 1).width() * (last - first)
            self._dragged = event.position()
            self._look(first - moved, last - first)
            return
        hit = self._find(event.position())
        if hit != self._hit:
            self._hit = hit
            self.pointed.emit(hit)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002
        """Nothing is pointed at."""
        self._hit = None
        self.pointed.emit(None)
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """No menu of the dock's over the lanes."""
        event.accept()


def _round_step(least: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    power = 1e-9
    while True:
        for factor in (1, 2, 5):
            if power * factor >= least:
                return power * factor
        power *= 10


def _text_on(colour: QColor) -> QColor:
    return QColor("#000000") if colour.lightness() > 110 else QColor("#FFFFFF")
