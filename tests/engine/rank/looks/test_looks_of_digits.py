"""Looks at models that read digits, beside what is counted by hand from the same weights."""

import importlib

import numpy as np
import pytest
import torch
from torch import nn

from engine.config.cards import workloads
from engine.config.workload_card import WorkloadCard
from engine.packs.presence import why_absent
from engine.pictures import MOST_IMAGES, Bars, Drawing, HeatMap, ImageGrid
from engine.rank.data.subject import Subject
from engine.rank.data.workload import Workload
from engine.rank.looks.digits import digit_of
from engine.rank.workloads import digits_mlp


def built(**knobs: int) -> tuple[Workload, nn.Module]:
    torch.manual_seed(3)
    workload = digits_mlp.build({"hidden": 24, "layers": 3, "side": 8, "copies": 1, **knobs}, 0)
    return workload, workload.make_model()


def subject_of(workload: Workload, model: nn.Module, *chosen: int) -> Subject:
    return Subject(model, workload.validation, torch.no_grad()(model), chosen)


def held_back(workload: Workload, model: nn.Module) -> tuple[torch.Tensor, list[int], list[int]]:
    """The split's inputs, what is true and what the model says."""
    assert workload.validation is not None
    inputs, targets = workload.validation.first(len(workload.validation))
    return inputs, targets.tolist(), model(inputs).argmax(1).tolist()


def images(grid: ImageGrid) -> np.ndarray:
    span = grid.highest - grid.lowest
    pixels = np.frombuffer(grid.pixels, np.uint8).reshape(-1, grid.height, grid.width)
    return grid.lowest + span * pixels.astype(float) / 255


def test_the_confusion_matrix_counts_what_the_model_says() -> None:
    workload, model = built()
    _, true, said = held_back(workload, model)
    expected = np.zeros((10, 10))
    for right, wrong in zip(true, said, strict=True):
        expected[right, wrong] += 1
    picture = workload.looks["confusion"](subject_of(workload, model))
    assert isinstance(picture, HeatMap)
    assert np.frombuffer(picture.values, np.float32).reshape(10, 10).tolist() == expected.tolist()
    assert 0 < np.trace(expected) < 360
    assert picture.note.values == {"right": np.trace(expected), "samples": 360}


def test_wrong_examples_are_those_it_misreads_the_surest_first() -> None:
    workload, model = built()
    inputs, true, said = held_back(workload, model)
    sure = model(inputs).softmax(1).max(1).values.tolist()
    wrong = sorted((i for i in range(360) if true[i] != said[i]), key=lambda i: -sure[i])
    picture = workload.looks["wrong"](subject_of(workload, model))
    assert isinstance(picture, ImageGrid)
    assert picture.note.values["wrong"] == len(wrong)
    found = [(words.values["said"], words.values["true"]) for words in picture.captions]
    assert found == [(str(said[i]), str(true[i])) for i in wrong[: len(found)]]
    assert images(picture)[0] == pytest.approx(inputs[wrong[0]].view(8, 8).numpy(), abs=1 / 255)


@pytest.mark.parametrize("side", [8, 28])
def test_the_first_weights_are_seen_at_the_pixels_that_they_weigh(side: int) -> None:
    workload, model = built(side=side)
    weights = next(model.parameters()).detach()
    picture = workload.looks["weights"](subject_of(workload, model))
    assert isinstance(picture, ImageGrid)
    assert (len(picture), picture.width, picture.is_signed) == (24, side, True)
    assert picture.lowest == -picture.highest == pytest.approx(-float(weights.abs().max()))
    assert images(picture)[7, 2, 5] == pytest.approx(float(weights[7, 2 * side + 5]), abs=picture.highest / 255)


