"""Looks at models of language, and what they go on with, beside sums made by hand from the same weights."""

from functools import partial

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.pictures import LONGEST_TEXT, Curve, HeatMap, ImageGrid, Prompt, Text
from engine.rank.data import python_text
from engine.rank.evaluator.looks import checked
from engine.rank.looks import language
from engine.rank.looks.language import SHOWN, anew, continue_text
from engine.rank.models.reading_on import Reading
from tests import subjects
from tests.subjects import one_thread  # noqa: F401 - a fixture

ATTENTION = {"text-gpt": ("block2", "before_attention"), "text-attention": ("attention", "norm")}


subject_of = partial(subjects.subject_of, spread=0.3)  # so that no head hears of all alike
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("name", ATTENTION)
@torch.no_grad()
def test_the_attention_map_is_the_softmax_made_by_hand(name: str) -> None:
    module, norm = ATTENTION[name]
    head, line = 2, 5
    workload, subject = subject_of(name, 1 if name == "text-gpt" else 0, head, line)
    picture = workload.looks["attention"](subject)
    assert isinstance(picture, HeatMap)
    found = np.frombuffer(picture.values, np.float32).reshape(SHOWN, SHOWN)
    assert found.sum(1) == pytest.approx(np.ones(SHOWN), abs=1e-5)
    assert [choice.chosen for choice in picture.choices][1:] == [head, line]
    block, vectors = subject.model.get_submodule(module), workload.validation.take(torch.tensor([line]))[0]  # type: ignore[union-attr]
    for part_name, part in subject.model.named_children():
        if part_name == module:
            break
        vectors = part(vectors)
    width = block.head_width  # type: ignore[union-attr]
    rows = block.ask.weight[head * 3 * width : (head + 1) * 3 * width]  # type: ignore[union-attr, index]
    q, k, _ = (block.get_submodule(norm)(vectors)[0] @ rows.T).split(width, 1)  # type: ignore[operator]
    for i in (0, 7, SHOWN - 1):
        scores = [float(q[i] @ k[j]) / width**0.5 for j in range(i + 1)]
        powers = np.exp(np.array(scores) - max(scores))
        assert found[i, : i + 1] == pytest.approx(powers / powers.sum(), abs=1e-4)
        assert not found[i, i + 1 :].any()
    text = workload.writing.text_of(workload.validation.take(torch.tensor([line]))[0][0, :SHOWN])  # type: ignore[union-attr]
    assert "".join(picture.rows) == text.replace("\n", "␣").replace(" ", "␣")


@pytest.mark.parametrize(
    ("tokens", "called"), [("characters", "each character (row)"), ("BPE", "each piece of a word (row)")]
)
def test_what_hears_what_is_called_what_it_is(tokens: str, called: str) -> None:
    workload, subject = subject_of("text-gpt", tokens=tokens)
    assert called in str(workload.looks["attention"](subject).note)


@pytest.mark.parametrize(("work_s", "apart"), [(60.0, 1), (0.0, language.APART)])
@torch.no_grad()
def test_loss_by_position_is_the_mean_over_lines_at_each_place(
    work_s: float, apart: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "WORK_S", work_s)
    workload, subject = subject_of("text-attention")
    picture = workload.looks["position"](subject)
    assert isinstance(picture, Curve)
    assert workload.validation is not None
    inputs, wanted = workload.validation.take(torch.arange(0, len(workload.validation), apart))
    assert picture.note.values["lines"] == len(wanted)
    chances = subject.model(inputs).log_softmax(2)
    found = np.frombuffer(picture.y, np.float32)
    for place in (0, 10, 63):
        by_hand = [-float(chances[line, place, wanted[line, place]]) for line in range(len(wanted))]
        assert found[place] == pytest.approx(np.mean(by_hand), rel=1e-4)
    mean = functional.cross_entropy(chances.flatten(0, 1), wanted.flatten()).item()
    assert found.mean() == pytest.approx(mean, rel=1e-4)


