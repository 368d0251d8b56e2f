"""What a model writes follows from its scores, the run's seed and the step; and it takes no more time than it may."""

import importlib
import time
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from engine.config.cards import workloads
from engine.packs.presence import why_no_data
from engine.rank.data.subject import Subject
from engine.rank.data.workload import Writing
from engine.rank.evaluator import writing as own
from engine.rank.evaluator.seen import Seen
from engine.rank.evaluator.writing import TOKENS, write
from engine.rank.step.precision import Precision
from engine.rank.workloads import text_gpt

LETTERS = "abcde"
WRITING = Writing(torch.tensor([3, 4, 0]), 3, lambda numbers: "".join(LETTERS[number] for number in numbers.tolist()))
FP32 = Precision("fp32", torch.device("cpu"))


class Next(nn.Module):
    """Scores the letter that follows each by `sure`, all others by 0."""

    def __init__(self, sure: float) -> None:
        super().__init__()
        self.sure = sure

    def forward(self, line: Tensor) -> Tensor:
        assert line.shape == (1, 3)
        return self.sure * nn.functional.one_hot((line + 1) % len(LETTERS), len(LETTERS))


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole texts, however slow the machine is."""
    monkeypatch.setattr(own, "WORK_S", 60.0)
    monkeypatch.setattr(own, "MOST_S", 60.0)


def subject_of(model: nn.Module, *, is_wanted: bool = True) -> Subject:
    return Subject(model, None, model, is_wanted=lambda: is_wanted)


def written(sure: float, *, seed: int = 1, step: int = 7, is_wanted: bool = True) -> str:
    texts = list(write(subject_of(Next(sure), is_wanted=is_wanted), WRITING, (seed, step)))
    return texts[-1].text if texts else ""


def test_each_character_follows_from_those_before_it_and_each_is_told() -> None:
    samples = list(write(subject_of(Next(1e3)), WRITING, (1, 7)))
    assert {(sample.step, sample.prompt, sample.is_over) for sample in samples} == {(7, "dea", False)}
    whole = ("bcdea" * TOKENS)[:TOKENS]
    assert [sample.text for sample in samples] == [whole[:end] for end in range(1, TOKENS + 1)]


def test_chances_are_those_of_the_temperature() -> None:
    text = "a" + "".join(written(2.0, step=step) for step in range(20))
    hits = sum(after == LETTERS[(LETTERS.index(before) + 1) % 5] for before, after in pairwise(text))
    sure = torch.tensor([2.0 / 0.8, 0, 0, 0, 0]).softmax(0)[0].item()
    assert hits / len(text) == pytest.approx(sure, abs=0.03)  # four standard deviations


def test_seed_and_step_decide_what_is_drawn() -> None:
    assert written(1.0) == written(1.0)
    assert len({written(1.0), written(1.0, step=8), written(1.0, seed=2)}) == 3


def test_it_ends_when_its_time_is_over_or_nobody_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(1.0, is_wanted=False) == ""
    monkeypatch.setattr(own, "WORK_S", 0.1)
    begin_s = time.thread_time()
    assert 0 < len(list(write(subject_of(Slow()), WRITING, (1, 7)))) < TOKENS
    assert time.thread_time() - begin_s < 0.5
    monkeypatch.setattr(own, "WORK_S", 0.0)
    assert written(1.0) == ""


class Slow(Next):
    """Computes for 5 ms."""

    def __init__(self) -> None:
        super().__init__(1.0)

    def forward(self, line: Tensor) -> Tensor:
        end_s = time.thread_time() + 0.005
        while time.thread_time() < end_s:
            pass
        return super().forward(line)


def test_scores_that_are_no_numbers_write_nothing() -> None:
    assert written(float("nan")) == ""


def test_a_gpt_that_keeps_what_it_has_read_writes_what_it_would_pass_by_pass() -> None:
    torch.manual_seed(0)
    workload = text_gpt.build({"size": 0.1}, 0)
    model = workload.make_model().double().eval()
    for parameter in model.parameters():  # fresh weights are sure of nothing
        parameter.data *= 3
    subject = Seen(0, workload, model, Precision("fp64", torch.device("cpu"))).subject((), lambda: True)
    assert workload.writing is not None
    kept, anew = (list(write(subject, way, (1, 7)))[-1].text for way in ways(workload.writing))
    assert len(min(kept, anew, key=len)) > workload.writing.context  # the line has been moved on
    assert kept[: len(anew)] == anew[: len(kept)]


def ways(writing: Writing) -> tuple[Writing, Writing]:
    return writing, writing._replace(reading=None)


def test_those_workloads_write_whose_cards_say_so() -> None:
    found = set()
    for name, card in workloads().items():
        knobs = {knob.name: knob.default for knob in card.knobs}
        if why_no_data(name, knobs):
            continue
        workload = importlib.import_module(card.module).build(knobs, 0)
        assert (workload.writing is not None) == ("text" in card.pictures), name
        if workload.writing is not None:
            found.add(name)
            seen = Seen(0, workload, workload.make_model().eval(), FP32)
            sample = list(write(seen.subject((), lambda: True), workload.writing, (0, 0)))[-1]
            assert len(sample.text) == TOKENS
            assert len(sample.prompt) == len(workload.writing.prompt) <= workload.writing.context
    assert found == {"text-gpt", "text-lstm", "text-attention"}
