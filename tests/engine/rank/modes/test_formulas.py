"""What a card says that a technique sends is what is counted."""

import pytest

from engine.config import roles
from engine.config.mode_text import parse_mode
from engine.metrics.segment_sums import expected_bytes, moved_bytes
from tests.engine.rank.modes.beside_plain import Watch, losses_and_ranks


@pytest.mark.parametrize(
    "text",
    [
        "cpu,dp=2",
        "cpu,dp=2,transport=shm",
        "cpu,fsdp=2",
        "cpu,dp=2,zero=1",
        "cpu,dp=2,zero=2",
        "cpu,dp=2,local=8",
        "cpu,dp=2,accumulate=4",
    ],
)
def test_bytes_by_formula_are_those_counted(watch: Watch, text: str) -> None:
    mode = parse_mode(text)
    _, ranks = losses_and_ranks(watch, text)
    for rank in ranks:
        assert rank.held is not None
        by_formula = sum(expected_bytes(mode, card, rank.held.parameter_bytes) for card in roles.senders(mode))
        counted = sum(moved_bytes(entry) for entry in rank.traffic)
        print(text, rank.rank, by_formula, counted)
        assert counted == pytest.approx(by_formula, rel=0.01)
