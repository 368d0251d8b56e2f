"""A home to be damaged: a recorded run with two saved states, and what a window remembers; and the accidents to it.

    HOME/config/window.ini, last-setup.toml        what the window remembers
    HOME/data/runs/run/                            the run, of 40 steps, its states before steps 20 and 40
    HOME/elsewhere/                                what is none of the run's business: links lead there

An accident is drawn by the seed of its attempt and by its number, so each of them can be made without the others.
"""

import contextlib
import json
import os
import random
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from engine.config.spec import make_spec, spec_toml
from engine.events.run import StatusChanged
from engine.record.states import publish, state_name
from engine.rows import StepBatch
from engine.session.session import Session
from engine.session.starter import RankStarter
from tests.attack.damage import damaged

SPEC = make_spec("spirals", knobs={"hidden": 4, "layers": 2}, batch_size=16)
OLD, NEW, TARGET = 20, 40, 60
"""Before which steps states are saved, and to which an attempt trains on."""
STATES = {step: (state_name(step), state_name(step).replace(".safetensors", ".json")) for step in (OLD, NEW)}
RUN_FILES = ("run.toml", "events.jsonl", "steps.bin", "lock", *STATES[OLD], *STATES[NEW])
LIKELY = (*STATES[NEW], *STATES[NEW], *STATES[OLD], "run.toml", "events.jsonl", "steps.bin")
CONFIG_FILES = ("window.ini", "last-setup.toml")
LARGE_BYTES = 2**33


def run_of(home: Path) -> Path:
    """The recorded run in a home."""
    return home / "data" / "runs" / "run"


def train_to(starter: RankStarter, directory: Path, step: int, *, resume: bool = False) -> dict[int, float]:
    """Train the run in `directory` on to `step`, where its state is saved; losses of the steps made, by step."""
    losses: dict[int, float] = {}
    spec = msgspec.structs.replace(SPEC, steps=step)
    with contextlib.closing(Session(spec, starter, directory=directory, resume=resume)) as session:
        session.play()
        status = ""
        while status not in ("finished", "failed"):
            session.wait(1.0)
            for message in session.take():
                if isinstance(message, StepBatch):
                    losses |= dict(zip(message.rows["step"].tolist(), message.rows["loss"].tolist(), strict=True))
                elif isinstance(message, StatusChanged):
                    status = message.status
    assert status == "finished", status
    return losses


def make_home(home: Path, starter: RankStarter) -> None:
    """A home in which nothing is damaged, with `losses.json`: the losses by step, to TARGET, if nothing ever is."""
    run = run_of(home)
    train_to(starter, run, OLD)
    train_to(starter, run, NEW, resume=True)  # `run.toml` stays as it was
    elsewhere = home / "elsewhere"
    shutil.copytree(run, elsewhere / "run")
    (elsewhere / "thesis.txt").write_text("years of work\n" * 100)
    config = home / "config"
    config.mkdir()
    (config / "last-setup.toml").write_text(spec_toml(SPEC))
    (config / "window.ini").write_text("[General]\ntheme=dark\ntext_points=11\n")
    (home / "losses.json").write_text(json.dumps(train_to(starter, home / "undisturbed", TARGET)))


def copy_home(whole: Path, home: Path) -> None:
    """A copy of a home at another place, whose window remembers its run."""
    shutil.copytree(whole, home)
    with (home / "config" / "window.ini").open("a") as file:
        file.write(f"last_run={run_of(home)}\n")


@dataclass(frozen=True)
class Accident:
    """Something that went wrong in a home: `kind` (a name of KINDS) befell what is at `place`, a path under it."""

    kind: str
    place: str
    seed: str

    def __str__(self) -> str:
        return f"{self.place}: {self.kind}"

    def befall(self, home: Path) -> None:
        """Let it happen."""
        path = home / self.place
        if path.parent.is_dir():  # else an earlier accident has left nothing to damage
            KINDS[self.kind](home, path, random.Random(self.seed))


def accidents(seed: int, *, with_window: bool) -> list[Accident]:
    """One to three accidents to a home; `with_window`: to what a window remembers as well."""
    rng = random.Random(f"home {seed}")
    found = []
    for number in range(rng.choice((1, 1, 1, 2, 3))):
        if with_window and rng.random() < 0.5:
            place = f"config/{rng.choice(CONFIG_FILES)}"
            if rng.random() < 0.1:
                place = rng.choice(("config", "data", "data/runs"))
        elif rng.random() < 0.06:
            place = "data/runs/run"
        else:
            place = f"data/runs/run/{rng.choice(RUN_FILES if rng.random() < 0.5 else LIKELY)}"
        is_file = "." in Path(place).name or place.endswith("lock")
        kind = "bytes" if is_file and rng.random() < 0.45 else rng.choice([*KINDS] if is_file else [*OF_DIRECTORIES])
        found.append(Accident(kind, place, f"{seed} {number}"))
    return found


