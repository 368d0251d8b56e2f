"""ZeRO: the same losses, and a rank's bytes a parameter as the sum of the paper says."""

import pytest

from tests.engine.rank.modes.beside_plain import Watch, beside_plain, losses_and_ranks

BYTES = {
    "cpu,dp=2": (8, 8, 16),
    "cpu,dp=2,zero=1": (8, 8, 8),
    "cpu,dp=2,zero=2": (8, 4, 8),
    "cpu,fsdp=2": (4, 4, 8),
}
"""Weights, gradients, optimizer's state, in fp64 with Adam, twice what the paper's 16, 12, 10 and 8 are in fp32."""


def test_memory_falls_as_the_sum_says(watch: Watch) -> None:
    _, (one,) = losses_and_ranks(watch, "cpu,threads=1")
    assert one.held is not None
    parameters = one.held.parameter_bytes / 8
    for mode, expected in BYTES.items():
        _, ranks = losses_and_ranks(watch, mode)
        for rank in ranks:
            held = rank.held
            assert held is not None
            found = (held.parameter_bytes, held.gradient_bytes, held.optimizer_bytes)
            print(mode, rank.rank, [round(size / parameters, 3) for size in found])
            assert [size / parameters for size in found] == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    "mode",
    [
        "cpu,dp=2,zero=1",
        "cpu,dp=2,zero=2",
        "cpu,dp=2,transport=shm,zero=1",
        pytest.param("cpu,dp=3,zero=2", marks=pytest.mark.long),
        pytest.param("cpu,dp=2,tp=2,zero=2", marks=pytest.mark.long),
        pytest.param("cpu,pp=2,dp=2,schedule=zero-bubble,zero=2", marks=pytest.mark.long),
    ],
)
def test_losses_are_those_of_one_thread(watch: Watch, mode: str) -> None:
    assert beside_plain(watch, mode).difference <= 1e-14
