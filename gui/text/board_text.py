"""The board of modes in words and numbers: on screen, on the clipboard, in a table file."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication

from engine.explain.rules.even import variation
from engine.metrics.mode_measure import factor
from engine.rows import PHASES
from gui.model.board import BoardRow, idle_s, left_out
from gui.text import figures
from gui.text.engine_text import engine_text

MILLI = 1e3
MEBI = 2**20
SEEN_ROWS = 2
"""The baseline and the row in force are seen however far rows are scrolled."""
UNLIKE = 0.15
"""From so large a difference on, in parts of a step, it is said that steps taken apart are not as long as all."""


def _tr(text: str, n: int = -1) -> str:
    return QCoreApplication.translate("Board", text, None, n)


def name_words(row: BoardRow, rows: Sequence[BoardRow]) -> str:
    """The row's name, with what tells it from others of its mode: the batch size, and that it was slow on purpose."""
    words = row.name
    if len({other.batch_size for other in rows}) > 1:
        words += " · " + _tr("batch {size}").format(size=figures.count(row.batch_size))
    return words + (" · " + _tr("SLOWDOWN") if row.is_slowed_down else "")


def baseline_words(rows: Sequence[BoardRow]) -> str:
    """What speed-ups are beside: the baseline, or that of each batch size there is."""
    names = [name_words(row, rows) for row in rows if row.is_baseline]
    one, many = _tr("baseline: {name}"), _tr("baselines: {name}")
    return (one if len(names) == 1 else many).format(name=", ".join(names))


def fastest_words(rows: Sequence[BoardRow]) -> str:
    """Which mode is the fastest, and how many times as fast as the baseline; "" of two rows, which are both seen.

    One of few steps may yet turn out not to be: that is said.
    """
    measured = [row for row in rows if row.units_per_s is not None and not row.is_slowed_down]
    if len(measured) <= SEEN_ROWS:
        return ""
    row = max(measured, key=lambda row: row.units_per_s or 0.0)
    speed_up = speed_up_words(row).removesuffix(" ▲")
    template = _tr("fastest so far: {name} {speed_up}") if row.is_early else _tr("fastest: {name} {speed_up}")
    return template.format(name=name_words(row, rows), speed_up=speed_up)


def cleared_words(rows: int) -> str:
    """How many rows somebody took off the board; "" where nobody did."""
    return _tr("{n} cleared", rows).format(n=rows) if rows else ""


def milliseconds(seconds: float | None) -> str:
    """Three digits, in ms, without the unit: it stands above the column."""
    if seconds is None:
        return "–"
    value = seconds * MILLI
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def speed_up_words(row: BoardRow) -> str:
    """How many times as fast as the baseline, with a sign: which way, or that it may be another (cores, few steps)."""
    if row.speed_up is None:
        return "–"
    shown = factor(row.speed_up)
    is_same = row.is_baseline or row.is_alike  # beside 1.0 an arrow would point up and down in turn
    sign = " ?" if row.is_doubtful or row.is_early else "" if is_same else " ▲" if row.speed_up > 1 else " ▼"
    return f"×{shown}{sign}"


def _mebibytes(num_bytes: float) -> str:
    value = num_bytes / MEBI
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 10 else f"{value:.3g}"


def figure_heads(unit: str, *, is_brief: bool = False) -> tuple[str, str, str, str, str]:
    """What `figure_words` are, in the same order; `is_brief`, as short as can be understood."""
    return _tr("ms") if is_brief else _tr("ms/step"), f"{unit}/s", _tr("MiB sent"), _tr("MiB/rank"), _tr("loss")


def figure_words(row: BoardRow) -> tuple[str, str, str, str, str]:
    """All figures of a row but its speed-up, without units, for columns: "–" where one is not known."""
    return (
        milliseconds(row.step_s),
        "–" if row.units_per_s is None else figures.count(row.units_per_s),
        "–" if row.sent_bytes is None else _mebibytes(row.sent_bytes),
        "–" if row.held_bytes is None else _mebibytes(row.held_bytes),
        "–" if row.loss is None else _loss(row.loss),
    )


