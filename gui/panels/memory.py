"""What each rank holds: weights, gradients, optimizer state, and what is kept for backward. A bar a rank, and above
them the sum that says what the whole model takes.

All modes of a run have one scale, and the mode before is an outline: so that sharding is seen to save. Until the first
step of a mode is counted, that outline is all there is. What ranks have as one copy is one block across their bars.
"""

from math import ceil

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QVBoxLayout

from engine.anatomy import Held
from engine.config import roles
from engine.config.mode_text import parse_mode
from gui.look.theme import BLUE, GREEN, ORANGE, PURPLE, plot_colours
from gui.look.view import PlotView
from gui.model.run_view import ENDED, RunView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text import figures
from gui.text.first_words import first_words
from gui.text.model_words import model_words
from gui.text.rank_name import rank_name
from gui.widgets.spotlight import show_tip

PARTS = (
    ("parameter_bytes", BLUE, Qt.BrushStyle.SolidPattern),
    ("gradient_bytes", ORANGE, Qt.BrushStyle.Dense2Pattern),
    ("optimizer_bytes", GREEN, Qt.BrushStyle.SolidPattern),
    ("activation_bytes", PURPLE, Qt.BrushStyle.BDiagPattern),
)

WIDE_LETTERS = 60
"""In a narrower panel bars need the room."""
LEAST_BAR_LETTERS, BAR_SHARE = 12, 0.4
"""A shorter scale shows nothing: words beside bars make room for it. On one line they leave this share of the width."""


