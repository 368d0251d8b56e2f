"""How many bytes, in words: the one form in which terminal, window and sentences say it."""

UNITS = (2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")
DIGITS_FROM = 1_000
"""Of a unit: from so many on it is told in whole ones, with a thousands mark."""


def size(num_bytes: float) -> str:
    """A number of bytes in binary units, three digits of it, such as `1.5 MiB`."""
    factor, unit = _unit(num_bytes)
    return f"{_figure(num_bytes / factor)} {unit}"


def size_of(used_bytes: float, total_bytes: float) -> str:
    """Bytes of how many, both in the unit of the whole, such as `0.5 / 1.5 MiB`."""
    factor, unit = _unit(total_bytes)
    return f"{_figure(used_bytes / factor)} / {_figure(total_bytes / factor)} {unit}"


def _unit(num_bytes: float) -> tuple[int, str]:
    return next((pair for pair in UNITS if num_bytes >= pair[0]), (1, "B"))


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= DIGITS_FROM - 0.5 else f"{value:.3g}"
