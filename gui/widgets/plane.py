"""What is drawn of a plane with two classes: probability as colour, points in two shapes and hues."""

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

HALO_PIXELS = 1.6
WHITE = QColor("#FFFFFF")
"""The ground, in either theme: where the model is undecided."""
INK = QColor("#1B2430")
"""What is written on that ground."""
NO_BRUSH = Qt.BrushStyle.NoBrush


def surface_image(probability: bytes, width: int, height: int) -> QImage:
    """An image of probabilities (bytes from 0 to 255, row by row from the lowest y); the border, 1/2, is white."""
    places = np.frombuffer(probability, np.uint8).reshape(height, width)
    pixels = np.ascontiguousarray(_colour_table()[places[::-1]])  # images begin at the top, the plane at the bottom
    return QImage(pixels.tobytes(), width, height, width * 3, QImage.Format.Format_RGB888).copy()


def paint_points(painter: QPainter, across: np.ndarray, down: np.ndarray, label: np.ndarray, radius: float) -> None:
    """Points at these pixels: of class 0 rings, of class 1 dots, each with a halo."""
    halo = QPen(WHITE, 2 * HALO_PIXELS)  # a point lies mostly on ground of its own hue
    for kind, colour in ((0, QColor("#8A5A00")), (1, QColor("#004A78"))):
        mine = label == kind
        spots = [QPointF(at_x, at_y) for at_x, at_y in zip(across[mine].tolist(), down[mine].tolist(), strict=True)]
        for pen, brush in ((halo, NO_BRUSH), (QPen(colour, 1.4), colour if kind else NO_BRUSH)):
            painter.setPen(pen)
            painter.setBrush(brush)
            for spot in spots:
                painter.drawEllipse(spot, radius, radius)


def _colour_table() -> np.ndarray:
    """256 colours from orange (class 0) over white to blue (class 1).

    No line stands at 1/2: across a steep border hardly a place has just that probability, and a line would be dots.
    """
    orange, blue = np.array([230, 159, 0]), np.array([0, 114, 178])
    middle = np.array([255, 255, 255])  # undecided is white, in either theme
    weight = np.linspace(-1, 1, 256)[:, None]
    strength = np.abs(weight) * 0.75
    return (np.where(weight < 0, orange, blue) * strength + middle * (1 - strength)).astype(np.uint8)
