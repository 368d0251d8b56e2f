"""Examples are files: each is whole, fits what it trains, and a new one is one new file."""

import re
import shutil
from pathlib import Path

import pytest

from engine.config import examples as module
from engine.config.examples import Example, example_named, examples, read_example
from engine.config.fits import facts_of, why_not
from engine.config.mode_text import parse_mode
from engine.errors import RequestError

WANTED = {
    "data-parallel-wins",
    "data-parallel-loses",
    "pipeline-as-in-theory",
    "sharding-saves-memory",
    "hogwild-drifts",
    "a-straggler",
}


@pytest.mark.parametrize("example", examples().values(), ids=lambda example: example.name)
def test_an_example_is_whole_and_can_be_done(example: Example) -> None:
    facts = facts_of(example.spec.workload, example.spec.knobs)
    for mode in [example.spec.mode, *(then.mode for then in example.then if then.mode is not None)]:
        assert not why_not(parse_mode(mode), facts)
    steps = [then.step for then in example.then]
    assert steps == sorted(steps)
    assert all(0 < step < example.steps for step in steps)
    assert all((then.mode is None) != (then.slow is None) for then in example.then)
    for text in (example.do, example.watch):
        assert text.endswith(".")
    assert example.spec.steps is None  # in a window it goes on until it is stopped


PROMISED = re.compile(r"\bby (a |about )?(half|third|quarter|\d)|\b(half|twice) as (fast|slow)|×\d[^.]* as (fast|slow)")


@pytest.mark.parametrize("example", examples().values(), ids=lambda example: example.name)
def test_what_to_watch_for_promises_no_rate_that_the_window_and_others_can_take_away(example: Example) -> None:
    assert PROMISED.search("Throughput steps up by half and more, and torch is about half as fast.")
    assert not PROMISED.search(example.watch)


def test_there_are_those_that_a_lecture_asks_for() -> None:
    assert set(examples()) >= WANTED


def test_a_new_example_is_one_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = shutil.copytree(module.DIRECTORY, tmp_path / "examples")
    text = (directory / "a-straggler.toml").read_text().replace('title = "A straggler"', 'title = "Mine"')
    (directory / "mine.toml").write_text(text)
    monkeypatch.setattr(module, "DIRECTORY", directory)
    examples.cache_clear()
    try:
        assert example_named("mine").title == "Mine"
        with pytest.raises(RequestError, match=r"example 'yours' is unknown\. There are: .*mine"):
            example_named("yours")
    finally:
        examples.cache_clear()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("order = 6", "order"),
        ("step = 100", "step = -1"),
        ('title = "A straggler"', "titel = 1"),
        ('workload = "digits-mlp"', 'workload = "nothing"'),
    ],
)
def test_a_file_that_is_no_example_says_so(tmp_path: Path, line: str, why: str) -> None:
    text = (module.DIRECTORY / "a-straggler.toml").read_text()
    assert line in text
    path = tmp_path / "broken.toml"
    path.write_text(text.replace(line, why if "=" in why else ""))
    with pytest.raises(RequestError):
        read_example(path)
