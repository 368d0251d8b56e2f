"""The board of modes in a terminal: the averages of the window, as lines for people and as fields for programs."""

from collections.abc import Iterable
from typing import Any

from engine.metrics.mode_measure import ModeMeasure, factor
from engine.metrics.mode_measures import ModeMeasures
from engine.rows import PHASES
from engine.sizes import size


def board_lines(measures: ModeMeasures, unit: str) -> list[str]:
    """A line for each mode that was visited; none where there was only one, whose figures are told anyway."""
    rows = list(measures.rows.values())
    if len(rows) < 2:
        return []
    counted, left_out = sum(row.steps for row in rows), sum(row.left_out for row in rows)
    of = f"averages of {counted:,} of {counted + left_out:,} steps"
    head = f"board of modes: {of} (without warm-up, preparing, pace, and while others took cores)"
    return [head, *(_line(row, measures.baseline_of(row), unit) for row in rows)]


def _line(row: ModeMeasure, baseline: ModeMeasure | None, unit: str) -> str:
    name = f"{row.name} · batch {row.batch_size}" + (" · SLOWDOWN" if row.is_slowed_down else "")
    if row.step_s is None or row.units_per_s is None:
        return f"  {name:<32} n/a: no step counts"
    beside = baseline.units_per_s if baseline is not None else None
    speed_up = f"×{factor(row.units_per_s / beside)}" if beside else "n/a"
    split = " ".join(f"{phase} {s * 1e3:.3g}" for phase, s in zip(PHASES, row.phase_s, strict=True) if s > 0)
    parts = [f"{row.step_s * 1e3:>9.3f} ms/step {speed_up:>6} {row.units_per_s:>9,.0f} {unit}/s"]
    if row.sent_bytes:
        parts.append(f"{size(row.sent_bytes)} sent")
    if row.held_bytes is not None:
        parts.append(f"{size(row.held_bytes)} a rank")
    return f"  {name:<32} " + "  ".join([*parts, split])


def board_fields(rows: Iterable[ModeMeasure]) -> list[dict[str, Any]]:
    """The board's rows for programs: seconds and bytes, without rounding; null where nothing was measured."""
    return [
        {
            "mode": row.mode.text,
            "name": row.name,
            "batch_size": row.batch_size,
            "slowed_down": row.is_slowed_down,
            "visits": row.entries,
            "steps": row.steps,
            "warm_up": row.warm_up,
            "preparing": row.preparing,
            "at_pace": row.at_pace,
            "beside_others": row.beside_others,
            "is_at_pace": row.is_at_pace,
            "step_s": row.step_s,
            "units_per_s": row.units_per_s,
            "phase_s": dict(zip(PHASES, row.phase_s.tolist(), strict=True)) if row.sums.counted else None,
            "sent_bytes": row.sent_bytes,
            "held_bytes": row.held_bytes,
            "loss": row.loss,
        }
        for row in rows
    ]
