"""Attack everything that reads: valid files are damaged at random, and each reader must answer with a sentence.

    python -m tests.attack.readers --count 100000 --seed 1            every reader, that many inputs each
    python -m tests.attack.readers --reader events --count 1000

Allowed are a RequestError and notes; anything else that is raised, more than a second of computing, or more than
MEMORY_BYTES breaks the reader. What breaks it is made as small as it goes and printed. Exit status 1 if anything broke.
"""

import argparse
import contextlib
import io
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from engine.cli import train_arguments
from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec, read_spec, spec_toml
from engine.errors import RequestError
from engine.record.chrome_trace import trace_events
from engine.record.kept_board import NAME, BoardChoice, keep_board, read_board
from engine.record.replay import Replay
from engine.record.states import last_state, publish, state_name
from engine.record.writer import Recorder
from gui.model.store import Store
from tests.attack.damage import damaged

SAMPLE = Path(__file__).parent.parent.parent / "resources" / "sample-run"
LIMIT_S = 1.0
HANG_S = 20
MEMORY_BYTES = 2 * 2**30
SENTENCE_CHARACTERS = 2_000
SPEC = make_spec("spirals", mode="cpu,dp=2", steps=500, knobs={"noise": 0.1})
ARGUMENTS = "--workload spirals --set hidden=8 --mode cpu,dp=2 --lr 0.1 --at 5:lr=0.2 --shift 7:cpu --steps 20"


class Slow(Exception):  # noqa: N818 - no error of the program's
    """The reader took longer than it may."""


class Reader:
    """One way in: `valid` is what it reads, `read` reads what stands in its place. Lives in a directory of its own."""

    def __init__(self, name: str, valid: bytes, path: Path, read: Callable[[], object]) -> None:
        self.name = name
        self.valid = valid
        self._path = path
        self._read = read

    def attack(self, data: bytes) -> str:
        """Read `data`; "" if the answer was a sentence or a value, else what broke."""
        self._path.write_bytes(data)
        begin_s = time.process_time()  # waiting is for the alarm: a busy machine is no fault of the reader's
        try:
            with _alarm():
                self._read()
        except RequestError as error:
            if len(str(error)) > SENTENCE_CHARACTERS:
                return f"long sentence: {len(str(error)):,} characters"
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            return f"{type(error).__name__}: {str(error)[:200]}"
        seconds = time.process_time() - begin_s
        return f"Slow: {seconds:.1f} s" if seconds > LIMIT_S else ""


@contextlib.contextmanager
def _alarm() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise Slow

    old = signal.signal(signal.SIGALRM, ring)
    signal.alarm(HANG_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)


def readers(place: Path) -> list[Reader]:
    """Every reader, over valid files made in `place`."""
    run = place / "run"
    shutil.copytree(SAMPLE, run)
    (run / "run.toml").write_text(spec_toml(SPEC))
    events = _one_of_each((SAMPLE / "events.jsonl").read_bytes())
    (run / "events.jsonl").write_bytes(events)
    rows = (run / "steps.bin").read_bytes()[: 64 + 40 * 200]
    (run / "steps.bin").write_bytes(rows)
    states = place / "states"
    Recorder(states, SPEC).close()
    for step in (10, 20):
        temporary = states / f"{state_name(step)}.partial"
        temporary.write_bytes(bytes(100))
        publish(states, temporary, step, sha256(temporary.read_bytes()).hexdigest())
    manifest = (states / state_name(20)).with_suffix(".json")
    text, board = place / "text", states / NAME
    key = ("1 thread", 64, False)
    keep_board(states, BoardChoice(is_by_speed=True, baselines=(key,), cleared=((key, 3),)), is_ours=True)

    def show() -> None:
        replay = Replay(run, at_end=True)
        store = Store()
        store.feed(replay.take())
        trace_events(store.live.anatomies)

    def newest() -> None:
        notes: list[str] = []
        found = last_state(states, notes)
        if found is None or (found.step == 10) != bool(notes):
            raise AssertionError(f"{found} with the notes {notes}")

    shown = Store()
    shown.feed(Replay(SAMPLE, at_end=True).take())

    def choose() -> None:
        shown.live.board.look_like(read_board(states)[0])
        shown.live.board.rows()

    def told_in(reader: Callable[[str], object]) -> Callable[[], None]:
        return lambda: reader(text.read_bytes().decode("utf-8", "surrogateescape")) and None

    def arguments(line: str) -> None:
        with contextlib.suppress(SystemExit), contextlib.redirect_stderr(io.StringIO()):
            options = train_arguments.parser().parse_args(line.split(" "))
            spec, directory = train_arguments.asked_spec(options, [])
            train_arguments.asked_points(options, spec, directory)

    return [
        Reader("spec", spec_toml(SPEC).encode(), place / "spec.toml", lambda: read_spec(place / "spec.toml")),
        Reader("run.toml", spec_toml(SPEC).encode(), run / "run.toml", show),
        Reader("events", events, run / "events.jsonl", show),
        Reader("steps", rows, run / "steps.bin", show),
        Reader("board", board.read_bytes(), board, choose),
        Reader("manifest", manifest.read_bytes(), manifest, newest),
        Reader("mode", b"cpu,pp=2,dp=2,microbatches=4,schedule=gpipe,precision=bf16", text, told_in(parse_mode)),
        Reader("arguments", ARGUMENTS.encode(), place / "text", told_in(arguments)),
        _settings_reader(place / "home"),
    ]


