"""Names of Python's own library: what is taken, and what is said where there are too few."""

from pathlib import Path

import pytest

from engine.errors import RequestError
from engine.rank.data import python_names
from engine.rank.data.python_names import ALPHABET, COUNT, names, numbers_of, text_of


def test_names_are_short_and_stand_there_once() -> None:
    found = names()
    assert len(found) == len(set(found)) == COUNT
    assert all(2 <= len(name) <= 11 and set(name) <= set(ALPHABET[1:]) for name in found)
    assert not any(name.startswith("_") or name.endswith("_") for name in found)
    assert "dataclass" in found
    assert [text_of(numbers_of(name)) for name in found[:50]] == list(found[:50])
    assert numbers_of("A-b\n") == [2, 3, 0]


def test_a_library_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("class One:\n    async def _run_it(self): ...\n    def f2(self): ...\n")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "two.py").write_text("def not_of_the_library(): ...\n")
    monkeypatch.setattr(python_names.sysconfig, "get_path", lambda _: str(tmp_path))
    monkeypatch.setattr(python_names, "COUNT", 3)
    python_names.names.cache_clear()
    try:
        with pytest.raises(RequestError, match="library has 2 names here, 3 are wanted"):
            names()
        monkeypatch.setattr(python_names, "COUNT", 2)
        assert set(names()) == {"one", "run_it"}
    finally:
        python_names.names.cache_clear()
