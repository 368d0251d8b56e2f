"""MiniLM with the packs here (GEARSHIFT_PACKS): beside what was published, and beside the baselines that it beats."""

import math
from collections import Counter

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.packs.presence import why_absent
from engine.rank.data import answer_groups
from engine.rank.data.questions import key_of
from engine.rank.data.workload import Workload
from engine.rank.looks.sentences import found_within
from engine.rank.models import minilm, minilm_weights
from engine.rank.workloads import answer_matching
from tests.engine.rank.workloads.bars import Watch, built, need, reached, whole


def need_packs() -> None:
    if reason := why_absent("minilm") or why_absent("questions"):
        pytest.skip(reason)


@pytest.mark.long
@torch.no_grad()
def test_sentences_are_as_near_as_was_published() -> None:
    """The example with which Sentence-BERT's documentation begins, and pairs that say the same in other words."""
    need_packs()
    pieces = minilm_weights.published_pieces()
    model = nn.Sequential(minilm.encoder(minilm.MINILM, 16, "frozen", minilm_weights.published_weights()))
    texts = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    places = minilm.sentences_of(model(pieces.numbers(texts, 16)))
    wanted = torch.tensor([[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]])
    assert torch.allclose(places @ places.T, wanted, atol=1e-4)


def nearest_mean(workload: Workload) -> float:
    """The share of questions held back whose topic has the nearest mean of bags of pieces."""
    inputs, targets, held_back, wanted = whole(workload)

    def bags(lines: Tensor) -> Tensor:
        counts = torch.zeros(len(lines), minilm.MINILM.pieces).scatter_add_(1, lines, torch.ones(lines.shape))
        counts[:, [0, 101, 102]] = 0  # nothing, and both ends
        return functional.normalize(counts, dim=1)

    means = torch.stack([bags(inputs)[targets == topic].mean(0) for topic in range(int(targets.max()) + 1)])
    return float(((bags(held_back) @ functional.normalize(means, dim=1).T).argmax(1) == wanted).double().mean())


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_what_a_question_is_about_is_told_best_by_who_has_read_before(watch: Watch) -> None:
    need_packs()
    baseline = nearest_mean(built("topic-finetune"))
    print(f"nearest mean of bags of pieces: {baseline:.4f}")
    found = {
        learns: reached(watch, "topic-finetune", steps, limit_s=500, learns=learns).metric or 0.0
        for learns, steps in (("frozen", 200), ("low-rank", 80), ("whole", 60), ("from scratch", 100))
    }
    assert found["frozen"] > baseline + 0.10
    assert found["frozen"] > found["from scratch"] + 0.10
    assert min(found["low-rank"], found["whole"]) > baseline + 0.10


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_of_chinese_who_has_read_english_knows_less_than_who_has_read_nothing(watch: Watch) -> None:
    need_packs()
    need("questions-chinese")
    found: dict[tuple[str, str], float] = {}
    baselines = {}
    for examples, ways in (
        ("8 a topic", {"frozen": 200, "low-rank": 80, "whole": 100, "from scratch": 100}),
        ("all", {"frozen": 300, "from scratch": 150}),
    ):
        workload = built("topic-finetune", language="Chinese", examples=examples)
        *_, wanted = whole(workload)
        commonest = float(wanted.bincount().max() / len(wanted))
        baselines[examples] = nearest_mean(workload)
        print(f"{examples}: nearest mean of bags of pieces {baselines[examples]:.4f}, commonest topic {commonest:.4f}")
        for learns, steps in ways.items():
            chosen = {"language": "Chinese", "examples": examples, "learns": learns}
            found[examples, learns] = reached(watch, "topic-finetune", steps, limit_s=500, **chosen).metric or 0.0
            assert found[examples, learns] > commonest + 0.10
    assert found["8 a topic", "from scratch"] > found["8 a topic", "frozen"]
    assert found["all", "from scratch"] > found["all", "frozen"] + 0.05
    assert found["all", "from scratch"] > baselines["all"] + 0.03


