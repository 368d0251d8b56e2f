"""The colours of a table's cells: the darker, the more; mistakes are red, and of signed numbers zero is the ground."""

import numpy as np
from PySide6.QtGui import QColor, QPalette

from engine.pictures import HeatMap
from gui.look.theme import VERMILLION
from gui.widgets.picture_view import more_colour, number_colours, ramp


def cell_colours(picture: HeatMap, values: np.ndarray, palette: QPalette) -> np.ndarray:
    """Colours (rows, columns, 3) of the cells of a table of `values` (rows, columns); mistakes have their own scale."""
    values, ground = np.nan_to_num(values), palette.color(QPalette.ColorRole.Base)
    if picture.is_signed:
        largest = float(np.abs(values).max(initial=0.0)) or 1.0
        table = number_colours(palette, is_signed=True)
        signed: np.ndarray = table[np.clip(127.5 + 127.5 * values / largest, 0, 255).round().astype(np.uint8)]
        return signed
    colours = _scaled(values, ramp(ground, more_colour(palette)))
    if picture.is_diagonal_right:
        is_wrong = np.logical_not(is_diagonal(values))
        wrong = _scaled(np.where(is_wrong, values, 0.0), ramp(ground, QColor(VERMILLION)))
        right = _scaled(np.where(is_wrong, 0.0, values), ramp(ground, more_colour(palette)))
        colours = np.where(is_wrong[:, :, None], wrong, right)
    return colours


def is_diagonal(values: np.ndarray) -> np.ndarray:
    """A mask (rows, columns) of the cells whose row and column are the same."""
    rows, columns = np.indices(values.shape)
    same: np.ndarray = rows == columns
    return same


def _scaled(values: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Colours (rows, columns, 3) of numbers, on a scale from 0 to the largest."""
    largest = float(values.max(initial=0.0)) or 1.0
    coloured: np.ndarray = table[np.clip(255 * values / largest, 0, 255).astype(np.uint8)]
    return coloured
