"""The composition root: settings, store, bridge, window, starter and session meet here and nowhere else.

`Application.dispatch` is the only place that acts on what the user wants. What computes, measures and exports is
imported when the window is painted: a tenth of its start would go into it.
"""

import os
import signal
import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from engine.config.mode_text import parse_mode
from engine.errors import RequestError
from engine.session.source import Source
from gui import replaying, verbs
from gui.beside import Beside
from gui.boards import OF_BOARD, Boards
from gui.bridge import Bridge
from gui.crowd import Crowd
from gui.ending import Ending
from gui.look.icons import application_icon
from gui.look.theme import apply_theme
from gui.model.intents import (
    CancelShift,
    Change,
    Evaluate,
    Intent,
    LayBeside,
    LookForPacks,
    NewSetUp,
    OpenExample,
    OpenRecord,
    Pause,
    Play,
    Reset,
    SetPace,
    Shift,
    Step,
    Stop,
    TakeAway,
)
from gui.model.next_play import no_torch
from gui.model.store import Store
from gui.playing import Playing
from gui.runs import Runs
from gui.set_ups import OF_SET_UP, SetUps
from gui.text.engine_text import engine_text
from gui.window.settings import Settings
from gui.window.window import Window

IDLE_MS = 250
SWITCH_S = 0.001
"""So soon what else runs Python in this process (a record that is read, a driver that is woken) gives way to the
window, whose every call that lets go of Python's lock waits as long to have it back. Else it would be 5 ms."""
DRAWING_S = 0.025
"""Of a frame; panels that are not drawn by then are when the event loop has had its turn."""

if TYPE_CHECKING:
    from engine.metrics.monitor import Monitor
    from engine.session.starter import RankStarter