def _settings_reader(home: Path) -> Reader:
    """The window's own files: each time read as a window that opens reads them."""
    from gui.window.settings import Settings

    os.environ["GEARSHIFT_HOME"] = str(home)
    settings = Settings()
    settings.theme, settings.text_points, settings.last_run = "dark", 14, home
    settings.save_layout(settings.layout()[0], settings.layout()[1])
    ini, set_up = home / "config" / "window.ini", home / "config" / "last-setup.toml"
    whole = ini.read_bytes()

    def open_window() -> None:
        set_up.write_bytes(ini.read_bytes())  # the same damage to both
        settings = Settings()
        settings.last_spec()
        _ = settings.theme, settings.text_points, settings.last_run, settings.layout()

    return Reader("settings", whole, ini, open_window)


def _one_of_each(lines: bytes) -> bytes:
    """A short line of each kind of event that the sample has, and of those it has not."""
    found: dict[str, bytes] = {}
    for line in lines.splitlines():
        kind = msgspec.json.decode(line)["event"]
        if len(line) < len(found.get(kind, b"x" * 10_000)):
            found[kind] = line
    more = (
        b'{"event":"surface","at_s":1.0,"step":1,"x_min":0,"x_max":1,"y_min":0,"y_max":1,"width":2,"height":2,'
        b'"probability":"AAAAAA=="}',
        b'{"event":"textsample","at_s":1.0,"step":1,"prompt":"p","text":"t"}',
        b'{"event":"points","at_s":1.0,"x":"AAAAAA==","y":"AAAAAA==","label":"AA=="}',
        b'{"event":"rankfailed","at_s":2.0,"rank":0,"pid":1,"exit_status":-9,"signal":"SIGKILL","reason":"r",'
        b'"details":"","resume_step":5}',
        b'{"event":"hindered","at_s":2.0,"step":9,"rank":0,"phase":"forward","factor":2.0,"delay_s":0.0}',
        b'{"event":"slowrank","at_s":2.0,"step":9,"rank":0,"phase":"forward","factor":2.0,"is_slow":true}',
        b'{"event":"diverged","at_s":3.0,"step":9,"loss":"nan"}',
        b'{"event":"shiftfailed","at_s":3.0,"mode":"cpu","to_mode":"cpu,dp=2","reason":"r","details":""}',
        b'{"event":"runstarted","at_s":4.0,"spec":"","step":5,"started_unix_s":0.0,"directory":"d"}',
    )
    return b"\n".join([*found.values(), *more]) + b"\n"


# Reproducing ---------------------------------------------------------------------------------------------------------


def smallest(reader: Reader, data: bytes, broke: str) -> bytes:
    """The smallest input found that breaks the reader in the same way."""
    kind = broke.split(":", maxsplit=1)[0]
    size = len(data) // 2
    tries = 0
    while size and tries < 2_000:
        at = 0
        while at < len(data) and tries < 2_000:
            tries += 1
            shorter = data[:at] + data[at + size :]
            if reader.attack(shorter).split(":")[0] == kind:
                data = shorter
            else:
                at += size
        size //= 2
    return data


def attack(reader: Reader, count: int, seed: int, others: list[bytes]) -> list[str]:
    """`count` damaged inputs; a report on each new way in which the reader broke."""
    rng = random.Random(f"{seed} {reader.name}")
    reports: list[str] = []
    seen: set[str] = set()
    for _ in range(count):
        data = damaged(reader.valid, rng, rng.choice(others))
        broke = reader.attack(data)
        if broke and broke.split(":")[0] not in seen:
            seen.add(broke.split(":")[0])
            small = smallest(reader, data, broke)
            reports.append(f"{reader.name} broke: {broke}\n  smallest input, {len(small):,} bytes: {small[:500]!r}")
    if sound := reader.attack(reader.valid):
        reports.append(f"{reader.name} does not read what is valid: {sound}")
    return reports


def main() -> int:
    """Attack, print the figures and what broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack.readers")
    parser.add_argument("--count", type=int, default=1_000, help="damaged inputs for each reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reader", help="only this one")
    options = parser.parse_args()
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    broken = 0
    with tempfile.TemporaryDirectory() as place:
        every = readers(Path(place))
        others = [reader.valid for reader in every]
        for reader in every:
            if options.reader not in (None, reader.name):
                continue
            begin_s = time.perf_counter()
            reports = attack(reader, options.count, options.seed, others)
            seconds = time.perf_counter() - begin_s
            print(f"{reader.name:<10} {options.count:>8,} inputs {seconds:>7.1f} s   broke in {len(reports)} ways")
            for report in reports:
                print(report)
            sys.stdout.flush()
            broken += len(reports)
    return min(1, broken)


if __name__ == "__main__":
    sys.exit(main())