# Kinds of accidents --------------------------------------------------------------------------------------------------


def gone(path: Path) -> None:
    """Nothing has this name any more."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _bytes(home: Path, path: Path, rng: random.Random) -> None:
    data = b""
    with contextlib.suppress(OSError):
        data = path.read_bytes() if path.is_file() and path.stat().st_size < LARGE_BYTES else b""
    others = sorted(p for p in (home / "elsewhere").rglob("*") if p.is_file())
    _write(path, damaged(data, rng, rng.choice(others).read_bytes()))


def _write(path: Path, data: bytes) -> None:
    gone(path)
    path.write_bytes(data)


def _another(home: Path, path: Path, rng: random.Random) -> None:
    _write(path, (home / "elsewhere" / "run" / rng.choice(RUN_FILES)).read_bytes())


def _put(make: Callable[[Path, Path], object]) -> Callable[[Path, Path, random.Random], None]:
    """`make(home, path)` puts something in the place of what was there."""

    def befall(home: Path, path: Path, _: random.Random) -> None:
        gone(path)
        make(home, path)

    return befall


def _socket(_: Path, path: Path) -> None:
    if len(str(path)) < 100:  # the system takes no longer names
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))


def _full_directory(_: Path, path: Path) -> None:
    path.mkdir()
    (path / "x").write_text("x")


def _large(home: Path, path: Path, _: random.Random) -> None:
    with contextlib.suppress(OSError):
        os.truncate(path, LARGE_BYTES)


def _unreadable(_: Path, path: Path, __: random.Random) -> None:
    if path.exists():
        path.chmod(0)


def _vouched(home: Path, path: Path, rng: random.Random) -> None:
    """A newer state that its manifest vouches for, and that is none, or damaged, or of another run."""
    run = run_of(home)
    if not run.is_dir():
        return
    whole = (home / "elsewhere" / "run" / STATES[NEW][0]).read_bytes()
    data = rng.choice((b"", bytes(1_000), whole[: len(whole) // 2], damaged(whole, rng, whole), rng.randbytes(5_000)))
    draft = run / "vouched.draft"
    draft.write_bytes(data)
    with contextlib.suppress(OSError):
        publish(run, draft, NEW + 5, sha256(data).hexdigest())


KINDS: dict[str, Callable[[Path, Path, random.Random], None]] = {
    "bytes": _bytes,
    "the content of another file": _another,
    "empty": lambda _, path, __: _write(path, b""),
    "missing": lambda _, path, __: gone(path),
    "a pipe": _put(lambda _, path: os.mkfifo(path)),
    "a socket": _put(_socket),
    "a directory": _put(lambda _, path: path.mkdir()),
    "a full directory": _put(_full_directory),
    "a link to itself": _put(lambda _, path: path.symlink_to(path)),
    "a link to nothing": _put(lambda home, path: path.symlink_to(home / "elsewhere" / "not there")),
    "a link to another's file": _put(lambda home, path: path.symlink_to(home / "elsewhere" / "thesis.txt")),
    "a link to a copy": _put(lambda home, path: path.symlink_to(home / "elsewhere" / "run" / path.name)),
    "a link to a directory": _put(lambda home, path: path.symlink_to(home / "elsewhere")),
    "a link to a device": _put(lambda _, path: path.symlink_to("/dev/zero")),
    "a file whose reading fails": _put(lambda _, path: path.symlink_to("/proc/self/mem")),
    "another name of another's file": _put(lambda home, path: os.link(home / "elsewhere" / "thesis.txt", path)),
    "a very large file": _large,
    "unreadable": _unreadable,
    "a newer state, vouched for and damaged": _vouched,
}
OF_DIRECTORIES = (
    "empty",
    "missing",
    "a pipe",
    "a directory",
    "a link to itself",
    "a link to nothing",
    "a link to a copy",
    "a link to another's file",
    "a link to a directory",
    "unreadable",
    "a newer state, vouched for and damaged",
)
IN_STATES = ("bytes", "the content of another file", "empty", "missing")
"""What may befall a saved state without the run being lost: the other one is used."""
