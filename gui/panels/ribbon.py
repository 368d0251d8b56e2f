"""The ribbon of modes above the plots: which mode computed when, what the shift to it cost, what was changed."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout

from gui.look.scale import TIGHT
from gui.look.view import PlotView
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.panels.base import LEAST_WIDTH, Panel
from gui.text.ribbon import RibbonWords
from gui.widgets.ribbon import Ribbon


class RibbonPanel(Panel):
    """A ribbon of the live run."""

    panel_id = "ribbon"
    area = "centre"
    order = 0
    share = 0
    watches = ("steps", "segments", "hyper", "run", "status")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._words = RibbonWords()
        self._run: RunView | None = None
        self._worded: object = None
        self._ribbon = Ribbon(view)
        self._ribbon.setAccessibleName(self.tr("Modes over the run"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, TIGHT, 0, 0)
        layout.addWidget(self._ribbon)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        view.changed.connect(self._draw)

    def present(self) -> None:
        """Write what numbers stand for, and all that is said of a stretch: in the presenter's layout there is room."""
        self._ribbon.lines.has_room = True

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Modes")

    def minimumSizeHint(self) -> QSize:
        """The height of the ribbon's lines, and no more."""
        return QSize(LEAST_WIDTH, self._ribbon.sizeHint().height() + 2)

    def sizeHint(self) -> QSize:
        """The least size, too: all other height is the plots'."""
        return self.minimumSizeHint()

    def refresh(self, store: Store) -> None:
        """The modes of the live run; their words are put together anew only where there are others."""
        self._run = store.live
        versions = store.versions["segments"], store.versions["hyper"], store.versions["run"]
        of = store.live, versions, len(store.live.health.broken)
        if of != self._worded:
            self._worded = of
            self._draw()
        elif store.live.num_steps:
            self._ribbon.reach(float(store.live.loss.axis.of(self.view.x_kind)[-1]))

    def _draw(self) -> None:
        run, kind = self._run, self.view.x_kind
        if run is None:
            return
        above = sorted(self._words.stretches(run, kind) + self._words.marks(run, kind), key=lambda one: one.begin)
        end = float(run.loss.axis.of(kind)[-1]) if run.num_steps else 0.0
        self._ribbon.show_run(self._words.parts(run, kind), above, end)
