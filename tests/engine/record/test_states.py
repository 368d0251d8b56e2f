"""Saved states: whatever is wrong with the newest, the one before it is used and a sentence says why."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from engine.record.states import has_states, last_state, publish, saved_states, state_name
from tests.attack.writes import failing

STEPS = (10, 20)


def save(directory: Path, step: int, content: bytes | None = None) -> None:
    temporary = directory / f"{state_name(step)}.partial"
    temporary.write_bytes(content or step.to_bytes(2, "big") * 500)
    publish(directory, temporary, step, hashlib.sha256(temporary.read_bytes()).hexdigest())


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with a state before step 10 and one before step 20."""
    for step in STEPS:
        save(tmp_path, step)
    return tmp_path


def manifest(run: Path) -> Path:
    return (run / state_name(20)).with_suffix(".json")


def rewritten(**fields: object) -> Callable[[Path], None]:
    """The newest manifest with other fields in it."""

    def damage(run: Path) -> None:
        whole = msgspec.json.decode(manifest(run).read_bytes()) | fields
        manifest(run).write_bytes(msgspec.json.encode(whole))

    return damage


def replaced_by(content: bytes) -> Callable[[Path], None]:
    return lambda run: manifest(run).write_bytes(content) and None


def pipe(run: Path) -> None:
    (run / state_name(20)).unlink()
    os.mkfifo(run / state_name(20))
    rewritten(state_bytes=0)(run)


