"""Operations and memory of a model are counted right, by formulas written down by hand."""

from itertools import pairwise

import pytest
import torch

from engine.rank.data.flops import activation_bytes, flops_per_unit
from engine.rank.workloads import digits_mlp, text_attention

CHARACTERS = 96


@pytest.mark.parametrize("layers", [1, 3, 5])
def test_a_multilayer_perceptron_takes_six_operations_a_weight_but_for_the_gradient_of_its_inputs(layers: int) -> None:
    workload = digits_mlp.build({"hidden": 32, "layers": layers, "side": 8, "copies": 1}, 0)
    widths = [64, *[32] * (layers - 1), 10]
    weights = [one * other for one, other in pairwise(widths)]
    assert flops_per_unit(workload) == 6 * sum(weights) - 2 * weights[0]


@pytest.mark.parametrize(("heads", "head_width", "context"), [(4, 8, 32), (2, 16, 128), (1, 4, 16)])
def test_attention_takes_as_many_as_its_formula_says(heads: int, head_width: int, context: int) -> None:
    workload = text_attention.build({"heads": heads, "head_width": head_width, "context": context}, 0)
    width = heads * head_width
    matrices = (3 + 1 + 4 + 4) * width**2 + width * CHARACTERS
    looking_back = 2 * context * width  # each query with each key, and the mean of values
    assert flops_per_unit(workload) == 3 * 2 * (matrices + looking_back)


def test_activations_of_attention_grow_with_the_square_of_the_context() -> None:
    def taken(context: int, dtype: torch.dtype = torch.float32) -> int:
        return activation_bytes(text_attention.build({"heads": 4, "head_width": 8, "context": context}, 0), dtype)

    scores = 4 * 4 * 128**2  # bytes of one tensor of scores, all heads
    assert taken(128) > 2 * 3 * scores  # scores, masked, and softmax's, each with a gradient
    assert taken(128) > 2.5 * taken(64)
    assert taken(64, torch.float64) == pytest.approx(2 * taken(64), rel=0.01)