class MemoryPanel(Panel):
    """Bars on one scale, with the whole process' memory as the machine measures it."""

    panel_id = "memory"
    area = "bottom"
    order = 4
    watches = ("anatomy", "segments", "run", "devices", "status")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        QVBoxLayout(self)
        self._held: list[tuple[int, Held]] = []
        self._measured: dict[int, tuple[int, int | None]] = {}
        """By rank: memory of the process now, and what it held before it had a model."""
        self._before: tuple[str, dict[int, int]] = ("", {})
        """The mode before this one, and what each of its ranks held."""
        self._model = ("", "")
        """What stands above the bars: how large the whole model is, in many words and in few."""
        self._nothing = ""
        """What is said where no bar can be drawn."""
        self._is_shared = False
        """The weights are one copy, which all ranks have."""
        self._most = 0
        """What the scale ends with: the most that any rank held in any mode of the run."""
        self._names = {
            "parameter_bytes": self.tr("weights"),
            "gradient_bytes": self.tr("gradients"),
            "optimizer_bytes": self.tr("optimizer"),
            "activation_bytes": self.tr("kept for backward (most at once)"),
        }
        self._is_host = True
        self.setMinimumSize(240, 90)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Memory by rank"))

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Memory by rank")

    def refresh(self, store: Store) -> None:
        """The newest step that was counted, and the newest samples of the processes."""
        run = store.live
        anatomy = run.anatomy
        shown = self._said
        self._model = model_words(self, run), model_words(self, run, is_long=False)
        self._held = [(r.rank, r.held) for r in anatomy.ranks if r.held is not None] if anatomy else []
        segment = run.segments[-1] if run.segments else None
        self._is_shared = segment is not None and roles.shares_weights(parse_mode(segment.mode))
        infos = {info.rank: info for info in (segment.ranks if segment is not None else ())}
        now = run.samples.memory_of_ranks(segment) if segment is not None else {}
        self._measured = {rank: (num_bytes, infos[rank].memory_before_bytes) for rank, num_bytes in now.items()}
        self._is_host = all(info.device == "cpu" for info in infos.values())
        self._before = _before(run)
        self._nothing = first_words(self, run, self.tr("what each rank holds is counted once a segment."))
        if not self._held and segment is not None:
            waits = self.tr("{mode}: what its ranks hold is counted with its first steps.")
            none = self.tr("{mode}: what its ranks held was not counted.")
            self._nothing = (none if run.status in ENDED else waits).format(mode=segment.name)
            self._model = self._nothing, self._nothing
        modes = [held for row in run.verdicts.measures.rows.values() for held in row.held.values()]
        self._most = max(map(_sum, [*modes, *(held for _, held in self._held)]), default=0)
        if shown != self._said:
            bars = (self._words(rank, held) for rank, held in self._held)
            self.setAccessibleDescription("; ".join(filter(None, (self._model[0], *bars))))
            self.update()

    @property
    def _said(self) -> tuple[object, ...]:
        """All that is drawn."""
        return self._held, self._measured, self._before, self._most, self._is_shared, self._model, self._nothing

    @property
    def _ranks(self) -> list[int]:
        """Those that have a row: of the mode in force, or, while nothing is counted of it, of the mode before."""
        return [rank for rank, _ in self._held] or [*self._before[1]]

    def _words(self, rank: int, held: Held) -> str:
        parts = [f"{self._name(name)} {figures.size(getattr(held, name))}" for name, _, _ in PARTS]
        words = rank_name(rank) + ": " + ", ".join(parts)
        if (measured := self._measured.get(rank)) is not None and measured[1] is not None:
            words += self.tr("; the process grew from {before} to {now}").format(
                before=figures.size(measured[1]), now=figures.size(measured[0])
            )
        return words

    def _name(self, part: str) -> str:
        if part == "parameter_bytes" and self._is_shared:
            return self.tr("weights: shared, one copy")
        return self._names[part]

    def _rows(self) -> list[QRectF]:
        """Where ranks have their bars: below each other, and side by side where that is too high."""
        height = self.fontMetrics().height()
        above = self._legend()[-1][0].bottom() + 4
        room = max(1, self.height() - above - 2)
        count = len(self._ranks)
        columns = ceil(count / max(1, room // (height + 2)))
        rows = ceil(count / columns)
        row, width = min(2.2 * height, room / rows), self.width() / columns
        places = (divmod(index, rows) for index in range(count))
        return [QRectF(6 + column * width, above + number * row, width - 6, row) for column, number in places]

    def _figures(self, rank: int, held: Held) -> tuple[str, ...]:
        """The sum of the tensors, and what was measured of the process, where it was."""
        text = figures.size(_sum(held))
        if self._is_shared and self.width() > WIDE_LETTERS * self.fontMetrics().averageCharWidth():
            text = self.tr("{size}, {shared} of it shared").format(size=text, shared=figures.size(held.parameter_bytes))
        now_bytes, before_bytes = self._measured.get(rank, (0, None))
        if not self._is_host:
            return (text,)  # the bar is of the accelerator's memory, the process' of the host's
        if before_bytes is not None:
            return text, self.tr("process +{size}").format(size=figures.size(max(0, now_bytes - before_bytes)))
        return (text, self.tr("process {size}").format(size=figures.size(now_bytes))) if now_bytes else (text,)

    def _beside(self) -> tuple[int, list[str]]:
        """What stands beside each bar, and its width: on one line, on two, or the sum alone, so that bars have room."""
        metrics, row = self.fontMetrics(), self._rows()[0]
        known = [self._figures(rank, held) for rank, held in self._held] or [("",)] * len(self._ranks)
        has_two_lines = row.height() >= 2 * metrics.height()
        forms = [[between.join(words) for words in known] for between in (" · ", "\n")[: 1 + has_two_lines]]
        least = LEAST_BAR_LETTERS * metrics.averageCharWidth()
        room = row.width() - self._gutter() - max(least, BAR_SHARE * row.width())
        width, form = 0, forms[0]
        for form in [*forms, [words[0] for words in known]]:
            width = max(metrics.horizontalAdvance(line) for words in form for line in words.split("\n")) + 12
            if width <= room:
                break
            room = row.width() - self._gutter() - least
        return width, form

    def _gutter(self) -> int:
        """Room for the names of ranks."""
        return max(self.fontMetrics().horizontalAdvance(rank_name(rank)) for rank in self._ranks) + 12

    def _sum_box(self) -> tuple[QRectF, str]:
        """Where it is written how large the model is, and in which words: the few where the many need a second line."""
        metrics, width = self.fontMetrics(), max(1, self.width() - 12)
        words = next((words for words in self._model if metrics.horizontalAdvance(words) <= width), self._model[1])
        wrapped = metrics.boundingRect(QRect(0, 0, width, 1000), int(Qt.TextFlag.TextWordWrap), words)
        return QRectF(6, 0, width, wrapped.height() + 4 if words else 0), words

    def _legend(self) -> list[tuple[QRectF, str, Qt.BrushStyle, str]]:
        """Swatches with their words, left to right, and on more lines where one has no room for all."""
        metrics, found, x, y = self.fontMetrics(), [], 6.0, self._sum_box()[0].bottom()
        entries = [(colour, pattern, self._name(name)) for name, colour, pattern in PARTS]
        if self._before[1]:
            words = self.tr("before: {mode}").format(mode=self._before[0])
            entries.append(("", Qt.BrushStyle.NoBrush, words))
        for colour, pattern, whole in entries:
            words = whole
            width = metrics.ascent() + 4 + metrics.horizontalAdvance(words)
            if 6 + width > self.width():  # in brackets is what the tooltip of a bar may say alone
                words = whole.partition(" (")[0]
                width = metrics.ascent() + 4 + metrics.horizontalAdvance(words)
            if x > 6 and x + width > self.width():
                x, y = 6.0, y + metrics.height() + 4
            found.append((QRectF(x, y, width, metrics.height() + 6), colour, pattern, words))
            x += width + 16
        return found

    def places(self) -> list[tuple[QRectF, QRectF, QRectF | None]]:
        """Where each rank's name, its bar, and the outline of what was held in the mode before are.

        All on one scale, which is that of all modes of the run. While nothing is counted bars have no width.
        """
        if not self._ranks:
            return []
        found, gutter, (tail, _), rows = [], self._gutter(), self._beside(), self._rows()
        scale = max(10, rows[0].width() - gutter - tail) / max(1, self._most)
        before, sums = self._before[1], {rank: _sum(held) for rank, held in self._held}
        for rank, box in zip(self._ranks, rows, strict=True):
            label = QRectF(box.left(), box.top(), gutter, box.height() - 3)
            bar = QRectF(box.left() + gutter, box.top(), sums.get(rank, 0) * scale, box.height() - 4)
            ghost = None
            if before:
                held_before = before.get(rank, max(before.values()))
                ghost = QRectF(bar.left() + 0.5, bar.top() + 0.5, held_before * scale - 1, bar.height() - 1)
            found.append((label, bar, ghost))
        return found

    def one_copy(self) -> list[QRectF]:
        """Where the weights are that all ranks share: across all bars of a column. Empty where each has its own."""
        blocks: dict[float, QRectF] = {}
        for (_, held), (_, bar, _) in zip(self._held, self.places() if self._is_shared else (), strict=False):
            width = held.parameter_bytes * bar.width() / max(1, _sum(held))
            part = QRectF(bar.left(), bar.top(), width, bar.height())
            blocks[bar.left()] = blocks.get(bar.left(), part).united(part)
        return list(blocks.values())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Draw a legend, and a bar a rank."""
        painter = QPainter(self)
        colours = plot_colours(self.palette())
        painter.fillRect(self.rect(), colours.background)
        metrics = self.fontMetrics()
        painter.setPen(colours.foreground)
        if not self._ranks:
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._nothing)
            return
        place, said = self._sum_box()
        painter.drawText(place, int(Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap), said)
        for box, colour, pattern, words in self._legend():
            swatch = QRectF(box.left(), box.top() + 4, metrics.ascent(), metrics.ascent())
            if colour:
                painter.fillRect(swatch, QBrush(QColor(colour), pattern))
            else:
                painter.setPen(QPen(colours.foreground, 1, Qt.PenStyle.DashLine))
                painter.drawRect(swatch)
            painter.setPen(colours.foreground)
            painter.drawText(box.adjusted(metrics.ascent() + 4, 0, 4, 0), int(Qt.AlignmentFlag.AlignVCenter), words)
        for number, block in enumerate(self.one_copy()):
            painter.setPen(QPen(QColor(BLUE), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush if number else QColor(BLUE))  # it is one: beside it an outline
            painter.drawRect(block)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        (_, beside), of_ranks = self._beside(), dict(self._held)
        for rank, (label, bar, ghost), words in zip(self._ranks, self.places(), beside, strict=True):
            painter.setPen(colours.foreground)
            painter.drawText(label, int(Qt.AlignmentFlag.AlignVCenter), rank_name(rank))
            left = bar.left()
            for part, colour, pattern in PARTS if rank in of_ranks else ():
                held = of_ranks[rank]
                width = getattr(held, part) * bar.width() / max(1, _sum(held))
                if not (self._is_shared and part == "parameter_bytes"):
                    painter.fillRect(QRectF(left, bar.top(), width, bar.height()), QBrush(QColor(colour), pattern))
                left += width
            if ghost is not None:
                painter.setPen(QPen(colours.foreground, 1, Qt.PenStyle.DashLine))
                painter.drawRect(ghost)
            end = max(bar.right(), ghost.right() if ghost is not None else 0.0)
            text = QRectF(end + 6, bar.top(), self.width(), bar.height())
            painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter), words)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the figures of the bar under the mouse."""
        for entry, row in zip(self._held, self._rows() if self._held else (), strict=True):
            if row.contains(event.position()):
                show_tip(event.globalPosition().toPoint(), self._words(*entry), self)
                return
        QToolTip.hideText()


def _sum(held: Held) -> int:
    """All that a rank holds of the model, in bytes."""
    return sum(getattr(held, name) for name, _, _ in PARTS)


def _before(run: RunView) -> tuple[str, dict[int, int]]:
    """The last mode before the one in force that was counted, and bytes by rank; ("", {}) where there is none."""
    for segment in reversed(run.segments[:-1]):
        if segment.name != run.segments[-1].name:
            for row in run.verdicts.measures.rows.values():
                if segment.segment in row.visits and row.held:
                    return row.name, {rank: _sum(held) for rank, held in row.held.items()}
    return "", {}
