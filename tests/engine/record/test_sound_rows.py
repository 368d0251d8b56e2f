"""Rows that are out of place among those before and behind them are damage; whatever else a run writes is not."""

import numpy as np
import pytest

from engine.record import sound_rows as module
from engine.record.plausible import LONGEST_S
from engine.record.sound_rows import EARLY_S, sound_rows
from engine.rows import STEP_ROW, Rows

SAID = "steps.bin has {count} damaged rows; they are left out."


def steps(count: int = 9, first: int = 0, at_s: float = 10.0) -> Rows:
    """`count` steps, a tenth of a second each."""
    rows = np.zeros(count, STEP_ROW)
    rows["step"] = np.arange(first, first + count)
    rows["at_s"] = at_s + 0.1 * np.arange(count)
    rows["samples"] = 8
    return rows


def kept(rows: Rows) -> tuple[list[int], list[str]]:
    """(indices of the rows that are left, what is said)."""
    notes: list[str] = []
    left = sound_rows(rows, "steps.bin", notes)
    return [rows.tolist().index(row) for row in left.tolist()], notes


@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
@pytest.mark.parametrize("at", range(9))
@pytest.mark.parametrize(
    ("field", "value"),
    [("at_s", 9e8), ("at_s", 1e300), ("at_s", np.nan), ("at_s", -1.0), ("step", 2**44), ("step", -(2**44)),
     ("seconds", np.nan), ("seconds", np.inf), ("samples", 2**30)],
)  # fmt: skip
def test_one_damaged_row_is_left_out_and_no_other(
    monkeypatch: pytest.MonkeyPatch, field: str, value: float, at: int, at_once: int
) -> None:
    if (field, value, at) in {("at_s", 9e8, 8), ("step", 2**44, 0)}:
        pytest.skip("nothing is behind it, or before it, to tell by: the run may have rested, or gone on from a state")
    monkeypatch.setattr(module, "ROWS_AT_ONCE", at_once)
    rows = steps()
    rows[field][at] = value
    assert kept(rows) == ([index for index in range(9) if index != at], [SAID.format(count=1)])


@pytest.mark.parametrize("at", range(2, 8))
@pytest.mark.parametrize(("field", "value"), [("at_s", 1.0), ("step", 0), ("step", 999)])
def test_a_value_that_can_be_and_does_not_fit_is_damage_too(field: str, value: float, at: int) -> None:
    rows = steps(first=100)
    rows[field][at] = value
    assert kept(rows) == ([index for index in range(9) if index != at], [SAID.format(count=1)])


@pytest.mark.parametrize("at_once", [1, 2, 100])
@pytest.mark.parametrize("at", range(2, 7))
@pytest.mark.parametrize("by", [-1, 1])
def test_a_step_that_is_there_twice(monkeypatch: pytest.MonkeyPatch, at: int, by: int, at_once: int) -> None:
    monkeypatch.setattr(module, "ROWS_AT_ONCE", at_once)
    rows = steps(first=100)
    rows["step"][at] += by
    assert kept(rows) == ([index for index in range(9) if index != at], [SAID.format(count=1)])


@pytest.mark.parametrize("at", range(5))
def test_rows_that_are_damaged_side_by_side(at: int) -> None:
    rows = steps()
    rows["at_s"][at : at + 3] = 8e8, 7e8, 9e8
    assert kept(rows) == ([index for index in range(9) if not at <= index < at + 3], [SAID.format(count=3)])


@pytest.mark.parametrize("hollow", [1, 2, 50])
def test_what_a_disk_filled_up_with_zeros_is_no_row(hollow: int) -> None:
    rows = np.concatenate([steps(), np.zeros(hollow, STEP_ROW), steps(first=9, at_s=11.0)])
    assert kept(rows) == ([*range(9), *range(9 + hollow, 18 + hollow)], [SAID.format(count=hollow)])


