"""The ribbon of modes: a band above the plots, on their x axis, with the name of what computed when.

    | One thread      /////// | Data ×2 shm            | Pipe ×2 1f1b           modes, each in its colour
    |       batch 128         | preparing Pipe ×2      |  SLOWDOWN              marks, and stretches that are special
    | 1 One thread · 2 Data ×2 shm                                           where names have no room: the key

A name is whole, in brief, or a number that the key tells, never cut. A frame costs what is wide, not what is long.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.mode_colours import mode_colours, mode_field
from gui.look.theme import ORANGE, is_dark, plot_colours
from gui.look.view import PlotView
from gui.text.ribbon import Part, Stretch
from gui.widgets.drift import Along, Drift
from gui.widgets.ribbon_hatch import TICK_PIXELS, begin_beside, hides_one, is_hatched, paint_stretch
from gui.widgets.ribbon_key import Entry, Forms, RibbonKey
from gui.widgets.ribbon_lines import RibbonLines
from gui.widgets.ribbon_texts import PADDING, text_for

LEAST_X = 1e-3
"""Where a logarithmic axis begins."""
NARROW = 3.0
"""Pixels of a part that is seen as a part; what is narrower is drawn as a line of its colour."""
MOST_ABOVE = 300
"""Of stretches and marks, as many as are looked at: the latest that are seen."""
SPARE_PIXELS = 1, 2
"""Of a line, above and below its letters: in a window of few lines, and in others."""


class Ribbon(QWidget):
    """Draws what it is shown over the x range that the plots have; the mouse is told of what it is on."""

    def __init__(self, view: PlotView) -> None:
        super().__init__()
        self._view = view
        self._parts: Sequence[Part] = ()
        self._begins: list[float] = []
        self._above: Sequence[Stretch] = ()
        self._end = 0.0
        self._edges = (0.0, 0.0)
        """The first place and the last of all that is drawn, but for the end of the run."""
        self._drift = Drift(self, self._along)
        self.key, self.lines = RibbonKey(), RibbonLines(self)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # what lies below is not painted first
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        view.moved.connect(self._drift.follow)
        view.changed.connect(self.update)
        view.other_run.connect(self.lines.forget)

    def show_run(self, parts: Sequence[Part], above: Sequence[Stretch], end: float) -> None:
        """Show these modes, and these stretches and marks, all in order, of a run that goes up to `end`."""
        before = self.sizeHint()
        self._parts, self._above, self._end = parts, above, end
        if self.sizeHint() != before:
            self.updateGeometry()
        self._begins = [part.begin for part in parts]
        places = [*self._begins, *(at for one in above for at in (one.begin, one.end) if at is not None)]
        self._edges = min(places, default=0.0), max(places, default=0.0)
        self.update()

    def reach(self, end: float) -> None:
        """Let the ribbon reach as far as the run goes now."""
        self._end = end
        self._drift.follow()

    # Where things are ------------------------------------------------------------------------------------------------

    def _line(self) -> int:
        return self.fontMetrics().height() + SPARE_PIXELS[not self.lines.is_crowded]

    def sizeHint(self) -> QSize:
        """A line of modes, one of what is special where there is any, and those of the key: as many as are kept."""
        return QSize(200, self._line() * self.lines.count(self._wanted_lines))

    @property
    def _wanted_lines(self) -> int:
        return 1 + self._has_above + self.key.lines

    @property
    def _has_above(self) -> bool:
        """There is a line of stretches and marks: in a window of many lines always, so that the key stays in its place.

        In one of few, what is slow on purpose, or was changed, is never left out.
        """
        if not self.lines.is_crowded:
            return True
        lasting = [one for one in self._above if not one.is_passing]
        return any(not one.is_mark for one in lasting) or (bool(lasting) and not self.key.note)

    def minimumSizeHint(self) -> QSize:
        """The height of the ribbon's lines, at any width."""
        return QSize(40, self.sizeHint().height())

    def _area(self) -> tuple[float, float]:
        """From where to where the plots' x axis lies, in pixels; where there is no plot, all of the width."""
        box = self._view.leader
        widget = box.getViewWidget() if box is not None else None
        if widget is None:
            return 0.0, float(self.width())
        place = box.sceneBoundingRect()
        left = self.mapFromGlobal(widget.mapToGlobal(QPoint(0, 0))).x() + place.left()
        return left, left + place.width()

    def _axis(self) -> tuple[float, float]:
        """What the x axis shows, in units of the axis: logarithms, where it has them."""
        if self._view.leader is None:
            return self._on_axis(0.0), self._on_axis(max(self._end, 1.0))
        low, high = self._view.leader.viewRange()[0]
        return low, high

    def _on_axis(self, at: float) -> float:
        return math.log10(max(at, LEAST_X)) if self._view.log_x else at

    def _off_axis(self, at: float) -> float:
        return float(10 ** min(at, 300.0)) if self._view.log_x else float(at)

    def _along(self) -> Along:
        return Along(self.sizeHint(), self._area(), self._axis(), *map(self._on_axis, (*self._edges, self._end)))

    def _x(self, at: float, area: tuple[float, float]) -> float:
        low, high = self._axis()
        return min(max(area[0] + (self._on_axis(at) - low) / (high - low) * (area[1] - area[0]), area[0]), area[1])

    def _at(self, x: float, area: tuple[float, float]) -> float:
        low, high = self._axis()
        return self._off_axis(low + (x - area[0]) / max(area[1] - area[0], 1.0) * (high - low))

    def _range(self) -> tuple[float, float]:
        """What is seen of the run."""
        low, high = map(self._off_axis, self._axis())
        return low, high

    def _blocks(self, area: tuple[float, float]) -> list[tuple[int, float, float]]:
        """What is seen of the modes: (index of the first part, from, to). Parts of one mode that touch are one block.

        Of those that are narrower than a pixel, one a pixel: the others are leapt over, up to the one at its end.
        """
        low, high = self._range()
        index, found, left = max(0, bisect_right(self._begins, low) - 1), list[tuple[int, float, float]](), 0.0
        last = bisect_left(self._begins, min(high, self._end) if self._end > low else low)
        while index < last and left < area[1]:
            left = max(left, self._x(self._begins[index], area))
            after = index + 1
            while after < last and self._parts[after].number == self._parts[index].number:
                after += 1
            end = self._begins[after] if after < len(self._begins) else self._end
            right = self._x(end, area)
            if right - left < 1.0:
                right = min(left + 1.0, area[1])
                after = max(after, bisect_right(self._begins, self._at(right, area), after, last) - 1)
            found.append((index, left, right))
            index, left = after, right
        return found

    # Drawing ---------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Modes, what is special above them, and what numbers stand for."""
        self._drift.note(event)
        painter = QPainter(self)
        area = self._area()
        painter.fillRect(self.rect(), self.palette().color(self.backgroundRole()))
        if not self._parts:
            return
        numbered, without, named = dict[int, tuple[str, ...]](), dict[int, tuple[str, ...]](), set[int]()
        for index, left, right in self._blocks(area):
            part = self._parts[index]
            box = QRectF(left, 0, right - left, self._line())
            colours = mode_colours(part.number, dark=is_dark(self.palette()))
            painter.fillRect(box, mode_field(part.number, dark=is_dark(self.palette())))
            if right - left >= NARROW:
                painter.setPen(QPen(self.palette().color(self.backgroundRole()), 1))
                painter.drawLine(box.topRight(), box.bottomRight())
            form = self.form_for(part, right - left)
            if form in part.forms:
                named.add(part.number)
            else:
                (numbered if form else without)[part.number] = part.forms
            painter.setPen(colours.text)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), form)
        before = self.sizeHint()
        entries = self._lay_out_key(numbered, {number: without[number] for number in without.keys() - named})
        if has_above := self._has_above:
            self._paint_above(painter, area)
        first = (1 + has_above) * self._line()
        whole = (self.height() - first) // self._line()  # where there is less than all wants, no line is cut
        entries = [entry for entry in entries if entry[2] < whole]
        self.key.paint(painter, entries, first, self._line(), self.palette(), with_note=not has_above)
        self.lines.keep(self._wanted_lines)
        if self.sizeHint() != before:
            QTimer.singleShot(0, self, self.updateGeometry)
        painter.end()

    def form_for(self, part: Part, width: float) -> str:
        """The fullest form of its name that has room; else its number, or nothing."""
        advance = self.fontMetrics().horizontalAdvance
        forms = (*part.forms, str(part.number + 1))
        return next((form for form in forms if advance(form) + 2 * PADDING <= width), "")

    def _paint_above(self, painter: QPainter, area: tuple[float, float]) -> None:
        """Stretches hatched, marks as a line; each with its text where that covers no other's."""
        low, high = self._range()
        top, height = self._line(), self._line()
        colours, dark = plot_colours(self.palette()), is_dark(self.palette())
        last = bisect_right(self._above, high, key=lambda each: each.begin)
        seen: list[tuple[Stretch, float, float]] = []
        for one in self._above[max(0, last - MOST_ABOVE) : last]:
            end = self._end if one.end is None else one.end
            if end >= low:
                seen.append((one, self._x(one.begin, area), self._x(end, area)))
        texts, taken = list[tuple[str, float, float]](), list[tuple[float, float]]()
        told = [each for each in seen if not (each[0].is_passing and self.lines.is_crowded)]
        lefts, advance = [left for _, left, _ in told], self.fontMetrics().horizontalAdvance
        ticks = [left for one, left, _ in seen if one.is_mark]
        hides = partial(hides_one, [each[1:] for each in seen if is_hatched(*each)], ticks, taken)
        for one, left, _ in sorted(told, key=lambda each: (each[0].rank, -each[0].begin)):  # the latest first
            beside = partial(self._beside, one, left, ticks, area)
            text, begin, end = text_for(one, left, advance, beside, (0.0, float(self.width())), taken, lefts, hides)
            if text:
                texts.append((text, begin, end))
                taken.append((begin, end))
        for one, left, right in seen:
            if one.is_mark:
                painter.fillRect(QRectF(left - TICK_PIXELS / 2, top, TICK_PIXELS, height), colours.muted)
                continue
            colour = QColor(ORANGE) if one.number is None else mode_colours(one.number, dark=dark).line
            paint_stretch(painter, QRectF(left, top, right - left, height), colour, taken)
        painter.setPen(colours.foreground)
        for text, begin, end in texts:
            box = QRectF(begin, top, end - begin, height)
            painter.fillRect(box, self.palette().color(self.backgroundRole()))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)

    def _beside(
        self, one: Stretch, left: float, ticks: Sequence[float], area: tuple[float, float], width: float
    ) -> float:
        """Where a text begins: at the stretch's begin; on a mode to come, before the stretch, for it ends at the edge.

        Of one that came, the text reaches from there to beneath the mode it is about, and stands beneath no other.
        """
        right = self._x(self._end if one.end is None else one.end, area)
        if is_hatched(one, left, right):
            return begin_beside(ticks, left, right, width)
        if one.number is None or right - left >= width:
            return left + 2
        if one.end is None:
            return left - 2 - width if left - 2 - width >= area[0] else math.inf
        index = bisect_left(self._begins, one.end)
        while index < len(self._parts) and self._parts[index].number == one.number:
            index += 1  # in none it was given up; in several the run went on after a break
        end = self._begins[index] if index < len(self._begins) else self._end
        return left + 2 if left + 2 + width <= self._x(end, area) else math.inf

    def _lay_out_key(self, numbered: Forms, without: Forms) -> list[Entry]:
        """What numbers stand for, and what else has no name anywhere; the latest mark behind them, if it has room."""
        advance, width, is_short = self.fontMetrics().horizontalAdvance, self.width(), self.lines.is_crowded
        most, is_tight = self.lines.most_of_key, is_short and self.lines.has_room
        entries = self.key.lay_out(numbered, without, advance, width, most, is_tight=is_tight)
        marks = [one for one in self._above if one.is_mark and not one.is_passing] if is_short else []
        forms = (marks[-1].text, *marks[-1].shorts) if marks else ()
        self.key.add_note(forms, entries, advance, width)
        return entries

    # Eye -------------------------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell of the mode, mark or stretch under the mouse."""
        self.setToolTip(self.hint_at(event.position().x(), event.position().y()))

    def hint_at(self, x: float, y: float) -> str:
        """What is told at a place of the ribbon."""
        area = self._area()
        if not self._parts or not area[0] <= x <= area[1]:
            return ""
        if y < self._line():
            index = bisect_right(self._begins, self._at(x, area)) - 1
            return self._parts[max(0, index)].hint
        near = [
            one
            for one in self._above
            if self._x(one.begin, area) - 4 <= x <= self._x(self._end if one.end is None else one.end, area) + 4
        ]
        return "\n".join(one.hint for one in near)

    def changeEvent(self, event: QEvent) -> None:
        """Lay out the lines anew for another size of the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