class Application(QObject):
    """One window and, at most, one source behind it."""

    answered = Signal()
    """The window is painted and the event loop answers."""

    def __init__(self, qt: QApplication) -> None:
        super().__init__()
        sys.setswitchinterval(SWITCH_S)
        self.qt = qt
        self.settings = Settings()
        apply_theme(qt, self.settings.theme, self.settings.text_points)
        self.store = Store()
        self.store.show_set_up(self.settings.last_spec())
        self.set_ups = SetUps(self.store, self.settings)
        self.bridge = Bridge(self.store)
        self.window = Window(self.settings, self.store)
        self.runs = Runs(self, self.store, self.bridge, self.settings)
        self.runs.errands.again.connect(self.dispatch)
        window = self.window
        crowd = Crowd(window, self.runs.errands, self.settings, lambda: window.presenting.layout)
        crowd.agreed.connect(self.dispatch)
        self.playing = Playing(self, self.runs, self.store, self.settings, self.set_ups, crowd)
        self.runs.errands.problem.connect(self._tell)
        self.runs.errands.note.connect(self.window.tell)
        self.runs.retirement.told.connect(self._tell_last)
        self.beside = Beside(self, self.store)
        self.beside.problem.connect(self._tell)
        self.boards = Boards(self, self.store)
        self.boards.note.connect(self.window.tell)
        self._monitor: Monitor | None = None
        self._opened_s = perf_counter()
        self._ending = Ending(self, self.window, self.store)
        self._ending.over.connect(self.shut)
        self.window.intent.connect(self.dispatch)
        self.window.intent.connect(self.bridge.wake)
        self.window.closing.connect(self.close)
        self.bridge.frame.connect(self._on_frame)
        self._idle = QTimer(self)
        self._idle.timeout.connect(self._on_idle)
        qt.styleHints().colorSchemeChanged.connect(self._on_scheme)

    @property
    def starter(self) -> "RankStarter | None":
        """Where ranks come from; None until the window is painted."""
        return self.playing.starter

    @property
    def source(self) -> Source | None:
        """What feeds the window: a run or a replay; None without either."""
        return self.runs.source

    def start(self) -> None:
        """Show the window at once; everything else comes after it is painted."""
        self.window.installEventFilter(self)
        self.window.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The first paint is the sign that the rest may load."""
        if event.type() == QEvent.Type.Paint and watched is self.window:
            self.window.removeEventFilter(self)
            QTimer.singleShot(0, self._after_first_paint)
        return False

    def _after_first_paint(self) -> None:
        self.answered.emit()
        self.qt.setWindowIcon(application_icon())
        from engine.metrics.monitor import Monitor
        from engine.session.starter import make_starter

        self.playing.starter = make_starter()
        self._monitor = Monitor()
        self.bridge.start()
        self.dispatch(LookForPacks())
        self._idle.start(IDLE_MS)
        last = self.settings.last_run
        if last is not None and self.source is None:
            self.runs.open(last, quiet=True)
        for note in self.settings.notes:
            self.window.say(engine_text(note))

    # Acting ----------------------------------------------------------------------------------------------------------

    def dispatch(self, intent: Intent) -> None:
        """Do what the user wants; what cannot be is told in a sentence."""
        if self._ending.has_begun:
            return
        try:
            self._act(intent)
        except (RequestError, OSError) as error:
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        """A sentence in a box; what is no sentence is a fault of ours."""
        if not isinstance(error, RequestError | OSError):
            raise error
        self.window.say(self.window.words_of(error))

    def _tell_last(self, sentence: str) -> None:
        """What a session said as it closed; where there is no window any more, on stderr."""
        if self.window.may_close:
            print(f"gearshift: {sentence}", file=sys.stderr)
        else:
            self.window.say(engine_text(sentence))

    def _act(self, intent: Intent) -> None:  # noqa: PLR0912, PLR0915 - one short branch an intent
        runs = self.runs
        match intent:
            case Reset():
                self.playing.reset()
            case OpenExample(name=""):
                self.store.show_example(None)
            case OpenExample(name=name):
                self.set_ups.take_example(name, runs.reset)
            case OpenRecord(directory=directory):
                runs.open(Path(directory))
            case LayBeside(directory=directory):
                self.beside.lay(Path(directory))
            case TakeAway():
                self.beside.take_away()
            case Stop():
                runs.drop()
                if runs.live is not None:
                    runs.live.stop()
            case NewSetUp():
                self.playing.begin_anew(intent)
                self.window.docks.bring(self.window.docks.by_id["setup"])
            case _ if isinstance(intent, OF_SET_UP):
                self.set_ups.act(intent)
            case _ if isinstance(intent, OF_BOARD):
                self.boards.change(intent, self.source)
            case _ if isinstance(intent, verbs.AT_ONCE):
                verbs.act(intent, self.store, self.source)
            case Evaluate(on=on):
                self.settings.is_evaluated = on
                if runs.live is not None:
                    runs.live.evaluate(on=on)
            case _ if isinstance(intent, replaying.OF_REPLAY):
                replaying.act(intent, None if runs.is_busy else self.source, self.store, self.bridge)
            case _ if runs.errands.wait(intent):
                pass  # until the run it is meant for is there
            case Play() | Step():
                self.playing.play(intent)
            case Pause():
                if self.source is not None:
                    self.source.pause()
            case Shift(mode=mode):
                self.playing.shift(parse_mode(mode), intent)
            case Change(lr=lr, batch_size=batch_size):
                self.playing.change(lr, batch_size)
            case SetPace(steps_per_s=steps_per_s):
                runs.keep_pace(steps_per_s)
            case CancelShift() if runs.live is not None:
                runs.live.cancel_shift()
                self.store.show_giving_up()
            case _ if isinstance(intent, verbs.DIRECT) and runs.live is not None:
                verbs.tell(runs.live, intent)

    # What happens ----------------------------------------------------------------------------------------------------

    def _on_frame(self) -> None:
        self._look_at_torch()
        self.runs.look()
        drawing_s = 0.0 if self.runs.is_busy else DRAWING_S  # while a record is taken in all is new: a panel a turn
        self.window.refresh(perf_counter() + drawing_s)

    def _look_at_torch(self) -> None:
        """What the machine has, or why that cannot be found out."""
        if self.starter is not None:
            lacks = self.starter.hardware is None and self.starter.problem
            self.store.show_hardware(self.starter.hardware, no_torch(self.starter.problem).sentence if lacks else "")

    def _on_idle(self) -> None:
        """Without a session nobody samples the machine, and while a record is read it can wait; torch may be loaded."""
        can_wait = self.runs.is_busy or (self.source is not None and not self.source.is_replay)
        if self._monitor is not None and not can_wait and self._monitor.due():
            labels = {os.getpid(): "window"} | (self.starter.labels if self.starter else {})
            self.store.show_idle_sample(self._monitor.sample(perf_counter() - self._opened_s, labels))
        self._look_at_torch()

    def _on_scheme(self) -> None:
        if self.settings.theme == "system":
            apply_theme(self.qt, "system", self.settings.text_points)

    # Ending ----------------------------------------------------------------------------------------------------------

    def on_signal(self, number: int) -> None:
        """Ctrl+C and the system's wish close the window as its button does; Ctrl+C once more leaves at once."""
        if self._ending.has_begun and number == signal.SIGINT:
            self.shut()
        else:
            self.close()

    def close(self) -> None:
        """End the run in good order, however long its last state takes, unless the user would rather not wait."""
        if not self._ending.has_begun:
            self.runs.drop()
            self._ending.begin(self.runs.computing)

    def shut(self) -> None:
        """Let go of everything and leave; a run that still computes is not saved."""
        if self.window.may_close:
            return
        self.window.may_close = True
        self._ending.finish()
        self.bridge.stop()
        self._idle.stop()
        self.window.close()
        self.window.tools.end()
        self.beside.drop()
        self.runs.release()
        if self.starter is not None:
            self.starter.close()
        self.qt.quit()