def detail_words(row: BoardRow, unit: str) -> list[str]:
    """Everything that is not in the columns, part by part."""
    parts = []
    if row.units_per_s is not None:
        parts.append(f"{figures.count(row.units_per_s)} {unit}/s")
    if row.sent_bytes:
        parts.append(_tr("{mib} MiB sent").format(mib=_mebibytes(row.sent_bytes)))
    if row.held_bytes is not None:
        parts.append(_tr("{mib} MiB a rank").format(mib=_mebibytes(row.held_bytes)))
    if row.loss is not None:
        parts.append(_tr("loss {loss}").format(loss=_loss(row.loss)))
    return parts + remark_words(row)


def _loss(loss: float) -> str:
    return f"{loss:.3g}"


def remark_words(row: BoardRow) -> list[str]:
    """What is to be known of how a row's figures came about, part by part; of most rows nothing."""
    parts = []
    if row.is_spoilt and row.other_cores is not None:
        parts.append(_tr("others took {n} cores").format(n=f"{row.other_cores:.1f}"))
    if row.beside_others_s:
        parts.append(_left_out_words(row))
    if row.is_at_pace:
        parts.append(_tr("at a pace"))
    if row.is_early:
        parts.append(_tr("few steps yet"))
    if row.visits > 1:
        parts.append(_tr("{n} visits", row.visits).format(n=row.visits))
    return parts


def _left_out_words(row: BoardRow) -> str:
    whole_s = row.seconds + row.beside_others_s
    digits = 0 if whole_s >= 10 else 1
    return _tr("{n} of {all} s left out: others took cores").format(
        n=f"{row.beside_others_s:.{digits}f}", all=f"{whole_s:.{digits}f}"
    )


def counted_words(row: BoardRow) -> str:
    """How many of its steps count, and why the others do not."""
    reasons = []
    if row.warm_up:
        reasons.append(_tr("{n} warm-up").format(n=figures.count(row.warm_up)))
    if row.preparing:
        reasons.append(_tr("{n} beside preparing").format(n=figures.count(row.preparing)))
    if row.at_pace:
        reasons.append(_tr("{n} at a pace").format(n=figures.count(row.at_pace)))
    if row.beside_others:
        reasons.append(_tr("{n} while other programs took cores").format(n=figures.count(row.beside_others)))
    words = _tr("{counted} of {all} steps count").format(
        counted=figures.count(row.steps), all=figures.count(row.steps + left_out(row))
    )
    return words + (f" ({', '.join(reasons)})" if reasons else "")


def vary_words(vary: float | None) -> str:
    """By how much steps of a mode vary, as the verdict has it; "" where they hardly do, or it is not known."""
    return engine_text(variation(vary) or "")


def apart_words(row: BoardRow) -> str:
    """How steps taken apart differ from all, and that steps vary; "" where they neither differ nor vary.

    There is one length of a step, the board's: a second one beside it would ask which is right.
    """
    words = [vary_words(row.vary)]
    if row.apart_s is not None and row.step_s is not None and abs(row.apart_s - row.step_s) >= UNLIKE * row.step_s:
        if row.apart_s > row.step_s:
            words.append(_tr("those taken apart were longer than most"))
        elif row.is_spoilt:
            words.append(_tr("those taken apart were shorter than others beside other programs"))
        else:
            words.append(_tr("those taken apart were shorter than most"))
    return ", ".join(filter(None, words))


def note_words(rows: Sequence[BoardRow], *, is_replay: bool) -> str:
    """What the averages are of, below the rows."""
    warm_up, preparing = sum(row.warm_up for row in rows), sum(row.preparing for row in rows)
    counted, at_pace = sum(row.steps for row in rows), sum(row.at_pace for row in rows)
    beside_others = sum(row.beside_others for row in rows)
    reasons = [_tr("{n} of warm-up").format(n=figures.count(warm_up))] if warm_up else []
    if preparing:
        reasons.append(_tr("{n} made while a next mode was prepared").format(n=figures.count(preparing)))
    if at_pace:
        reasons.append(_tr("{n} at a pace").format(n=figures.count(at_pace)))
    if beside_others:
        reasons.append(_tr("{n} while other programs took cores").format(n=figures.count(beside_others)))
    template = _tr("Averages of {counted} of {all} steps; time in pauses and shifts does not count.")
    if again := sum(row.again for row in rows):
        template = _tr(
            "Averages of {counted} of {all} steps, {again} of them made again after a break; time in pauses and shifts "
            "does not count."
        )
    words = template.format(
        counted=figures.count(counted),
        all=figures.count(counted + sum(map(left_out, rows))),
        again=figures.count(again),
    )
    if reasons:
        words += " " + _tr("Left out: {steps}.").format(steps=", ".join(reasons))
    if len({row.batch_size for row in rows}) > 1:
        words += " " + _tr("Batch sizes differ: speed-up is beside the baseline of the same size.")
    if any(row.step_s is not None and not row.anatomies for row in rows):
        words += " " + _tr("An empty bar: no step of that mode was taken apart.")
    if any(row.is_slowed_down for row in rows):
        words += " " + _tr("SLOWDOWN: something was slow on purpose.")
    if any(row.is_spoilt for row in rows):
        words += " " + _tr(
            "?: other programs took cores that a mode wanted. Once it has run for 3 s without them, or when it is "
            "chosen again, what was spoilt counts no more."
        )
    if any(row.is_early for row in rows):
        words += " " + _tr("?: few steps yet, of the mode or of the baseline.")
    if any(row.is_at_pace for row in rows):
        words += " " + _tr(
            "At a pace each step comes after a wait and takes longer; at full speed it is measured anew."
        )
    return (_tr("REPLAY") + " · " if is_replay else "") + words


