"""What is said of the newest validation."""

import pytest

from engine.config.spec import make_spec
from engine.events.evaluator import Validated
from gui.model.store import Store
from gui.text.metric import metric_on
from tests.gui.model.test_board import steps, visit


@pytest.mark.parametrize(
    ("samples", "words"), [(23, "accuracy 34.8 % on 23 of 130"), (130, "accuracy 34.8 %"), (1_023, "accuracy 34.8 %")]
)
@pytest.mark.usefixtures("qapp")
def test_a_metric_on_a_part_of_what_is_held_back_says_on_how_many(samples: int, words: str) -> None:
    store = Store()
    store.begin("a run")
    store.take_over(make_spec("digits-mlp"), is_replay=False)
    store.feed([visit(0, "cpu,threads=1", 0, 0.0), steps(0, 9, 0.0, 0.1)])
    part = {"samples": samples, "held_back": 130, "seconds": 0.1}
    store.feed([Validated(at_s=1.0, step=9, loss=1.5, metric=0.348, **part)])  # type: ignore[arg-type]
    assert metric_on(store.live) == words
