"""Which panel comes to the front by itself: an example's, and a workload's own as its first picture comes.

With an example's panel comes what it wants along the axes of the plots.

One whose picture the workload does not have goes back behind what was in front before.

Where somebody has clicked a tab, that row of tabs is theirs, and only an example that they choose has its way there.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow

from engine.config.cards import workloads
from gui.look.view import ALL, PlotView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.window.tab_bars import is_seen

if TYPE_CHECKING:
    from engine.config.examples import Example


USUAL: dict[str, object] = {"x_kind": "step", "log_y": False}
"""What the axes of the plots are without an example, by its name in the view."""


class Raising:
    """Raises a panel once for each example, and once for each run that trains another workload than the one before."""

    def __init__(
        self,
        window: QMainWindow,
        kinds: Mapping[str, type[Panel]],
        docks: Mapping[str, QDockWidget],
        view: PlotView,
    ) -> None:
        self._window, self._docks, self._view = window, docks, view
        self._clicked: set[QDockWidget] = set()
        """Whose tab somebody has clicked, of those in front of their row of tabs."""
        window.tabifiedDockWidgetActivated.connect(self._on_front)
        self._kinds = kinds
        self._fronts = [docks[panel_id] for panel_id in reversed([*docks]) if not kinds[panel_id].card_picture]
        """Those that any workload has something for; the one that was in front last is the last of them."""
        self._pictures = {panel_id: kinds[panel_id].drawn_of_run for panel_id in docks if kinds[panel_id].drawn_of_run}
        """By panel: the attribute of a run that it draws."""
        self._last: QDockWidget | None = None
        """What came to the front last."""
        self._example: Example | None = None
        self._axes, self._turned_for = dict(USUAL), ""
        """What an example has made of the plots' axes; the run that was shown when the example came or went."""
        self._run_id, self._workload = "", ""
        """Of the last run of which it is known what it trains."""
        self._awaits = False
        """The first picture of a run of another workload."""
        self._coming = ""
        """The workload of the run that is shown, or to come, when tabs were looked at."""

    @property
    def front(self) -> QDockWidget | None:
        """What came to the front last, while it is seen."""
        return self._last if self._last is not None and is_seen(self._last) else None

    def note_choice(self, dock: QDockWidget) -> None:
        """Somebody has chosen this one from a list: it is theirs as if they had clicked its tab."""
        self._on_front(dock)
        self._clicked.add(dock)

    def refresh(self, store: Store) -> None:
        """Raise what is due; a panel that was closed stays closed, unless an example is about it."""
        if store.example is not self._example:
            self._example = store.example
            self._turned_for = store.live.run_id
            if self._example is not None and (dock := self._docks.get(self._example.panel)) is not None:
                dock.show()
                dock.raise_()
        run = store.live
        self._turn_axes(run.run_id)
        coming = (run.spec or store.set_up).workload
        if coming != self._coming:
            self._coming = coming
            self._put_back(workloads()[coming].pictures)
        if run.spec is not None and run.run_id != self._run_id:
            is_other = self._workload not in ("", run.spec.workload)
            self._run_id, self._workload, self._awaits = run.run_id, run.spec.workload, is_other and not run.is_replay
        for panel_id, picture in self._pictures.items() if self._awaits else ():
            if getattr(run, picture):
                self._awaits = False
                if not (dock := self._docks[panel_id]).isHidden() and not self._is_theirs(dock):
                    dock.raise_()

    def _turn_axes(self, run_id: str) -> None:
        """The plots' axes as an example wants them, and back with the next run after it, if they are so still."""
        example = self._example
        of_example = USUAL if example is None else USUAL | {"x_kind": example.axis, "log_y": example.log_y}
        for name, usual in USUAL.items():
            wanted, before = of_example[name], self._axes[name]
            if wanted == before or (wanted == usual and run_id and run_id == self._turned_for):
                continue
            if wanted != usual or getattr(self._view, name) == before:
                self._view.set(**{name: wanted}, follow=ALL)
            self._axes[name] = wanted

    def _put_back(self, pictures: Collection[str]) -> None:
        """No panel stays in front that draws another picture than these."""
        for panel_id in self._pictures:
            dock = self._docks[panel_id]
            if self._kinds[panel_id].card_picture in pictures or dock.isFloating() or dock.visibleRegion().isEmpty():
                continue
            row = [one for one in self._fronts if one in self._row_of(dock) and not one.isHidden()]
            if row:
                row[-1].raise_()

    def _row_of(self, dock: QDockWidget) -> set[QDockWidget]:
        return {dock, *self._window.tabifiedDockWidgets(dock)}

    def _is_theirs(self, dock: QDockWidget) -> bool:
        """Whether somebody has clicked the tab that is in front where this one would come to be."""
        return any(not one.isHidden() for one in self._clicked & self._row_of(dock))

    def _on_front(self, dock: QDockWidget) -> None:
        """Another one of its row is in front: by a click, or raised by whoever raises it."""
        self._clicked -= self._row_of(dock)
        self._last = dock
        if dock in self._fronts:
            self._fronts.remove(dock)
            self._fronts.append(dock)
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._clicked.add(dock)
