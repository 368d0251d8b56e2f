"""A file that only grows: what is in it, byte by byte, after short writes, failed writes, cuts and too long a wait."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import RequestError
from engine.record import appender
from engine.record.appender import Appender

HEADER = b"header..".ljust(17, b"\0")
LIMIT_BYTES = 2**26
Write = Callable[[int, bytes], int]


def rows(path: Path) -> Appender:
    return Appender(path, HEADER, 4, LIMIT_BYTES)


def lines(path: Path) -> Appender:
    return Appender(path, b"", None, LIMIT_BYTES)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_what_waits_is_counted_and_written_once(path: Path) -> None:
    file = rows(path)
    file.flush()
    assert path.read_bytes() == b""  # no header for nothing
    file.append(b"00001111")
    file.append(b"2222")
    assert file.pending_bytes == 12
    assert path.read_bytes() == b""
    for _ in range(2):
        file.flush()
        assert (file.pending_bytes, path.read_bytes()) == (0, HEADER + b"000011112222")
    file.append(b"3333")
    file.flush()
    file.close()
    assert path.read_bytes() == HEADER + b"0000111122223333"


@pytest.mark.parametrize("at_once", [1, 4, 5, 8, 9, 100])
def test_much_is_written_in_portions(path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(appender, "WRITE_BYTES", at_once)
    portions: list[int] = []
    write: Write = os.write
    monkeypatch.setattr(os, "write", lambda to, data: portions.append(len(data)) or write(to, data))
    file = lines(path)
    for number in range(6):
        file.append(b"%03d\n" % number)
    file.flush()
    file.close()
    assert path.read_bytes() == b"".join(b"%03d\n" % number for number in range(6))
    units = max(1, -(-at_once // 4))  # units are taken until there are bytes enough
    assert portions == [4 * min(units, 6 - first) for first in range(0, 6, units)]


def test_writes_that_take_a_part_are_gone_on_with(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write: Write = os.write
    monkeypatch.setattr(os, "write", lambda to, data: write(to, data[:3]))
    file = rows(path)
    for turn in range(2):
        file.append(b"0123456789ab")
        file.flush()
        assert path.read_bytes() == HEADER + b"0123456789ab" * (turn + 1)
    file.close()


def test_a_write_that_fails_half_way_leaves_whole_units_and_the_rest_waits(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appender, "WRITE_BYTES", 8)
    write: Write = os.write
    calls = [0]

    def full(to: int, data: bytes) -> int:
        calls[0] += 1
        if calls[0] == 3:  # header, a portion, half of the next one
            return write(to, data[:5])
        if calls[0] == 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(to, data)

    file = rows(path)
    for unit in (b"0000", b"1111", b"2222", b"3333", b"4444"):
        file.append(unit)
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        file.flush()
    assert (file.pending_bytes, path.read_bytes()) == (12, HEADER + b"00001111")
    file.flush()
    file.close()
    assert (file.pending_bytes, path.read_bytes()) == (0, HEADER + b"00001111222233334444")
    assert file.dropped == 0


def test_rows_that_wait_too_long_are_thinned_to_every_second(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appender, "PENDING_BYTES", 32)
    file = rows(path)
    for number in range(8):
        file.append(b"%04d" % number)
    assert (file.pending_bytes, file.dropped) == (32, 0)  # at the bound is within it
    file.append(b"0008")
    assert (file.pending_bytes, file.dropped) == (16, 5)
    file.append(b"0009" * 20)  # more than all that may wait: thinned until it fits
    assert (file.pending_bytes, file.dropped) == (24, 23)
    file.flush()
    file.close()
    assert path.read_bytes() == HEADER + b"0007" + b"0009" * 5
    assert (file.pending_bytes, file.dropped) == (0, 23)


def test_lines_of_the_course_wait_longest(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appender, "PENDING_BYTES", 16)
    file = lines(path)
    for name, essential in ((b"a", False), (b"B", True), (b"c", False), (b"D", True)):
        file.append(name * 3 + b"\n", essential=essential)
    assert (file.pending_bytes, file.dropped) == (16, 0)
    file.append(b"EEE\n", essential=True)
    assert (file.pending_bytes, file.dropped) == (16, 1)  # a
    file.append(b"fff\n")
    assert (file.pending_bytes, file.dropped) == (16, 2)  # c, and not f
    file.append(b"GGG\n", essential=True)
    assert (file.pending_bytes, file.dropped) == (16, 3)  # f
    file.append(b"HHH\n", essential=True)
    assert (file.pending_bytes, file.dropped) == (8, 6)  # nothing else is left
    file.flush()
    file.close()
    assert path.read_bytes() == b"DDD\nGGG\n"


def test_what_is_written_is_durable_when_it_is_closed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    sync: Callable[[int], None] = os.fsync
    monkeypatch.setattr(os, "fsync", lambda to: synced.append(os.fstat(to).st_ino) or sync(to))
    file = rows(path)
    file.append(b"0000")
    file.flush()
    assert synced == []
    file.close()
    assert synced == [path.stat().st_ino]


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="what a process has open is not listed here")
def test_a_file_that_the_disk_did_not_take_is_closed_all_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = rows(path)
    opened = len(os.listdir("/dev/fd"))  # noqa: PTH208 - names alone

    def refused(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", refused)
    with pytest.raises(OSError, match="Input/output"):
        file.close()
    assert len(os.listdir("/dev/fd")) == opened - 1  # noqa: PTH208
    path.unlink()
    assert not file.is_gone  # it was whole when it was closed


@pytest.mark.skipif(os.name == "nt", reason="Windows does not remove a file that is open")
def test_a_file_that_is_deleted_is_gone_and_one_that_was_put_in_its_place_is_not(path: Path) -> None:
    file = rows(path)
    file.append(b"0000")
    assert not file.is_gone
    path.unlink()
    assert file.is_gone
    with pytest.raises(FileNotFoundError, match="it was deleted while the run went on") as caught:
        file.flush()
    assert (caught.value.errno, caught.value.filename) == (errno.ENOENT, str(path))
    file.close()


@pytest.mark.parametrize("tail_bytes", [1, 4, 7, 64])
@pytest.mark.parametrize("half", [0, 1, 3, 4, 5, 20])
def test_the_last_line_is_found_however_long_what_was_cut(
    path: Path, monkeypatch: pytest.MonkeyPatch, tail_bytes: int, half: int
) -> None:
    monkeypatch.setattr(appender, "TAIL_BYTES", tail_bytes)
    for whole in (b"", b"\n", b"one\ntwo\n"):
        path.write_bytes(whole + b"x" * half)
        file = lines(path)
        assert path.read_bytes() == whole
        file.append(b"three\n")
        file.flush()
        file.close()
        assert path.read_bytes() == whole + b"three\n"


def test_a_line_longer_than_any_is_damage(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appender, "TAIL_BYTES", 10)
    monkeypatch.setattr(appender, "LONGEST_LINE_BYTES", 100)
    path.write_bytes(b"one\n" + b"x" * 105)
    lines(path).close()
    assert path.read_bytes() == b"one\n"
    path.write_bytes(b"one\n" + b"x" * 115)
    with pytest.raises(RequestError, match="no whole line in its last 100 bytes"):
        lines(path)
    assert path.stat().st_size == 119  # it may still be worth something


def test_a_file_of_another_kind_is_told_by_how_it_begins(path: Path) -> None:
    path.write_bytes(bytes(range(40)))
    with pytest.raises(RequestError) as caught:
        Appender(path, b"h" * 40, 4, LIMIT_BYTES)
    assert repr(bytes(range(32))) in str(caught.value)
    assert repr(bytes(range(33))) not in str(caught.value)
    assert path.stat().st_size == 40


def test_a_header_alone_is_a_file_of_no_rows(path: Path) -> None:
    path.write_bytes(HEADER)
    file = rows(path)
    file.append(b"0000")
    file.flush()
    file.close()
    assert path.read_bytes() == HEADER + b"0000"


@pytest.mark.parametrize("torn", [0, 1, 2, 3])
@pytest.mark.parametrize("count", [1, 5])
def test_a_torn_row_is_cut_off(path: Path, count: int, torn: int) -> None:
    path.write_bytes(HEADER + b"0123" * count + b"x" * torn)
    rows(path).close()
    assert path.read_bytes() == HEADER + b"0123" * count


def test_twenty_megabytes_wait_and_no_more(path: Path) -> None:
    file = lines(path)
    for _ in range(20):
        file.append(bytes(2**20))
    assert file.dropped == 0
    file.append(b"\n")
    assert file.dropped > 0
    assert file.pending_bytes <= 20 * 2**20
    file.close()


def test_half_an_event_of_a_megabyte_is_cut_off(path: Path) -> None:
    path.write_bytes(b"one\n" + b"x" * 2**20)
    lines(path).close()
    assert path.read_bytes() == b"one\n"


def test_where_no_more_is_read_no_more_is_written(path: Path) -> None:
    path.write_bytes(b"one\n")
    os.truncate(path, LIMIT_BYTES)
    with pytest.raises(RequestError, match=r"has 67,108,864 bytes or more, .* a run cannot go on in it"):
        lines(path)
    assert path.stat().st_size == LIMIT_BYTES
    os.truncate(path, LIMIT_BYTES - 1)
    lines(path).close()
