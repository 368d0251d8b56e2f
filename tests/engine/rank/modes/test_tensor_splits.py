"""Who says how a matrix is split, and what stays a part between two splits."""

import pytest
from torch import Tensor, nn

from engine.errors import RequestError
from engine.rank.data.workload import Workload
from engine.rank.modes.tensor_splits import Split, is_chain, splits_of
from engine.rank.workloads import digits_mlp, text_attention

MLP = digits_mlp.build({"hidden": 8, "layers": 3, "side": 8, "copies": 1}, 0)
TEXT = text_attention.build({"heads": 4, "head_width": 4, "context": 16}, 0)


def splits(workload: Workload, parts: list[list[str]], ranks: int = 2) -> dict[str, Split]:
    return splits_of(workload.make_model(), parts, workload, ranks)


def test_a_chain_is_split_by_turns_anew_in_each_part() -> None:
    whole = splits(MLP, [[""]])
    assert whole == {"0": Split("column", True), "2": Split("row", True), "4": Split("column", False)}
    parts = splits(MLP, [["0", "1"], ["2", "3", "4"]])
    assert parts == {"0": Split("column", False), "2": Split("column", True), "4": Split("row", True)}


def test_what_is_declared_is_split_so_and_pairs_that_a_pipeline_parts_take_and_give_the_whole() -> None:
    whole = splits(TEXT, [[""]])
    assert {name: split.kind for name, split in whole.items()} == dict(TEXT.splits)
    assert [name for name, split in whole.items() if not split.is_paired] == ["embed.characters", "head.out"]
    assert list(splits(TEXT, [["attention"], ["head"]])) == ["attention.ask", "attention.out", "head.out"]
    apart = Workload(
        train=TEXT.train,
        make_model=lambda: nn.ModuleDict({"one": nn.Linear(4, 4), "other": nn.Linear(4, 4)}),
        loss_sum=TEXT.loss_sum,
        score_sum=TEXT.score_sum,
        splits={"one": "column", "other": "row"},
    )
    assert all(split.is_paired for split in splits(apart, [["one", "other"]]).values())
    assert not any(split.is_paired for split in splits(apart, [["one"], ["other"]]).values())


def test_splits_by_heads_side_by_side_have_one_partner() -> None:
    """What stands beside attention's matrix (a low-rank adapter, say) gives its part of each head, too."""
    declared = {"ask": "heads", "beside": "heads", "out": "row", "grow": "column", "again": "column", "shrink": "row"}
    model = nn.ModuleDict({name: nn.Linear(4, 4) for name in declared})
    workload = Workload(
        train=TEXT.train, make_model=lambda: model, loss_sum=TEXT.loss_sum, score_sum=TEXT.score_sum, splits=declared
    )
    assert [name for name, split in splits(workload, [[*declared]]).items() if not split.is_paired] == ["grow"]
    assert not any(split.is_paired for split in splits(workload, [["ask", "beside"], ["out"]]).values())


class Sum(nn.Module):
    """Asks of each number what its neighbours are."""

    def forward(self, values: Tensor) -> Tensor:
        return values.cumsum(1)


@pytest.mark.parametrize(
    ("model", "chain"),
    [
        (nn.Linear(2, 2), True),
        (nn.Sequential(Sum(), nn.Linear(2, 2), nn.Sequential(nn.GELU(), nn.Linear(2, 2)), nn.Softmax(1)), True),
        (nn.Sequential(nn.Linear(2, 2), Sum(), nn.Linear(2, 2)), False),
        (nn.Sequential(nn.Linear(2, 2), nn.Softmax(1), nn.Linear(2, 2)), False),
        (nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2)), False),
        (nn.ModuleList([nn.Linear(2, 2)]), False),
        (nn.ReLU(), False),
    ],
)
def test_a_chain_is_told_from_what_is_none(model: nn.Module, chain: bool) -> None:
    assert is_chain(model) == chain


def test_what_cannot_be_shared_is_refused_in_a_sentence() -> None:
    with pytest.raises(RequestError, match="4 heads do not divide by the 3 ranks"):
        splits(TEXT, [[""]], ranks=3)
    undeclared = Workload(
        train=TEXT.train, make_model=TEXT.make_model, loss_sum=TEXT.loss_sum, score_sum=TEXT.score_sum
    )
    with pytest.raises(RequestError, match="declares no `splits`: 2 ranks cannot share"):
        splits(undeclared, [[""]])
