"""Python's documentation in 96 characters: as a typist would write it, each paragraph once."""

import re

from engine.rank.data.python_text import ALPHABET, documentation, numbers_of, typed


def test_what_is_typeset_is_read_as_it_would_be_typed() -> None:
    text = documentation()
    assert set(text) <= set(ALPHABET)
    assert "doesn't" in text
    assert not re.search(r"[a-z]\?[a-z]", text)  # "doesn?t": an apostrophe that became a question mark
    paragraphs = text.split("\n\n")
    assert len(set(paragraphs)) == len(paragraphs)
    assert typed("“It’s” – … °").equal(numbers_of('"It\'s" - . ?'))
