"""The base of every panel: a widget that reads the store when it changed, and sends intents back. Nothing else."""

from typing import ClassVar, cast

from PySide6.QtCore import QCoreApplication, QSize, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from engine.config.workload_card import WorkloadCard
from gui.look.view import PlotView
from gui.model.store import Store
from gui.widgets.room import Room

LEAST_WIDTH = 280
"""Of a panel in the centre, in pixels."""


class Panel(QWidget):
    """One dock of the window.

    A subclass in a file of its own under `gui/panels/` is found by itself (`gui.panels.discover`). It sets
    `panel_id` (stable: saved layouts name it), `area` ("left", "centre", "right" or "bottom"), `order` within the area,
    `group` (docks of one area and group lie behind each other, with tabs), and `watches`: the topics of the store whose
    change calls `refresh`. It is built when it is seen for the first time, on the store as it is then.
    """

    panel_id: ClassVar[str]
    area: ClassVar[str] = "bottom"
    order: ClassVar[int] = 0
    group: ClassVar[str] = "first"
    watches: ClassVar[tuple[str, ...]] = ()
    share: ClassVar[int] = 1
    """Of the height, in the centre: so many parts. None are left to those that are as high as they must be."""
    is_followed: ClassVar[bool] = False
    """Somebody chooses and types in it, which stays: from the window to the presenter's layout, and back."""
    drawn_of_run: ClassVar[str] = ""
    """The attribute of a run that it draws, where only some workloads have one: with it, it comes to the front."""
    card_picture: ClassVar[str] = ""
    """What such a workload has among the `pictures` of its card."""

    intent = Signal(object)
    """Emits one of `gui.model.intents`."""
    help_wanted = Signal()
    """The panel's page of the help; a dock's title has a button for it, a panel in the centre its own."""

    def __init__(self, view: PlotView) -> None:
        super().__init__()
        self.view = view
        self.desk: list[QWidget] = []
        """Controls that are of use to whoever sits at the desk, and to nobody in the last row."""
        self.room: Room | None = None
        """Where it fits itself into the height of its place."""
        self.setObjectName(self.panel_id)

    def minimumSizeHint(self) -> QSize:
        """The height that what is written needs at the panel's width: what has no room is scrolled to (`Scrolled`).

        In the centre a panel may be narrower than its row of controls: large text must not widen the window. Before it
        is seen nothing is worked out of its width: it is asked dozens of times while the window is put together.
        """
        layout = self.layout()
        if self.area not in ("centre", "bottom") or layout is None or not layout.count():
            return super().minimumSizeHint()
        least = layout.totalMinimumSize()
        if self.area == "centre":
            least.setWidth(LEAST_WIDTH)
        if self.isVisible() and layout.hasHeightForWidth():
            least.setHeight(layout.totalMinimumHeightForWidth(max(least.width(), self.width())))
        return least

    def showEvent(self, event: QShowEvent) -> None:
        """From now on it is as high as what is written needs, and knows its place."""
        super().showEvent(event)
        if self.room is not None:
            self.room.watch()
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for another height where what is written has another width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def seen(self, is_seen: bool) -> None:
        """Be told that it has come to be seen, or is seen no more: behind a tab, closed. Most panels need not know."""

    def follow(self, other: "Panel") -> None:
        """Have what somebody has chosen and typed in another panel of this kind, where there is such."""

    def present(self) -> None:
        """Be shown in the presenter's layout from now on: what is for whoever sits at the desk is left out."""
        for control in self.desk:
            control.hide()

    def panel_title(self) -> str:
        """The title of the panel's dock, translated: of `self` it may use `tr` alone, for a dock is there before."""
        raise NotImplementedError

    @classmethod
    def title(cls) -> str:
        """What `panel_title` of a panel of this kind would be, which need not be built for that."""
        return cls.panel_title(cast("Panel", _Namesake(cls)))

    def tab_title(self) -> str:
        """The title where it stands in a row of tabs, translated: its first word, so that all of them are seen."""
        return self.panel_title().split(" ")[0]

    @classmethod
    def short_title(cls) -> str:
        """What `tab_title` of a panel of this kind would be, which need not be built for that."""
        return cls.tab_title(cast("Panel", _Namesake(cls)))

    @classmethod
    def is_for(cls, card: WorkloadCard) -> bool:
        """Whether a panel of this kind can have anything to show while such a workload is trained."""
        return not cls.card_picture or cls.card_picture in card.pictures

    @classmethod
    def has_to_show(cls, store: Store) -> bool:
        """Whether a panel of this kind has anything to show of the run there is, or will have as it goes on.

        A presenter's keys go past one that has not.
        """
        return bool(getattr(store.live, cls.drawn_of_run) if cls.drawn_of_run else store.live.segments)

    def nothing_words(self) -> str:
        """Why there may be nothing to show, in a few words, translated: of `self` it may use `tr` alone."""
        return ""

    @classmethod
    def why_nothing(cls) -> str:
        """What `nothing_words` of a panel of this kind would be, which need not be built for that."""
        return cls.nothing_words(cast("Panel", _Namesake(cls)))

    def refresh(self, store: Store) -> None:
        """Draw what the store holds now. Called only while visible, and only if a watched topic changed."""
        raise NotImplementedError


class _Namesake:
    """Translates as an object of the class of that name does."""

    def __init__(self, kind: type[Panel]) -> None:
        self._kind = kind

    def panel_title(self) -> str:
        return self._kind.title()

    def tr(self, text: str) -> str:
        return QCoreApplication.translate(self._kind.__name__, text)
