"""How many bytes, in words."""

import pytest

from engine.sizes import size, size_of


@pytest.mark.parametrize(
    ("num_bytes", "words"),
    [
        (0, "0 B"),
        (1_023, "1,023 B"),
        (1_024, "1 KiB"),
        (1.5 * 2**20, "1.5 MiB"),
        (999.4 * 2**20, "999 MiB"),
        (999.6 * 2**20, "1,000 MiB"),
        (1_010 * 2**20, "1,010 MiB"),
        (2**30, "1 GiB"),
        (2_000 * 2**40, "2,000 TiB"),
    ],
)
def test_bytes_are_told_in_binary_units_and_never_by_powers_of_ten(num_bytes: float, words: str) -> None:
    assert size(num_bytes) == words


def test_a_part_is_told_in_the_unit_of_the_whole() -> None:
    assert size_of(2**29, 3 * 2**29) == "0.5 / 1.5 GiB"
