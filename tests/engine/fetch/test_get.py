"""A pack is here whole or not at all: from a local index, over bad lines, with wrong hashes, onto a full disk."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import RequestError
from engine.fetch import get as getting
from engine.fetch.get import get, remove
from engine.fetch.pip_settings import PipSettings
from engine.packs.pack import NOTE, PackCard
from engine.packs.presence import is_here, place_of
from engine.record.lock import RunLock
from engine.sizes import size
from tests.engine.fetch.archives import FILES, card_of, tar, zipped
from tests.engine.fetch.shelf import Shelf, shelf

NAMES = sorted(member.rpartition("/")[2] for member in FILES)


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """No proxy of this machine is asked for what is on it, and packs are where the test's home is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        patch.setenv("no_proxy", "127.0.0.1,localhost")
        patch.delenv("GEARSHIFT_PACKS", raising=False)
        yield


@pytest.fixture
def index() -> Iterator[Shelf]:
    with shelf() as made:
        yield made


def settings(*indexes: Shelf | str, **changes: object) -> PipSettings:
    addresses = [one if isinstance(one, str) else f"{one.address}/simple" for one in indexes]
    return PipSettings(indexes=tuple(addresses), **{"timeout_s": 10.0, **changes})  # type: ignore[arg-type]


def offer(index: Shelf, card: PackCard, content: bytes, url: str = "../../files/box") -> None:
    """The index has the archive."""
    index.list_file(card.package, card.archive, url, card.sha256)
    index.put("/files/box", content)


def refusal(card: PackCard, wanted: PipSettings) -> str:
    """The sentence with which it is refused; nothing of it is here then."""
    with pytest.raises(RequestError) as caught:
        get(card, lambda *_: None, settings=wanted)
    assert not is_here(card)
    assert left(card) == []
    return str(caught.value)


def left(card: PackCard) -> list[str]:
    """What lies among the packs, but for the lock."""
    directory = place_of(card.name).parent
    return sorted(path.name for path in directory.iterdir() if path.name != "lock") if directory.exists() else []


@pytest.mark.parametrize(("content", "name"), [(tar(), "box-1.0.tar.gz"), (zipped(), "box-1.0-py3-none-any.whl")])
def test_the_named_files_come_whole_with_licence_and_note_and_nothing_else(
    index: Shelf, content: bytes, name: str
) -> None:
    card, told = card_of(content, name), []
    offer(index, card, content)
    place = get(card, lambda *seen: told.append(seen), settings=settings(index))
    assert sorted(path.name for path in place.iterdir()) == sorted([*NAMES, NOTE])
    assert all((place / member.rpartition("/")[2]).read_bytes() == text for member, text in FILES.items())
    assert card.sha256 in (place / NOTE).read_text(encoding="utf-8")
    assert is_here(card)
    assert told[0] == (0, len(content))
    assert told[-1] == (len(content), len(content))
    assert left(card) == [card.name]
    assert index.paths() == ["/simple/box/", "/files/box"]
    assert remove(card)
    assert left(card) == []
    assert not remove(card)


def test_a_file_that_is_here_already_is_taken_instead_if_it_is_the_right_one(tmp_path: Path) -> None:
    content = tar()
    card, path = card_of(content), tmp_path / "from a friend.tar.gz"
    for wrong, words in ((content[:-1], "is not opened"), (content + b"!", "more than"), (None, "cannot be read")):
        path.unlink(missing_ok=True)
        if wrong is not None:
            path.write_bytes(wrong)
        with pytest.raises(RequestError, match=words):
            get(card, lambda *_: None, archive=path)
        assert left(card) == []
    path.write_bytes(content)
    get(card, lambda *_: None, archive=path)
    assert is_here(card)


