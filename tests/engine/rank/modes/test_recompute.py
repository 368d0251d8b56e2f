"""Recompute: the same losses, with less kept for backward."""

import pytest

from tests.engine.rank.modes.beside_plain import Watch, beside_plain, losses_and_ranks


def test_less_is_kept_for_backward(watch: Watch) -> None:
    kept = []
    for mode in ("cpu,threads=1", "cpu,threads=1,recompute=on"):
        _, (rank,) = losses_and_ranks(watch, mode, 512)
        assert rank.held is not None
        kept.append(rank.held.activation_bytes)
    print(kept)
    assert kept[1] < 0.6 * kept[0]


@pytest.mark.parametrize(
    "mode",
    [
        "cpu,threads=1,recompute=on",
        "cpu,dp=2,recompute=on",
        "cpu,hogwild=2,recompute=on",
        pytest.param("cpu,fsdp=2,recompute=on", marks=pytest.mark.slow),
        pytest.param("cpu,tp=2,recompute=on", marks=pytest.mark.long),
        pytest.param("cpu,pp=2,schedule=zero-bubble,recompute=on", marks=pytest.mark.long),
        pytest.param("cpu,fsdp=2,tp=2,recompute=on", marks=pytest.mark.long),
    ],
)
def test_losses_are_those_of_one_thread(watch: Watch, mode: str) -> None:
    difference = beside_plain(watch, mode).difference
    assert difference <= 1e-14 or "hogwild" in mode
