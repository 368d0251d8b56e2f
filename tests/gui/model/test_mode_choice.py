"""What an entry of the menus of modes makes of the mode in force, without the menus."""

import pytest

from engine.config.cards import techniques
from engine.config.mode_text import parse_mode
from gui.model.mode_choice import all_threads, same_mode, single, spread, with_degree, with_option


@pytest.mark.parametrize(
    ("mode", "chosen", "comes_to"),
    [
        ("cpu,dp=2,local=8", {"pp": 2, "dp": 2}, "cpu,dp=2,pp=2"),
        ("cpu,dp=2,local=8", {"dp": 2}, "cpu,dp=2"),
        ("cpu,pp=2,microbatches=8,precision=bf16", {"pp": 2, "dp": 2}, "cpu,dp=2,pp=2,microbatches=8,precision=bf16"),
        ("cpu,pp=2,microbatches=8", {"dp": 2}, "cpu,dp=2"),
        ("cpu,dp=2,accumulate=4", {"dp": 4}, "cpu,dp=4,accumulate=4"),
    ],
)
def test_a_technique_drops_what_makes_the_mathematics_another_one(
    mode: str, chosen: dict[str, int], comes_to: str
) -> None:
    assert spread(parse_mode(mode), chosen) == parse_mode(comes_to)


def test_an_option_keeps_what_is_in_force_and_brings_its_ranks_without_what_is_not_its_own() -> None:
    pipeline, data = techniques()["pp"], parse_mode("cpu,dp=2,local=8")
    assert with_option(pipeline, "microbatches", 8, data).text == "cpu,pp=2,microbatches=8"
    both = parse_mode("cpu,dp=2,pp=2,local=8")
    assert with_option(pipeline, "microbatches", 8, both).text == "cpu,pp=2,dp=2,microbatches=8,local=8"


def test_threads_are_shared_out_and_come_back() -> None:
    two = with_degree("dp", 2)(parse_mode("cpu,threads=2"))
    assert all_threads(two, 4) == two == parse_mode("cpu,dp=2")
    assert all_threads(parse_mode("cpu,threads=1"), 4) == parse_mode("cpu,threads=4")
    assert single(two, 4) == parse_mode("cpu,threads=4")
    assert single(two).threads == two.threads_per_rank
    assert same_mode(single(parse_mode("cpu,threads=3")), parse_mode("cpu,threads=3"))
