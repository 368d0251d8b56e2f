"""The status bar: what goes on, what was refused a moment ago, and where the record of the run lies."""

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStatusBar

from engine.events.ranks import SlowedDown
from engine.events.shift import ShiftFailed
from gui.look.scale import GRID, WIDE
from gui.look.theme import set_note
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.text.words import MARKS, Words
from gui.widgets.elided_label import ElidedLabel

BESIDE_PIXELS = WIDE + 2 * GRID
"""For the gaps, and the grip in the corner."""
TELL_MS = 15_000
"""How long a passing message stays, unless a run pauses or goes on; it is in the log for good."""


class StatusLine(QStatusBar):
    """`label` says what goes on, `place` where the record lies; a passing message covers the first for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.label, self.place = ElidedLabel(), ElidedLabel()
        self.place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        set_note(self.place)
        self.addWidget(self.label, 1)
        self.addPermanentWidget(self.place)
        self.messageChanged.connect(self._make_room)
        self._words = Words()
        self._home = str(Path.home())
        self._refused: ShiftFailed | None = None
        self._slowdown: tuple[RunView, SlowedDown | None] | None = None
        """What was slow on purpose when that was looked at last, and in which run."""
        self._told_of: RunView | None = None
        """The run that was shown when a passing message was told: of another one it may be untrue."""
        self._told = ""
        """The passing message that was told last."""
        self._paused: tuple[RunView, bool] | None = None
        """The run that paused or ran when that was looked at last, and whether it paused."""

    def refresh(self, store: Store, mode_words: str, *, is_pausing: bool = False) -> None:
        """Follow the live run, which computes, or will, in a mode of these words; or was told to pause."""
        run = store.live
        if self._told_of is not None and self._told_of is not run:
            self._told_of = None
            self.clearMessage()
        self._note_pause(run, is_paused=is_pausing or run.status == "paused")
        goes_on = self._words.what_goes_on(store, mode_words, is_pausing=is_pausing)
        if self.label.text() != goes_on:
            self.label.setText(goes_on)
        if run.refused is not self._refused:
            self._refused = run.refused
            if self._refused is not None:
                self.tell(self._words.sentence(self._refused), run)
        self._tell_end_of_slowdown(run)
        place = run.directory.replace(self._home, "~", 1)
        if self.place.text() != place:
            self.place.setText(place)
        self._divide()

    def _note_pause(self, run: RunView, *, is_paused: bool) -> None:
        """That a run pauses, or goes on, is read before a passing message, though not before what a menu's entry is."""
        if not is_paused and run.status != "running":
            return
        before, self._paused = self._paused, (run, is_paused)
        if before is not None and before[0] is run and before[1] != is_paused and self.currentMessage() == self._told:
            self.clearMessage()

    def _tell_end_of_slowdown(self, run: RunView) -> None:
        """What was slow on purpose is so no more, and nobody has ended it: other ranks compute."""
        now = run.slowdown if run.slowdown is None or run.slowdown.phase != "raise" else None  # an error asked for
        before, self._slowdown = self._slowdown, (run, now)
        if before is None or before[0] is not run or before[1] is None or run.slowdown is not None:
            return
        if not run.slowdowns or run.slowdowns[-1][1].at_s <= before[1].at_s:
            self.tell(self.tr("The slowdown has ended with its ranks: new ones are as fast as they are."), run)

    def _divide(self) -> None:
        """What goes on is said in full before where the record lies, which has what that leaves."""
        said, place = (one.fontMetrics().horizontalAdvance(one.text()) for one in (self.label, self.place))
        self.place.ask_for(max(0, min(place + GRID, self.width() - said - BESIDE_PIXELS)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another width, and in letters of another size, once they have it, the place has another one."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._divide)

    def _make_room(self, message: str) -> None:
        """A message has the whole line. Qt hides the label, but shows it again, over it, as it lays out anew."""
        self.label.setVisible(not message)
        self.place.setVisible(not message)

    def tell(self, text: str, of: RunView | None = None) -> None:
        """Say a sentence in passing, until another run than this one is shown: something cannot be."""
        self._told_of, self._told = of, f"{MARKS['warning']} {text}"
        self.showMessage(self._told, TELL_MS)
