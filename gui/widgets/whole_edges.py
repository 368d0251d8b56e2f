"""No line is cut through by the edge of a place that is scrolled: what would be seen in part is covered there.

| rank 0     4.15 MiB |
| 2 × all-reduce      |      a line, a button or a row is seen whole or not at all
|_____________________|
"""

from collections.abc import Callable, Iterable, Iterator

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QTextEdit,
    QWidget,
)

Pieces = Iterator[tuple[float, float]]
"""From where to where what is seen whole or not at all reaches, in pixels from the top of what is seen."""
ROUNDING = 3.0
"""So many pixels of a piece are its edge alone."""
WATCHED = (QEvent.Type.Resize, QEvent.Type.LayoutRequest, QEvent.Type.Show, QEvent.Type.ChildAdded)


class WholeEdges(QObject):
    """Covers what `area` shows in part, at its upper edge and at its lower one; `pieces` says what there is."""

    def __init__(self, area: QAbstractScrollArea, pieces: Callable[[], Pieces]) -> None:
        super().__init__(area)
        self._area, self._pieces = area, pieces
        self.covers = [QWidget(area.viewport()) for _ in range(2)]
        """The upper one, and the lower."""
        for cover in self.covers:
            cover.setBackgroundRole(area.viewport().backgroundRole())
            cover.setAutoFillBackground(True)
            cover.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            cover.hide()
        self._is_due = False
        bar = area.verticalScrollBar()
        bar.valueChanged.connect(self.fit)
        bar.rangeChanged.connect(self._fit_later)
        area.viewport().installEventFilter(self)
        self._content: QWidget | None = None
        self._fit_later()

    def fit(self) -> None:
        """Cover what cannot be seen whole just now; nothing where all has room."""
        self._is_due = False
        if isinstance(self._area, QScrollArea) and (content := self._area.widget()) not in (None, self._content):
            self._content = content  # another one, which lies over the covers
            content.installEventFilter(self)
        view, bar = self._area.viewport(), self._area.verticalScrollBar()
        end = float(view.height())
        first, last = 0.0, end
        if bar.maximum() > bar.minimum():
            pieces = [(top, bottom) for top, bottom in self._pieces() if bottom > 0 and top < end]
            pieces = [(top, bottom) for top, bottom in pieces if bottom - top <= end]
            last = first_cut(pieces, end)
            first = max((bottom for top, bottom in pieces if top + ROUNDING < 0), default=0.0)
            while cut := [top for top, bottom in pieces if top + ROUNDING < last < bottom - ROUNDING]:
                last = min(cut)  # what stands beside it
        for cover, begin, stop in zip(self.covers, (0.0, last), (first, end), strict=True):
            cover.setGeometry(0, round(begin), view.width(), max(0, round(stop) - round(begin)))
            cover.setVisible(stop > begin and first < last)  # else it would cover all there is
            cover.raise_()

    def _fit_later(self) -> None:
        """Once what is scrolled has its places."""
        if not self._is_due:
            self._is_due = True
            QTimer.singleShot(0, self, self.fit)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Other places, other parts that are cut; nothing is kept from them."""
        if event.type() in WATCHED:
            self._fit_later()
        return False


def first_cut(pieces: Iterable[tuple[float, float]], end: float) -> float:
    """Where the first of the pieces begins that would be cut at `end`; that itself where none would be."""
    return min((top for top, bottom in pieces if top < end < bottom - ROUNDING), default=end)


def keep_edges_whole(area: QAbstractScrollArea) -> WholeEdges:
    """Let no line of text, row of a table or control in that place be cut at its edge."""
    if isinstance(area, QPlainTextEdit | QTextEdit):
        return WholeEdges(area, lambda: _lines_of(area))
    if isinstance(area, QAbstractItemView):
        return WholeEdges(area, lambda: _rows_of(area))
    assert isinstance(area, QScrollArea)
    return WholeEdges(area, lambda: parts_of(area))


def _lines_of(text: QPlainTextEdit | QTextEdit) -> Pieces:
    """The lines at both edges."""
    for y in (0, text.viewport().height() - 1):
        line = text.cursorRect(text.cursorForPosition(QPoint(0, y)))
        yield line.top(), line.bottom() + 1


def _rows_of(view: QAbstractItemView) -> Pieces:
    """The rows at both edges."""
    for y in (0, view.viewport().height() - 1):
        index: QModelIndex = view.indexAt(QPoint(1, y))
        if index.isValid():
            row: QRect = view.visualRect(index)
            yield row.top(), row.bottom() + 1


def parts_of(area: QScrollArea) -> Pieces:
    """Controls, lines of labels, and what a widget says of itself in `edge_pieces`, from the top of what is seen."""
    content, view = area.widget(), area.viewport()
    if content is None:
        return
    for part in (content, *content.findChildren(QWidget)):
        if not part.isVisible():
            continue
        top, inner = part.mapTo(view, QPoint()).y(), _inner_place(part, area)
        place = QRect(inner.mapTo(view, QPoint()), inner.size())
        for begin, end in _pieces_of(part):
            if inner is view or (top + begin >= place.top() and top + end <= place.bottom() + 1):
                yield top + begin, top + end


def _inner_place(part: QWidget, area: QScrollArea) -> QWidget:
    """What a part of what is scrolled in `area` is scrolled in: another place within that, or its own viewport."""
    place: QWidget | None = part
    while (place := place.parentWidget() if place is not None else None) is not None:
        if isinstance(place.parentWidget(), QAbstractScrollArea):
            return place
    return area.viewport()


def _pieces_of(part: QWidget) -> Pieces:
    if isinstance(part, QLabel):
        yield from _lines_of_label(part)
    elif isinstance(part, QAbstractButton | QComboBox | QLineEdit):
        yield 0, part.height()
    elif (pieces := getattr(part, "edge_pieces", None)) is not None:
        yield from pieces()


def _lines_of_label(label: QLabel) -> Pieces:
    place, line = label.contentsRect(), label.fontMetrics().lineSpacing()
    wraps = Qt.TextFlag.TextWordWrap.value if label.wordWrap() else 0
    box = label.fontMetrics().boundingRect(place, label.alignment().value | wraps, label.text())
    for number in range(max(1, round(box.height() / line)) if label.text() else 0):
        yield box.top() + number * line, box.top() + (number + 1) * line
