"""MiniLM beside attention made by hand, and its two workloads, on tiny weights and questions that are made here."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.config.fits import facts_of
from engine.config.spec import make_spec
from engine.pictures import Bars, HeatMap, Line, Scatter
from engine.rank.data import answer_groups, question_topics
from engine.rank.data.questions import key_of
from engine.rank.data.subject import Subject
from engine.rank.data.word_pieces import WordPieces
from engine.rank.data.workload import Workload
from engine.rank.looks.sentences import found_within, principal_plane, reached_by, retrieve, right_answers
from engine.rank.models import minilm, minilm_weights
from engine.rank.workloads import answer_matching, topic_finetune
from tests.engine.rank.workloads.layers import through_layers
from tests.subjects import one_thread  # noqa: F401 - a fixture

TINY = minilm.Shape(pieces=48, width=12, heads=3, blocks=2)
CONTEXT = 6
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "one", "two", *(f"w{number}" for number in range(40))]
VOCABULARY += ["[unused0]", "[unused1]"]


pytestmark = pytest.mark.usefixtures("one_thread")


def drawn_weights() -> dict[str, Tensor]:
    """Weights by the names under which MiniLM's were published, for 32 places."""
    torch.manual_seed(5)
    width = TINY.width
    sizes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (TINY.pieces, width),
        "embeddings.position_embeddings.weight": (32, width),
        "embeddings.token_type_embeddings.weight": (2, width),
    }
    matrices = {
        "attention.self.query": (width, width),
        "attention.self.key": (width, width),
        "attention.self.value": (width, width),
        "attention.output.dense": (width, width),
        "intermediate.dense": (4 * width, width),
        "output.dense": (width, 4 * width),
    }
    norms = ["embeddings.LayerNorm"]
    for number in range(TINY.blocks):
        block = f"encoder.layer.{number}"
        norms += [f"{block}.attention.output.LayerNorm", f"{block}.output.LayerNorm"]
        for name, size in matrices.items():
            sizes |= {f"{block}.{name}.weight": size, f"{block}.{name}.bias": size[:1]}
    for norm in norms:
        sizes |= {f"{norm}.weight": (width,), f"{norm}.bias": (width,)}
    return {name: torch.randn(size) * 0.4 for name, size in sizes.items()}