@pytest.mark.parametrize("name", ["text-gpt", "text-attention", "text-lstm"])
def test_a_text_is_continued_by_the_likeliest_tokens_also_beyond_the_context(name: str) -> None:
    workload, subject = subject_of(name)
    assert workload.writing is not None
    context, text_of = workload.writing.context, workload.writing.text_of
    answers = list(workload.tries["continue"](subject, Prompt(text="The ", tokens=context, temperature=0.0)))
    assert [len(one.text) for one in answers if isinstance(one, Text)] == list(range(1, context + 1))
    last = answers[-1]
    assert isinstance(last, Text)
    numbers = {
        text_of(torch.tensor([number])): number
        for number in range(subject.forward(workload.validation.first(1)[0]).shape[2])  # type: ignore[union-attr]
    }
    line = list[int]()
    for place, letter in enumerate("The " + last.text):  # what follows is the likeliest, whatever stands behind
        if place in (4, 30, context - 1, context, context + 1, context + 3):
            padded = torch.tensor([line + [1] * (context - len(line))])
            assert numbers[letter] == int(subject.forward(padded)[0, len(line) - 1].argmax())
        line.append(numbers[letter])
        if len(line) > context:
            line = line[-3 * context // 4 :]


def test_who_remembers_what_it_has_read_says_the_same_as_who_reads_each_line_anew() -> None:
    workload, subject = subject_of("text-gpt")
    assert workload.writing is not None
    line, text_of = workload.validation.first(1)[0][0], workload.writing.text_of  # type: ignore[union-attr]
    blocks = [name for name in workload.layers if name.startswith("block")]
    fresh = anew(subject, len(line))
    remembers = Reading(subject, blocks, len(line))
    other = torch.cat([line[:10] * 0, line[10:40]])
    for asked in (line[:3], line[:4], line[:9], line, line[8:], other, line[:20], line[:20]):
        assert torch.allclose(remembers(asked), fresh(asked), atol=1e-5, rtol=0)
    with_memory = workload.tries["continue"]
    without = continue_text(len(line), python_text.typed, text_of)
    prompt = Prompt(text="The ", tokens=len(line) + 40, seed=4)  # beyond the context
    texts = [[one.text for one in way(subject, prompt) if isinstance(one, Text)] for way in (with_memory, without)]
    assert texts[0] == texts[1]
    assert len(texts[0]) == prompt.tokens


def test_of_what_was_read_only_the_new_is_computed() -> None:
    workload, subject = subject_of("text-gpt")
    widths = list[int]()
    block = subject.model.get_submodule("block1")
    block.get_submodule("grow").register_forward_pre_hook(lambda _, given: widths.append(given[0].shape[1]))
    list(workload.tries["continue"](subject, Prompt(text="Then ", tokens=62)))
    assert widths == [5, *[1] * 59, 48, 1]  # of 65 characters the newest 48 are kept, and read anew


def test_what_is_drawn_is_of_the_likeliest_and_by_the_seed_and_typed_is_whatever_one_likes() -> None:
    workload, subject = subject_of("text-gpt")

    def written(**fields: object) -> str:
        prompt = Prompt(**{"text": "né 中", "tokens": 12, "seed": 1, **fields})  # type: ignore[arg-type]
        last = list(workload.tries["continue"](subject, prompt))[-1]
        assert isinstance(last, Text)
        assert last.note.values["n"] == 12
        return last.text

    assert written(top_k=1) == written(temperature=0.0)
    assert written() == written() != written(seed=2)
    assert len(written(text="")) == len(written(text="x" * 2_000)) == 12


@pytest.mark.parametrize("tokens", ["characters", "BPE"])
def test_before_a_text_stands_what_the_model_has_read_of_what_was_typed(tokens: str) -> None:
    workload, subject = subject_of("text-gpt", tokens=tokens)

    def read(text: str) -> str:
        first = next(iter(workload.tries["continue"](subject, Prompt(text=text, tokens=1))))
        assert isinstance(first, Text)
        return first.prompt

    assert read("n\u00e9 \u4e2d") == "n? ?"
    assert read("") == ""
    long = read("The list is. " * 100)
    assert long.startswith("…")
    assert ("The list is. " * 100).endswith(long[1:])
    assert workload.writing is not None
    assert len(long) >= workload.writing.context


def test_where_training_has_diverged_nothing_is_written_and_it_is_said_why() -> None:
    workload, subject = subject_of("text-gpt")
    for parameter in subject.model.parameters():
        torch.nn.init.constant_(parameter, float("nan"))
    (only,) = list(workload.tries["continue"](subject, Prompt(text="a", tokens=20)))
    assert isinstance(only, Text)
    assert only.text == ""
    assert "diverged" in str(only.note)


def test_a_text_of_long_tokens_ends_where_a_picture_holds_no_more() -> None:
    _, subject = subject_of("text-gpt")
    long = continue_text(64, python_text.typed, lambda _: 100 * "-", lambda _: lambda _: torch.zeros(96))
    answers = [checked(one) for one in long(subject, Prompt(text="a", tokens=200))]
    last = answers[-1]
    assert isinstance(last, Text)
    assert LONGEST_TEXT - 100 < len(last.text) <= LONGEST_TEXT
    assert str(last.note) == "The text ends here: no more than 8,192 characters of one are shown."
    assert str(answers[0].note).startswith("One token, ")
    assert str(answers[1].note).startswith("2 tokens, ")


def test_filters_and_feature_maps_are_those_of_the_first_layers() -> None:
    workload, subject = subject_of("digits-cnn", 1, 7)
    filters, maps = workload.looks["filters"](subject), workload.looks["maps"](subject)
    assert isinstance(filters, ImageGrid)
    assert isinstance(maps, ImageGrid)
    kernel = next(subject.model.parameters())[3, 0].detach().numpy()
    pixels = np.frombuffer(filters.pixels, np.uint8).reshape(-1, 3, 3)[3] / 255
    assert filters.lowest + (filters.highest - filters.lowest) * pixels == pytest.approx(
        kernel, abs=filters.highest / 200
    )
    assert workload.validation is not None
    inputs, targets = workload.validation.first(360)
    with torch.no_grad():
        first = inputs[targets.tolist().index(7)][None]
        found = subject.model[1](subject.model[0](first))[0].numpy()  # type: ignore[index]
    pixels = np.frombuffer(maps.pixels, np.uint8).reshape(found.shape) / 255
    span = maps.highest - maps.lowest
    assert maps.lowest + span * pixels == pytest.approx(found, abs=span / 200)
    assert str(maps.note) == "32 of 32 maps of one held-back digit, after ReLU and pooling."


def test_of_more_maps_than_a_picture_holds_it_says_how_many_are_shown_and_pooling_only_of_what_is_pooled() -> None:
    workload, subject = subject_of("digits-cnn", 2, channels=128)
    last = workload.looks["maps"](subject)
    assert isinstance(last, ImageGrid)
    assert str(last.note).startswith(f"{len(last)} of 512 maps")
    first = workload.looks["maps"](subject_of("digits-cnn", 0)[1])
    assert str(first.note) == "16 of 16 maps of one held-back digit, after ReLU."
