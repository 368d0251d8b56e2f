"""Events whose time is out of place stand where they were told."""

import pytest

from engine.events.evaluator import TextSample
from engine.events.run import Notice
from engine.record.plausible import EARLY_S, LONGEST_TEXT, in_time, is_plausible

SAID = "events.jsonl has {count} lines whose time is out of place; they stand where they were told."


def told(*times: float) -> list[Notice]:
    return [Notice(at_s=at_s, level="info", text=str(number)) for number, at_s in enumerate(times)]


@pytest.mark.parametrize(
    ("times", "read"),
    [
        ((1.0, 2.0, 9e8, 300.0, 400.0), (1.0, 2.0, 2.0, 300.0, 400.0)),
        ((9e8, 200.0, 300.0), (0.0, 200.0, 300.0)),
        ((200.0, 300.0, 0.0), (200.0, 300.0, 300.0)),
        ((200.0, 300.0, 0.0, 400.0), (200.0, 300.0, 300.0, 400.0)),
        ((1.0, 7e8, 9e8, 8e8, 2.0, 3.0, 4.0), (1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 4.0)),
    ],
)
def test_a_time_out_of_place_becomes_that_of_the_event_before(
    times: tuple[float, ...], read: tuple[float, ...]
) -> None:
    notes: list[str] = []
    found = in_time(told(*times), "events.jsonl", notes)
    assert tuple(event.at_s for event in found) == read
    assert [event.text for event in found] == [str(number) for number in range(len(times))]
    assert notes == [SAID.format(count=sum(a != b for a, b in zip(times, read, strict=True)))]


@pytest.mark.parametrize("times", [(), (5.0,), (100.0, 100.0 - EARLY_S, 120.0, 90.0), (0.0, 8e8, 8e8 + 1)])
def test_times_that_can_be_stay(times: tuple[float, ...]) -> None:
    notes: list[str] = []
    assert in_time(told(*times), "events.jsonl", notes) == told(*times)
    assert notes == []


def test_of_times_that_fall_too_often_the_latest_are_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.record.rising.MOST_FALLS", 1)
    notes: list[str] = []
    found = in_time(told(1.0, 900.0, 2.0, 800.0, 3.0, 1000.0), "events.jsonl", notes)
    assert [event.at_s for event in found] == [1.0, 900.0, 900.0, 900.0, 900.0, 1000.0]
    assert notes == [SAID.format(count=3)]


@pytest.mark.parametrize(
    ("text", "fits"),
    [("a\nb", True), ("", True), ("x" * LONGEST_TEXT, True), ("x" * (LONGEST_TEXT + 1), False), ("a\x1b[2J", False)],
)
def test_a_text_is_short_and_of_characters_that_can_be_shown(text: str, fits: bool) -> None:
    assert is_plausible(TextSample(at_s=1.0, step=1, prompt="p", text=text)) == fits
    assert is_plausible(TextSample(at_s=1.0, step=1, prompt=text, text="t")) == fits
