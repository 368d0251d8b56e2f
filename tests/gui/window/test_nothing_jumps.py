"""While modes come and panels fill nothing beside them moves: plots and docks keep their places over a whole run."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.config.examples import examples
from engine.config.spec import make_spec
from engine.record.replay import Replay
from gui.look.theme import apply_theme
from gui.model.store import Store
from gui.window.settings import Settings
from gui.window.window import Window
from tests.conftest import ROOT
from tests.windows import feed_sample

LOOKS = 80
"""Of a run with several shifts, so often its window is looked at."""
SETTLING = 4
"""Passes in which a window comes to rest."""
AT_THE_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
Place = tuple[int, int, int, int]


def place_of(window: Window, widget: QWidget) -> Place:
    at = widget.mapTo(window, QPoint())
    return at.x(), at.y(), widget.width(), widget.height()


def places(window: Window) -> dict[str, Place]:
    """Where plots, docks, bars and what stands above plots lie, in pixels of the window."""
    panels = [window.panel(name) for name in ("ribbon", "loss", "throughput")]
    found = {panel.panel_id: panel for panel in panels}
    found |= {f"{name} plot": window.panel(name)._plot for name in ("loss", "throughput")}
    found |= {f"dock {name}": dock for name, dock in window.docks.by_id.items() if dock.isVisible()}
    found |= {"verdict": window.verdict, "bar": window._bar, "verdict's label": window.verdict.label}
    return {name: place_of(window, widget) for name, widget in found.items()}


@pytest.mark.parametrize(
    ("run", "size", "points"),
    [
        ("sample-run", (1280, 800), 10),
        ("sample-text-gpt", (1280, 800), 10),
        ("sample-run", (1920, 1080), 10),
        ("sample-text-gpt", (1920, 1080), 10),
        ("sample-run", (1920, 1080), 20),
    ],
)
def test_plots_and_docks_stay_where_they_are_over_a_run_with_several_shifts(
    qapp: QApplication, qtbot: QtBot, run: str, size: tuple[int, int], points: int
) -> None:
    now_s = 0.0
    replay = Replay(ROOT / "resources" / run, clock=lambda: now_s)
    store = Store()
    store.take_over(replay.spec, is_replay=True)
    apply_theme(qapp, "light", points)
    window = Window(Settings(), store)
    qtbot.addWidget(window, before_close_func=lambda window: setattr(window, "may_close", True))
    window.resize(*size)
    window.show()
    replay.play()

    def look() -> dict[str, Place]:
        for _ in range(SETTLING):
            window.refresh()
            qapp.processEvents()
        return places(window)

    try:
        look()
        last, moved = look(), list[str]()
        for number in range(1, LOOKS + 1):
            now_s = replay.end_s * number / LOOKS
            store.feed(replay.take())
            now = look()
            moved += [
                f"{name} at {now_s:.1f} s: {last[name]} -> {now[name]}" for name in now if last[name] != now[name]
            ]
            last = now
        assert len(store.live.segments) > 3
        assert moved == []
    finally:
        replay.close()
        apply_theme(qapp, "light", 10)


@pytest.mark.parametrize(("size", "points"), [((1280, 800), 10), ((1280, 800), 14), ((1920, 1080), 10)])
def test_no_panel_that_comes_to_the_front_moves_plots_or_docks(
    qapp: QApplication, qtbot: QtBot, size: tuple[int, int], points: int
) -> None:
    store = Store()
    feed_sample(store)
    store.take_over(make_spec("digits-mlp"), is_replay=False)
    store.live.status = "paused"  # there is a model to look into
    apply_theme(qapp, "light", points)
    window = Window(Settings(), store)
    qtbot.addWidget(window, before_close_func=lambda window: setattr(window, "may_close", True))
    window.resize(*size)
    window.show()

    def look() -> dict[str, Place]:
        for _ in range(2 * SETTLING):
            window.refresh()
            qapp.processEvents()
        found = places(window)
        docks = [one for one in window.docks.by_id.values() if window.dockWidgetArea(one) == AT_THE_BOTTOM]
        front = [place_of(window, dock) for dock in docks if not dock.visibleRegion().isEmpty()]
        at_sides = {name: place for name, place in found.items() if not name.startswith("dock")}
        at_sides |= {name: found[f"dock {name}"] for name in ("setup", "board", "devices")}
        return at_sides | {f"bottom {number}": place for number, place in enumerate(sorted(front))}

    try:
        before = look()
        for name, dock in window.docks.by_id.items():
            if window.dockWidgetArea(dock) == AT_THE_BOTTOM:
                window.docks.bring(dock)
                assert look() == before, name
        window.docks.bring(window.docks.by_id["log"])
        store.take_over(make_spec("text-gpt"), is_replay=False)
        assert look() == before, "another workload"
        window.docks.bring(window.docks.by_id["lanes"])
        store.show_example(next(one for one in examples().values() if one.panel == "inside"))
        with_words = look()
        assert {name: place for name, place in with_words.items() if name.startswith(("bottom", "board"))} == {
            name: place for name, place in before.items() if name.startswith(("bottom", "board"))
        }, "an example's panel"
    finally:
        apply_theme(qapp, "light", 10)
