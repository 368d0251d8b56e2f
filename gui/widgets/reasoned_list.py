"""A list in which what cannot be chosen says so, and why: below its name, under the mouse, and in the status line.

Digits · MLP
Sentiment                                 greyed
Data › Get: Chinese reviews               quiet, in small letters
"""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QMainWindow, QStyledItemDelegate, QStyleOptionViewItem

from gui.look.scale import GRID, SMALL, letters_font
from gui.look.theme import plot_colours
from gui.text.words import MARKS
from gui.widgets.wheel import let_wheel_pass

REMEDY = Qt.ItemDataRole.UserRole + 1
"""Of an item: a few words on how it comes to be one that can be chosen."""
Index = QModelIndex | QPersistentModelIndex


class ReasonedList(QComboBox):
    """One of several to choose; `grey` says what of them cannot be."""

    def __init__(self) -> None:
        super().__init__()
        self._measure: QComboBox | None = None
        self.setItemDelegate(_Delegate(self))
        self.view().entered.connect(self._tell)
        let_wheel_pass(self)

    def give_way_to(self, other: QComboBox) -> None:
        """Ask for no more width than that list does: a longer choice is cut where there is less, and whole when open.

        A form in which both stand is then as wide as without this one.
        """
        self._measure = other

    def minimumSizeHint(self) -> QSize:
        """The width of its longest choice, or what another list leaves it in the same form."""
        hint = super().minimumSizeHint()
        if self._measure is None:
            return hint
        return QSize(min(hint.width(), self._measure.minimumSizeHint().width() - GRID), hint.height())

    def grey(self, reasons: Mapping[Any, tuple[str, str]]) -> None:
        """By what an item stands for: why it cannot be chosen, in a sentence, and what helps, in a few words."""
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        for index in range(self.count()):
            reason, remedy = reasons.get(self.itemData(index), ("", ""))
            model.item(index).setEnabled(not reason)
            self.setItemData(index, reason or None, Qt.ItemDataRole.ToolTipRole)
            self.setItemData(index, reason or None, Qt.ItemDataRole.AccessibleDescriptionRole)
            self.setItemData(index, remedy or None, REMEDY)

    def showPopup(self) -> None:
        """Open the list, as wide as its longest line."""
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 2 * GRID)
        super().showPopup()

    def hidePopup(self) -> None:
        """Close the list; nothing of it is pointed at any more."""
        super().hidePopup()
        self._say("")

    def _tell(self, index: QModelIndex) -> None:
        reason = index.data(Qt.ItemDataRole.ToolTipRole) if not index.flags() & Qt.ItemFlag.ItemIsEnabled else ""
        self._say(f"{MARKS['warning']} {reason}" if reason else "")

    def _say(self, words: str) -> None:
        """In the status line of the window that it stands in, also from within a dock that floats."""
        place = self.parentWidget()
        while place is not None and not isinstance(place, QMainWindow):
            place = place.parentWidget()
        if place is not None and words:
            place.statusBar().showMessage(words)
        elif place is not None:
            place.statusBar().clearMessage()


class _Delegate(QStyledItemDelegate):
    """Draws an item as ever, and what helps below it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the item, with the second line that it may have."""
        remedy = index.data(REMEDY)
        if not remedy:
            super().paint(painter, option, index)
            return
        font = letters_font(option.font, SMALL)
        whole, below = QRect(option.rect), QRect(option.rect)
        below.setTop(whole.bottom() - QFontMetrics(font).height())
        option.rect.setBottom(below.top())
        super().paint(painter, option, index)
        option.rect = whole
        painter.save()
        painter.setFont(font)
        painter.setPen(plot_colours(option.palette).muted)
        painter.drawText(below.adjusted(GRID, 0, 0, 0), int(Qt.AlignmentFlag.AlignLeft), remedy)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Room for the second line, too."""
        hint, remedy = super().sizeHint(option, index), index.data(REMEDY)
        if not remedy:
            return hint
        metrics = QFontMetrics(letters_font(option.font, SMALL))
        return QSize(max(hint.width(), metrics.horizontalAdvance(remedy) + 2 * GRID), hint.height() + metrics.height())
