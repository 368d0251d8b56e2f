"""How the plots are looked at: one x axis, one crosshair, one way to follow, shared by all plots of the window."""

from typing import Any

from PySide6.QtCore import QObject, Signal

ALL, FOLLOW, FREE = "all", "follow", "free"


class PlotView(QObject):
    """View state and its changes. Plots register their view box, and the first one leads the others' x range."""

    changed = Signal()
    """Axis kind, logarithm, smoothing or following changed: draw again."""

    crosshair_moved = Signal()

    other_run = Signal()
    """Another run is shown: where somebody has moved the last one to says nothing of it."""

    moved = Signal()
    """The x range of the plots is another, or their place in the window."""

    def __init__(self) -> None:
        super().__init__()
        self.x_kind = "step"
        self.log_x = False
        self.log_y = False
        self.smoothing = 0.9
        """Weight of the past in smoothed curves, 0 (none) to 0.999."""
        self.follow = ALL
        self._run_id: str | None = None
        self.crosshair: float | None = None
        self.is_placing = False
        """The leader sets the x range itself; the others will be drawn anyway."""
        self.leader: Any = None
        """The view box whose x range all others have; None before there is a plot."""

    def link(self, view_box: Any) -> bool:
        """Share the x range with the other plots; True for the one that leads."""
        if self.leader is None:
            self.leader = view_box
            for signal in (view_box.sigXRangeChanged, view_box.sigResized):
                signal.connect(lambda *_: self.moved.emit())
            return True
        view_box.setXLink(self.leader)
        return False

    def set(self, **values: Any) -> None:
        """Change some of the state and tell."""
        for name, value in values.items():
            setattr(self, name, value)
        self.changed.emit()

    def show_run(self, run_id: str) -> None:
        """Let plots show all of the run of that id, if it is another one; one that is wound or goes on is the same."""
        before, self._run_id = self._run_id, run_id
        if before in (None, run_id):
            return
        self.other_run.emit()
        if self.follow == FREE:
            self.set(follow=ALL)

    def point_at(self, position: float | None) -> None:
        """Move the crosshair to a position on the x axis (None: away)."""
        self.crosshair = position
        self.crosshair_moved.emit()
