"""Presenter layout: mode and rate, throughput, one panel beside it, the verdict; nothing else, and large.

It lies over the window, which stays below as it was, docks and all: to come back there is nothing to restore, and
whatever ends the program in the meantime finds the layout untouched. Its panels are others of the same kinds: they show
the same store. Made when it is first asked for.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from gui.look.scale import GRID, HEADING, SMALL, WIDE, screen_style, set_letters
from gui.look.theme import set_note
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels import discover
from gui.panels.base import Panel
from gui.text import figures
from gui.text.headline import HeadlineWords
from gui.text.metric import metric_on
from gui.text.words import MARKS
from gui.widgets.fitted_label import FittedLabel
from gui.widgets.foot_line import FootLine
from gui.widgets.headline import ModeTitle, RateTitle
from gui.widgets.held_size import FigureLabel
from gui.widgets.put_in import put_in
from gui.widgets.scrolled import Scrolled
from gui.widgets.spotlight import Spotlight
from gui.widgets.verdict_line import VerdictLine
from gui.window.banner import Banner
from gui.window.panel_list import PanelList
from gui.window.status_line import TELL_MS
from gui.window.walk import ALWAYS, Walk

SHARES = (1, 1)
"""Of the width: throughput, and the chosen panel."""


class Presenter(QWidget):
    """Covers its parent. `refresh` draws what is new; `turn` goes on to another panel."""

    intent = Signal(object)

    def __init__(
        self,
        window: QWidget,
        store: Store,
        view: PlotView,
        modes: Mapping[str, str] = MappingProxyType({}),
        prepared: Mapping[str, Panel] = MappingProxyType({}),
        others: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`modes`: by its key, what each menu of modes changes; it is said at the foot, and what `others` open.

        `prepared` are panels of the window: what was chosen in one is what the panel of that name here begins with.
        """
        super().__init__(window)
        self._prepared = prepared
        self._store = store
        self._kinds = {kind.panel_id: kind for kind in discover()}
        self._always = [name for name in ALWAYS if name in self._kinds]
        self.walk = Walk(self._kinds, store)
        self._view = PlotView()
        self._view.set(x_kind=view.x_kind, log_x=view.log_x, log_y=view.log_y, smoothing=view.smoothing)
        self._made: dict[str, Panel] = {}
        self._places: dict[str, Scrolled] = {}
        self._drawn: dict[str, tuple[int, ...]] = {}
        self._words = HeadlineWords()
        self.setObjectName("presenter")
        self.setAutoFillBackground(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.mode, self.rate = ModeTitle(), RateTitle()
        self.verdict = VerdictLine(leads_away=False, is_afar=True)
        self.verdict.intent.connect(self.intent)
        self.banner = Banner()
        self.banner.intent.connect(self.intent)
        self.list = PanelList(self._listed, self.choose_nth)
        self._chosen_title, self._keys, self.loss = FittedLabel(), FootLine(), FigureLabel()
        self._modes, self._shifts = list(modes), [f"{key} {what}" for key, what in modes.items()]
        self._others = [f"{key} {what}" for key, what in others.items()]
        self._entry = ""
        """What is told of a menu's entry now."""
        set_note(self._keys)
        set_letters(self._keys, SMALL)
        set_letters(self._chosen_title, HEADING)
        set_letters(self.loss, SMALL)
        set_letters(self.verdict.label, HEADING)
        self._place()
        self.spotlight = Spotlight(self)
        self.chosen = ""
        self.choose(self.walk.names[0])
        window.installEventFilter(self)
        self._cover()

    # Building --------------------------------------------------------------------------------------------------------

    def _place(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(WIDE, WIDE, WIDE, GRID)
        layout.setSpacing(GRID)
        head = put_in(layout, QHBoxLayout())
        head.addWidget(self.mode, 1)
        head.addWidget(self.rate)
        layout.addWidget(self.banner)
        middle = put_in(layout, QHBoxLayout(), 1)
        middle.setSpacing(WIDE)
        left = put_in(middle, QVBoxLayout(), SHARES[0])
        for name in self._always:
            left.addWidget(self._panel(name), int(name == self._always[-1]))
        self._right = put_in(middle, QVBoxLayout(), SHARES[1])
        title = put_in(self._right, QHBoxLayout())
        title.addWidget(self._chosen_title, 1)
        title.addWidget(self.list)
        layout.addWidget(self.verdict)
        foot = put_in(layout, QHBoxLayout())
        foot.addWidget(self._keys, 1)
        foot.addWidget(self.loss)

    def _panel(self, name: str) -> Panel:
        if name not in self._made:
            panel = self._made[name] = self._kinds[name](self._view)
            panel.intent.connect(self.intent)
            panel.present()
            if (prepared := self._prepared.get(name)) is not None:
                panel.follow(prepared)
        return self._made[name]

    def _place_of(self, panel: Panel) -> QWidget:
        """What a panel lies in: as in a dock at the bottom, what has no room there is scrolled to."""
        if panel.area != "bottom":
            return panel
        if panel.panel_id not in self._places:
            self._places[panel.panel_id] = Scrolled(panel)
        return self._places[panel.panel_id]

    def choose(self, name: str) -> None:
        """Show this panel beside the throughput."""
        if self.chosen:
            before = self._made[self.chosen]
            self._right.removeWidget(self._place_of(before))
            self._place_of(before).hide()
            before.seen(False)
        self.chosen = name
        panel = self._panel(name)
        self._name_chosen()
        self._right.addWidget(self._place_of(panel), 1)
        self._place_of(panel).show()
        self.spotlight.raise_()
        self._draw(panel)
        panel.seen(True)

    def put_away(self, panel_of: Callable[[str], Panel]) -> None:
        """Nobody sees its panels any more; the window's, but one apart from it, have what is chosen and typed there."""
        for name, panel in self._made.items():
            if panel.is_followed and (own := panel_of(name)).window() is self.parentWidget():
                own.follow(panel)
        for name in (*self._always, self.chosen):
            self._made[name].seen(False)

    def turn(self, by: int) -> None:
        """Go on to the next panel that has something to show, or back (-1); from the last one to the first."""
        self.choose(self.walk.from_there(self.chosen, by))

    def choose_nth(self, index: int) -> None:
        """Show the panel of this place among all, from 0 on; of one with nothing to show, say why."""
        if index < len(names := self.walk.names):
            if self.walk.has_to_show(names[index]):
                self.choose(names[index])
                self.tell_entry("")  # why another one was not shown
            else:
                self.tell(self.walk.why_not(names[index]))

    def _listed(self) -> list[tuple[int, str, bool]]:
        """Of the panels that have something to show: their places among all, titles, and which is shown."""
        there = [(self.walk.names.index(name), name) for name in self.walk.there]
        return [(index, self._kinds[name].title(), name == self.chosen) for index, name in there]

    def _name_chosen(self) -> None:
        """The number of the chosen panel, which is its key, and its title."""
        self._chosen_title.show_forms(self.walk.title(self.chosen), self._kinds[self.chosen].title())

    def tell_entry(self, words: str) -> None:
        """Tell of a menu's entry at the foot, in the place of the keys, whose room is there always."""
        self._entry = words
        self._keys.show_words(words or self._fitting_hints(), self._room())

    def tell(self, words: str) -> None:
        """Tell a sentence at the foot in passing."""
        told = f"{MARKS['warning']} {words}"
        self.tell_entry(told)
        QTimer.singleShot(TELL_MS, self, lambda: self.tell_entry("") if self._entry == told else None)

    def _fit_hints(self) -> None:
        """Unless something else stands in their place now."""
        if not self._entry:
            self._keys.show_words(self._fitting_hints(), self._room())

    def _fitting_hints(self) -> str:
        """What keys do now: as much of it as takes one line, in ever fewer words."""
        space, light, help_, leave = self._space(), self.tr("L spotlight"), self.tr("F1 help"), self.tr("F5 leave")
        panels = self.tr("1 to 0, PgUp, PgDn, ▾ panels")
        modes = self.tr("{keys} modes").format(keys=", ".join(self._modes)) if self._modes else ""
        forms = (
            [*self._shifts, space, panels, light, *self._others, help_, self.tr("F11 full screen"), leave],
            [modes, space, panels, light, *self._others, help_, leave],
            [modes, space, panels, light, help_, leave],
            [space, panels, help_, leave],
            [space, panels, leave],
            [space, self.tr("PgDn next"), leave],
            [space, leave],
        )
        hints = [_unbroken(" · ".join(filter(None, form))) for form in forms]
        return next((one for one in hints if self._keys.has_room_for(one, self._room())), hints[-1])

    def _room(self) -> int:
        """For what is said at the foot beside the loss, in pixels."""
        return self.width() - self.loss.sizeHint().width() - 2 * WIDE - GRID

    def _space(self) -> str:
        run, replayed = self._store.live, self._store.replayed
        if run.is_replay and replayed is None:
            return ""  # trained elsewhere, and followed
        if replayed is not None:
            return self.tr("Space pause replay") if replayed.is_playing else self.tr("Space replay")
        return self.tr("Space pause") if run.is_running else self.tr("Space play")

    # Showing ---------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Draw what is new in the store."""
        if self.chosen not in (names := self.walk.names):  # something else is trained now
            self.choose(names[0])
        headline = self._words.of(self._store)
        self.mode.show_headline(headline)
        self.rate.show_headline(headline)
        self.rate.fit_note(self.width() - 2 * WIDE - self.mode.wanted_width)  # the mode's name is large before that
        self.verdict.refresh(self._store)
        self.banner.refresh(self._store)
        self.loss.setText(self._learned())
        self._fit_hints()
        self._name_chosen()
        for name in (*self._always, self.chosen):
            self._draw(self._made[name])

    def _learned(self) -> str:
        """The loss of the newest step, and the metric on samples never trained on."""
        run = self._store.live
        parts = [self.tr("loss {loss}").format(loss=figures.loss(run.last_loss))] if run.num_steps else []
        if metric := metric_on(run):
            is_wide = 25 * self.loss.fontMetrics().averageCharWidth() < self.width() / 4
            words = self.tr("validation: {metric}") if is_wide else self.tr("val. {metric}")
            parts.append(words.format(metric=metric))  # of other data than the loss
        return " · ".join(parts)

    def _draw(self, panel: Panel) -> None:
        version = tuple(self._store.versions[topic] for topic in panel.watches)
        if self._drawn.get(panel.panel_id) != version:
            self._drawn[panel.panel_id] = version
            panel.refresh(self._store)

    def _cover(self) -> None:
        parent = self.parentWidget()
        assert parent is not None
        self.setGeometry(parent.rect())
        style = self.style_over(self.objectName())
        if style != self.styleSheet():
            self.setStyleSheet(style)
        self._fit_hints()

    def style_over(self, name: str) -> str:
        """The style sheet of a widget of that name with letters as large as those here."""
        return screen_style(name, self.width(), self.height(), QApplication.font().pointSizeF(), self.logicalDpiY())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the layout as large as the window, and over it, always: docks that larger letters move come up."""
        if watched is self.parentWidget() and event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            if event.type() == QEvent.Type.Resize:
                self._cover()
            self.raise_()
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size that is chosen meanwhile."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "spotlight"):
            QTimer.singleShot(0, self, self._cover)  # now the style is still at work on what is inside

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the light cover all of the layout."""
        super().resizeEvent(event)
        self.spotlight.setGeometry(self.rect())


def _unbroken(hints: str) -> str:
    """No hint is broken between its key and what it does."""
    return " · ".join(hint.replace(" ", "\N{NO-BREAK SPACE}") for hint in hints.split(" · "))
