"""What runs are called side by side: by what differs between them."""

from collections import Counter
from typing import Any

import msgspec

from engine.config.spec import make_spec
from gui.model.run_names import names_of
from gui.model.run_view import RunView
from tests.messages import batch, begin


def run(run_id: str, workload: str = "", **fields: Any) -> RunView:
    view = RunView(f"runs/{run_id}", Counter())
    view.spec = make_spec(workload, **fields) if workload else None
    return view


def names(*runs: RunView) -> list[str]:
    return list(names_of(runs).values())


def test_a_run_is_called_by_the_settings_in_which_it_differs() -> None:
    assert names(run("a", "topic-finetune"), run("b", "topic-finetune", knobs={"learns": "from scratch"})) == [
        "learns=frozen",
        "learns=from scratch",
    ]
    one, other = run("a", "spirals", lr=0.01, seed=1), run("b", "spirals", mode="cpu,dp=2", seed=2)
    assert names(one, other) == ["lr=0.01, seed=1, 1 thread", "lr=0.003, seed=2, Data ×2"]


def test_runs_of_several_workloads_are_not_compared_setting_by_setting() -> None:
    wide = run("c", "spirals", knobs={"hidden": 32})
    assert names(run("a", "digits-mlp"), run("b", "spirals"), wide) == [
        "digits-mlp",
        "spirals, hidden=64",
        "spirals, hidden=32",
    ]


def test_where_nothing_differs_the_record_s_own_name_is_told() -> None:
    assert names(run("a", "spirals"), run("b", "spirals")) == ["a", "b"]
    assert names(run("a", "spirals", lr=0.1), run("b", "spirals", lr=0.2), run("c", "spirals", lr=0.2)) == [
        "lr=0.1",
        "lr=0.2, b",
        "lr=0.2, c",
    ]
    assert names(run("alone", "spirals")) == ["alone"]
    assert names(run("a"), run("b", "spirals")) == ["a", "b"]


def test_a_run_that_was_shifted_is_not_called_by_the_mode_it_began_in() -> None:
    one, other, third = run("a", "spirals"), run("b", "spirals"), run("c", "spirals", seed=7)
    for view, modes in ((one, ("cpu", "cpu,dp=2", "cpu,pp=2", "cpu")), (other, ("cpu",))):
        for number, mode in enumerate(modes):
            seam = msgspec.structs.replace(begin(number, 10 * number, float(number)), mode=mode)
            view.feed([seam, batch(10 * number, 10, segment=number, at_s=float(number))])
    assert names(one, other)[0] == "3 modes"
    assert names(one, third)[0] == "seed=0, 3 modes"
