"""The verdict: one line, in words, on why the mode in force is as fast as it is, beside a bar in that mode's colour.

    ▌ Data ×2: ×0.82 of 1 thread. Messages of 4.3 MiB by gloo take 23% of the step.            Example   Why? |

Its ground is the same for all modes: a green or red one would read as praise or blame.
Its place is always there, and as high whatever is said in it: how many lines it has follows from the width and the size
of the letters alone. What is too long for it is written in smaller letters, and at last in more lines: nothing is cut.
A shift under way lies over it (`shift_progress.py`). After a rank was lost, what that cost stands there for a while.
"""

from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QSizePolicy, QWidget

from engine.config.mode_names import name_of
from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.explain.rules.verdict import Verdict
from gui.look.mode_colours import mode_field
from gui.look.scale import BODY, GRID, HALF, HEADING, SMALL, STRONG, WIDE, set_letters
from gui.look.theme import is_dark
from gui.model.intents import OpenExample
from gui.model.run_view import ENDED, RunView
from gui.model.store import Store
from gui.text.engine_text import engine_text
from gui.text.lost_loss import lost_words
from gui.text.setback_words import setback_words
from gui.text.words import MARKS
from gui.widgets.fitting import fit_letters, write_in
from gui.widgets.held_size import Place
from gui.widgets.shift_progress import ShiftProgress

if TYPE_CHECKING:
    from gui.widgets.verdict_dialog import VerdictDialog

LETTERS = 128
"""So long is the longest sentence but a few."""
LEFT_LETTERS = 3
"""So much of each line but the last is left, for the next word has no room there."""
MOST_LINES, MOST_SMALL_LINES = 3, 8
AT_THE_DESK, FROM_AFAR = (HEADING, BODY, SMALL), (HEADING, STRONG)
"""Kinds of letters, largest first. What is read from the last row stays bold, and no smaller than ordinary text."""


