"""Questions with answers, by topic: the data pack `questions`, or its like in another language.

    - - What is AI?                 a conversation: what is asked
      - The science of ...            and what is answered; what is indented further goes on with the line above

The files are YAML; of that language a few forms are enough for them, and those alone are read: plain lines that go on
in the next, lines in quotes, and texts (`|`) whose lines stay as they are. What is asked twice is one question.
"""

import re
from collections.abc import Iterator
from functools import cache

from engine.errors import RequestError
from engine.packs.pack import pack_card
from engine.packs.presence import read_file

PACK = "questions"
"""Those in English."""
BEGINS = re.compile(r"(- - |- |  - )(.*)\Z")
"""A conversation, also where its second hyphen was forgotten, or the next line of one."""
ESCAPED = re.compile(r"\\(.)")


@cache
def topics(pack: str = PACK) -> tuple[str, ...]:
    """The topics that there are, by the names of their files."""
    names = (name.removesuffix(".yml") for name in pack_card(pack).files if name.endswith(".yml"))
    return tuple(sorted(names))


@cache
def answered(topic: str, pack: str = PACK) -> dict[str, list[str]]:
    """By question, as it is asked for the first time, everything that is answered to it."""
    found: dict[str, list[str]] = {}
    asked: dict[str, str] = {}
    for question, *more in conversations(read_file(pack, f"{topic}.yml").decode("utf-8"), topic):
        first = asked.setdefault(key_of(question), question)
        answers = found.setdefault(first, [])
        answers += [answer for answer in more[:1] if answer not in answers]
    return found


def key_of(text: str) -> str:
    """What two texts have in common that say the same but for capitals and marks."""
    return " ".join(re.findall(r"\w+", text.lower()))


def conversations(text: str, name: str) -> Iterator[list[str]]:
    """What is said in each conversation, in its order.

    Raises:
        RequestError: the text has a form that is not read here.
    """
    said: list[list[str]] = []
    lines = iter(text.split("\n"))
    for line in lines:
        if line == "conversations:":
            break
    for line in lines:
        begins = BEGINS.match(line)
        if begins is not None and begins[1] != "  - " and said:
            yield [_read(lines_of_one) for lines_of_one in said]
            said = []
        if begins is not None:
            said.append([begins[2]])
        elif said and (not line.strip() or line.startswith("    ")):
            said[-1].append(line)
        else:
            raise RequestError("{name} has a line that is not read here: {line}", name=name, line=line[:80])
    yield [_read(lines_of_one) for lines_of_one in said]


def _read(lines: list[str]) -> str:
    """One text from its lines."""
    first, more = lines[0].strip(), lines[1:]
    if first == "|":
        return "\n".join(line[4:] for line in more).rstrip()
    paragraphs = " ".join([first, *(line.strip() or "\n" for line in more)]).rstrip()
    whole = re.sub(r" ?\n ?", "\n", paragraphs)
    if whole[:1] == "'":
        whole = whole[1:-1].replace("''", "'")
    elif whole[:1] == '"':
        whole = ESCAPED.sub(r"\1", whole[1:-1])
    return whole.strip()
