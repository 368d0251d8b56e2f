"""The toolbar: reset, play, step, where the run is, what computes, and how fast."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QPainter, QPalette, QPixmap, QPolygonF
from PySide6.QtWidgets import QLabel, QToolBar

from gui.model.store import Store
from gui.text import figures
from gui.text.engine_text import engine_text
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.held_size import FigureLabel


class RunBar(QToolBar):
    """Shows the store's state; its actions are the window's, so menu, key and button are one thing."""

    def __init__(self, reset: QAction, play: QAction, step: QAction) -> None:
        super().__init__()
        self.setObjectName("run-bar")
        self.setWindowTitle(self.tr("Run"))
        self.setMovable(False)
        self.setIconSize(QSize(20, 20))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        for action in (reset, play, step):
            self.addAction(action)
        self._step = self._label(self.tr("Steps made so far."))
        self.addSeparator()
        self._mode = ElidedLabel(self.tr("What computes where, now."))
        self._mode.setContentsMargins(8, 0, 8, 0)
        self.addWidget(self._mode)
        font = self._mode.font()
        font.setBold(True)
        self._mode.setFont(font)
        self._speed = self._label(self.tr("Samples computed a second."))
        self._speed.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def _label(self, tooltip: str) -> QLabel:
        label = FigureLabel(padding_pixels=8)
        label.setToolTip(tooltip)
        self.addWidget(label)
        return label

    def refresh(self, store: Store, mode_words: str) -> None:
        """Show what the store holds now, and what computes in words."""
        run = store.live
        self._step.setText(self.tr("step {n}").format(n=f"{run.step:,}"))
        self._mode.setText(mode_words)
        rate = run.samples_per_s
        speed = self.tr("{rate} {unit}/s").format(rate=figures.count(rate or 0), unit=engine_text(run.unit))
        self._speed.setText(speed if rate is not None else "")


def make_icon(name: str, palette: QPalette) -> QIcon:
    """Play, pause, step, reset, stop: drawn in the theme's own text colour."""
    pixmap = QPixmap(64, 64)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.color(QPalette.ColorRole.ButtonText))
    if name == "play":
        painter.drawPolygon(QPolygonF([QPointF(16, 10), QPointF(54, 32), QPointF(16, 54)]))
    elif name == "pause":
        painter.drawRoundedRect(QRectF(14, 10, 13, 44), 3, 3)
        painter.drawRoundedRect(QRectF(37, 10, 13, 44), 3, 3)
    elif name == "step":
        painter.drawPolygon(QPolygonF([QPointF(12, 10), QPointF(42, 32), QPointF(12, 54)]))
        painter.drawRoundedRect(QRectF(44, 10, 9, 44), 2, 2)
    elif name == "stop":
        painter.drawRoundedRect(QRectF(13, 13, 38, 38), 4, 4)
    else:
        painter.drawRoundedRect(QRectF(10, 10, 9, 44), 2, 2)
        painter.drawPolygon(QPolygonF([QPointF(54, 10), QPointF(22, 32), QPointF(54, 54)]))
    painter.end()
    return QIcon(pixmap)
