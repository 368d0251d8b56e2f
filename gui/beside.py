"""What lays recorded runs beside the one that is shown: each is read on another thread, and told to its end there.

directory ──errand: Replay ──all its messages──> RunView ──whole──> store.runs          one after the other
"""

from collections import Counter, deque
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.errors import RequestError
from gui.errand import Errand
from gui.model.run_view import RunView
from gui.model.store import Store

MOST = 8
"""So many can still be told from each other, by colour and dash."""


class Beside(QObject):
    """Reads at most one record at a time; `problem` is emitted with the exception why one cannot be shown.

    Runs stay until somebody takes them away, whatever becomes of the one that is shown, and whatever workload that is.
    """

    problem = Signal(object)

    def __init__(self, parent: QObject, store: Store) -> None:
        super().__init__(parent)
        self._store = store
        self._waiting: deque[Path] = deque()
        self._errand: Errand[RunView] | None = None
        self._said = ""

    @property
    def is_busy(self) -> bool:
        """A record is being read."""
        return self._errand is not None

    def lay(self, directory: Path) -> None:
        """Have the run in `directory` drawn beside the one that is shown, when it is read.

        Raises:
            RequestError: it is shown already, or there is room for no more.
        """
        directory = directory.absolute()
        if str(directory) == self._store.live.run_id:
            raise RequestError("{name} is the run that is shown; lay another one beside it.", name=directory.name)
        known = {Path(run.run_id) for run in self._store.beside} | set(self._waiting)
        if directory in known:
            return
        if len(known) >= MOST:
            raise RequestError(
                "{count} runs lie side by side already, and more could not be told from each other. Take them away "
                "first: File > Take away runs laid beside.",
                count=MOST,
            )
        self._waiting.append(directory)
        if self._errand is None:
            self._read()

    def take_away(self) -> None:
        """Draw the run that is shown alone; what is being read is not drawn either."""
        self.drop()
        self._store.take_away()

    def drop(self) -> None:
        """Whatever is being read, or waits to be: not any more."""
        self._waiting.clear()
        if self._errand is not None:
            self._errand.drop()
            self._errand = None
        self._say("")

    def _read(self) -> None:
        directory = self._waiting[0]
        self._errand = Errand(self, lambda: view_of(directory), done=self._show, failed=self._fail)
        self._say(self.tr("reading {directory} …").format(directory=directory.name))

    def _say(self, words: str) -> None:
        """In the status line, unless something else is said there."""
        if self._store.errand in ("", self._said):
            self._store.show_errand(words)
        self._said = words

    def _show(self, run: RunView) -> None:
        if run.run_id != self._store.live.run_id:  # it may have been opened meanwhile
            self._store.lay_beside(run)
        self._go_on()

    def _fail(self, error: Exception) -> None:
        self._go_on()
        self.problem.emit(error)

    def _go_on(self) -> None:
        self._errand = None
        self._waiting.popleft()
        if self._waiting:
            self._read()
        else:
            self._say("")


def view_of(directory: Path) -> RunView:
    """All that is recorded of the run in `directory`, as far as it was trained; nothing more will be told to it.

    Raises:
        RequestError: there is no record, or none that could be shown.
    """
    from engine.record.replay import Replay  # reading records is imported when one is wanted

    replay = Replay(directory, at_end=True)
    run = RunView(str(directory), Counter())
    run.spec, run.is_replay = replay.spec, True
    run.feed(replay.take())
    replay.close()
    return run