def word_overlap(train: list[tuple[str, str]], held_back: list[tuple[str, str]]) -> Tensor:
    """How alike questions and answers held back are by the words that both have, rare ones counting more (tf-idf)."""
    often = Counter(word for pair in train for text in pair for word in set(key_of(text).split()))

    def weighed(text: str) -> dict[str, float]:
        counts = Counter(key_of(text).split())
        weights = {word: n * math.log((1 + 2 * len(train)) / (1 + often[word])) for word, n in counts.items()}
        length = math.sqrt(sum(weight**2 for weight in weights.values())) or 1.0
        return {word: weight / length for word, weight in weights.items()}

    asked, answers = ([weighed(pair[side]) for pair in held_back] for side in (0, 1))
    return torch.tensor([[sum(w * a.get(word, 0.0) for word, w in q.items()) for a in answers] for q in asked])


@torch.no_grad()
def encoded(texts: list[str]) -> Tensor:
    """Sentences by MiniLM as it was published, (texts, width)."""
    context = answer_matching.CONTEXT
    model = nn.Sequential(minilm.encoder(minilm.MINILM, context, "frozen", minilm_weights.published_weights()))
    lines = minilm_weights.published_pieces().numbers(texts, context)
    return torch.cat([minilm.sentences_of(model(part)) for part in lines.split(64)])


def shares(nearness: Tensor) -> list[float]:
    """How many questions find their answer first, and within five."""
    return [float(found.double().mean()) for found in found_within(nearness, 1, 5)]


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_questions_find_their_answers_better_than_by_the_words_they_share_and_than_untrained(watch: Watch) -> None:
    need_packs()
    train, held_back = answer_groups.pairs()
    words = shares(word_overlap(train, held_back))
    questions, answers = (encoded([pair[side] for pair in held_back]) for side in (0, 1))
    untrained = shares(questions @ answers.T)
    print(f"first, within five: words shared {words}, untrained {untrained}")
    last = reached(watch, "answer-matching", 120, limit_s=500)
    assert last.metric is not None
    assert last.metric > words[0] + 0.20
    assert last.metric > untrained[0] + 0.01


@pytest.mark.long
@pytest.mark.timeout(600)
def test_training_pays_over_all_questions_each_held_back_once() -> None:
    """The encoder is frozen, so what it makes of a text is computed once; what is trained is the matrix behind it."""
    need_packs()
    parts = [answer_groups.pairs(part) for part in range(answer_groups.HELD_BACK)]
    texts = list({text: None for train, _ in parts for pair in train for text in pair})
    place, places = {text: number for number, text in enumerate(texts)}, encoded(texts)
    before, after, weights = torch.zeros(2), torch.zeros(2), 0
    for train, held_back in parts:
        asked, right = (places[[place[pair[side]] for pair in train]] for side in (0, 1))
        questions, answers = (places[[place[pair[side]] for pair in held_back]] for side in (0, 1))
        turn = answer_matching.Match(minilm.MINILM.width).turn
        optimizer = torch.optim.Adam(turn.parameters(), lr=0.001)
        groups = answer_groups.groups_of(train, 0)
        order = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))
        for begin in range(0, 120 * 4, 4):
            group = groups[order[torch.arange(begin, begin + 4) % len(train)]]
            near = functional.normalize(turn(asked[group]), dim=2) @ right[group].transpose(1, 2)
            wanted = torch.arange(answer_groups.GROUP).expand(len(group), -1)
            optimizer.zero_grad()
            functional.cross_entropy(answer_matching.SHARPER * near.flatten(0, 1), wanted.flatten()).backward()
            optimizer.step()
        with torch.no_grad():
            turned = functional.normalize(turn(questions), dim=1)
        before += len(held_back) * torch.tensor(shares(questions @ answers.T))
        after += len(held_back) * torch.tensor(shares(turned @ answers.T))
        weights += len(held_back)
    before, after = before / weights, after / weights
    print(f"of {weights} questions first, within five: untrained {before.tolist()}, trained {after.tolist()}")
    assert after[0] > before[0] + 0.01
    assert after[1] > before[1] + 0.01
