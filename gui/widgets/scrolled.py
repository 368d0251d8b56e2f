"""A panel in a place that may be smaller than it: what has no room is scrolled to, and nothing is cut."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from gui.widgets.whole_edges import keep_edges_whole

LEAST = QSize(200, 110)


class Scrolled(QScrollArea):
    """Shows `content` as large as there is room for, and never smaller than it can be."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # a click on it is one on nothing
        self.setWidget(content)
        keep_edges_whole(self)

    def minimumSizeHint(self) -> QSize:
        """The least size, whatever its content asks for: large text must not widen the window."""
        return LEAST

    def sizeHint(self) -> QSize:
        """The size that its content would like."""
        content = self.widget()
        return content.sizeHint() if content is not None else LEAST


def least_height(widget: QWidget, width: int) -> int:
    """How high a widget must be that has this width: what its layout needs, and not what it would like.

    For `heightForWidth` of what lies in something that scrolls: Qt scrolls what has not all that it would like.
    """
    layout = widget.layout()
    return layout.minimumHeightForWidth(width) if layout is not None else -1
