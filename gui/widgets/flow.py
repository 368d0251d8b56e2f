"""Controls in a row, and in more rows where one has no room for all: none is cut, and none is left out.

The widget puts its controls into their places itself. A QLayout written in Python would hand Qt's layout items to
Python, and what was left of those was seen to stand for other objects that came to lie where they had been.
"""

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.look.scale import GRID, TIGHT

SHRINKING = frozenset(policy for policy in QSizePolicy.Policy if policy.value & QSizePolicy.PolicyFlag.ShrinkFlag.value)
"""Policies of controls that may be smaller than they would like."""


class FlowRow(QWidget):
    """Left to right, then on the next line; lines are as high as their highest. What wants to grow does."""

    def __init__(self, parent: QWidget | None = None, *, spacing: int = GRID) -> None:
        super().__init__(parent)
        self._controls: list[QWidget] = []
        self._has_last = False
        self.spacing = spacing
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add_control(self, control: QWidget) -> None:
        """Take another control, behind the others, but before the one that is kept last."""
        self._controls.insert(len(self._controls) - self._has_last, control)
        control.setParent(self)
        control.show()
        self.updateGeometry()

    def keep_last(self, control: QWidget) -> None:
        """Take another control that stays behind all others, those to come too."""
        self.add_control(control)
        self._has_last = True

    @property
    def last_control(self) -> QWidget | None:
        """What is kept behind all others, while it is shown."""
        return self._controls[-1] if self._has_last and not self._controls[-1].isHidden() else None

    def remove_control(self, control: QWidget) -> None:
        """Let go of a control, which is deleted."""
        self._controls.remove(control)
        control.hide()
        control.deleteLater()
        self.updateGeometry()

    def heightForWidth(self, width: int) -> int:
        """The height of as many lines as the controls take."""
        return self._lay_out(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        """The size of all controls in one line."""
        hints = [_sizes(control)[1] for control in self._shown()]
        width = sum(hint.width() for hint in hints) + self.spacing * max(0, len(hints) - 1)
        return QSize(width, max((hint.height() for hint in hints), default=0)).grownBy(self.contentsMargins())

    def minimumSizeHint(self) -> QSize:
        """The size of the widest control; how high it then is, its width says."""
        least = QSize(0, 0)
        for control in self._shown():
            least = least.expandedTo(_sizes(control)[0])
        return least.grownBy(self.contentsMargins())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the controls out in the lines of another width."""
        super().resizeEvent(event)
        self._lay_out(self.rect(), move=True)
        self.fit_words()

    def event(self, event: QEvent) -> bool:
        """Lay the controls out anew when one has another size, or came, or went."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._lay_out(self.rect(), move=True)
            self.fit_words()
        return done

    def fit_words(self) -> None:
        """Choose how much the controls say, where that hangs on the room for them; called when it may have changed."""

    def _shown(self) -> list[QWidget]:
        return [control for control in self._controls if not control.isHidden()]

    def _lay_out(self, rect: QRect, *, move: bool) -> int:
        margins = self.contentsMargins()
        inner = rect.marginsRemoved(margins)
        lines: list[list[tuple[QWidget, QSize]]] = [[]]
        taken = 0
        for control in self._shown():
            size = _sizes(control)[1].boundedTo(QSize(max(1, inner.width()), control.maximumHeight()))
            if lines[-1] and taken + size.width() > inner.width():
                lines.append([])
                taken = 0
            lines[-1].append((control, size))
            taken += size.width() + self.spacing
        y = inner.top()
        for line in lines:
            height = max((size.height() for _, size in line), default=0)
            if move:
                self._place(line, inner, y, height)
            y += height + TIGHT
        return y - TIGHT + margins.bottom() - rect.top()

    def _place(self, line: list[tuple[QWidget, QSize]], inner: QRect, y: int, height: int) -> None:
        wide = [c for c, _ in line if c.sizePolicy().expandingDirections() & Qt.Orientation.Horizontal]
        spare = inner.width() - sum(size.width() for _, size in line) - self.spacing * (len(line) - 1)
        x = inner.left()
        for control, size in line:
            width = size.width() + (max(0, spare) // len(wide) if control in wide else 0)
            width = min(width, control.maximumWidth())
            control.setGeometry(x, y + (height - size.height()) // 2, width, size.height())
            x += width + self.spacing


def _sizes(control: QWidget) -> tuple[QSize, QSize]:
    """The smallest size a control may have, by its policy, its hints and what was set; and what it wants of the rest.

    A row is asked for them a hundred times while a window comes up, so each is found once and nothing is asked twice.
    """
    policy, most = control.sizePolicy(), control.maximumSize()
    hint, least = control.sizeHint(), control.minimumSizeHint()
    full = hint.expandedTo(least)
    if policy.horizontalPolicy() not in SHRINKING:
        least.setWidth(full.width())
    if policy.verticalPolicy() not in SHRINKING:
        least.setHeight(full.height())
    least = least.boundedTo(most)
    if width := control.minimumWidth():
        least.setWidth(width)
    if height := control.minimumHeight():
        least.setHeight(height)
    return least, hint.expandedTo(least).boundedTo(most)
