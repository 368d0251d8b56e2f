"""Modes, specs and cards: every wrong field gives a sentence that names it, and what is right survives a round trip."""

from pathlib import Path

import pytest

from engine.cards import techniques, workloads
from engine.errors import RequestError
from engine.mode import ComputeMode, parse_mode
from engine.spec import RunSpec, check_spec, make_spec, read_spec, spec_toml


@pytest.mark.parametrize(
    "text",
    ["cpu", "cpu,threads=2", "cpu,dp=2", "cpu,dp=4,threads=1", "cuda:0,precision=bf16", "mps", "cpu,precision=fp64"],
)
def test_mode_text_survives(text: str) -> None:
    assert parse_mode(text).text == text
    assert parse_mode(parse_mode(text).text) == parse_mode(text)


def test_mode_short_forms() -> None:
    assert parse_mode("dp=2").text == "cpu,dp=2"
    assert parse_mode("device=cuda").text == "cuda:0"
    assert parse_mode("cpu,dp=1") == ComputeMode()
    assert parse_mode("cpu,dp=2").words.startswith("Data parallel ×2 · CPU · ")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("cpu,", "empty"),
        ("cpu,mps", "two devices"),
        ("cpu,threads=0", "threads"),
        ("cpu,threads=two", "threads"),
        ("cpu,dp=0", "dp"),
        ("cpu,dp=2,dp=4", "twice"),
        ("cpu,precision=fp8", "precision"),
        ("cpu,speed=9", "speed"),
        ("CPU!", "not a device"),
        ("cuda:0,threads=2", "threads"),
    ],
)
def test_wrong_modes_say_what_is_wrong(text: str, word: str) -> None:
    with pytest.raises(RequestError, match=word):
        parse_mode(text)


WRONG = {
    "workload": ["nothing", 3],
    "mode": ["gpu!", 5, "cpu,tp=2,x"],
    "batch_size": [0, -1, 2.5, "many", True, 10**9],
    "lr": [-1, "fast", float("nan"), 1e9],
    "optimizer": ["lion", 1],
    "seed": [-1, 0.5, "x"],
    "steps": [-1, 1.5, "ten"],
    "hang_limit_s": [0, -3, "long"],
    "knobs": [{"hidden": 1}, {"hidden": "wide"}, {"layers": 99}, {"side": 9}, {"depth": 2}, "none"],
    "format": [2, "one"],
    "surprise": [1],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in WRONG.items() for value in values])
def test_every_field_wrong_in_turn(field: str, value: object, tmp_path: Path) -> None:
    good = {"workload": "digits-mlp", "batch_size": 32, "lr": 0.001}
    with pytest.raises(RequestError) as caught:
        check_spec(good | {field: value})
    named = next(iter(value)) if field == "knobs" and isinstance(value, dict) else field
    assert named in str(caught.value) or str(value) in str(caught.value)
    assert str(caught.value).endswith(".")


def test_spec_survives_its_file(tmp_path: Path) -> None:
    spec = make_spec("spirals", mode="cpu,dp=2", steps=100, knobs={"hidden": 8, "noise": 0.1}, lr=0.02)
    path = tmp_path / "run.toml"
    path.write_text(spec_toml(spec))
    assert read_spec(path) == spec


@pytest.mark.parametrize("content", ["", "workload = ", "lr = 0.1", "\x00\xff", 'workload = "digits-mlp"\nknobs = 3'])
def test_broken_spec_files_are_refused_with_a_sentence(content: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(content)
    with pytest.raises(RequestError, match=r"broken\.toml"):
        read_spec(path)
    with pytest.raises(RequestError, match="cannot be read"):
        read_spec(tmp_path / "missing.toml")


def test_cards_are_complete() -> None:
    assert {"digits-mlp", "spirals"} <= set(workloads())
    assert list(techniques())[:2] == ["", "dp"]
    for card in workloads().values():
        spec = make_spec(card.name)
        assert isinstance(spec, RunSpec)
        assert all(knob.help.endswith(".") for knob in card.knobs)
