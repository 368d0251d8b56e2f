"""Gradient accumulation: the same losses, a piece's activations at a time, one message a step all the same."""

import pytest

from tests.engine.rank.modes.beside_plain import Watch, beside_plain, losses_and_ranks


def test_activations_fall_and_messages_do_not_rise(watch: Watch) -> None:
    found = []
    for mode in ("cpu,dp=2", "cpu,dp=2,accumulate=4"):
        _, ranks = losses_and_ranks(watch, mode, 512)
        assert ranks[0].held is not None
        found.append((ranks[0].held.activation_bytes, ranks[0].traffic))
    slice_bytes = 256 * (64 + 1) * 8  # images and labels of a rank's slice are there whole
    whole, piece = (activation_bytes - slice_bytes for activation_bytes, _ in found)
    print(whole, piece, found)
    assert piece == pytest.approx(whole / 4, rel=0.01)
    assert found[1][1] == found[0][1]


@pytest.mark.parametrize(
    "mode",
    [
        "cpu,threads=1,accumulate=4",
        pytest.param("cpu,threads=1,accumulate=32", marks=pytest.mark.long),
        "cpu,dp=2,accumulate=4",
        pytest.param("cpu,dp=2,transport=shm,accumulate=3", marks=pytest.mark.long),
        pytest.param("cpu,dp=2,accumulate=4,zero=2", marks=pytest.mark.long),
        "cpu,dp=2,accumulate=4,zero=1,recompute=on",
        pytest.param("cpu,fsdp=2,accumulate=4", marks=pytest.mark.long),
        pytest.param("cpu,tp=2,accumulate=4", marks=pytest.mark.long),
        pytest.param("cpu,pp=2,schedule=zero-bubble,accumulate=3", marks=pytest.mark.slow),
        pytest.param("cpu,pp=2,dp=2,accumulate=2", marks=pytest.mark.long),
    ],
)
def test_losses_are_those_of_one_thread(watch: Watch, mode: str) -> None:
    """With 32 pieces of 50 samples there are two in each, and seven are empty."""
    assert beside_plain(watch, mode).difference <= 1e-14
