"""What is said to a person when something asked for cannot be: sentences, and the error that carries one."""

from typing import Any


class Sentence(str):
    """Text that remembers how it was put together, so that a window can say it in another language.

    `Sentence("{count} devices found.", count=2)` is the text "2 devices found." everywhere; `template` is what a
    catalogue of translations knows it by.
    """

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> "Sentence":
        """The template filled in."""
        sentence = super().__new__(cls, template.format(**values))
        sentence.template = template
        sentence.values = values
        return sentence


class Reason(Sentence):
    """A sentence on why something cannot be, with what is said where a line is short: behind an entry of a menu.

    `brief` is a few words, without a full stop, of the same values.
    """

    brief: Sentence

    def __new__(cls, brief: str, sentence: Sentence) -> "Reason":
        """The sentence, and a template of the few words."""
        reason = super().__new__(cls, sentence.template, **sentence.values)
        assert isinstance(reason, Reason)
        reason.brief = Sentence(brief, **sentence.values)
        return reason


def counted(one: str, many: str, n: float, **values: object) -> Sentence:
    """A sentence on so many of something: `one` where `n` is 1, else `many`. Both have `n` among their values.

    A catalogue knows them by their templates; of `many` it has as many forms as its language, and is asked by `n`.
    """
    return Sentence(one if n == 1 else many, n=n, **values)


def whole(text: str) -> Sentence:
    """A text without values (one that came over a pipe, say) as a sentence, for use within another."""
    return text if isinstance(text, Sentence) else Sentence(text.replace("{", "{{").replace("}", "}}"))


def taken_apart(text: str) -> dict[str, object]:
    """A sentence as plain values, so that another process can put it `together` again and still translate it."""
    sentence = whole(text)
    return {"template": sentence.template, "values": {name: _apart(part) for name, part in sentence.values.items()}}


def together(parts: dict[str, Any]) -> Sentence:
    """The sentence that was `taken_apart`; what is numbers and text in it stays so."""
    values = {name: together(part) if isinstance(part, dict) else part for name, part in parts["values"].items()}
    return Sentence(parts["template"], **values)


def _apart(value: object) -> object:
    if isinstance(value, RequestError):
        value = value.sentence
    if isinstance(value, Sentence):
        return taken_apart(value)
    return value if isinstance(value, int | float) else str(value)


def plain(value: object) -> str:
    """The sentence without its template, for encoders of JSON, which know `str` alone.

    Raises:
        TypeError: `value` is no sentence, and nothing else is written so.
    """
    if isinstance(value, Sentence):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written")


class RequestError(ValueError):
    """What was asked cannot be done. `str(error)` is a whole sentence that can be shown as it is."""

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(Sentence(template, **values) if values else template)

    @property
    def sentence(self) -> str:
        """The error as it is shown: a `Sentence` still knows its template."""
        text: str = self.args[0]
        return text
