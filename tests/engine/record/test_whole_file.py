"""Files that are written whole or not at all, states among them."""

import hashlib
import json
from pathlib import Path

import pytest

from engine.record import states
from engine.record.whole_file import whole_file


def test_states_are_whole_or_not_there(tmp_path: Path) -> None:
    for step in (10, 20, 30):
        draft = tmp_path / "draft.partial"
        draft.write_bytes(b"x" * (1000 + step))
        states.publish(tmp_path, draft, step, hashlib.sha256(draft.read_bytes()).hexdigest())
    assert [manifest.step for manifest in states.saved_states(tmp_path)] == [20, 30]
    newest = tmp_path / states.state_name(30)
    content = bytearray(newest.read_bytes())
    content[500] ^= 1
    newest.write_bytes(content)
    found = states.last_state(tmp_path)
    assert found is not None
    assert found.step == 20
    newest.with_suffix(".json").write_text('{"step": 30, "name": "../../etc/passwd", "state_bytes": 1, "sha256": ""}')
    assert [manifest.step for manifest in states.saved_states(tmp_path)] == [20]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "set-up.toml"
    path.write_text("old")
    with pytest.raises(TypeError), whole_file(path, text=True) as file:
        json.dump({"half of it": object()}, file)  # fails in the middle
    assert path.read_text() == "old"
    with whole_file(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [found.name for found in tmp_path.iterdir()] == ["set-up.toml"]
