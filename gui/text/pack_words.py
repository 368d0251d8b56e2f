"""What is said of data packs that are not here, of all that something waits for."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject

from engine.errors import Sentence
from engine.packs.absence import absences, typed
from gui.text.engine_text import engine_text


def lack_words(tr: QObject, packs: Iterable[str], absent: Mapping[str, Sentence]) -> tuple[str, str]:
    """A sentence on those of the packs that are absent, and in a few words what gets them; ("", "") where none is."""
    lacking = [pack for pack in packs if pack in absent]
    if not lacking:
        return "", ""
    remedy = tr.tr("Data › Get, or: {commands}").format(commands=typed(lacking))
    return engine_text(absences([absent[pack] for pack in lacking])), remedy
