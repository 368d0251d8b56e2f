"""A language that marks every text it is asked for: what is shown without the mark was never asked for."""

import re
from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QDockWidget, QGroupBox, QLabel
from pytestqt.qtbot import QtBot

from engine.errors import plain
from engine.hardware import why_not
from engine.mode import parse_mode
from gui.app import Application
from gui.engine_text import engine_text
from tests.conftest import bare_report

OPEN, CLOSE = "⟦", "⟧"
MODE_WORDS = r"(Single process|Data parallel ×\d+) · .*"
"""A mode's words come out of the run's record, where they are what they were when it was made."""
WORD = re.compile(r"[A-Za-z]{3,}")
NAMES = re.compile(
    rf"Gearshift|cpu|NVIDIA GPU|fp\d+|adam|sgd|[\d.,]+ ?[kMG]?i?B(/s)?|.*/runs/.*|{MODE_WORDS}|pyqtgraph|PySide6"
    r"|\w+ = [\w-]+"  # a mode's text, the same in every language
)


class Marker(QTranslator):
    """Marks each text; Qt's own are left alone."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:  # noqa: ARG002
        return text if context.startswith("Q") else f"{OPEN}{text}{CLOSE}"


@pytest.fixture
def marked(qapp: QApplication) -> Iterator[QApplication]:
    marker = Marker()
    qapp.installTranslator(marker)
    yield qapp
    qapp.removeTranslator(marker)


def test_every_text_of_the_window_asks_for_its_translation(marked: QApplication, qtbot: QtBot) -> None:
    application = Application(marked)
    window = application.window
    try:
        application.start()
        qtbot.waitUntil(lambda: application.pool is not None and application.pool.hardware is not None, timeout=30_000)
        qtbot.waitUntil(lambda: window.hardware is not None, timeout=5_000)
        shown = [label.text() for label in window.findChildren(QLabel)]
        shown += [button.text() for button in window.findChildren(QAbstractButton)]
        shown += [box.title() for box in window.findChildren(QGroupBox)]
        shown += [dock.windowTitle() for dock in window.findChildren(QDockWidget)]
        for action in window.findChildren(QAction):
            shown += [action.text(), action.toolTip()]
        shown += [widget.toolTip() for widget in marked.allWidgets() if widget.window() is window]
        shown = [re.sub(r"<[^>]*>", "", text) for text in shown]
        untranslated = {
            text for text in shown if WORD.search(text) and OPEN not in text and not NAMES.fullmatch(text.strip())
        }
        assert untranslated == set()
        assert sum(OPEN in text for text in shown) > 60
    finally:
        application.close()
        qtbot.waitUntil(lambda: window.may_close, timeout=8_000)
        window.deleteLater()


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
        reason = why_not(bare_report(), parse_mode("xpu:0"))
        assert reason == "xpu:0 is not available: this torch knows no device 'xpu'."
        assert engine_text(reason) == "xpu:0 is er niet: deze torch kent geen apparaat 'xpu'."
        assert msgspec.json.encode(reason, enc_hook=plain) == b'"' + reason.encode() + b'"'
    finally:
        qapp.removeTranslator(dutch)