def test_an_archive_with_another_sha256_is_never_opened(index: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    content = tar()
    card = card_of(content)
    offer(index, card, content[:-1] + bytes([content[-1] ^ 1]))
    monkeypatch.setattr(getting, "take_out", lambda *_: pytest.fail("it was opened"))
    assert "is not opened: its SHA-256 is" in refusal(card, settings(index))


def test_an_archive_longer_than_it_is_to_be_is_not_read_to_its_end(index: Shelf) -> None:
    content = tar()
    card = card_of(content)
    offer(index, card, content + b"\0" * 50_000_000)
    assert f"it has more than {len(content):,} bytes" in refusal(card, settings(index))


def test_an_index_that_means_another_file_by_that_name_is_not_asked_for_it(index: Shelf) -> None:
    content = tar()
    card = card_of(content)
    index.list_file("box", card.archive, "../../files/box", "0" * 64)
    assert f"its SHA-256 is {'0' * 64}, not {card.sha256}" in refusal(card, settings(index))
    assert index.paths() == ["/simple/box/"]


def test_an_index_without_the_json_form_says_so(index: Shelf) -> None:
    index.put("/simple/box/", b"<!DOCTYPE html><a href='box'>box</a>", "text/html; charset=utf-8")
    assert "has no JSON form (PEP 691): it answered with text/html" in refusal(card_of(tar()), settings(index))


def test_what_an_index_lacks_is_said_and_the_next_one_asked(index: Shelf) -> None:
    content = tar()
    card = card_of(content)
    assert "/simple has no package box." in refusal(card, settings(index))
    index.list_file("box", "box-0.9.tar.gz", "x", "0" * 64)
    assert "/simple has box, but no file box-1.0.tar.gz of it." in refusal(card, settings(index))
    with shelf() as other:
        offer(other, card, content)
        words = refusal(card, settings(index, "file:///somewhere/simple"))
        assert "no file box-1.0.tar.gz" in words
        assert "over http and https alone" in words
        get(card, lambda *_: None, settings=settings(index, other))
    assert is_here(card)


@pytest.mark.parametrize("page", [b"", b"[]", b'{"files": [{"filename": 1}]}', b'{"files":' * 9, b"[" * 100_000])
def test_a_listing_that_is_none_is_a_sentence(index: Shelf, page: bytes) -> None:
    index.put("/simple/box/", page, "application/vnd.pypi.simple.v1+json")
    assert "answered with what is no listing" in refusal(card_of(tar()), settings(index))


def test_without_a_network_it_says_who_cannot_be_reached_and_how_to_do_without() -> None:
    with shelf() as gone:
        address = f"{gone.address}/simple"
    words = refusal(card_of(tar()), settings(address))
    assert "cannot be reached: Connection refused" in words
    assert "gearshift data get words --archive FILE" in words
    assert "no-index" in refusal(card_of(tar()), PipSettings(indexes=()))


@pytest.mark.parametrize("cut", [0, 1, 100])
def test_a_line_that_is_cut_leaves_nothing(index: Shelf, cut: int) -> None:
    content = tar()
    card = card_of(content)
    offer(index, card, content)
    index.put("/files/box", content, cut=cut)
    assert f"broke off after {size(cut)} of {size(len(content))}: " in refusal(card, settings(index))
    offer(index, card, content)
    index.put("/simple/box/", b'{"files": []}' + b" " * 999, "application/vnd.pypi.simple.v1+json", cut=cut)
    assert "/simple broke off" in refusal(card, settings(index))


def test_who_does_not_answer_is_not_waited_for_for_ever(index: Shelf) -> None:
    index.stall("/simple/box/")
    assert "no answer in time" in refusal(card_of(tar()), settings(index, timeout_s=0.2))


def test_redirects_are_followed_but_not_round_in_circles_and_not_to_files(index: Shelf) -> None:
    content = tar()
    card = card_of(content)
    offer(index, card, content, "/old/box")
    index.redirect("/old/box", "/files/box")
    get(card, lambda *_: None, settings=settings(index))
    remove(card)
    index.redirect("/old/box", "/old/box")
    assert "only leads to other addresses" in refusal(card, settings(index))
    for bad in ("file:///etc/passwd", "ftp://127.0.0.1/x"):
        index.redirect("/old/box", bad)
        assert "over http and https alone" in refusal(card, settings(index))


@pytest.mark.parametrize("place", ["index", "listing", "redirect"])
def test_an_address_that_is_none_is_said_and_not_its_password(index: Shelf, place: str) -> None:
    card, bad = card_of(tar()), "http://pupil:s3cret@[here/simple"
    index.list_file("box", card.archive, bad, card.sha256)
    if place == "redirect":
        index.redirect("/simple/box/", bad)
    words = refusal(card, settings(bad if place == "index" else index))
    assert "[here/simple" in words
    assert "is no address" in words
    assert "s3cret" not in words


@pytest.mark.parametrize("which", ["certificate", "client_certificate"])
def test_a_certificate_that_cannot_be_used_is_named_and_nobody_is_said_to_be_out_of_reach(
    index: Shelf, tmp_path: Path, which: str
) -> None:
    card, path = card_of(tar()), tmp_path / "ca.pem"
    said = f"The certificate {path} that pip is set to cannot be used: "
    assert f"{said}No such file or directory." in refusal(card, settings(index, **{which: str(path)}))
    path.write_text("nothing of the kind")
    words = refusal(card, settings(index, **{which: str(path)}))
    assert said in words
    assert "None" not in words
    assert "cannot be reached" not in words


def test_name_and_password_go_to_their_host_alone_and_are_never_shown(index: Shelf) -> None:
    content = tar()
    card = card_of(content)
    with shelf() as other:
        index.redirect("/simple/box/", f"{other.address}/simple/box/")
        other.list_file("box", card.archive, f"{index.address}/files/box", card.sha256)
        index.redirect("/files/box", f"{other.address}/files/box")
        other.put("/files/box", content)
        address = index.address.replace("http://", "http://pupil:s3cret%40@")
        get(card, lambda *_: None, settings=settings(f"{address}/simple"))
        known = "Basic cHVwaWw6czNjcmV0QA=="  # pupil:s3cret@
        assert [headers["Authorization"] for _, headers in index.asked] == [known, known]
        assert [headers["Authorization"] for _, headers in other.asked] == [None, None]
        remove(card)
        index.answers.clear()
        words = refusal(card, settings(f"{address}/simple"))
        assert "s3cret" not in words
        assert "pupil" not in words


def test_an_index_that_names_a_place_out_of_reach_is_said_with_how_to_do_without(index: Shelf) -> None:
    card = card_of(tar())
    with shelf() as gone:
        index.list_file(card.package, card.archive, f"{gone.address}/files/box", card.sha256)
    words = refusal(card, settings(index))
    assert words.startswith("Words was found, but is not to be had: 127.0.0.1:")
    assert "Connection refused" in words
    assert "gearshift data get words --archive FILE" in words


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_out_of_reach_is_named_and_not_its_password(scheme: str) -> None:
    with shelf() as gone:
        proxy = gone.address.removeprefix("http://")
    words = refusal(card_of(tar()), settings(f"{scheme}://packages.invalid/simple", proxy=f"pupil:s3cret@{proxy}"))
    assert f"packages.invalid cannot be reached through the proxy {proxy}: Connection refused." in words
    assert "s3cret" not in words


def test_a_proxy_is_asked_where_pip_has_one(index: Shelf) -> None:
    content = tar()
    card = card_of(content)
    index.list_file("box", card.archive, "http://packages.invalid/files/box", card.sha256)
    index.answers["http://packages.invalid/simple/box/"] = index.answers.pop("/simple/box/")
    index.put("http://packages.invalid/files/box", content)
    proxy = index.address.removeprefix("http://")
    get(card, lambda *_: None, settings=settings("http://packages.invalid/simple", proxy=proxy))
    assert is_here(card)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
@pytest.mark.parametrize("at", range(len(NAMES) + 1))
def test_a_disk_that_takes_no_more_leaves_nothing_and_says_so(
    index: Shelf, monkeypatch: pytest.MonkeyPatch, number: int, at: int
) -> None:
    content = tar()
    card, synced, sync = card_of(content), [], os.fsync
    offer(index, card, content)

    def failing(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == at + 1:
            raise OSError(number, os.strerror(number))
        sync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing)
        words = refusal(card, settings(index))
    assert ("The disk is full" if number == errno.ENOSPC else "Permission denied") in words
    assert "Nothing was changed" in words
    assert "set GEARSHIFT_PACKS to another" in words


def test_a_damaged_pack_is_replaced_and_stays_where_the_new_one_does_not_come(index: Shelf) -> None:
    content = tar()
    card = card_of(content)
    offer(index, card, content)
    place = get(card, lambda *_: None, settings=settings(index))
    (place / NAMES[0]).write_bytes(b"half")
    (place.parent / ".words.0123.partial").mkdir()  # by one who was killed
    assert not is_here(card)
    index.put("/files/box", content, cut=100)
    with pytest.raises(RequestError):
        get(card, lambda *_: None, settings=settings(index))
    assert (place / NAMES[0]).read_bytes() == b"half"
    index.put("/files/box", content)
    get(card, lambda *_: None, settings=settings(index))
    assert is_here(card)
    assert left(card) == [card.name]


def test_two_do_not_write_at_once(index: Shelf) -> None:
    content = tar()
    card = card_of(content)
    offer(index, card, content)
    directory = place_of(card.name).parent
    directory.mkdir(parents=True)
    lock = RunLock(directory)
    try:
        assert "Another process is writing data packs" in refusal(card, settings(index))
    finally:
        lock.release()


def test_what_a_link_leads_to_stays(index: Shelf, tmp_path: Path) -> None:
    content = tar()
    card = card_of(content)
    offer(index, card, content)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("mine")
    place = place_of(card.name)
    place.parent.mkdir(parents=True)
    place.symlink_to(theirs)
    get(card, lambda *_: None, settings=settings(index))
    assert not place.is_symlink()
    assert (theirs / "thesis.txt").read_text() == "mine"
