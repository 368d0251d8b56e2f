"""The picture of the mode: ranks as boxes with what each really holds, arrows for what moves between them.

Drawn from what the ranks report (their tensors, their messages), not from the menu. Arrows light up when a step has
been taken apart, and are the wider the more bytes a step moves.
"""

from math import atan2, ceil, cos, log10, pi, prod, sin

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPalette, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QToolTip

from engine.anatomy import HeldTensor
from engine.config.mode import parse_mode
from engine.events import RankInfo
from engine.metrics.segment_sums import THROUGH_MEMORY, moved_bytes, sent_bytes
from gui.look.theme import VERMILLION, plot_colours, rank_colour
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text import figures
from gui.text.rank_name import rank_name

PULSE_MS = 180
MEMORY_BETWEEN = 2
"""With so many rows of ranks, the memory they share is drawn between the rows; else below."""
IN_A_ROW = 4
HEAD_PIXELS = 8
ROOM_FRAC = 0.36
"""Of a cell's width and height, what is left to arrows."""
ARC_PIXELS = 18.0
"""Room for the arrow back to the first of a row."""


class ModePicturePanel(Panel):
    """Boxes in a grid, arrows between them, a bar in each for the part of the model it holds."""

    panel_id = "mode-picture"
    area = "bottom"
    order = 2
    watches = ("anatomy", "segments", "run")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._ranks: tuple[RankInfo, ...] = ()
        self._mode = ""
        self._sent = np.zeros((0, 0))
        self._shared: dict[int, float] = {}
        """By rank: bytes a step that it reads and writes in memory shared with the others."""
        self._pictures_of: object = None
        self._pictures: dict[bool, QPixmap] = {}
        """At rest and lit."""
        self._lit = False
        self._drawn_step = -1
        self._dim = QTimer(self)
        self._dim.setSingleShot(True)
        self._dim.setInterval(PULSE_MS)
        self._dim.timeout.connect(self._go_dim)
        self.setMinimumSize(260, 110)
        self.setMouseTracking(True)

    def panel_title(self) -> str:
        """The dock's title."""
        return self.tr("Picture of the mode")

    def refresh(self, store: Store) -> None:
        """The ranks of the present segment, and what the newest step moved."""
        segment = store.segments[-1] if store.segments else None
        self._ranks = segment.ranks if segment is not None else ()
        self._mode = segment.mode if segment is not None else ""
        anatomy = store.anatomy
        self._sent = sent_bytes(anatomy, through_memory=False) if anatomy is not None else np.zeros((0, 0))
        self._shared = {
            rank.rank: moved_bytes(entry)
            for rank in (anatomy.ranks if anatomy is not None else ())
            for entry in rank.traffic
            if entry.kind == THROUGH_MEMORY
        }
        step = anatomy.step if anatomy is not None else -1
        if step != self._drawn_step:
            self._drawn_step, self._lit = step, True
            self._dim.start()
        self.setAccessibleDescription("; ".join(f"{rank_name(info.rank)}: {info.holds}" for info in self._ranks))
        self.update()

    def _go_dim(self) -> None:
        self._lit = False
        self.update()

    # Where things are ------------------------------------------------------------------------------------------------

    def _columns(self) -> int:
        count = len(self._ranks)
        last = parse_mode(self._mode).degrees[-1][1] if self._mode and parse_mode(self._mode).degrees else 1
        if 1 < last < count and count // last <= IN_A_ROW and last <= IN_A_ROW:
            return last
        return count if count <= IN_A_ROW else ceil(count / ceil(count / IN_A_ROW))

    def _box(self, index: int) -> QRectF:
        columns = self._columns()
        rows = ceil(len(self._ranks) / columns)
        below = self._shared_height()
        width, height = self.width() / columns, (self.height() - below) / rows
        row, column = self._cell(index)
        gap_x = max(14.0, width * ROOM_FRAC / 2) if columns > 1 else 10.0
        around = ARC_PIXELS if columns > 2 else 5.0  # in a single row, arrows past a box go above and below it
        gap_y = max(5.0, min(height * ROOM_FRAC / 2, self.fontMetrics().height() * 0.9)) if rows > 1 else around
        top = row * height + (below if row and rows == MEMORY_BETWEEN else 0.0)
        return QRectF(column * width + gap_x, top + gap_y, width - 2 * gap_x, height - 2 * gap_y)

    def _shared_height(self) -> float:
        """Room for the memory that ranks share, where they do."""
        return 2.4 * self.fontMetrics().height() if "hogwild" in self._mode or self._shared else 0.0

    # Drawing ---------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """It changes with what it shows and pulses in between: both pictures are kept until it does."""
        shown = (
            self._ranks,
            self._mode,
            self._sent.tobytes(),
            tuple(self._shared.items()),
            self.size(),
            self.devicePixelRatio(),
            self.palette().cacheKey(),
            self.font(),
        )
        if shown != self._pictures_of:
            self._pictures_of, self._pictures = shown, {}
        if self._lit not in self._pictures:
            picture = QPixmap(self.size() * self.devicePixelRatio())
            picture.setDevicePixelRatio(self.devicePixelRatio())
            self._paint(picture)
            self._pictures[self._lit] = picture
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._pictures[self._lit])
        painter.end()

    def _paint(self, picture: QPixmap) -> None:
        """Boxes, then arrows over the gaps between them."""
        painter = QPainter(picture)
        painter.setFont(self.font())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = plot_colours(self.palette())
        painter.fillRect(self.rect(), colours.background)
        if not self._ranks:
            painter.setPen(colours.foreground)
            words = self.tr("Press Play: the ranks, what each holds and what moves between them are drawn here.")
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), words)
            painter.end()
            return
        for index, info in enumerate(self._ranks):
            self._paint_rank(painter, info, self._box(index))
        if self._shared_height():
            self._paint_shared(painter)
        for i, j in np.argwhere(self._sent > 0):
            self._paint_arrow(painter, int(i), int(j), float(self._sent[i, j]))
        painter.end()

    def _paint_rank(self, painter: QPainter, info: RankInfo, box: QRectF) -> None:
        colours, metrics = plot_colours(self.palette()), self.fontMetrics()
        colour = rank_colour(info.rank)
        painter.setPen(QPen(colour, 2))
        painter.setBrush(self.palette().color(QPalette.ColorRole.AlternateBase))
        painter.drawRoundedRect(box, 5, 5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        held = sum(prod(t.local_shape) for t in info.tensors) / max(1, self._model_size())
        bar = QRectF(box.left() + 2, box.top() + 2, (box.width() - 4) * min(1.0, held), 4)
        painter.fillRect(bar, colour)
        painter.setPen(colours.foreground)
        line, x, y = metrics.lineSpacing(), box.left() + 8, box.top() + 8
        room = max(1, int((box.height() - 10) / line))
        name = rank_name(info.rank) + ("" if info.device == "cpu" else f" · {info.device}")
        head = [name, *self._wrapped(f"{held:.0%} · {info.holds}", box.width() - 14)]
        tensors = [text for tensor in info.tensors for text in self._wrapped(tensor_words(tensor), box.width() - 14)]
        texts = [*head, *tensors]
        if len(texts) > room > len(head):
            texts = [*texts[: room - 1], "…"]
        for number, text in enumerate(texts[:room]):
            painter.setPen(colours.foreground if number < len(head) else colours.muted)
            elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(box.width() - 14))
            painter.drawText(QRectF(x, y + number * line, box.width() - 12, line), 0, elided)

    def _wrapped(self, text: str, width: float) -> list[str]:
        """The text in lines that fit, broken between words; lines after the first are set in."""
        lines = [""]
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines[-1] else word
            if lines[-1] and self.fontMetrics().horizontalAdvance(longer) > width:
                lines.append(f"  {word}")
            else:
                lines[-1] = longer
        return lines

    def _model_size(self) -> int:
        """Numbers in the whole model: each tensor once, however many ranks have a part of it."""
        return sum(prod(s) for s in {t.name: t.shape for info in self._ranks for t in info.tensors}.values())

    def _paint_shared(self, painter: QPainter) -> None:
        colours = plot_colours(self.palette())
        height = self._shared_height()
        rows = 1 + max(self._cell(index)[0] for index in range(len(self._ranks)))
        above = self._between_rows() if rows == MEMORY_BETWEEN else self.height() - height
        box = QRectF(self.width() * 0.05, above + height * 0.28, self.width() * 0.9, height * 0.5)
        painter.setPen(QPen(colours.foreground, 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(box, 5, 5)
        text = self.tr("shared memory: one copy of the weights")
        if self._shared:
            text = self.tr("shared memory: gradients and their sum · {size} a rank").format(
                size=figures.size(max(self._shared.values()))
            )
        elided = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width() - 8))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), elided)
        for index in range(len(self._ranks)):
            rank = self._box(index)
            x = min(max(rank.center().x(), box.left() + 8), box.right() - 8)
            here, there = (rank.bottom(), box.top()) if rank.top() < box.top() else (rank.top(), box.bottom())
            self._arrow(painter, QPointF(rank.center().x() - 6, here), QPointF(x - 6, there), 1.5, 0.0)
            self._arrow(painter, QPointF(x + 6, there), QPointF(rank.center().x() + 6, here), 1.5, 0.0)

    def _between_rows(self) -> float:
        """Where the memory that ranks share begins, if it lies between two rows of them."""
        return (self.height() - self._shared_height()) / 2

    def _paint_arrow(self, painter: QPainter, source: int, target: int, num_bytes: float) -> None:
        """From box to box; past those that lie between, outside."""
        one, other = self._box(source), self._box(target)
        rows, columns = (abs(a - b) for a, b in zip(self._cell(source), self._cell(target), strict=True))
        first = source < target
        text = figures.size(num_bytes)
        height, text_width = self.fontMetrics().height(), self.fontMetrics().horizontalAdvance(text) + 4
        width = 1.0 + 0.4 * max(0.0, log10(num_bytes) - 2)
        bend = 0.0
        if rows > 1 and not columns:  # along the left side, and back along the right one
            start, end = (QPointF(box.left() if first else box.right(), box.center().y()) for box in (one, other))
            bend = 0.3 * min(1.0, 90 / max(1.0, abs(end.y() - start.y())))
            side = 1.0
        elif columns > 1 and not rows:  # above, and back below
            start, end = (QPointF(box.center().x(), box.top() if first else box.bottom()) for box in (one, other))
            bend = 1.5 * ARC_PIXELS / max(1.0, abs(end.x() - start.x()))
            side = 1.0
        else:
            start, end = _edge(one, other.center()), _edge(other, one.center())
            side = 1.0 if first else -1.0
            shift = _across(start, end, 9.0)
            start, end = start + shift, end + shift
        middle = self._arrow(painter, start, end, width, -bend if rows > 1 and not columns else bend * side)
        if self._is_told(source, target, first=first, far=rows > 1 or columns > 1):
            return
        if abs(start.x() - end.x()) < abs(start.y() - end.y()):  # a steep arrow: its label beside it
            outside = rows > 1 and not columns  # there the way down is on the left, between neighbours on the right
            left = middle.x() - text_width - 5 if first == outside else middle.x() + 5
            label = QRectF(left, middle.y() - height / 2, text_width, height)
        else:
            top = middle.y() - height - 3 if first else middle.y() + 3
            label = QRectF(middle.x() - text_width / 2, top, text_width, height)
        painter.fillRect(label, plot_colours(self.palette()).background)
        painter.setPen(plot_colours(self.palette()).foreground)
        painter.drawText(label, int(Qt.AlignmentFlag.AlignCenter), text)

    def _is_told(self, source: int, target: int, *, first: bool, far: bool) -> bool:
        """Another arrow's label says the same: the one the other way, or, around a ring, the next one."""
        text = figures.size(float(self._sent[source, target]))
        if len(self._ranks) > IN_A_ROW and not first and figures.size(float(self._sent[target, source])) == text:
            return True
        following = [figures.size(float(sent)) for sent in self._sent[target] if sent]
        return far and not first and text in following

    def _cell(self, index: int) -> tuple[int, int]:
        """Row and column. Ranks along one axis alone go to and fro, so that those that follow stand side by side."""
        columns = self._columns()
        row, column = divmod(index, columns)
        return row, columns - 1 - column if row % 2 and len(parse_mode(self._mode).degrees) == 1 else column

    def _arrow(self, painter: QPainter, start: QPointF, end: QPointF, width: float, bend: float) -> QPointF:
        """A line with a head; returns its middle."""
        colour = QColor(VERMILLION) if self._lit else plot_colours(self.palette()).muted
        painter.setPen(QPen(colour, width))
        control = (start + end) / 2 + _across(start, end, bend * (end - start).manhattanLength())
        path = QPainterPath(start)
        path.quadTo(control, end)
        painter.drawPath(path)
        angle = atan2(end.y() - control.y(), end.x() - control.x())
        head = QPolygonF(
            [end]
            + [
                end - QPointF(cos(angle + turn), sin(angle + turn)) * (HEAD_PIXELS + width)
                for turn in (-pi / 7, pi / 7)
            ]
        )
        painter.setBrush(colour)
        painter.drawPolygon(head)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        return path.pointAtPercent(0.5)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """All that a rank holds, under the mouse."""
        for index, info in enumerate(self._ranks):
            if self._box(index).contains(event.position()):
                lines = [f"{rank_name(info.rank)}: {info.holds}", *(tensor_words(tensor) for tensor in info.tensors)]
                QToolTip.showText(event.globalPosition().toPoint(), "\n".join(lines), self)
                return
        QToolTip.hideText()


def tensor_words(tensor: HeldTensor) -> str:
    """`2.weight 256×512 of 512×512`."""
    local, full = ("×".join(map(str, shape)) or "1" for shape in (tensor.local_shape, tensor.shape))
    return f"{tensor.name} {local}" + (f" of {full}" if local != full else "")


def _edge(box: QRectF, towards: QPointF) -> QPointF:
    """Where the line from the middle of a box to a point leaves it."""
    centre = box.center()
    dx, dy = towards.x() - centre.x(), towards.y() - centre.y()
    if not dx and not dy:
        return centre
    scale = min(
        box.width() / 2 / abs(dx) if dx else float("inf"),
        box.height() / 2 / abs(dy) if dy else float("inf"),
    )
    return QPointF(centre.x() + dx * scale, centre.y() + dy * scale)


def _across(start: QPointF, end: QPointF, distance: float) -> QPointF:
    """A vector of that length, square to the line."""
    dx, dy = end.x() - start.x(), end.y() - start.y()
    length = max(1e-6, (dx * dx + dy * dy) ** 0.5)
    return QPointF(dy / length * distance, -dx / length * distance)
