"""The novel as a text for models of language: its alphabet is what is common in it, and rare characters are one."""

import json
from collections.abc import Iterator

import pytest
import torch

from engine.rank.data import classic_text
from engine.rank.data.classic_text import RARE, alphabet, lines, novel, text_of

CHAPTERS = ["第一回 甲乙\n\n  \n\t甲甲乙。\n", "第二回\n　　甲丙。□"]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two chapters, an alphabet of six."""
    monkeypatch.setattr(classic_text, "read_file", lambda *_: json.dumps(CHAPTERS).encode())
    monkeypatch.setattr(classic_text, "CHARACTERS", 6)
    monkeypatch.setattr(classic_text, "TRAIN_CHARACTERS", 12)
    novel.cache_clear()
    alphabet.cache_clear()
    yield
    novel.cache_clear()
    alphabet.cache_clear()


def test_paragraphs_are_lines_and_the_most_common_characters_the_alphabet() -> None:
    assert novel() == "第一回 甲乙\n甲甲乙。\n第二回\n甲丙。"
    assert alphabet() == RARE + "\n" + "甲乙 。"  # three times, twice, and of those that come once the first by code
    train, held_back = lines(2, 1, 9)
    assert text_of(train[0]) == "□□□"
    assert text_of(train[4]) == "甲乙\n"
    assert train.shape == (12, 3)
    assert [text_of(line) for line in held_back] == ["□□\n", "□\n甲", "\n甲□", "甲□。"]
    assert train.dtype == torch.int64
