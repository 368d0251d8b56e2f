"""A language of its own letters: what is shown in others was never asked for, or is a value that nobody translated."""

import ast
import re
from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDockWidget,
    QGroupBox,
    QLabel,
    QMessageBox,
    QStatusBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from engine.config.examples import examples
from engine.config.fits import why_not
from engine.config.mode_text import parse_mode
from engine.errors import counted, plain
from gui.model.intents import BreakRank, Change, OpenRecord, Reset, Shift, SlowDown
from gui.text.engine_text import engine_text
from tests.conftest import ROOT, bare_report
from tests.windows import Open, play

FULL_WIDTH = {letter: letter + 0xFEE0 for letter in (*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1))}
WORD = re.compile(r"[A-Za-z]{3,}")
NAMES = re.compile(
    r"Gearshift|Space|Right|Ctrl|Shift|Esc|cpu|cuda|mps|xpu|tpu|NVIDIA|GPU|SIGKILL|fp\d+|bf16|adam|sgd|gloo|mpi|shm|nccl"
    r"|[kMG]?i?B(/s)?|\S*/runs\S*|pyqtgraph|PySide6|[a-z]+ = [\w-]+|[a-z0-9:]+(,[a-z]+=[\w]+)+"
)
"""What is the same in every language: names, units, paths, a mode's text."""
MODE_WORDS = re.compile(
    r"(Single process|Data parallel ×\d+|CPU) · [^,.\]()]*|^NEXT · |(^|(?<=: )|(?<=ｏｆ ))(\d+ threads?|\w+ ×\d+.*)$"
    r"|(?<= )(\d+ threads?|\w+ ×\d+)(?=: )"
)
"""A mode's words, and its name, come out of the run's record, where they are what they were when it was made."""
ENGINE = {
    node.value
    for path in (*(ROOT / "engine").rglob("*.py"), *(ROOT / "gui").rglob("*.py"))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
}
"""All texts that stand in the source as they are: only these can be in a catalogue."""
ENGINE |= {text for one in examples().values() for text in (one.title, one.do, one.watch)}


class Pseudo(QTranslator):
    """Writes each text it is asked for in full-width letters, and leaves values alone."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()
        """In the context of the engine."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:  # noqa: ARG002
        if context == "Engine":
            self.asked.add(text)
        parts = re.split(r"(\{[^{}]*\}|<[^>]*>)", text)
        return "".join(part if index % 2 else part.translate(FULL_WIDTH) for index, part in enumerate(parts))


@pytest.fixture
def pseudo(qapp: QApplication) -> Iterator[Pseudo]:
    translator = Pseudo()
    qapp.installTranslator(translator)
    yield translator
    qapp.removeTranslator(translator)


def shown(window: QWidget) -> set[str]:
    """Every text of the window, hidden ones and tooltips too."""
    texts = [label.text() for label in window.findChildren(QLabel)]
    texts += [button.text() for button in window.findChildren(QAbstractButton)]
    texts += [box.title() for box in window.findChildren(QGroupBox)]
    texts += [dock.windowTitle() for dock in window.findChildren(QDockWidget)]
    texts += [bar.currentMessage() for bar in window.findChildren(QStatusBar)]
    texts += window.panel("log")._text.toPlainText().splitlines()
    for action in window.findChildren(QAction):
        texts += [action.text(), action.toolTip()]
    texts += [widget.toolTip() for widget in window.findChildren(QWidget)]
    texts += [widget.accessibleName() for widget in window.findChildren(QWidget)]
    return {re.sub(r"<[^>]*>", "", text) for text in texts}


def untranslated(texts: set[str]) -> set[str]:
    """Those with a word in them that nobody asked a translation for."""
    return {text for text in texts if WORD.search(NAMES.sub("", MODE_WORDS.sub("", text)))}


