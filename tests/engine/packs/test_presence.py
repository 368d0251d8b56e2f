"""Which packs are here, and that what is read of one is what was fetched."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.config.cards import workloads
from engine.errors import RequestError, Sentence, taken_apart, together
from engine.fetch.get import get
from engine.packs.pack import PackCard, packs
from engine.packs.presence import (
    absent_packs,
    checked_file,
    is_here,
    place_of,
    read_file,
    serves,
    trainable,
    why_no_data,
)
from tests.engine.fetch.archives import FILES, card_of, tar


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PackCard]:
    """A pack that is here, and no other."""
    content = tar()
    card = card_of(content)
    monkeypatch.setitem(packs(), card.name, card)
    (tmp_path / "box").write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("GEARSHIFT_PACKS", raising=False)
        get(card, lambda *_: None, archive=tmp_path / "box")
        yield card


def test_what_is_read_of_a_pack_is_what_was_fetched(words: PackCard) -> None:
    assert read_file("words", "words.txt") == FILES["box/data/words.txt"]
    path = place_of("words") / "words.txt"
    assert checked_file("words", "words.txt") == path
    path.write_bytes(path.read_bytes().replace(b"\n", b" ", 1))
    assert is_here(words)  # as large as it should be
    for reads in (read_file, checked_file):
        with pytest.raises(RequestError, match=r"is damaged.*gearshift data remove words"):
            reads("words", "words.txt")
    path.write_bytes(b"")
    assert not is_here(words)
    for reads in (read_file, checked_file):
        with pytest.raises(RequestError, match=r"which is not here.*gearshift data get words"):
            reads("words", "words.txt")
    path.unlink()
    path.mkdir()
    assert not is_here(words)


def test_packs_lie_where_the_environment_says(words: PackCard, tmp_path: Path) -> None:
    assert "words" not in absent_packs()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEARSHIFT_PACKS", str(tmp_path / "elsewhere"))
        assert not is_here(words)
        place_of("words").parent.mkdir()
        place_of("words").symlink_to(tmp_path / "home" / "data" / "packs" / "words")
        assert is_here(words)


@pytest.mark.usefixtures("words")
def test_a_workload_lacks_the_packs_that_it_or_a_choice_wants() -> None:
    wanting = {
        card.name: {knob.name: choice} if choice else {}
        for card in workloads().values()
        for knob, choice in [(None, None), *((knob, choice) for knob in card.knobs for choice in knob.packs)]
        if (knob is None and card.packs) or knob is not None
    }
    assert "recommender" in wanting
    for name, choice in wanting.items():
        knobs = {knob.name: knob.default for knob in workloads()[name].knobs} | choice
        wanted = workloads()[name].packs_wanted(knobs)
        assert all(any(use.startswith(name) for use in serves(pack)) for pack in wanted)
        why = why_no_data(name, knobs)
        assert why is not None
        assert all(f"gearshift data get {pack}" in why for pack in wanted), "of several packs none is kept back"
        if len(wanted) == 1:
            assert why == absent_packs()[wanted[0]]
    for name in trainable():
        assert why_no_data(name, {knob.name: knob.default for knob in workloads()[name].knobs}) is None
        assert not workloads()[name].packs


def test_every_pack_serves_something_and_every_workload_names_a_pack_there_is() -> None:
    assert all(serves(name) for name in packs())
    named = {pack for card in workloads().values() for pack in card.packs}
    named |= {pack for card in workloads().values() for knob in card.knobs for pack in knob.packs.values()}
    assert named == set(packs())


def test_a_sentence_comes_through_a_pipe_as_it_went_in() -> None:
    inner = Sentence("no answer in {seconds:.1f} s", seconds=1.5)
    sentence = Sentence("{title} has {size:,} bytes: {why}.", title="Words", size=12_345, why=inner)
    back = together(taken_apart(sentence))
    assert back == sentence == "Words has 12,345 bytes: no answer in 1.5 s."
    assert back.template == sentence.template
    assert isinstance(back.values["why"], Sentence)
    assert together(taken_apart("plain {text}")) == "plain {text}"
