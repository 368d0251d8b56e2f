"""Numbers for people: units, thousands marks, never more digits than mean something."""

import math

from engine import sizes

size, size_of = sizes.size, sizes.size_of
LEAST_LOSS, LARGE_LOSS = 1e-3, 1e6


def count(value: float) -> str:
    """A whole number with thousands marks."""
    return f"{round(value):,}" if math.isfinite(value) else "n/a"


def exact(value: float) -> str:
    """All the digits it takes to tell the number from every other."""
    return repr(float(value)).removesuffix(".0")


def rate(value: float) -> str:
    """A learning rate: all its digits, and thousands marks from a thousand on."""
    return f"{value:,.0f}" if 1e3 <= value < 1e9 and value.is_integer() else exact(value)


def short(value: float, unit: str = "") -> str:
    """Three digits and an SI prefix: 12.3 k, 4.56 M."""
    if not math.isfinite(value):
        return "n/a"
    if value == 0:
        return f"0 {unit}".strip()
    for factor, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, "")):
        if abs(value) >= factor:
            return f"{value / factor:.3g} {prefix}{unit}".strip()
    return f"{value:.3g} {unit}".strip()


def seconds(value: float) -> str:
    """A duration: µs, ms, s, or minutes."""
    if value < 1e-3:
        return f"{value * 1e6:.0f} µs"
    if value < 1.0:
        return f"{value * 1e3:.3g} ms"
    if value < 120.0:
        return f"{value:.3g} s"
    return f"{int(value // 60)} min {int(value % 60):02d} s"


def loss(value: float | None, digits: int = 4) -> str:
    """A loss, written with so many digits, or two if it is nearly nothing, or huge; "nan" and "inf" as they are."""
    if value is None:
        return "n/a"
    if not math.isfinite(value):
        return str(float(value))
    if abs(value) >= LARGE_LOSS:
        mantissa, power = f"{value:.1e}".split("e")
        return f"{mantissa}e{int(power)}"
    if abs(value) >= 10**digits:
        return count(value)
    return f"{value:.{digits}g}" if abs(value) >= LEAST_LOSS else f"{value:.2g}"
