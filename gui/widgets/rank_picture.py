"""Ranks as boxes in a grid, each with what it holds, and arrows for what moves between them.

Both pictures, at rest and lit, are kept as pixels until something else is to be shown.
"""

from math import ceil, log10, prod

import msgspec
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QToolTip, QWidget

from engine.events.ranks import RankInfo
from gui.look.scale import HALF
from gui.look.theme import VERMILLION, plot_colours, rank_colour
from gui.text import figures
from gui.text.layer_words import layer_lines, lines_in
from gui.text.rank_name import rank_name
from gui.text.tensor_words import layer_numbers, tensor_words
from gui.widgets.arrows import ARC_PIXELS, Arrow, arrow_between, paint_arrow
from gui.widgets.rank_mark import paint_mark
from gui.widgets.spotlight import show_tip

PULSE_MS = 180
MEMORY_BETWEEN = 2
"""With so many rows of ranks, the memory they share is drawn between the rows; else below."""
FEW, IN_A_ROW = 2, 4
ROOM_FRAC, MOST_ROOM_FRAC = 0.36, 0.56
"""Of a cell's width and height, what is left to arrows; and the most of its width, where there are few columns."""
WIDEST_SIZE = "99.9 MiB"
"""Of what is written at arrows. There are as many columns as have room for it beside a rank's name."""
MARGINS = 14
"""Left and right of what is written in a box, in pixels."""


class RankScene(msgspec.Struct, frozen=True):
    """What is drawn. `degrees` are ranks along each axis of the mesh, the outermost first.

    `sent_bytes[i, j]` goes from rank i to rank j in a step; `shared_bytes` is, by rank, what it reads and writes a step
    in memory shared with the others. `has_shared_weights`: the ranks have one copy of the weights, in such memory.
    `marks` says, by rank, what ails it; `nothing` is said where there are no ranks.
    """

    ranks: tuple[RankInfo, ...] = ()
    degrees: tuple[int, ...] = ()
    sent_bytes: npt.NDArray[np.float64] = msgspec.field(default_factory=lambda: np.zeros((0, 0)))
    shared_bytes: dict[int, float] = {}
    has_shared_weights: bool = False
    marks: dict[int, str] = {}
    nothing: str = ""

    @property
    def has_shared_memory(self) -> bool:
        """Whether there is memory to be drawn that ranks share."""
        return self.has_shared_weights or bool(self.shared_bytes)

    @property
    def key(self) -> tuple[object, ...]:
        """What is equal for scenes that look the same."""
        shared, marks = tuple(self.shared_bytes.items()), tuple(self.marks.items())
        return self.ranks, self.degrees, self.sent_bytes.tobytes(), shared, self.has_shared_weights, marks, self.nothing


