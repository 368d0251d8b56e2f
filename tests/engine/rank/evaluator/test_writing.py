"""What a model writes follows from its scores, the run's seed and the step; and it takes no more time than it may."""

import importlib
import time
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from engine.config.cards import workloads
from engine.packs.presence import why_no_data
from engine.rank.data.workload import Writing
from engine.rank.evaluator.writing import CHARACTERS, CLOCK_SHARE, SHARE, WritingPace, write
from engine.rank.step.precision import Precision

LETTERS = "abcde"
WRITING = Writing(torch.tensor([3, 4, 0]), lambda numbers: "".join(LETTERS[number] for number in numbers.tolist()))
FP32 = Precision("fp32", torch.device("cpu"))


class Next(nn.Module):
    """Scores the letter that follows each by `sure`, all others by 0."""

    def __init__(self, sure: float) -> None:
        super().__init__()
        self.sure = sure

    def forward(self, line: Tensor) -> Tensor:
        assert line.shape == (1, 3)
        return self.sure * nn.functional.one_hot((line + 1) % len(LETTERS), len(LETTERS))


def written(sure: float, *, seed: int = 1, step: int = 7, work_s: float = 60.0, is_wanted: bool = True) -> str:
    return write(Next(sure), FP32, WRITING, (seed, step), work_s, lambda: is_wanted).text


def test_each_character_follows_from_those_before_it() -> None:
    sample = write(Next(1e3), FP32, WRITING, (1, 7), 60.0, lambda: True)
    assert (sample.step, sample.prompt) == (7, "dea")
    assert sample.text == ("bcdea" * CHARACTERS)[:CHARACTERS]


def test_chances_are_those_of_the_temperature() -> None:
    text = "a" + "".join(written(2.0, step=step) for step in range(20))
    hits = sum(after == LETTERS[(LETTERS.index(before) + 1) % 5] for before, after in pairwise(text))
    sure = torch.tensor([2.0 / 0.8, 0, 0, 0, 0]).softmax(0)[0].item()
    assert hits / len(text) == pytest.approx(sure, abs=0.03)  # four standard deviations


def test_seed_and_step_decide_what_is_drawn() -> None:
    assert written(1.0) == written(1.0)
    assert len({written(1.0), written(1.0, step=8), written(1.0, seed=2)}) == 3


def test_it_ends_when_its_time_is_over_or_nobody_wants_it() -> None:
    assert written(1.0, work_s=0.0) == ""
    assert written(1.0, is_wanted=False) == ""
    begin_s = time.thread_time()
    assert len(write(Slow(), FP32, WRITING, (1, 7), 0.05, lambda: True).text) < CHARACTERS
    assert time.thread_time() - begin_s < 0.5


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


def test_texts_are_dense_at_first_and_then_as_rare_as_they_are_costly() -> None:
    def begun(work_s: float, clock_s: float) -> list[int]:
        pace, times = WritingPace(), []
        for second in range(100, 400):
            if pace.is_due(second):
                times.append(second - 100)
                pace.wrote(second, second + clock_s, work_s)
        return times

    free = begun(0.1, 0.1)
    assert free[:5] == [0, 1, 3, 7, 15]
    assert {later - earlier for earlier, later in pairwise(free[5:])} == {SHARE // 10}
    crowded = begun(0.1, 3.0)
    assert {later - earlier for earlier, later in pairwise(crowded[5:])} == {3 * CLOCK_SHARE}


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
            sample = write(workload.make_model().eval(), FP32, workload.writing, (0, 0), 60.0, lambda: True)
            assert len(sample.text) == CHARACTERS
            assert len(sample.prompt) == len(workload.writing.prompt)
    assert found == {"text-gpt", "text-lstm", "text-attention"}
