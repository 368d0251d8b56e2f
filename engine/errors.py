"""What is said to a person when something asked for cannot be: sentences, and the error that carries one."""


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


def whole(text: str) -> Sentence:
    """A text without values (one that came over a pipe, say) as a sentence, for use within another."""
    return text if isinstance(text, Sentence) else Sentence(text.replace("{", "{{").replace("}", "}}"))


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