class RankPicture(QWidget):
    """Draws a scene; `pulse` lights its arrows for a moment."""

    def __init__(self) -> None:
        super().__init__()
        self._scene = RankScene()
        self._pictures_of: object = None
        self._pictures: dict[bool, QPixmap] = {}
        """At rest and lit."""
        self._lit = False
        self._dim = QTimer(self)
        self._dim.setSingleShot(True)
        self._dim.setInterval(PULSE_MS)
        self._dim.timeout.connect(self._go_dim)
        self.setMouseTracking(True)

    def show_scene(self, scene: RankScene) -> None:
        """Draw this scene from now on."""
        self._scene = scene
        self.setAccessibleDescription("; ".join(f"{rank_name(info.rank)}: {info.holds}" for info in scene.ranks))
        self.update()

    def pulse(self) -> None:
        """Light the arrows for a moment: something has moved."""
        self._lit = True
        self._dim.start()

    def _go_dim(self) -> None:
        self._lit = False
        self.update()

    # Where things are ------------------------------------------------------------------------------------------------

    def _columns(self) -> int:
        count, degrees = len(self._scene.ranks), self._scene.degrees
        last = degrees[-1] if degrees else 1
        if 1 < last < count and count // last <= IN_A_ROW and last <= IN_A_ROW:
            return last
        columns = count if count <= IN_A_ROW else ceil(count / ceil(count / IN_A_ROW))
        least = self.fontMetrics().horizontalAdvance(f"{rank_name(count)} {WIDEST_SIZE}") + MARGINS
        while columns > FEW and self.width() / columns < least:
            columns = ceil(columns / 2)
        return columns

    def _cell(self, index: int) -> tuple[int, int]:
        """Row and column. Ranks along one axis alone go to and fro, so that those that follow stand side by side."""
        columns = self._columns()
        row, column = divmod(index, columns)
        return row, columns - 1 - column if row % 2 and len(self._scene.degrees) == 1 else column

    def _box(self, index: int) -> QRectF:
        columns = self._columns()
        rows = ceil(len(self._scene.ranks) / columns)
        below = self._shared_height()
        width, height = self.width() / columns, (self.height() - below) / rows
        row, column = self._cell(index)
        gap_x = max(14.0, width * ROOM_FRAC / 2) if columns > 1 else 10.0
        if columns == FEW:  # what is written at an arrow does not lie over boxes
            told = (self.fontMetrics().horizontalAdvance(WIDEST_SIZE) + HALF) / 2
            gap_x = max(gap_x, min(told, width * MOST_ROOM_FRAC / 2))
        around = ARC_PIXELS if columns > 2 else 5.0  # in a single row, arrows past a box go above and below it
        gap_y = max(5.0, min(height * ROOM_FRAC / 2, self.fontMetrics().height() * 0.9)) if rows > 1 else around
        top = row * height + (below if row and rows == MEMORY_BETWEEN else 0.0)
        return QRectF(column * width + gap_x, top + gap_y, width - 2 * gap_x, height - 2 * gap_y)

    def _shared_height(self) -> float:
        """Room for the memory that ranks share, where they do."""
        return 2.4 * self.fontMetrics().height() if self._scene.has_shared_memory else 0.0

    # Drawing ---------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw the scene, and its pulses over it; both pictures are kept until the scene changes."""
        shown = (
            self._scene.key,
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
        if not self._scene.ranks:
            painter.setPen(colours.foreground)
            wrapped = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect(), wrapped, self._scene.nothing)
            painter.end()
            return
        for index, info in enumerate(self._scene.ranks):
            self._paint_rank(painter, info, self._box(index))
            if mark := self._scene.marks.get(info.rank):
                paint_mark(painter, self._box(index), mark, self.palette())
        if self._scene.has_shared_memory:
            self._paint_shared(painter)
        for i, j in np.argwhere(self._scene.sent_bytes > 0):
            self._paint_sent(painter, int(i), int(j), float(self._scene.sent_bytes[i, j]))
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
        head = [name, *self._wrapped(f"{held:.0%} · {info.holds}", box.width() - MARGINS)]
        texts = [*head, *self._held_in(info, room - len(head), box.width() - MARGINS)]
        if len(texts) > room:
            texts[room - 1] += " …"
        for number, text in enumerate(texts[:room]):
            painter.setPen(colours.foreground if number < len(head) else colours.muted)
            elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(box.width() - MARGINS))
            painter.drawText(QRectF(x, y + number * line, box.width() - 12, line), 0, elided)

    def _held(self, info: RankInfo) -> list[str]:
        return [tensor_words(tensor, self._layers()) for tensor in info.tensors]

    def _layers(self) -> dict[str, int]:
        return layer_numbers(tensor.name for each in self._scene.ranks for tensor in each.tensors)

    def _held_in(self, info: RankInfo, room: int, width: float) -> list[str]:
        """Tensors, in so many lines of that width; layers, where these have no room."""
        forms = (self._held(info), layer_lines(info.tensors, self._layers()))
        return lines_in([[self._wrapped(each, width) for each in words] for words in forms], room)

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
        return sum(prod(s) for s in {t.name: t.shape for info in self._scene.ranks for t in info.tensors}.values())

    def _paint_shared(self, painter: QPainter) -> None:
        colours = plot_colours(self.palette())
        height, count = self._shared_height(), len(self._scene.ranks)
        rows = 1 + max(self._cell(index)[0] for index in range(count))
        above = (self.height() - height) / 2 if rows == MEMORY_BETWEEN else self.height() - height
        box = QRectF(self.width() * 0.05, above + height * 0.28, self.width() * 0.9, height * 0.5)
        painter.setPen(QPen(colours.foreground, 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(box, 5, 5)
        text = self.tr("shared memory: one copy of the weights")
        if shared := self._scene.shared_bytes:
            text = self.tr("shared memory: gradients and their sum · {size} a rank").format(
                size=figures.size(max(shared.values()))
            )
        elided = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width() - 8))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), elided)
        for index in range(count):
            rank = self._box(index)
            x = min(max(rank.center().x(), box.left() + 8), box.right() - 8)
            here, there = (rank.bottom(), box.top()) if rank.top() < box.top() else (rank.top(), box.bottom())
            into = Arrow(QPointF(rank.center().x() - 6, here), QPointF(x - 6, there))
            back = Arrow(QPointF(x + 6, there), QPointF(rank.center().x() + 6, here))
            for arrow in (into, back):
                paint_arrow(painter, arrow, self._arrow_colour(), 1.5)

    def _arrow_colour(self) -> QColor:
        return QColor(VERMILLION) if self._lit else plot_colours(self.palette()).muted

    def _paint_sent(self, painter: QPainter, source: int, target: int, num_bytes: float) -> None:
        """An arrow from box to box, the wider the more it stands for, and how much that is."""
        rows, columns = (abs(a - b) for a, b in zip(self._cell(source), self._cell(target), strict=True))
        first = source < target
        arrow = arrow_between(self._box(source), self._box(target), rows=rows, columns=columns, first=first)
        middle = paint_arrow(painter, arrow, self._arrow_colour(), 1.0 + 0.4 * max(0.0, log10(num_bytes) - 2))
        if self._is_told(source, target, first=first, far=rows > 1 or columns > 1):
            return
        text = figures.size(num_bytes)
        height, text_width = self.fontMetrics().height(), self.fontMetrics().horizontalAdvance(text) + 4
        start, end = arrow.start, arrow.end
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
        sent = self._scene.sent_bytes
        text = figures.size(float(sent[source, target]))
        if len(self._scene.ranks) > IN_A_ROW and not first and figures.size(float(sent[target, source])) == text:
            return True
        following = [figures.size(float(num_bytes)) for num_bytes in sent[target] if num_bytes]
        return far and not first and text in following

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell all that the rank under the mouse holds."""
        for index, info in enumerate(self._scene.ranks):
            if self._box(index).contains(event.position()):
                lines = [f"{rank_name(info.rank)}: {info.holds}", *self._held(info)]
                show_tip(event.globalPosition().toPoint(), "\n".join(lines), self)
                return
        QToolTip.hideText()
