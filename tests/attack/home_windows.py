"""The window over a damaged home: it always opens and answers, the damaged record can be opened, and Play pressed."""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QMessageBox

from engine.session import starter as starting
from engine.session.starter import RankStarter
from gui.app import Application
from gui.model.intents import OpenRecord, Play
from gui.model.run_view import ENDED
from tests.attack.home import run_of
from tests.attack.home_runs import LIMIT_S, ROOT, elsewhere, is_touched
from tests.lent import Lent

OPENS_S, ENDS_S = 15.0, 20.0
PLAYS_ONE_IN = 3


class Desk:
    """One Qt application, over which windows are opened one after the other."""

    def __init__(self, starter: RankStarter) -> None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        self._qt = QApplication.instance() or QApplication(["gearshift"])
        qInstallMessageHandler(lambda *_: None)  # the offscreen platform says much that means nothing
        self._raised: list[str] = []
        self._starter = starter
        sys.excepthook = self._on_exception
        starting.make_starter = lambda: Lent(starter)  # type: ignore[assignment,return-value]

    def attempt(self, home: Path, *, plays: bool) -> str:
        """Open the window, look at the damaged record, perhaps press Play, and close; what is wrong, or ""."""
        os.environ["GEARSHIFT_HOME"] = str(home)
        before = elsewhere(home)
        self._raised.clear()
        assert isinstance(self._qt, QApplication)
        application = Application(self._qt)
        wrong = self._used(application, home, plays=plays)
        application.close()
        if not self._until(lambda: application.window.may_close, ENDS_S):
            wrong = wrong or "it does not close"
            application.shut()
        application.window.deleteLater()
        application.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        if self._raised:
            return "\n".join(self._raised)[-1_500:]
        return wrong or ("a file outside the run was touched" if is_touched(home, before) else "")

    def _used(self, application: Application, home: Path, *, plays: bool) -> str:
        runs, store, window = application.runs, application.store, application.window
        application.start()
        if not self._until(lambda: application.starter is not None, OPENS_S) or not window.isVisible():
            return "it does not open"
        if not self._until(lambda: not runs.is_busy, OPENS_S):
            return f"it is busy for ever: {store.errand}"
        application.dispatch(OpenRecord(str(run_of(home))))
        if not self._until(lambda: not runs.is_busy, OPENS_S):
            return f"it reads the record for ever: {store.errand}"
        if not runs.source and not self._boxes(application):
            return "the record was not opened, and no word was said of it"
        if plays:
            for box in window.findChildren(QMessageBox):
                box.close()
            before = store.live.step
            application.dispatch(Play())
            if not self._until(lambda: self._has_answered(application, before), ENDS_S):
                return f"nothing came of Play: {store.live.status}, {store.errand!r}"
        texts = self._boxes(application)
        window.refresh()
        return f"a box says: {texts}" if any(not text.strip() or "Traceback" in text for text in texts) else ""

    def _has_answered(self, application: Application, before: int) -> bool:
        """Steps are made, or it ended, or a box says why not."""
        runs, run = application.runs, application.store.live
        if self._boxes(application):
            return True
        if runs.is_busy or runs.source is None or runs.source.is_replay:
            return False
        return run.status in ENDED or (run.status == "running" and (run.step > before + 3 or not before))

    @staticmethod
    def _boxes(application: Application) -> list[str]:
        return [box.text() for box in application.window.findChildren(QMessageBox) if box.isVisible()]

    def _until(self, done: Callable[[], bool], limit_s: float) -> bool:
        """Let the window run until `done()`; True if that came within the limit."""
        loop, timer, end = QEventLoop(), QTimer(), QTimer()
        timer.timeout.connect(lambda: (done() or self._raised) and loop.quit())
        end.setSingleShot(True)
        end.timeout.connect(loop.quit)
        timer.start(5)
        end.start(int(limit_s * 1e3))
        if not done():
            loop.exec()
        timer.stop()
        end.stop()
        return done()

    def _on_exception(self, kind: type[BaseException], error: BaseException, place: TracebackType | None) -> None:
        self._raised.append("".join(traceback.format_exception(kind, error, place)))


def as_command(home: Path) -> str:
    """The window in a process of its own: opened, answered, closed; what is wrong, or ""."""
    before = elsewhere(home)
    environment = os.environ | {"GEARSHIFT_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-W", "ignore", "main.py", "--time-start"]
    try:
        out = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no end within {LIMIT_S:.0f} s"
    if out.returncode or "no-torch" not in out.stdout:
        return f"exit status {out.returncode}: {out.stdout[-300:]} {out.stderr[-1_200:]}"
    if "Traceback" in out.stderr:
        return f"a traceback: {out.stderr[-1_500:]}"
    return "a file outside the run was touched" if is_touched(home, before) else ""
