"""The sum of what a model's training state takes: 16 bytes a weight in fp32 with Adam."""

import pytest

from engine.anatomy import ModelCount
from engine.config.model_sum import model_sum


@pytest.mark.parametrize(
    ("optimizer", "number_bytes", "each"), [("adam", 4, 16), ("sgd", 4, 12), ("adam", 8, 32), ("sgd", 8, 24)]
)
def test_each_trained_weight_has_its_gradient_and_the_optimizers_numbers(
    optimizer: str, number_bytes: int, each: int
) -> None:
    found = model_sum(ModelCount(weights=1000, trained=1000, number_bytes=number_bytes), optimizer)
    assert (found.trained_bytes, found.state_bytes) == (each, 1000 * each)


def test_a_frozen_weight_takes_itself_alone() -> None:
    found = model_sum(ModelCount(weights=1000, trained=10, number_bytes=4), "adam")
    assert found.state_bytes == 990 * 4 + 10 * 16