def by_hand(weights: dict[str, Tensor], line: list[int]) -> Tensor:
    """Of one line without an end, what comes out of the last block, (t, width): head by head, as it is published."""

    def norm(values: Tensor, name: str) -> Tensor:
        spread = (values - values.mean(1, keepdim=True)).square().mean(1, keepdim=True).sqrt()
        return (values - values.mean(1, keepdim=True)) / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def linear(values: Tensor, name: str) -> Tensor:
        return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    h = (
        weights["embeddings.word_embeddings.weight"][line]
        + weights["embeddings.position_embeddings.weight"][: len(line)]
    )
    h = norm(h + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for number in range(TINY.blocks):
        block, size = f"encoder.layer.{number}", TINY.width // TINY.heads
        q, k, v = (linear(h, f"{block}.attention.self.{name}") for name in ("query", "key", "value"))
        heads = []
        for head in range(TINY.heads):
            mine = slice(head * size, (head + 1) * size)
            heads.append((q[:, mine] @ k[:, mine].T / math.sqrt(size)).softmax(1) @ v[:, mine])
        h = norm(
            h + linear(torch.cat(heads, 1), f"{block}.attention.output.dense"), f"{block}.attention.output.LayerNorm"
        )
        grown = functional.gelu(linear(h, f"{block}.intermediate.dense"))
        h = norm(h + linear(grown, f"{block}.output.dense"), f"{block}.output.LayerNorm")
    return h


def tiny(learns: str, weights: Mapping[str, Tensor] | None) -> nn.Module:
    return nn.Sequential(minilm.encoder(TINY, CONTEXT, learns, weights))


@torch.no_grad()
def test_its_layers_are_attention_as_it_was_published_and_what_is_behind_the_end_has_no_say() -> None:
    weights = drawn_weights()
    model = tiny("frozen", weights)
    lines = torch.tensor([[2, 9, 11, 7, 3, 0], [2, 30, 3, 0, 0, 0], [0] * 6])
    vectors = model(lines)
    for row, length in ((0, 5), (1, 3)):
        wanted = by_hand(weights, lines[row, :length].tolist())
        assert torch.allclose(vectors[row, :length], wanted, atol=1e-4)
        assert not vectors[row, length:].any()
        mean = functional.normalize(wanted.mean(0), dim=0)
        assert torch.allclose(minilm.sentences_of(vectors)[row], mean, atol=1e-5)
    assert not vectors[2].any()  # padding of a pipeline's batch: zeros, and no gradient that is no number
    in_groups = model(lines[:2].view(1, 2, 1, 6))
    assert torch.allclose(in_groups.view_as(vectors[:2]), vectors[:2], atol=1e-6)


def test_what_is_trained_is_what_was_asked_for_and_low_rank_begins_where_frozen_stays() -> None:
    weights, lines = drawn_weights(), torch.tensor([[2, 9, 11, 7, 3, 0], [0] * 6])
    models = {learns: tiny(learns, weights) for learns in ("frozen", "low-rank", "whole")}
    trained = {
        learns: [name for name, parameter in model.named_parameters() if parameter.requires_grad]
        for learns, model in models.items()
    }
    assert trained["frozen"] == []
    assert trained["low-rank"] == [f"block{n}.ask_{to}.weight" for n in (1, 2) for to in ("down", "up")]
    assert trained["whole"] == [name for name, _ in models["frozen"].named_parameters()]
    assert torch.equal(models["low-rank"](lines), models["frozen"](lines))
    models["low-rank"](lines).square().sum().backward()
    gradient = models["low-rank"].get_submodule("block1.ask_up").weight.grad
    assert isinstance(gradient, Tensor)
    assert gradient.isfinite().all()
    assert gradient.any()
    fresh = tiny("from scratch", None)
    assert not torch.equal(fresh(lines), models["whole"](lines))
    assert 0.01 < float(fresh.get_submodule("block1.grow").weight.detach().std()) < 0.03  # type: ignore[arg-type]


def test_a_process_looks_through_the_published_weights_once_and_no_model_changes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, looks = tmp_path / "weights", []
    safetensors.torch.save_file(drawn_weights(), path)
    monkeypatch.setattr(minilm_weights, "checked_file", lambda *names: looks.append(names) or path)
    minilm_weights.published_weights.cache_clear()
    models = [tiny("whole", minilm_weights.published_weights()) for _ in range(2)]
    with torch.no_grad():
        for parameter in models[0].parameters():
            parameter.zero_()
    assert looks == [("minilm", "model.safetensors")]
    wanted = tiny("whole", drawn_weights()).state_dict()
    for model in (models[1], tiny("whole", minilm_weights.published_weights())):
        assert all(torch.equal(model.state_dict()[name], weight) for name, weight in wanted.items())
    minilm_weights.published_weights.cache_clear()


# The two workloads, on stand-ins --------------------------------------------------------------------------------------


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiny weights, and forty questions on two topics; in Chinese twenty-four of as many."""
    asked = {
        topic: {f"w{2 * n + at} w{n} {topic}": [f"{topic} w{n} w{35 - n}", f"w{n} w{at}"] for n in range(20)}
        for at, topic in enumerate(("one", "two"))
    }
    chinese = {
        topic: {f"w{n} {'丙乙丁'[n % 3]} w{at}": [] for n in range(12)} for at, topic in enumerate(("ai", "sports"))
    }
    by_pack = {"questions": asked, "questions-chinese": chinese}
    for module in (topic_finetune, answer_matching):
        monkeypatch.setattr(module, "published_pieces", lambda learned=(): WordPieces(VOCABULARY, learned))
        monkeypatch.setattr(module, "published_weights", drawn_weights)
    for data in (question_topics, answer_groups):
        monkeypatch.setattr(data, "topics", lambda pack="questions": tuple(by_pack[pack]))
        monkeypatch.setattr(data, "answered", lambda topic, pack="questions": by_pack[pack][topic])
    monkeypatch.setattr(minilm, "MINILM", TINY)


def subject_of(workload: Workload) -> Subject:
    torch.manual_seed(1)
    model = workload.make_model().eval()
    return Subject(model, workload.validation, torch.no_grad()(model))


@pytest.mark.usefixtures("stand_in")
def test_topics_are_trained_on_questions_of_each_and_told_of_what_is_typed() -> None:
    knobs = {"language": "English", "learns": "low-rank", "examples": "8 a topic", "blocks": 2}
    few = topic_finetune.build(knobs, 0)
    assert few.train.first(16)[1].tolist() == [0] * 8 + [1] * 8
    workload = topic_finetune.build(knobs | {"examples": "all"}, 0)
    assert (len(workload.train), len(workload.validation or ())) == (27, 13)
    inputs, _ = workload.train.first(27)
    assert all((line == inputs).all(1).any() for line in few.train.first(16)[0])
    assert not any((line == workload.validation.first(13)[0]).all(1).any() for line in inputs)  # type: ignore[union-attr]
    subject = subject_of(workload)
    outputs = subject.model(inputs)
    assert torch.equal(through_layers(workload, subject.model, inputs), outputs)
    drawn = workload.looks["map"](subject)
    assert isinstance(drawn, Scatter)
    assert drawn.group == bytes([0] * 6 + [1] * 7)
    (answer,) = workload.tries["topic"](subject, Line(text="w1 w5 one"))
    assert isinstance(answer, Bars)
    assert sum(answer.values) == pytest.approx(1.0)
    assert answer.values[0] >= answer.values[1]
    own = outputs[int((inputs == WordPieces(VOCABULARY).numbers(["w3 w1 two"], 16)).all(1).nonzero()[0, 0])]
    (answer,) = workload.tries["topic"](subject, Line(text="w3 w1 two"))
    assert isinstance(answer, Bars)
    assert answer.names[0] == ("one", "two")[int(own.argmax())]


@pytest.mark.usefixtures("stand_in")
def test_in_chinese_characters_that_are_learned_from_have_places_and_topics_both_their_names() -> None:
    workload = topic_finetune.build({"language": "Chinese", "learns": "whole", "examples": "all", "blocks": 2}, 0)
    assert workload.validation is not None
    (learned, topics), (held_back, _) = workload.train.first(16), workload.validation.first(8)
    places = {VOCABULARY.index(f"[unused{n}]") for n in (0, 1)}
    assert set(learned[:, 2].tolist()) == places  # 丙 and 乙
    assert set(held_back[:, 2].tolist()) == {VOCABULARY.index("[UNK]")}  # 丁, which is held back alone
    assert topics.tolist() == [0] * 8 + [1] * 8
    subject = subject_of(workload)
    drawn = workload.looks["map"](subject)
    assert isinstance(drawn, Scatter)
    assert [group.template for group in drawn.groups] == ["ai 人工智能", "sports 体育"]
    (answer,) = workload.tries["topic"](subject, Line(text="w1 乙丁"))
    assert isinstance(answer, Bars)
    assert set(answer.names) == {"ai 人工智能", "sports 体育"}
    assert str(answer.note).endswith("Of 3 pieces the model lacks 1.")
    (answer,) = workload.tries["topic"](subject, Line(text="w1 乙丁 " * 100))
    assert str(answer.note).endswith("The model reads the first 14 of 300 pieces, and lacks 4 of these.")
    (answer,) = workload.tries["topic"](subject, Line(text="丁"))
    assert str(answer.note).endswith("Of one piece the model lacks 1.")


@pytest.mark.usefixtures("stand_in")
def test_groups_are_those_of_seed_and_sample_and_share_no_text() -> None:
    train, held_back = answer_groups.pairs()
    groups = answer_groups.groups_of(train, 0)
    assert torch.equal(groups, answer_groups.groups_of(train, 0))
    assert not torch.equal(groups, answer_groups.groups_of(train, 1))
    assert groups[:, 0].tolist() == list(range(len(train)))
    for group in groups.tolist():
        texts = [key_of(text) for number in group for text in train[number]]
        assert len(set(texts)) == 2 * answer_groups.GROUP
    questions = {question for question, _ in train}
    answers = Counter(key_of(answer) for _, answer in train)
    assert not any(question in questions or answers[key_of(answer)] for question, answer in held_back)
    workload = answer_matching.build({"learns": "frozen", "blocks": 2}, 0)
    together, _ = workload.train.take(torch.tensor([5, 3]))
    alone, places = workload.train.take(torch.tensor([3]))
    assert torch.equal(alone[0], together[1])
    assert places.tolist() == [list(range(8))]


@pytest.mark.usefixtures("stand_in")
def test_what_is_asked_is_answered_by_what_lies_nearest_however_many_answers_are_read_at_once() -> None:
    workload = answer_matching.build({"learns": "whole", "blocks": 2}, 0)
    subject = subject_of(workload)
    inputs, _ = workload.train.first(4)
    outputs = subject.model(inputs)
    assert torch.equal(through_layers(workload, subject.model, inputs), outputs)
    asked, answered = (answer_matching.answered(subject, side) for side in inputs[0])
    near = answer_matching.turned(subject, asked) @ answered.T
    assert torch.allclose(near, outputs[0].detach(), atol=1e-5)
    *_, answer = workload.tries["ask"](subject, Line(text="w4 w2 one"))
    assert isinstance(answer, Bars)
    assert list(answer.values) == sorted(answer.values, reverse=True)
    assert "pieces" not in str(answer.note)
    for count, is_cut in ((30, False), (31, True)):
        first, *_, last = workload.tries["ask"](subject, Line(text=count * "w4 "))
        for one in (first, last):
            assert str(one.note).endswith(" The model reads the first 30 of the question's 31 pieces.") is is_cut
    with torch.no_grad():
        subject.model.get_parameter("match.turn.weight").neg_()
    drawn = workload.looks["similarity"](subject)
    assert isinstance(drawn, HeatMap)
    assert workload.validation is not None
    near = subject.forward(workload.validation.first(1)[0])[0, : len(drawn.rows), : len(drawn.rows)]
    assert float(near.max()) < 0  # what lies the other way is told as it is
    assert np.frombuffer(drawn.values, np.float32) == pytest.approx(near.flatten().numpy(), abs=1e-6)


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("learns", ["frozen", "whole"])
def test_answers_that_no_training_moves_are_read_once(learns: str) -> None:
    workload = answer_matching.build({"learns": learns, "blocks": 2}, 0)
    subject = subject_of(workload)
    read: list[int] = []

    def counted(inputs: Tensor) -> Tensor:
        read.append(inputs.shape[2])
        return forward(inputs)

    forward, subject = subject.forward, replace(subject, forward=counted)
    told = []
    for _ in range(2):
        *_, answer = workload.tries["ask"](subject, Line(text="w4 w2 one"))
        told.append((answer.names, answer.values))  # type: ignore[union-attr]
        read.append(-1)
    first, second = read[: read.index(-1)], read[read.index(-1) + 1 : -1]
    assert second == ([1] if learns == "frozen" else first)
    assert len(first) > 1
    assert told[0] == told[1]


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("module", [topic_finetune, answer_matching])
def test_of_fewer_blocks_the_first_are_read_and_the_others_are_not_there(module: ModuleType) -> None:
    name, models = module.CARD["name"], []
    for blocks in (1, 2):
        knobs = make_spec(name, knobs={"learns": "whole", "blocks": blocks}).knobs
        workload = module.build(knobs, 0)
        models.append(workload.make_model())
        assert facts_of(name, knobs).layers == len(workload.layers) == 2 + blocks
        assert {split.split(".")[0] for split in workload.splits} == set(workload.layers[:-1])
        inputs, _ = workload.train.first(3)
        assert torch.equal(through_layers(workload, models[-1], inputs), models[-1](inputs))
    one, two = (model.state_dict() for model in models)
    assert {weight for weight in two if weight not in one} == {weight for weight in two if weight.startswith("block2.")}
    assert all(torch.equal(two[weight], one[weight]) for weight in one if weight.startswith(("embed.", "block1.")))


def test_a_score_below_that_of_right_answers_is_said_to_be_of_none() -> None:
    near = {f"q{n}": (n, 0.5 + n / 50) for n in range(11)}  # right ones, from 0.50 to 0.70
    near |= {"wrong": (0, 0.6), "far": (3, 0.51), "close": (4, 0.53)}

    def spell(texts: Sequence[str]) -> Tensor:
        """An answer has a direction of its own; a question lies so near to one, and is to be turned over."""
        lines = torch.zeros(len(texts), 13)
        for line, text in zip(lines, texts, strict=True):
            to, score = near[text] if text in near else (int(text[1:]), 1.0)
            line[to], line[12] = score, math.sqrt(1 - score**2)
            if text in near:
                line.copy_(line.flip(0))
        return lines

    ask = retrieve(
        [f"a{n}" for n in range(12)],
        [*((f"q{n}", f"a{n}") for n in range(11)), ("wrong", "a11")],
        spell,
        lambda text: (len(text), len(text)),
        lambda _, lines: lines,
        lambda _, places: places.flip(1),
        is_fixed=True,
    )
    subject = Subject(nn.Identity(), None, lambda inputs: inputs)
    (*_, far), (*_, close) = (ask(subject, Line(text=text)) for text in ("far", "close"))
    assert str(far.verdict) == "NO ANSWER IS NEAR: 0.51"
    assert str(far.note).startswith("The best has 0.51 of at most 1, right answers have 0.52 and more (nine of ten of")
    assert "“a3”" in str(far.note)
    assert str(close.verdict) == "Near, as right ones: 0.53"
    assert "“a4” Of 10 held-back questions whose best answer is as near, 90% found theirs." in str(close.note)
    assert isinstance(far, Bars)
    assert far.values[0] == pytest.approx(0.51)


def test_right_is_what_lies_nearer_than_all_else() -> None:
    nearness = torch.tensor([[0.9, 0.1, 0.2], [0.3, 0.3, 0.1], [0.7, 0.1, 0.6], [0.1, 0.2, 0.5]])
    right = right_answers(nearness, torch.tensor([0, 1, 2, 2]))
    assert right.tolist() == [True, False, False, True]
    assert reached_by(nearness, right) == pytest.approx(0.54)
    assert not right_answers(torch.full((2, 2), float("nan")), torch.tensor([0, 1])).any()
    assert reached_by(nearness, right & False) == 0.0


def test_who_lays_all_in_one_place_finds_nothing() -> None:
    nearness = torch.eye(6)
    nearness[0, 1:4] = 2.0
    assert [found.sum().item() for found in found_within(nearness, 1, 3, 5)] == [5, 5, 6]
    assert not next(found_within(torch.ones(6, 6), 5)).any()
    assert not next(found_within(torch.full((6, 6), float("nan")), 5)).any()


def test_the_map_is_the_plane_in_which_places_differ_most_and_does_not_turn_over() -> None:
    torch.manual_seed(0)
    places = (
        torch.randn(50, 2, dtype=torch.float64)
        * torch.tensor([5.0, 2.0])
        @ torch.linalg.qr(torch.randn(9, 9))[0][:2].double()
    )
    places += 0.01 * torch.randn(50, 9)
    plane, share = principal_plane(places)
    assert share > 0.999
    assert torch.allclose(torch.cdist(plane, plane), torch.cdist(places, places), atol=0.1)
    assert plane[:, 0].var() > plane[:, 1].var()
    assert torch.allclose(principal_plane(-places)[0].abs(), plane.abs())
    assert (plane.gather(0, plane.abs().argmax(0, keepdim=True)) > 0).all()
