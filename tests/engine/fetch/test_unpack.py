"""Hostile archives: links, names that climb out, members that are larger than they say, bombs, and plain damage."""

import io
import tarfile
import zipfile

import msgspec
import pytest

from engine.errors import RequestError
from engine.fetch import unpack
from engine.fetch.unpack import take_out
from engine.packs.pack import FileName, PackCard
from tests.engine.fetch.archives import FILES, card_of, tar, zipped

LONG = "box/data/words.txt"
WHEEL = "box-1.0-py3-none-any.whl"


def refusal(archive: bytes, card: PackCard) -> str:
    with pytest.raises(RequestError) as caught:
        take_out(archive, card)
    return str(caught.value)


def link(kind: bytes, to: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(LONG)
    info.type, info.linkname = kind, to
    return info


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_no_link_and_no_device_is_taken_out_of_a_tar(kind: bytes) -> None:
    archive = tar({"box/LICENSE": FILES["box/LICENSE"]}, (link(kind, "/etc/passwd"), b""))
    assert "is a link or no file at all" in refusal(archive, card_of(archive))


@pytest.mark.parametrize("mode", [0o120777, 0o040755, 0o020666])
def test_no_link_and_no_device_is_taken_out_of_a_zip(mode: int) -> None:
    archive = zipped(FILES, words=mode)
    assert "is a link or no file at all" in refusal(archive, card_of(archive, WHEEL))


@pytest.mark.parametrize("name", ["../out.txt", "box/../../out.txt", "C:out.txt", "box/a\\..\\b"])
def test_a_name_that_leads_out_of_the_archive_is_refused_even_where_the_card_asks_for_it(name: str) -> None:
    archive = tar({name: b"boo"})
    try:
        card = card_of(archive, files={name: b"boo"})
    except ValueError:  # no card can say that
        return
    assert "its name leads out of it" in refusal(archive, card)


def test_absolute_names_are_in_no_card() -> None:
    for name in ("/etc/passwd", "\\etc"):
        with pytest.raises(ValueError, match="matching regex"):
            card_of(b"x", files={name: b"boo"})
    for name in ("a/b", "..", ".hidden", "a\\b", ""):
        with pytest.raises(ValueError, match="matching regex"):
            msgspec.convert({name: 1}, dict[FileName, int])


@pytest.mark.parametrize("pack", [tar, zipped])
def test_a_member_of_another_size_or_with_other_bytes_is_refused(pack: object) -> None:
    name = WHEEL if pack is zipped else "box-1.0.tar.gz"
    larger = pack(FILES | {LONG: FILES[LONG] + b"!"})  # type: ignore[operator]
    size = len(FILES[LONG])
    assert f"should have {size:,} bytes, and has {size + 1:,}" in refusal(larger, card_of(larger, name))
    other = pack(FILES | {LONG: FILES[LONG][::-1]})  # type: ignore[operator]
    assert "its SHA-256 is another" in refusal(other, card_of(other, name))
    missing = pack({"box/LICENSE": FILES["box/LICENSE"]})  # type: ignore[operator]
    assert f"has no {LONG}" in refusal(missing, card_of(missing, name))


def test_a_member_that_stands_in_an_archive_twice_is_refused() -> None:
    info = tarfile.TarInfo(LONG)
    info.size = 3
    archive = tar(FILES, (info, b"boo"))
    assert f"has {LONG} twice" in refusal(archive, card_of(archive))
    out = io.BytesIO(zipped())
    with zipfile.ZipFile(out, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr(LONG, b"boo")
    assert f"has {LONG} twice" in refusal(out.getvalue(), card_of(out.getvalue(), WHEEL))


def test_a_zip_that_lies_about_a_size_gives_no_more_than_it_said() -> None:
    """The directory says what the card says, the data go on."""
    archive = bytearray(zipped(FILES | {LONG: b"\0" * 5_000_000}))
    said = len(FILES[LONG]).to_bytes(4, "little")
    archive = bytearray(bytes(archive).replace((5_000_000).to_bytes(4, "little"), said))
    words = refusal(bytes(archive), card_of(bytes(archive), WHEEL))
    assert "should have" in words or "is damaged" in words or "SHA-256" in words


def test_a_tar_that_unpacks_to_more_than_an_honest_one_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tar({"box/zeros": b"\0" * 3_000_000, **FILES})
    assert take_out(archive, card_of(archive))
    monkeypatch.setattr(unpack, "MOST_UNPACKED", 1_000_000)
    assert "unpacks to more than 1,000,000 bytes" in refusal(archive, card_of(archive))


@pytest.mark.parametrize("kept", [0, 1, 10, 100, -1, -30])
@pytest.mark.parametrize("pack", [tar, zipped])
def test_a_damaged_archive_is_a_sentence(pack: object, kept: int) -> None:
    whole = pack()  # type: ignore[operator]
    cut = whole[:kept] if kept != -1 else whole[:200] + b"\xff" * 60 + whole[260:]
    name = WHEEL if pack is zipped else "box-1.0.tar.gz"
    words = refusal(cut, card_of(cut, name, archive_size=max(1, len(cut))))
    assert "is damaged" in words or "has no" in words or "SHA-256" in words


def test_a_locked_zip_is_a_sentence() -> None:
    archive = bytearray(zipped())
    for mark, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = -1
        while (place := archive.find(mark, place + 1)) >= 0:
            archive[place + at] |= 1
    assert "is damaged" in refusal(bytes(archive), card_of(bytes(archive), WHEEL))
