"""One weight's gradient term by term, names made up, and a name continued, beside what is computed by hand."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from engine.pictures import LONGEST_TEXT, HeatMap, Prompt, Text
from engine.rank.data.python_names import ALPHABET, names
from engine.rank.data.subject import Subject
from engine.rank.data.workload import Workload
from engine.rank.evaluator.looks import checked
from engine.rank.looks.drawing import decimals_that_add_up
from engine.rank.plain import gpt_numpy, gpt_python
from engine.rank.workloads import gpt_in_plain_python
from engine.rank.workloads.gpt_in_plain_python import MATRICES, PLACES


def subject_of(*chosen: int) -> tuple[Workload, Subject]:
    workload = gpt_in_plain_python.build({"heads": 2, "head_width": 3}, 0)
    torch.manual_seed(3)
    model = workload.make_model().eval()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.4)
    return workload, Subject(model, workload.validation, torch.no_grad()(model), chosen)


@pytest.mark.parametrize("matrix", range(len(MATRICES)))
@torch.no_grad()
def test_terms_of_a_gradient_are_those_of_each_character_and_add_up_to_what_every_code_finds(matrix: int) -> None:
    row, column, name = 4, 2, 1
    workload, subject = subject_of(matrix, row, column, name)
    picture = workload.looks["terms"](subject)
    assert isinstance(picture, HeatMap)
    word = names()[len(workload.train) + name]
    assert picture.rows == ("␣", *word, "Σ python", "Σ numpy", "Σ torch")
    assert [choice.chosen for choice in picture.choices] == [matrix, row, column, name]
    assert picture.choices[3].options[name] == word
    inputs, targets = workload.validation.take(torch.tensor([name]))  # type: ignore[union-attr]
    model = subject.model.double()
    weight = model.get_parameter(f"{MATRICES[matrix]}.weight")
    with torch.enable_grad():
        (whole,) = torch.autograd.grad(workload.loss_sum(model(inputs), targets), weight)
    gradient = float(whole[row, column])
    assert abs(gradient) > 1e-6
    found = np.frombuffer(picture.values, np.float32).reshape(-1, 3)
    terms = found[: len(word) + 1]
    assert found[len(terms) :, 2] == pytest.approx([gradient] * 3, rel=1e-6)
    assert np.isnan(found[len(terms) :, :2]).all()
    assert terms[:, 2] == pytest.approx(terms[:, 0] * terms[:, 1], rel=1e-6)
    assert terms[:, 2].sum() == pytest.approx(gradient, rel=1e-4, abs=1e-6)
    x = subject.inputs_of(model.get_submodule(MATRICES[matrix]), inputs)[0]
    assert terms[:, 1] == pytest.approx(x[: len(terms), column].numpy(), rel=1e-6)
    numbers = {key: value.detach().numpy() for key, value in model.named_parameters()}
    given = numbers, inputs.numpy(), targets.numpy(), (f"{MATRICES[matrix]}.weight", row, column)
    sums = [code.terms_of(*given, heads=2)[0] for code in (gpt_python, gpt_numpy)]  # type: ignore[arg-type]
    assert sums == pytest.approx([gradient] * 2, rel=1e-12)
    assert picture.note.values["codes"] == "python, numpy, torch"
    assert 0 <= float(picture.note.values["furthest"]) < 1e-12
    printed = [[round(float(value) * 10**picture.decimals) for value in side] for side in (terms[:, 2], found[-3:, 2])]
    assert all(abs(sum(printed[0]) - total) <= 1 for total in printed[1]), "what is read adds up"
    assert abs(printed[1][0]) >= 10, "two digits of the sum, at least"


def test_digits_of_terms_are_so_many_that_what_is_printed_adds_up() -> None:
    assert decimals_that_add_up([0.0014] * 4) == 4, "0.001 four times is not 0.006"
    assert decimals_that_add_up([0.3, -0.2996]) == 5
    assert decimals_that_add_up([1.0, 2.0]) == decimals_that_add_up([]) == decimals_that_add_up([math.nan]) == 3
    assert decimals_that_add_up([1e-12]) == 8


def test_names_are_made_up_with_the_same_dice_every_time() -> None:
    workload, subject = subject_of()
    picture = workload.looks["names"](subject)
    assert isinstance(picture, Text)
    made = picture.text.split("\n")
    assert len(made) == 12
    assert all(len(name) <= PLACES and set(name) <= set(ALPHABET[1:]) for name in made)
    assert picture == workload.looks["names"](subject)
    assert picture.note.values["known"] == len(set(made) & set(names()))


def test_a_name_is_continued_until_it_ends_and_then_once_more_from_its_beginning() -> None:
    workload, subject = subject_of()
    answers = list(workload.tries["continue"](subject, Prompt(text="Get_9", tokens=60, seed=4)))
    assert len(answers) == 60
    texts = [one for one in answers if isinstance(one, Text)]
    assert {one.prompt for one in texts} == {"get_"}
    assert all(later.text.startswith(earlier.text) for earlier, later in pairwise(texts))
    ways = f"get_{texts[-1].text}".split("\n")
    assert len(ways) > 4
    assert all(way.startswith("get_") and len(way) <= PLACES for way in ways)
    nothing = list(workload.tries["continue"](subject, Prompt(text="", tokens=20)))
    assert len(nothing) == 20


def test_where_training_has_diverged_no_name_is_made_up_and_it_is_said_why() -> None:
    workload, subject = subject_of()
    for parameter in subject.model.parameters():
        nn.init.constant_(parameter, float("nan"))
    made = workload.looks["names"](subject)
    (only,) = list(workload.tries["continue"](subject, Prompt(text="get", tokens=20)))
    for text in (made, only):
        assert isinstance(text, Text)
        assert text.text == ""
        assert "diverged" in str(text.note)


def test_the_likeliest_way_on_is_that_of_the_highest_scores() -> None:
    workload, subject = subject_of()
    last = list(workload.tries["continue"](subject, Prompt(text="in", tokens=3, temperature=0.0)))[-1]
    assert isinstance(last, Text)
    line = [0, ALPHABET.index("i"), ALPHABET.index("n")]
    while len(line) < 6:
        padded = torch.tensor([line + [0] * (PLACES - len(line))])
        line.append(int(subject.forward(padded)[0, len(line) - 1].argmax()))
        if line[-1] == 0:
            break
    wanted = "".join(ALPHABET[number] for number in line[3:])
    assert last.text.startswith(wanted.strip("\n"))


def test_a_name_that_is_repeated_often_ends_where_a_picture_holds_no_more() -> None:
    workload, subject = subject_of()
    answers = [checked(one) for one in workload.tries["continue"](subject, Prompt(text=11 * "a", tokens=900))]
    last = answers[-1]
    assert isinstance(last, Text)
    assert LONGEST_TEXT - PLACES - 2 < len(last.text) <= LONGEST_TEXT
    assert str(last.note) == "The text ends here: no more than 8,192 characters of one are shown."