@pytest.mark.parametrize("side", [8, 28])
def test_occlusion_is_what_the_class_loses_where_a_patch_is_empty(side: int) -> None:
    workload, model = built(side=side)
    inputs, true, _ = held_back(workload, model)
    picture = workload.looks["occlusion"](subject_of(workload, model))
    assert isinstance(picture, ImageGrid)
    found = images(picture)
    assert found.shape == (20, side, side)
    five = inputs[true.index(5)].view(side, side)
    sure = model(five.view(1, -1)).softmax(1)[0, 5].item()
    assert picture.captions[11].values["sure"] == pytest.approx(sure, rel=1e-4)
    for row, column in ((0, 0), (3, 4), (7, 2)):
        empty = five.clone()
        rows, columns = (
            slice(round(max(0, place - 1) * side / 8), round(min(8, place + 2) * side / 8)) for place in (row, column)
        )
        empty[rows, columns] = 0.0
        lost = sure - model(empty.view(1, -1)).softmax(1)[0, 5].item()
        at = found[11, round((row + 0.5) * side / 8 - 0.5), round((column + 0.5) * side / 8 - 0.5)]
        assert at == pytest.approx(lost, abs=picture.highest / 100)


def test_more_neurons_than_a_picture_holds_are_left_out_and_a_diverged_model_is_drawn_all_the_same() -> None:
    workload, model = built(hidden=MOST_IMAGES + 5)
    for parameter in model.parameters():
        nn.init.constant_(parameter, float("nan"))
    subject = subject_of(workload, model)
    picture = workload.looks["weights"](subject)
    assert isinstance(picture, ImageGrid)
    assert len(picture) == MOST_IMAGES
    assert picture.note.values == {"shown": MOST_IMAGES, "neurons": MOST_IMAGES + 5}
    for look in workload.looks.values():
        look(subject)
    answers = list(workload.tries["draw"](subject, Drawing(side=8, ink=bytes(64))))
    assert isinstance(answers[-1], Bars)


def test_a_drawing_is_made_as_the_data_are_and_read() -> None:
    ink = np.zeros((40, 40), np.uint8)
    ink[10:30, 24:29] = 255  # a one, small, off the middle
    drawing = Drawing(side=40, ink=ink.tobytes())
    digit = digit_of(drawing)
    assert digit.shape == (1, 1, 8, 8)
    assert (digit[0, 0].amax(1) > 0.9).all()  # as high as the picture
    assert digit[0, 0, :, [0, 1, 6, 7]].max() == 0.0
    assert digit[0, 0, :, 3:5].mean() > 0.9  # in the middle
    workload, model = built(side=28)
    answers = list(workload.tries["draw"](subject_of(workload, model), drawing))
    grown = nn.functional.interpolate(digit, size=(28, 28), mode="bilinear").flatten(1)
    assert isinstance(answers[-1], Bars)
    assert answers[-1].values == pytest.approx(model(grown)[0].softmax(0).tolist(), rel=1e-5)
    seen = answers[-1].seen
    assert seen is not None
    pixels = np.frombuffer(seen.pixels, np.uint8).reshape(seen.height, seen.width)
    assert pixels == pytest.approx(255 * digit[0, 0].numpy() / digit.max().item(), abs=1)


def test_digits_of_the_data_drawn_on_a_pad_are_read_as_the_data_themselves() -> None:
    workload, _ = built()
    assert workload.validation is not None
    inputs, _ = workload.validation.first(50)
    for image in inputs.view(-1, 8, 8):
        large = (255 * image.numpy()).round().astype(np.uint8).repeat(4, 0).repeat(4, 1)
        again = digit_of(Drawing(side=32, ink=large.tobytes()))
        assert abs(float(again.mean() - image.mean())) < 0.12


@pytest.mark.parametrize("card", workloads().values(), ids=lambda card: card.name)
def test_what_a_card_offers_to_look_at_and_to_try_its_workload_has(card: WorkloadCard) -> None:
    if any(map(why_absent, card.packs)):
        pytest.skip("its data pack is not here")
    workload = importlib.import_module(card.module).build({knob.name: knob.default for knob in card.knobs}, 0)
    assert [look.name for look in card.looks] == list(workload.looks)
    assert [one.name for one in card.tries] == list(workload.tries)
