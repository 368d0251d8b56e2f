"""What ails a run, in words: in a sentence above the plots, in a few capitals on a rank."""

from PySide6.QtCore import QObject

from engine.events.ranks import RankSilent
from gui.model.health import FAILED, Health
from gui.model.run_view import RunView
from gui.text import figures


def mark_words(tr: QObject, marks: dict[int, str]) -> dict[int, str]:
    """What is written over each rank's lane and box, by rank."""
    words = {True: tr.tr("✖ FAILED"), False: tr.tr("▲ NO SIGN OF LIFE")}
    return {rank: words[mark == FAILED] for rank, mark in marks.items()}


def silent_words(tr: QObject, event: RankSilent) -> str:
    """One rank has given no sign of life, or does again, in a sentence."""
    if not event.is_silent:
        return tr.tr("rank {rank} is heard again").format(rank=event.rank)
    template = (
        tr.tr("rank {rank} (process {pid}) of the next mode has given no sign of life for {time}")
        if event.is_next
        else tr.tr("rank {rank} (process {pid}) has given no sign of life for {time}")
    )
    return template.format(rank=event.rank, pid=event.pid, time=figures.seconds(event.seconds))


def stuck_words(tr: QObject, run: RunView) -> str:
    """For whom a run waits that makes no step, and since when, in a few words; "" where it waits for nobody."""
    silent, sample = run.health.silent, run.samples.last
    if not silent:
        return ""
    now_s = max([event.at_s for event in silent.values()] + ([sample.at_s] if sample is not None else []))
    return tr.tr("waiting for rank {ranks}: no step for {seconds} s").format(
        ranks=", ".join(map(str, sorted(silent))), seconds=round(now_s - run.at_s)
    )


def waiting_words(tr: QObject, health: Health, limit_s: float) -> str:
    """Ranks that are waited for, and for how long; "" if there are none."""
    silent = health.silent or health.next_silent
    if not silent:
        return ""
    ranks = ", ".join(
        tr.tr("rank {rank} (process {pid})").format(rank=event.rank, pid=event.pid) for event in silent.values()
    )
    template = (
        tr.tr("No sign of life from {ranks} for {time} or more. It is given up after {limit} without a step.")
        if health.silent
        else tr.tr("No sign of life from {ranks} of the next mode for {time} or more. The run goes on meanwhile.")
    )
    since_s = min(event.seconds for event in silent.values())
    words = template.format(ranks=ranks, time=figures.seconds(since_s), limit=figures.seconds(limit_s))
    is_on_purpose = any(event.is_on_purpose for event in silent.values())
    return tr.tr("ON PURPOSE: {what}").format(what=words) if is_on_purpose else words
