"""MiniLM with the packs here (GEARSHIFT_PACKS): beside what was published, and beside the baselines that it beats."""

import math
from collections import Counter

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.packs.presence import why_absent
from engine.rank.data.questions import key_of
from engine.rank.data.workload import Workload
from engine.rank.looks.sentences import found_within
from engine.rank.workloads import answer_matching, minilm, minilm_weights, topic_finetune
from tests.engine.rank.workloads.bars import Watch, reached


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
    (inputs, targets), (held_back, wanted) = workload.train.first(80), workload.validation.first(130)  # type: ignore[union-attr]

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
    baseline = nearest_mean(topic_finetune.build({"learns": "frozen", "examples": "8 a topic"}, 0))
    print(f"nearest mean of bags of pieces: {baseline:.4f}")
    found = {
        learns: reached(watch, "topic-finetune", steps, limit_s=500, learns=learns).metric or 0.0
        for learns, steps in (("frozen", 200), ("low-rank", 80), ("whole", 60), ("from scratch", 100))
    }
    assert found["frozen"] > baseline + 0.10
    assert found["frozen"] > found["from scratch"] + 0.10
    assert min(found["low-rank"], found["whole"]) > baseline + 0.10


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


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_questions_find_their_answers_better_than_by_the_words_they_share(watch: Watch) -> None:
    need_packs()
    overlap = word_overlap(*answer_matching.pairs())
    baseline = [float(found.double().mean()) for found in found_within(overlap, 1, 5)]
    print(f"words shared: first {baseline[0]:.4f}, within five {baseline[1]:.4f}")
    last = reached(watch, "answer-matching", 60, limit_s=500)
    assert last.metric is not None
    assert last.metric > baseline[0] + 0.10
