"""Panels in their places: plots in the centre, all others in docks around them, some behind the tabs of others."""

from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from operator import itemgetter
from time import perf_counter
from zlib import crc32

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QSplitter, QWidget

from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.widgets.replay_bar import ReplayBar
from gui.widgets.scrolled import Scrolled
from gui.window.banner import beneath
from gui.window.crowding import Crowding
from gui.window.dock_title import Dock, DockTitle
from gui.window.example_line import ExampleLine
from gui.window.headroom import Headroom
from gui.window.plots_place import PlotsPlace
from gui.window.raising import Raising
from gui.window.tab_bars import hide_left_bars, is_seen, size_with_tabs
from gui.window.tab_list import list_tabs

AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}

SIDES_LINES, BOTTOM_LINES = (18.0, 21.0), 12.0
"""Widths of docks at the left and the right, and least height of those at the bottom, in lines of text, at first."""
FIRST_BOTTOM_SHARE = 0.23
"""Of the window, what those at the bottom take at first, where that is more."""
SIDE_SHARE, BOTTOM_SHARE = 0.25, 0.38
"""Of the window, the most that they take by themselves."""


class Docks(QObject):
    """Places the panels of a window, and lets those that are seen draw what is new. `by_id` are the docks."""

    intent = Signal(object)
    """What any panel emits: one of `gui.model.intents`."""
    help_wanted = Signal(str)
    """The page of the panel of that name is to be opened."""

    def __init__(self, window: QMainWindow, kinds: Sequence[type[Panel]], view: PlotView, store: Store) -> None:
        super().__init__(window)
        self._window = window
        self._kinds = {kind.panel_id: kind for kind in kinds}
        self._view = view
        self._store = store
        self.built: dict[str, Panel] = {}
        """Panels that somebody has seen, by name."""
        self._versions_of = {kind.panel_id: itemgetter(*kind.watches) for kind in kinds}
        self._drawn: dict[str, object] = {}
        """By panel: the versions of its topics that it shows."""
        self._seen: set[str] = set()
        self.by_id: dict[str, QDockWidget] = {}
        self._width, self._line = 0, 0
        """Of the plots, when tabs were looked at; height of a line that docks have their sizes for, 0 before that."""
        self._left: dict[tuple[int, int], tuple[dict[QDockWidget, QSize], list[int]]] = {}
        """By height of a line and width of the window (large text makes it higher): the sizes there were last."""
        self._heights: list[int] = []
        """Of the parts of the centre, just before the text became larger or smaller."""
        self._place()
        self._raising = Raising(window, self._kinds, self.by_id, view)
        self._crowding = Crowding(window, self.by_id)
        self._headroom = Headroom(window, self._centre, self._place_of_plots)
        self._needed: tuple[int, ...] = ()
        """By plots, in pixels: their least heights, and what is said above them."""

    @property
    def version(self) -> int:
        """Other panels, another version: a layout that knows nothing of a panel would put it anywhere."""
        return crc32(" ".join(self.by_id).encode()) & 0x7FFF

    @property
    def panels(self) -> list[Panel]:
        """All panels, by area and order; those that nobody has seen yet are built for it."""
        return [self.panel(panel_id) for panel_id in self._kinds]

    def panel(self, panel_id: str) -> Panel:
        """The panel of that name, which is built if nobody has seen it yet."""
        if panel_id not in self.built:
            panel = self.built[panel_id] = self._kinds[panel_id](self._view)
            panel.intent.connect(self.intent)
            panel.help_wanted.connect(partial(self.help_wanted.emit, panel_id))
            if (dock := self.by_id.get(panel_id)) is not None:
                dock.setWidget(Scrolled(panel) if panel.area == "bottom" else panel)
                title = DockTitle(dock, panel.panel_title())
                title.help_wanted.connect(panel.help_wanted)
                dock.setTitleBarWidget(title)
        return self.built[panel_id]

    def refresh(self, until_s: float = inf) -> None:
        """Let panels that are seen, and whose topics changed, draw; from `until_s` on, after the event loop's turn."""
        self.example.refresh(self._store)
        self.replay_bar.refresh(self._store)
        self._raising.refresh(self._store)
        was_seen = set(self._seen)
        if self._draw(is_seen, until_s):
            QTimer.singleShot(0, self, partial(self.refresh, 0.0))
        heights = [panel.minimumSizeHint().height() for panel in self.built.values() if panel.area == "centre"]
        needed = (*heights, self._place_of_plots.y())
        if (self._seen, needed) != (was_seen, self._needed):
            self._needed = needed
            self._give_way()
        if self._centre.width() != self._width:  # docks moved; a row of tabs that nobody uses did not
            self._width = self._centre.width()
            QTimer.singleShot(0, self, self.hide_left_bars)

    def cover(self) -> None:
        """While something lies over the window nobody sees the panels in it; those apart from it draw on."""
        self._draw(lambda place: place.window() is not self._window and is_seen(place))

    def _draw(self, sees: Callable[[QWidget], bool], until_s: float = inf) -> bool:
        """Whether something is left for the next turn; what is drawn is one panel at least."""
        is_late, drawn = False, 0
        for panel_id, versions_of in self._versions_of.items():
            version = versions_of(self._store.versions)
            is_now_seen = sees(self.by_id[panel_id] if panel_id in self.by_id else self.built[panel_id])
            is_due = is_now_seen and self._drawn.get(panel_id) != version
            is_late |= is_due and drawn > 0 and perf_counter() > until_s
            if is_due and not is_late:
                drawn += 1
                self._drawn[panel_id] = version
                self.panel(panel_id).refresh(self._store)
            if is_now_seen != (panel_id in self._seen):
                self._seen ^= {panel_id}
                self.panel(panel_id).seen(is_now_seen)
        return is_late

    @property
    def state(self) -> QByteArray:
        """How docks lie, or will when there is room for them again: for the next time."""
        return self._crowding.layout or self._window.saveState(self.version)

    def fit(self) -> None:
        """All docks behind one row of tabs, where the text is so large that they would crowd each other out.

        They go back as they were when there is room.
        """
        self._grow()
        is_crowded = self._crowding.is_due
        if is_crowded == bool(self._crowding.layout):
            self._crowding.halve()
            QTimer.singleShot(0, self, self._give_way)
            return
        if not is_crowded:
            QTimer.singleShot(0, self, self._spread)  # now panels are still as large as the text was
            return
        self._crowding.gather(self.version, self._raising.front or (self._fronts or [*self.by_id.values()])[0])
        QTimer.singleShot(0, self, self.hide_left_bars)

    def _spread(self) -> None:
        """Docks as they lay while there was room for them, in the sizes they had."""
        self._crowding.spread(self.version)
        for act in (self.hide_left_bars, self._return):
            QTimer.singleShot(0, self, act)

    def take_first_sizes(self) -> None:
        """Give all docks their first sizes. Only once the window has its size: before, docks widen it instead."""
        self._line = self._window.fontMetrics().lineSpacing()
        self._headroom.forget()
        if self._crowding.layout:
            self._crowding.halve()
            return
        sides = [self.by_id[kind.panel_id] for kind in self._kinds.values() if kind.area in ("left", "right")]
        self._resize({dock: SIDES_LINES[dock is not sides[0]] * self._line for dock in sides}, self._first_height)
        self._share_centre()
        self._window.resizeDocks(self._fronts, [540, 460][: len(self._fronts)], Qt.Orientation.Horizontal)
        right = [self.by_id[kind.panel_id] for kind in self._kinds.values() if kind.area == "right"]
        self._window.resizeDocks(right, [335, 105][: len(right)], Qt.Orientation.Vertical)
        for act in (self._give_way, self.hide_left_bars):  # with the sizes they have then; joined anew, they leave bars
            QTimer.singleShot(0, self, act)

    @property
    def _first_height(self) -> float:
        """Of docks at the bottom, as far as plots keep their room."""
        return max(BOTTOM_LINES * self._line, FIRST_BOTTOM_SHARE * self._window.height())

    def keep_sizes(self) -> None:
        """The sizes that the last window left are for letters as large as they are."""
        self._line = self._window.fontMetrics().lineSpacing()
        self._give_way()

    def _give_way(self) -> None:
        """Docks at the bottom lower where plots must be higher, and back."""
        docks = [dock for dock in self.by_id.values() if self._is_at_bottom(dock) and is_seen(dock)]
        if docks and self._line and not self._crowding.layout:
            self._headroom.fit(docks, size_with_tabs(self._window, docks[0]).height())

    def _is_at_bottom(self, dock: QDockWidget) -> bool:
        return not dock.isFloating() and self._window.dockWidgetArea(dock) == AREAS["bottom"]

    def note_heights(self) -> None:
        """The text is about to be larger or smaller: once it is, plots have other heights before docks hear of it."""
        self._heights = self._centre.sizes()

    def _grow(self) -> None:
        """With larger text docks are larger, and smaller with smaller: in the proportions that they have."""
        line, before = self._window.fontMetrics().lineSpacing(), self._line
        if not before or line == before:
            return
        if not self._crowding.layout:
            docks = [dock for dock in self.by_id.values() if not dock.isFloating() and is_seen(dock)]
            sizes = {dock: size_with_tabs(self._window, dock) for dock in docks}
            for dock in filter(self._is_at_bottom, docks):
                sizes[dock].setHeight(self._headroom.low or sizes[dock].height())
            self._left[before, self._window.width()] = sizes, self._heights or self._centre.sizes()
        self._line = line
        self._share_centre()
        height = self._headroom.low or size_with_tabs(self._window, self._fronts[0]).height()
        self._headroom.forget()
        QTimer.singleShot(0, self, self._return)  # now everything is still as large as the text was
        if not self._crowding.layout:
            areas = (Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea)
            docks = [dock for dock in self.by_id.values() if dock.isVisible() and not dock.isFloating()]
            sides = {dock: dock.width() * line / before for dock in docks if self._window.dockWidgetArea(dock) in areas}
            self._resize(sides, height * line / before)

    def _return(self) -> None:
        """The sizes that docks and plots had when text and window were as they are now, exactly."""
        left = self._left.get((self._line, self._window.width()))
        if left is None or self._crowding.layout:
            return
        sizes, shares = left
        docks = [dock for dock in sizes if not dock.isFloating() and dock.isVisible()]
        self._window.resizeDocks(docks, [sizes[dock].width() for dock in docks], Qt.Orientation.Horizontal)
        bottom = list(filter(self._is_at_bottom, docks))
        for some in ([dock for dock in docks if dock not in bottom], bottom):  # those at the sides get what is left
            self._window.resizeDocks(some, [sizes[dock].height() for dock in some], Qt.Orientation.Vertical)
        self._centre.setSizes(shares)
        self._headroom.forget()  # what was asked for on the way here holds no more

    def _resize(self, sides: dict[QDockWidget, float], height: float) -> None:
        """Docks at the sides to these widths, those at the bottom to this height, as far as plots keep their room."""
        window = self._window
        widths = [round(min(width, SIDE_SHARE * window.width())) for width in sides.values()]
        window.resizeDocks(list(sides), widths, Qt.Orientation.Horizontal)
        height = round(min(height, BOTTOM_SHARE * window.height()))
        window.resizeDocks(self._fronts, [height] * len(self._fronts), Qt.Orientation.Vertical)

    def _place(self) -> None:
        window, centre = self._window, QSplitter(Qt.Orientation.Vertical)
        centre.setChildrenCollapsible(False)
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.BottomDockWidgetArea)  # lanes want width
        fronts: dict[tuple[str, str], QDockWidget] = {}
        for panel_id, kind in self._kinds.items():
            if kind.area == "centre":
                centre.addWidget(self.panel(panel_id))
                continue
            dock = Dock(kind.short_title())
            dock.toggleViewAction().setText(kind.title())
            dock.setObjectName(f"dock-{panel_id}")
            dock.visibilityChanged.connect(self._on_visibility)
            window.addDockWidget(AREAS[kind.area], dock)
            self.by_id[panel_id] = dock
            if (front := fronts.setdefault((kind.area, kind.group), dock)) is not dock:
                window.tabifyDockWidget(front, dock)  # at once: all side by side would widen the window for good
        self._centre = centre
        self._share_centre()
        self.example, self.replay_bar = ExampleLine(), ReplayBar()
        lines = (self.replay_bar, self.example)  # docks below may give way: the bar does not move
        for line in lines:
            line.intent.connect(self.intent)
        self._place_of_plots = PlotsPlace(centre)
        window.setCentralWidget(beneath(lines, self._place_of_plots))
        self._fronts = [front for (area, _), front in fronts.items() if area == "bottom"]
        for front in self._fronts:
            front.raise_()

    def _share_centre(self) -> None:
        """Give the panels in the centre their shares of its height."""
        shares = [kind.share for kind in self._kinds.values() if kind.area == "centre"]
        for index, share in enumerate(shares):
            self._centre.setStretchFactor(index, share)
        self._centre.setSizes([share * 100 for share in shares])

    def hide_left_bars(self) -> None:
        """Hide the tab bars that no docks lie behind; those that docks do lie behind have a list of them."""
        hide_left_bars(self._window, self.by_id.values())
        list_tabs(self._window, self.by_id.values(), self.bring)

    def bring(self, dock: QDockWidget) -> None:
        """Bring a dock to the front because somebody wants it there, as a click on its tab does."""
        dock.show()
        dock.raise_()
        self._raising.note_choice(dock)

    def _on_visibility(self, is_visible: bool) -> None:
        """One that comes to the front has something to catch up with, though nothing is new: when it has its place."""
        if is_visible:
            QTimer.singleShot(0, self, self.refresh)
        QTimer.singleShot(0, self, self.hide_left_bars)  # with a tab more, or less, a row may have no room, or has
