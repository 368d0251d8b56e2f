"""Files that anyone may have written, read within bounds: size and depth are known before anything is parsed.

Only plain files are opened: a pipe would wait for a writer that never comes, a device may never end.
"""

import os
import re
import stat
import tomllib
from io import BufferedReader
from pathlib import Path
from typing import Any

from engine.errors import RequestError, Sentence

TOML_BYTES = 64 * 1024
"""A set-up has some hundred bytes; tomllib takes gigabytes for a file of a few megabytes made to harm it."""
TOML_DEPTH = 8
TOML_ENTRIES = 1_000
TOML_WORD = 255

_IN_QUOTES = re.compile(
    r'"""(?:[^\\]|\\.)*?"""' + r"|'''.*?'''" + r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'" + r"|#[^\n]*", re.DOTALL
)
_LONG_WORD = re.compile(rf"[0-9A-Za-z_+-]{{{TOML_WORD + 1}}}")


def open_plain(path: Path) -> BufferedReader:
    """Open a file for reading, if it is a plain file (or a link to one).

    Raises:
        OSError: it is not there, or may not be read.
        RequestError: it is a directory, a pipe, a device, or no name of a file at all.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except ValueError as error:
        raise RequestError("{path} is not the name of a file: {error}.", path=shown(str(path)), error=error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise RequestError("{path} is not a plain file, and nothing else is read.", path=path)
    return os.fdopen(descriptor, "rb")


def read_plain(path: Path, limit_bytes: int) -> bytes:
    """A plain file of at most `limit_bytes`.

    Raises:
        OSError, RequestError: as `open_plain`; or it is larger.
    """
    with open_plain(path) as file:
        data = file.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise RequestError(
            "{path} has more than {limit:,} bytes, more than any file of its kind.", path=path, limit=limit_bytes
        )
    return data


def read_toml(path: Path) -> dict[str, Any]:
    """A small TOML file as plain values.

    Raises:
        OSError: it is not there, or may not be read.
        RequestError: it is too large or too deep, or no TOML.
    """
    data = read_plain(path, TOML_BYTES)
    try:
        return parse_toml(data.decode("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise RequestError("{path} is not a TOML file: {error}.", path=path, error=error) from error


def parse_toml(text: str, name: str) -> dict[str, Any]:
    """A small TOML text as plain values; `name` is what it is called in a refusal.

    Raises:
        RequestError: it is too large or too deep, or no TOML.
    """
    if len(text) > TOML_BYTES:
        raise RequestError("{path} is not read: it has more than {limit:,} bytes.", path=name, limit=TOML_BYTES)
    if reason := _why_too_much(text):
        raise RequestError("{path} is not read: {reason}", path=name, reason=reason)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # no TOML, a date that cannot be
        raise RequestError("{path} is not a TOML file: {error}.", path=name, error=error) from error


def _why_too_much(text: str) -> str:
    """What a set-up never has and tomllib should not be asked to build; "" if it may be parsed."""
    bare = _IN_QUOTES.sub("s", text)
    if bare.count("[") + bare.count("{") + bare.count("=") > TOML_ENTRIES:
        return Sentence("it has more than {limit:,} entries.", limit=TOML_ENTRIES)
    if any(line.count(".") + line.count("[") + line.count("{") > TOML_DEPTH for line in bare.split("\n")):
        return Sentence("a line of it goes more than {limit} levels deep.", limit=TOML_DEPTH)
    if _LONG_WORD.search(bare):
        return Sentence("it has a number or a name of more than {limit} characters.", limit=TOML_WORD)
    depth = 0
    for character in bare:
        depth += (character in "[{") - (character in "]}")
        if depth > TOML_DEPTH:
            return Sentence("it goes more than {limit} levels deep.", limit=TOML_DEPTH)
    return ""


def shown(value: object, limit: int = 80) -> str:
    """A value as it stands in a sentence: its `repr`, cut to `limit` characters, whatever it is."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a whole number too long for Python to write, or a nest too deep
        return f"<a {type(value).__name__} too large to show>"
    return text if len(text) <= limit else text[: limit - 2] + " …"