def test_a_file_that_begins_with_zeros_has_one_first_row() -> None:
    rows = np.concatenate([np.zeros(3, STEP_ROW), steps(4, first=1)])
    notes: list[str] = []
    assert sound_rows(rows, "steps.bin", notes).tolist() == np.delete(rows, [1, 2]).tolist()
    assert notes == [SAID.format(count=2)]


@pytest.mark.parametrize(("earlier_s", "is_damage"), [(1.0, False), (1.01, True)])
def test_a_row_may_be_a_second_earlier(earlier_s: float, is_damage: bool) -> None:
    rows = steps(4)
    rows["at_s"] = [10.0, 20.0, 20.0 - earlier_s, 30.0]
    assert len(kept(rows)[0]) == 4 - is_damage  # which of the two is wrong, nothing tells


@pytest.mark.parametrize("count", [2, 9])
@pytest.mark.parametrize(
    ("later_s", "further", "is_damage"),
    [(0.0, 1_000, False), (0.0, 1_001, True), (2.0, 2_001_000, False), (2.0, 2_001_001, True), (-0.5, 1_000, False)],
)
def test_the_last_step_is_as_far_as_a_run_can_come(count: int, later_s: float, further: int, is_damage: bool) -> None:
    rows = steps(count)
    rows["at_s"] = 16.0
    rows["at_s"][-1] += later_s
    rows["step"][-1] = rows["step"][-2] + further
    assert kept(rows)[0] == [*range(count - is_damage)]


@pytest.mark.parametrize(
    ("field", "value", "is_damage"),
    [("step", 2**62 - 1, False), ("step", 2**62, True), ("step", -1, True), ("segment", 0, False),
     ("segment", -1, True), ("at_s", LONGEST_S, False), ("at_s", LONGEST_S + 1, True), ("seconds", LONGEST_S, False),
     ("seconds", 2e9, True), ("samples", 0, False), ("samples", -1, True), ("samples", 1_000_000_000, False),
     ("samples", 1_000_000_001, True)],
)  # fmt: skip
def test_one_row_by_itself(field: str, value: float, is_damage: bool) -> None:
    rows = steps(1)
    rows[field] = value
    assert kept(rows) == (([], [SAID.format(count=1)]) if is_damage else ([0], []))


def test_times_that_jump_about_are_in_order_when_read() -> None:
    rows = steps(400)
    rows["at_s"] = np.random.default_rng(1).uniform(0.0, 1e6, 400)
    notes: list[str] = []
    read = sound_rows(rows, "steps.bin", notes)
    assert len(notes) == 1
    assert len(read) > 0
    assert (np.diff(np.maximum.accumulate(read["at_s"])) >= 0).all()
    assert (read["at_s"] >= np.maximum.accumulate(read["at_s"]) - EARLY_S).all()


@pytest.mark.parametrize(
    "rows",
    [
        steps(0),
        steps(1),
        steps(2),
        np.concatenate([steps(9), steps(9, first=4, at_s=20.0)]),  # went on from a state before step 4
        np.concatenate([steps(9), steps(1, first=4, at_s=20.0)]),
        np.concatenate([steps(9), steps(9, first=7, at_s=20.0)]),  # before its last step but one
        np.concatenate([steps(9), steps(9, first=8, at_s=20.0)]),  # before its last step
        np.concatenate([steps(1), steps(9, at_s=20.0)]),
        np.concatenate([steps(9), steps(9, at_s=20.0), steps(9, at_s=30.0)]),
        np.concatenate([steps(9), steps(9, first=9, at_s=8e7)]),  # rested for years
        np.concatenate([steps(9), steps(9, first=900)]),  # memory was short
        steps(9)[::2],
    ],
)
def test_what_a_run_writes_is_all_read(rows: Rows) -> None:
    notes: list[str] = []
    assert sound_rows(rows, "steps.bin", notes) is rows
    assert notes == []