class VerdictLine(QWidget):
    """Shows what the store says of the live run; its `intent` is an example that shows the opposite."""

    intent = Signal(object)

    def __init__(self, *, leads_away: bool = True, is_afar: bool = False) -> None:
        """`leads_away`: there is a button for the example, which ends the run.

        `is_afar`: it is read from the last row.
        """
        super().__init__()
        self._leads_away = leads_away
        self._kinds = FROM_AFAR if is_afar else AT_THE_DESK
        self._verdict: Verdict | None = None
        self._waits_for = ""
        """What is waited for, in words, while there is no verdict."""
        self._to_come = ""
        """What is said before a run."""
        self._dialog: VerdictDialog | None = None
        """The open one, which follows what is said."""
        self._run: RunView | None = None
        self._is_replay = False
        self._mode_number: int | None = None
        self._text = ""
        self._height = 0
        """In pixels, of its place, unless a text needs more."""
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.label.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.label.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.label.customContextMenuRequested.connect(self._offer_copy)
        self._place = Place(self.label)
        set_letters(self.label, HEADING)
        self.why = QPushButton(self.tr("Why?"))
        self.why.setToolTip(self.tr("The rule behind this line, its condition, and the figures measured."))
        self.why.clicked.connect(self._show_why)
        self.example = QPushButton(self.tr("Example"))
        self.example.setToolTip(self.tr("Sets up an example in which it is otherwise. This run ends, and is kept."))
        self.example.clicked.connect(self._open_example)
        row = QHBoxLayout(self)
        row.setContentsMargins(WIDE, HALF, GRID, HALF)
        row.addWidget(self._place, 1)
        for button in (self.example, self.why):  # each keeps its place, also while there is nothing for it
            policy = button.sizePolicy()
            policy.setRetainSizeWhenHidden(button is self.why or leads_away)
            button.setSizePolicy(policy)
            button.hide()
            row.addWidget(button)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._shown: tuple[str, bool, bool] | None = None
        """The words there are, and which of the buttons."""
        self.progress = ShiftProgress(self)
        self.progress.intent.connect(self.intent)
        self._hold()

    def refresh(self, store: Store) -> None:
        """Say what is said of the live run, or why nothing is; how far a shift is, over it."""
        run = store.live
        self.progress.refresh(store)
        self._to_come = self._said_before(store)
        if run is not self._run:
            self._run = run
            self.close_why()  # its figures are of a run that is shown no more
        segment = run.segments[-1] if run.segments else None
        is_stuck = run.status == "failed" or bool(run.health.silent)
        lost = "" if is_stuck else lost_words(self, run) or self._setback(store)
        verdict = None if is_stuck or lost else run.verdicts.current
        if (number := segment.mode_number if segment else None) != self._mode_number:
            self._mode_number = number
            self.update()
        waits_for = lost or (self._waited_for(run) if verdict is None else "")
        self._show(verdict, waits_for, is_replay=run.is_replay)

    def _setback(self, store: Store) -> str:
        """What a rank that was lost has cost, for a while after the run went on; "" later, and over a record's end."""
        run, replayed = store.live, store.replayed
        is_told = run.status in ("running", "paused") and (replayed is None or replayed.is_amid)
        setback = run.setbacks.told(run.at_s) if is_told else None
        return f"{MARKS['warning']}  {setback_words(self, setback)}" if setback is not None else ""

    def _waited_for(self, run: RunView) -> str:
        """What must come before something can be said; of steps that do not come, who keeps them."""
        if run.status in ENDED:
            return self._ended(run)
        if run.health.silent:
            ranks = ", ".join(map(str, sorted(run.health.silent)))
            return self.tr("No step is made: no sign of life from rank {ranks}.").format(ranks=ranks)
        if run.status == "paused" and run.segments:
            return self.tr("Paused before step {step}: Play goes on.").format(step=f"{run.step:,}")
        return engine_text(run.verdicts.settling or "") or self._to_come

    def _said_before(self, store: Store) -> str:
        """That another mode than the workload's own is chosen, before there is a run: it will be its baseline."""
        has_run = bool(store.live.run_id or store.live.segments) or store.next_play is not None
        if has_run or store.set_up.mode == make_spec(store.set_up.workload).mode:
            return ""
        mode = name_of(parse_mode(store.set_up.mode), store.set_up.workload)
        return self.tr("Play starts in {mode}: other modes are compared to it.").format(mode=mode)

    def _ended(self, run: RunView) -> str:
        """Where a run broke off, or that it ended before anything could be said of its last mode."""
        if not run.segments:
            return ""
        broke_off = self.tr("{mode}: the run broke off before step {step}.")
        ended = self.tr("{mode}: the run ended before step {step}, and before there was a verdict.")
        if run.is_replay:  # it may have had one: the record keeps fewer of the steps taken apart
            ended = self.tr("{mode}: the run ended before step {step}; its record has too little for a verdict.")
        mode = name_of(parse_mode(run.mode), run.workload)
        return (broke_off if run.status == "failed" else ended).format(step=f"{run.step:,}", mode=mode)

    def _show(self, verdict: Verdict | None, waits_for: str, *, is_replay: bool) -> None:
        if (verdict, waits_for, is_replay) == (self._verdict, self._waits_for, self._is_replay):
            return
        is_other_rule = verdict is None or self._verdict is None or verdict.rule != self._verdict.rule
        self._verdict, self._waits_for, self._is_replay = verdict, waits_for, is_replay
        if self._dialog is not None:
            self._dialog.follow(verdict, is_replay=is_replay)
        text = engine_text(verdict.text) if verdict is not None else waits_for
        text = self.tr("REPLAY · {text}").format(text=text) if text and is_replay else text
        leads_away = self._leads_away and verdict is not None and bool(verdict.example)
        shown = text, verdict is not None, leads_away
        if shown == self._shown:  # its figures alone are others
            return
        self._shown, self._text = shown, text
        self.why.setVisible(verdict is not None)
        self.example.setVisible(leads_away)
        self.label.setToolTip(self._text)
        self.label.setAccessibleName(self._text or self.tr("No verdict yet"))
        self._fit()
        if verdict is not None and is_other_rule and QAccessible.isActive():  # numbers alone would never let it rest
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self._text))

    def _fit(self) -> None:
        """All of the text, in the largest letters in which its place has room for it; a longer one has more lines."""
        needed = fit_letters(self.label, self._text, self._kinds, self._place.width(), self._height)
        self._place.hold(max(self._height, needed))
        if self._text != self.label.text():
            self.label.setText(self._text)

    def _hold(self) -> None:
        """As high as its lines are, whatever they say: most sentences have room in the smallest letters."""
        width, heights = self._place.width(), []
        for kind, most in ((self._kinds[-1], MOST_SMALL_LINES), (HEADING, MOST_LINES)):
            write_in(self.label, kind)
            metrics = self.label.fontMetrics()
            wanted, left = (count * metrics.averageCharWidth() for count in (LETTERS, LEFT_LETTERS))
            lines = min(most, max(1, ceil((wanted - left) / (width - left)))) if width > left else 1
            heights.append(lines * metrics.lineSpacing() + 4)
        self._height = max(heights)
        self._fit()

    # Acting ----------------------------------------------------------------------------------------------------------

    def _show_why(self) -> None:
        if self._verdict is None:
            return
        if self._dialog is None:
            from gui.widgets.verdict_dialog import VerdictDialog  # imported when one is wanted

            self._dialog = VerdictDialog(self.parentWidget() or self, self._verdict, is_replay=self._is_replay)
            self._dialog.finished.connect(self._forget_dialog)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()  # Esc closes it, and not what it lies over

    def close_why(self) -> None:
        """Put the figures away, if they are shown."""
        if self._dialog is not None:
            self._dialog.close()

    def _forget_dialog(self) -> None:
        self._dialog = None

    def _open_example(self) -> None:
        """At once, as from the menu: the run there was is kept, and the window says how to go on with it."""
        if self._verdict is not None:
            self.intent.emit(OpenExample(self._verdict.example))

    def _offer_copy(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Copy")).triggered.connect(lambda: QGuiApplication.clipboard().setText(self._text))
        menu.popup(self.cursor().pos())

    # Qt's own --------------------------------------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        """The buttons, and a few letters: no sentence may widen the window."""
        return QSize(200, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the lines that another width needs."""
        super().resizeEvent(event)
        self._hold()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the text, and the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "example"):
            QTimer.singleShot(0, self, self._hold)  # now the style is still at work on the label

    def paintEvent(self, event: QPaintEvent) -> None:
        """A bar in the colour of the mode that is spoken of, on that of a field; before the first one, neither."""
        super().paintEvent(event)
        if self._mode_number is None:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().base())
        painter.fillRect(0, 0, GRID, self.height(), mode_field(self._mode_number, dark=is_dark(self.palette())))
        painter.end()
