"""The decision surface: a plane whose axes have one scale, wherever there is room for it."""

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine.events.evaluator import Surface
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.surface import LEAST_SQUARE, MARGIN, SurfacePanel


@pytest.mark.parametrize(("up", "size"), [(1.0, (435, 122)), (1.0, (300, 600)), (0.5, (435, 122))])
def test_both_axes_have_one_scale_in_the_middle_of_the_panel(qtbot: QtBot, up: float, size: tuple[int, int]) -> None:
    probability = np.zeros(4, np.uint8).tobytes()
    place = {"x_min": -1.0, "x_max": 1.0, "y_min": -up, "y_max": up, "width": 2, "height": 2}
    surface = Surface(at_s=1.0, step=1, probability=probability, **place)
    store, panel = Store(), SurfacePanel(PlotView())
    qtbot.addWidget(panel)
    store.feed([surface])
    panel.refresh(store)
    panel.resize(*size)
    frame = panel.frame(surface)
    assert frame.height() == pytest.approx(up * frame.width())
    assert min(size[0] - frame.width(), size[1] - frame.height()) == pytest.approx(2 * MARGIN)
    assert abs(frame.center().x() - size[0] / 2) <= 0.5
    assert abs(frame.center().y() - size[1] / 2) <= 0.5
    seen, ground = panel.grab().toImage(), panel.palette().color(panel.backgroundRole())
    corners = [seen.pixelColor(x, y) for x in (0, size[0] - 1) for y in (0, size[1] - 1)]
    assert corners == [ground] * 4
    assert seen.pixelColor(round(frame.left()) + 2, round(frame.top()) + 2) != ground
    panel.setMinimumSize(1, 1)
    panel.resize(435, LEAST_SQUARE)
    assert panel.frame(surface).width() == 435 - 2 * MARGIN, "a lower one is filled, to be seen at all"
