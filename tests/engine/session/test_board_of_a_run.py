"""The board of a real run with shifts: window, replay and terminal say the same, and what the record's steps say."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import asdict, replace

from engine.cli.board import board_fields, board_lines
from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.events.machine import DeviceSample
from engine.events.message import Message
from engine.events.ranks import StepAnatomy
from engine.events.run import SegmentStarted
from engine.events.shift import Preparing, Shifted
from engine.metrics.mode_measures import measured
from engine.record.reader import Record, read_record
from engine.record.replay import Replay
from engine.rows import StepBatch
from gui.model.store import Store
from tests.conftest import Watched
from tests.messages import batch, begin

MODES = ("cpu,threads=1", "cpu,threads=2", "cpu,dp=2", "cpu,dp=2,transport=shm", "cpu,pp=2")
STEPS = 25
OF_SPLIT = ("phase_s", "apart_s", "anatomies", "is_split_cold")


def by_hand(record: Record) -> dict[str, tuple[int, float, float]]:
    """Of each mode: steps that count, their samples, and for how long they were under way. One step after the other."""
    starts = [event for event in record.events if isinstance(event, SegmentStarted)]
    told = [event for event in record.events if isinstance(event, Preparing)]
    found: dict[str, tuple[int, float, float]] = {}
    for number, start in enumerate(starts):
        end = starts[number + 1].step if number + 1 < len(starts) else 10**9
        asked = [one.step for one in told if not one.is_over and start.step <= one.step < end]
        name, ended_s = parse_mode(start.mode).name, start.at_s
        for step, _, at_s, seconds, samples, _ in record.steps.tolist():
            if not start.step <= step < end:
                continue
            took_s, ended_s = min(seconds, at_s - ended_s), at_s
            if step >= start.step + start.warmup_steps and step < min(asked, default=end):
                steps, units, total_s = found.get(name, (0, 0.0, 0.0))
                found[name] = (steps + 1, units + samples, total_s + took_s)
    return found


def unwatched(messages: Iterable[Message]) -> list[Message]:
    """Without looks at the machine: what they leave out, no hand counts."""
    return [message for message in messages if not isinstance(message, DeviceSample)]


def test_the_board_of_a_real_run(watch: Callable[..., Watched], tmp_path: Path) -> None:
    spec = make_spec("digits-mlp", knobs={"hidden": 256, "layers": 4}, batch_size=128)
    run = watch(spec, directory=tmp_path / "r")
    run.session.play()
    apart = 0
    for mode in (*MODES[1:], MODES[0]):
        first = len(run.steps())
        while len(run.steps()) < first + STEPS:
            run.until(lambda m: isinstance(m, StepBatch))
        while len(run.of(StepAnatomy)) < apart + 3:
            run.until(lambda m: isinstance(m, StepBatch))
        apart = len(run.of(StepAnatomy))
        run.session.shift(mode)
        run.until(lambda m: isinstance(m, Shifted))
    run.ends()
    run.drain()

    live = Store()
    live.feed(unwatched(run.messages))
    replayed = Store()
    replay = Replay(tmp_path / "r", at_end=True)
    replayed.feed(unwatched(replay.take()))
    replay.close()
    rows = replayed.live.board.rows()
    assert [row.name for row in rows] == [parse_mode(mode).name for mode in MODES]
    for row, seen in zip(rows, live.live.board.rows(), strict=True):
        # Of the steps taken apart the record keeps one a second at most: the split of a replay is of those.
        assert 0 <= row.anatomies <= seen.anatomies
        assert asdict(row) == asdict(replace(seen, **{name: getattr(row, name) for name in OF_SPLIT}))
        assert sum(seen.phase_s) <= (seen.step_s or 0.0) * 1.001
    assert rows[0].visits == 2

    expected = by_hand(read_record(tmp_path / "r"))
    assert {row.name: row.steps for row in rows} == {name: steps for name, (steps, _, _) in expected.items()}
    for row in rows:
        steps, units, seconds = expected[row.name]
        assert steps >= STEPS - 3, "each mode computed undisturbed for a while"
        assert row.step_s == pytest.approx(seconds / steps)
        assert row.units_per_s == pytest.approx(units / seconds)
        assert row.speed_up == pytest.approx(row.units_per_s / rows[0].units_per_s)  # type: ignore[operator]
    one, _, data, shared, pipeline = rows
    assert one.preparing > 0
    assert not one.sent_bytes
    for row in (data, shared, pipeline):
        assert row.sent_bytes
    assert 0 < (pipeline.held_bytes or 0) < (one.held_bytes or 0), "a stage holds part of the model"

    in_terminal = measured(unwatched(run.messages))
    fields = json.loads(json.dumps(board_fields(in_terminal.rows.values())))
    for row, told in zip(rows, fields, strict=True):
        assert (told["name"], told["steps"], told["visits"]) == (row.name, row.steps, row.visits)
        assert told["step_s"] == row.step_s
        assert told["units_per_s"] == row.units_per_s
        assert (told["sent_bytes"], told["held_bytes"]) == (row.sent_bytes, row.held_bytes)
    lines = board_lines(in_terminal, "samples")
    assert len(lines) == 1 + len(rows)
    assert f"{(rows[1].step_s or 0) * 1e3:.3f} ms/step" in lines[2]


def test_a_mode_that_is_hundreds_of_times_as_slow_is_not_times_nothing_in_a_terminal() -> None:
    slow = batch(100, 10, segment=1, at_s=1.0)
    slow.rows["seconds"], slow.rows["at_s"] = 4.0, 1.0 + 4.0 * np.arange(1, 11)
    first, second = replace(begin(0, 0, 0.0), mode=MODES[0]), replace(begin(1, 100, 1.0), mode=MODES[2])
    lines = board_lines(measured([first, batch(0, 100), second, slow]), "samples")
    assert "×0.0025" in lines[2]
