"""The engine's texts through Qt's translation: cards' titles and summaries, reasons, sentences on what went wrong.

The engine knows no Qt, so its texts cannot stand in a call of `tr`. A catalogue has them in the context "Engine": plain
text word for word, a `Sentence` by its template.
"""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from engine.errors import RequestError, Sentence
from engine.pictures import Phrase


def engine_text(text: str) -> str:
    """`text` in the language of the window."""
    if isinstance(text, Sentence):
        values = {name: _value(value) for name, value in text.values.items()}
        return QCoreApplication.translate("Engine", text.template, None, counted_by(text.values.get("n"))).format(
            **values
        )
    return QCoreApplication.translate("Engine", text) if text else ""


def titled(text: str, titles: Mapping[str, str]) -> str:
    """A sentence about a field, which the engine calls by its name, with the title that people read beside it."""
    if not isinstance(text, Sentence):
        return text
    told = {key: titled(value, titles) if isinstance(value, str) else value for key, value in text.values.items()}
    if (name := told.get("name")) in titles:
        told["name"] = titles[str(name)]
    return Sentence(text.template, **told)


def counted_by(n: object) -> int:
    """The whole number by which Qt chooses among a language's forms for so many; -1 where nothing is counted.

    Of what is no whole number there are several, as of two.
    """
    if not isinstance(n, int | float):
        return -1
    return int(n) if n >= 0 and n == int(n) else 2


def phrase_text(phrase: Phrase) -> str:
    """What stands in a picture, in the language of the window."""
    return engine_text(Sentence(phrase.template, **phrase.values)) if phrase.template else ""


def _value(value: object) -> object:
    """A sentence within a sentence is translated too; names and numbers stay as they are."""
    if isinstance(value, Phrase):
        return phrase_text(value)
    if isinstance(value, RequestError):
        return engine_text(value.sentence)
    return engine_text(value) if isinstance(value, Sentence) else value