def test_every_text_of_the_window_asks_for_its_translation(pseudo: Pseudo, open_window: Open, qtbot: QtBot) -> None:
    application = open_window()
    window, store = application.window, application.store
    seen: set[str] = set()

    def look(what: str) -> None:
        for panel in window.panels:
            panel.refresh(store)
        window.refresh()
        texts = shown(window)
        assert untranslated(texts) == set(), what
        seen.update(texts)

    qtbot.waitUntil(lambda: application.store.hardware is not None, timeout=30_000)
    look("at rest")
    play(application, qtbot)
    application.dispatch(Shift("cpu,dp=2"))
    qtbot.waitUntil(lambda: len(store.live.segments) == 2 and store.live.segments[1].shift is not None, timeout=30_000)
    application.dispatch(SlowDown(rank=1, phase="backward", factor=4.0))
    qtbot.waitUntil(lambda: bool(store.live.slowdowns) and bool(store.live.anatomies), timeout=10_000)
    look("a run and a shift")
    application.dispatch(Shift("cpu,pp=4"))
    qtbot.waitUntil(lambda: store.live.refused is not None, timeout=10_000)
    look("a shift that cannot be")
    application.dispatch(BreakRank(1, "kill"))
    qtbot.waitUntil(lambda: store.live.status == "failed" and store.next_play is not None, timeout=15_000)
    application.dispatch(Shift("cpu,threads=1"))
    application.dispatch(Change(batch_size=16))
    look("a failure")
    assert {text for text in pseudo.asked if text not in ENGINE} == set()
    directory = application.source.directory
    application.dispatch(Reset())
    application.dispatch(OpenRecord(str(directory)))
    qtbot.waitUntil(lambda: store.live.num_steps > 0 and not application.runs.is_busy, timeout=10_000)
    application.dispatch(OpenRecord(str(directory.parent)))
    qtbot.waitUntil(lambda: any(box.isVisible() for box in window.findChildren(QMessageBox)), timeout=10_000)
    look("a replay, and one that cannot be")
    assert sum(any(ord(letter) > 0xFF00 for letter in text) for text in seen) > 100


def test_so_many_are_said_in_forms_of_their_own(qapp: QApplication) -> None:
    """No "step(s)": English has two forms, and a catalogue as many as its language."""
    both = re.compile(
        r"\b(step|thread|run|rank|layer|device|core|stage|sample|process|second|row|file|visit)\((s|es)\)"
    )
    docs = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "resources").rglob("*.md")]
    assert [text for text in ENGINE if both.search(text)] == []
    assert [path.name for path in docs if both.search(path.read_text(encoding="utf-8"))] == []

    class Russian(QTranslator):
        def isEmpty(self) -> bool:
            return False

        def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:  # noqa: ARG002
            few = n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14)
            one = n % 10 == 1 and n % 100 != 11
            known = {"{n} layers": "{n} слой" if one else "{n} слоя" if few else "{n} слоёв", "one layer": "один слой"}
            return known.get(text, text) if context == "Engine" else text

    russian = Russian()
    qapp.installTranslator(russian)
    try:
        said = [engine_text(counted("one layer", "{n} layers", n)) for n in (1, 2, 5, 21)]
    finally:
        qapp.removeTranslator(russian)
    assert said == ["один слой", "2 слоя", "5 слоёв", "21 слой"]


def test_a_sentence_of_the_engine_is_translated_by_its_template(qapp: QApplication) -> None:
    class Dutch(QTranslator):
        def isEmpty(self) -> bool:
            return False

        def translate(self, context: str, text: str, *_: object) -> str:
            known = {
                "{device} is not available: {reason}.": "{device} is er niet: {reason}.",
                "this torch knows no device {device!r}": "deze torch kent geen apparaat {device!r}",
            }
            return known.get(text, text) if context == "Engine" else text

    dutch = Dutch()
    qapp.installTranslator(dutch)
    try:
        reason = why_not(parse_mode("xpu:0"), hardware=bare_report())
        assert reason == "xpu:0 is not available: this torch knows no device 'xpu'."
        assert engine_text(reason) == "xpu:0 is er niet: deze torch kent geen apparaat 'xpu'."
        assert msgspec.json.encode(reason, enc_hook=plain) == b'"' + reason.encode() + b'"'
    finally:
        qapp.removeTranslator(dutch)