DAMAGE: dict[str, Callable[[Path], None]] = {
    "empty": replaced_by(b""),
    "no JSON": replaced_by(b"\x00\xff not json"),
    "deep": replaced_by(b'{"x":' + b"[" * 1_000 + b"]" * 1_000 + b"}"),
    "deeper": replaced_by(b"[" * 4_000),
    "large": replaced_by(b" " * 10_000 + b"{}"),
    "long number": replaced_by(b'{"step":' + b"9" * 4_000 + b"}"),
    "a list": replaced_by(b"[1,2,3]"),
    "outside": rewritten(name="../../etc/passwd"),
    "of another step": rewritten(step=21),
    "of another file": rewritten(step=10, name=state_name(10)),
    "before the beginning": rewritten(step=-1, name=state_name(-1)),
    "another size": rewritten(state_bytes=999),
    "another content": rewritten(sha256=hashlib.sha256(b"").hexdigest()),
    "a text for a number": rewritten(step="20"),
    "manifest gone": lambda run: manifest(run).unlink(),
    "state cut": lambda run: os.truncate(run / state_name(20), 999),
    "state gone": lambda run: (run / state_name(20)).unlink(),
    "state flipped": lambda run: (run / state_name(20)).write_bytes(b"x" * 1_000) and None,
    "state a directory": lambda run: (run / state_name(20)).unlink() or (run / state_name(20)).mkdir(),
    "state a pipe": pipe,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_whatever_is_damaged_the_older_state_is_used_and_it_is_said(damage: Callable[[Path], None], run: Path) -> None:
    damage(run)
    notes: list[str] = []
    found = last_state(run, notes)
    assert found is not None
    assert found.step == 10
    assert len(notes) == 1
    assert state_name(20).removesuffix(".safetensors") in notes[0]
    assert "older state" in notes[0]
    assert last_state(run) == found  # also where nobody wants to know why


def test_every_byte_of_a_manifest_flipped(run: Path) -> None:
    whole = manifest(run).read_bytes()
    for at in range(len(whole)):
        for bit in (1, 0x20, 0x80):
            manifest(run).write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
            notes: list[str] = []
            found = last_state(run, notes)
            assert found is not None
            assert (found.step == 10) == bool(notes), f"byte {at} ^ {bit:#x}: {found}, {notes}"
            assert found.step == 10 or found.sha256 == hashlib.sha256((run / found.name).read_bytes()).hexdigest()


def test_nothing_is_passed_over_where_nothing_is_wrong(run: Path) -> None:
    notes: list[str] = []
    found = last_state(run, notes)
    assert found is not None
    assert (found.step, notes) == (20, [])


def test_damaged_states_were_saved_all_the_same(run: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    for step in STEPS:
        (run / state_name(step)).write_bytes(b"x")
    assert (last_state(run), has_states(run)) == (None, True)
    assert has_states(tmp_path_factory.mktemp("empty")) is False


def test_of_what_is_damaged_and_older_nothing_is_said(run: Path) -> None:
    (run / state_name(10)).write_bytes(b"x")
    notes: list[str] = []
    found = last_state(run, notes)
    assert found is not None
    assert (found.step, notes) == (20, [])


def test_only_the_owner_reads_a_state(run: Path) -> None:
    if os.name == "nt":
        pytest.skip("Windows has no permission bits")
    for path in run.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path.name


def test_the_last_two_are_kept_and_nothing_else(run: Path) -> None:
    (run / f"{state_name(15)}.partial").touch()  # of a saver that was killed
    save(run, 30)
    assert sorted(path.name for path in run.glob("*.safetensors")) == [state_name(20), state_name(30)]
    assert len(list(run.iterdir())) == 4
    save(run, 25)  # the run went on from an older state: what came after it is no longer true
    assert [m.step for m in saved_states(run)] == [20, 25]


def test_a_state_is_on_the_disk_before_its_manifest_and_no_manifest_stands_beside_a_changing_file(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("the name of an open file is not told here")
    order: list[tuple[str, str]] = []

    def seen(call: str, named: Callable[..., str]) -> None:
        kept = getattr(os, call)

        def noted(*arguments: object, **more: object) -> object:
            order.append((call, named(*arguments).replace(str(run), ".")))
            return kept(*arguments, **more)

        monkeypatch.setattr(os, call, noted)

    seen("fsync", lambda descriptor: str(Path(f"/proc/self/fd/{descriptor}").readlink()))
    seen("replace", lambda _, to: str(to))
    seen("unlink", str)
    save(run, 20, b"another one")
    state, vouched = f"./{state_name(20)}", f"./{state_name(20)}".replace(".safetensors", ".json")
    told = [(call, name) for call, name in order if (call, name.endswith(".partial")) != ("unlink", True)]
    draft = told[3][1]
    assert told == [
        ("fsync", f"{state}.partial"),
        ("unlink", vouched),
        ("replace", state),
        ("fsync", draft),
        ("replace", vouched),
        ("fsync", "."),
    ]
    assert draft.startswith(f"{vouched}.")


@pytest.mark.skipif(os.name == "nt", reason="the calls that are let fail are those of POSIX")
def test_a_state_that_cannot_be_vouched_for_leaves_the_old_one_as_it_was(run: Path, tmp_path: Path) -> None:
    before = last_state(run)
    temporary = run / f"{state_name(20)}.partial"
    temporary.write_bytes(b"another one")
    with failing(tmp_path, 4, 4, 28) as faults, pytest.raises(OSError, match="No space left"):
        publish(run, temporary, 20, hashlib.sha256(b"another one").hexdigest())
    assert faults.made[:4] == ["chmod", "fsync", "open", "write"]
    assert last_state(run) == before


def test_what_was_published_is_told(run: Path) -> None:
    temporary = run / "x.partial"
    temporary.write_bytes(b"abc")
    told = publish(run, temporary, 30, hashlib.sha256(b"abc").hexdigest())
    assert told == last_state(run)
    assert (told.step, told.name, told.state_bytes) == (30, state_name(30), 3)


@pytest.mark.parametrize("step", [-1, 10**12])
def test_a_state_of_a_step_that_cannot_be_is_passed_over(tmp_path: Path, step: int) -> None:
    save(tmp_path, step, b"x")
    notes: list[str] = []
    assert (last_state(tmp_path, notes), saved_states(tmp_path)) == (None, [])
    assert len(notes) == 1
    assert "of another state" in notes[0]


def test_the_first_and_the_last_step_that_can_be_have_states(tmp_path: Path) -> None:
    for step in (0, 10**12 - 1):
        save(tmp_path, step, b"x")
    assert [found.step for found in saved_states(tmp_path)] == [0, 10**12 - 1]


@pytest.mark.parametrize(("there", "told"), [(None, "0 bytes"), (0, "0 bytes"), (999, "999 bytes")])
def test_the_sentence_says_how_much_of_a_state_is_there(run: Path, there: int | None, told: str) -> None:
    if there is None:
        (run / state_name(20)).unlink()
    else:
        os.truncate(run / state_name(20), there)
    notes: list[str] = []
    last_state(run, notes)
    assert f"{state_name(20)} has {told} where 1,000 were saved" in notes[0]


def test_a_state_of_nothing_that_is_gone_is_not_vouched_for(run: Path) -> None:
    rewritten(state_bytes=0)(run)
    (run / state_name(20)).unlink()
    assert [found.step for found in saved_states(run)] == [10]
