"""The pages of the help: Markdown beside the program, cut into sections that can be looked up by name and by words.

A heading `## Title {name}` begins a section called `name`; one without a name is called by its title. A page for
another language lies beside the English one, as `panels.zh.md` beside `panels.md`.
"""

import re
from pathlib import Path

import msgspec

PAGES = Path(__file__).parent.parent.parent / "resources" / "help"
FILES = ("first", "lecture", "panels", "modes")
HEADING = re.compile(r"^## +(?P<title>.*?)(?: +\{(?P<name>[\w-]+)\})? *$", re.MULTILINE)


class Section(msgspec.Struct, frozen=True):
    """A part of a page under one heading; `markdown` is without it."""

    name: str
    title: str
    markdown: str

    def has(self, words: str) -> bool:
        """All of these words are in it, in any order and case."""
        text = f"{self.title} {self.markdown}".casefold()
        return all(word in text for word in words.casefold().split())


def read_sections(language: str = "") -> list[Section]:
    """All sections of the help's pages, in their order."""
    return [section for name in FILES for section in _cut(_file(name, language).read_text(encoding="utf-8"))]


def _file(name: str, language: str) -> Path:
    own = PAGES / f"{name}.{language}.md"
    return own if language and own.is_file() else PAGES / f"{name}.md"


def _cut(text: str) -> list[Section]:
    found = list(HEADING.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [
        Section(match["name"] or _plain(match["title"]), _plain(match["title"]), text[match.end() : end].strip("\n"))
        for match, end in zip(found, ends, strict=True)
    ]


def _plain(title: str) -> str:
    """A heading without its code: `Data parallel · dp=2` is the page of data parallel."""
    return title.partition(" · ")[0].replace("`", "")