def row_words(row: BoardRow, rows: Sequence[BoardRow], unit: str, phase_name: Callable[[str], str]) -> str:
    """One row in a few lines: for a tooltip, and for who cannot see the bars."""
    lines = [name_words(row, rows)]
    if row.step_s is not None:
        lines.append(
            _tr("{ms} ms a step, {speed_up} of the baseline").format(
                ms=milliseconds(row.step_s), speed_up=speed_up_words(row)
            )
        )
    split = [(phase_name(phase), s) for phase, s in zip(PHASES, row.phase_s, strict=True) if s > 0]
    if split:
        split.append((_tr("idle"), idle_s(row)))
        lines.append(", ".join(f"{name} {milliseconds(seconds)} ms" for name, seconds in split))
        many = _tr("split of {n} steps taken apart", row.anatomies).format(n=figures.count(row.anatomies))
        cold = _tr("split of the first step taken apart alone: its caches were cold")
        one = cold if row.is_split_cold else _tr("split of one step taken apart")
        lines.append(one if row.anatomies == 1 else many)
        lines += filter(None, [apart_words(row)])
    elif row.step_s is not None:
        lines.append(_tr("where its time goes is not known: no step was taken apart"))
    return "\n".join([*lines, " · ".join(detail_words(row, unit)), counted_words(row)])


def table(rows: Sequence[BoardRow], unit: str) -> list[list[str]]:
    """Heads and rows, numbers with all the digits that a program may want."""
    heads = [
        "mode",
        "as text",
        "batch size",
        "ms a step",
        f"{unit}/s",
        "speed-up",
        *(f"{phase} ms" for phase in PHASES),
    ]
    heads += ["idle ms", "MiB sent a step", "MiB a rank", "loss", "steps", "steps left out", "visits", "stamp"]
    found = [heads]
    for row in rows:
        is_split = row.anatomies > 0 and not row.is_split_cold
        numbers: list[float | None] = [
            None if row.step_s is None else row.step_s * MILLI,
            row.units_per_s,
            row.speed_up,
            *(seconds * MILLI if is_split else None for seconds in row.phase_s),
            idle_s(row) * MILLI if is_split else None,
            None if row.sent_bytes is None else row.sent_bytes / MEBI,
            None if row.held_bytes is None else row.held_bytes / MEBI,
            row.loss,
        ]
        texts = ["" if value is None else f"{value:.6g}" for value in numbers]
        counts = [str(row.steps), str(left_out(row)), str(row.visits)]
        stamp = (
            "SLOWDOWN"
            if row.is_slowed_down
            else "OTHER PROGRAMS"
            if row.is_spoilt
            else "PACE"
            if row.is_at_pace
            else ""
        )
        found.append([row.name, row.text, str(row.batch_size), *texts, *counts, stamp])
    return found


def csv_text(rows: Sequence[BoardRow], unit: str) -> str:
    """The table as comma-separated values."""
    import csv  # imported when a table is wanted, as it is by few
    import io

    out = io.StringIO()
    csv.writer(out).writerows(table(rows, unit))
    return out.getvalue()


def plain_text(rows: Sequence[BoardRow], unit: str, note: str) -> str:
    """The table as lines of text, columns by tabs: a spreadsheet and a mail take it as it is."""
    return "\n".join(["\t".join(line) for line in table(rows, unit)] + [note])
