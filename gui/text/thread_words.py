"""Entries for so many threads, and what one says that leaves the mode as it is."""

from PySide6.QtCore import QObject


def threads_title(tr: QObject, threads: int, count: int) -> str:
    """The entry for so many of the `count` threads there are."""
    if threads == count:
        return tr.tr("CPU · all threads") if count > 1 else tr.tr("CPU · its only thread")
    if threads == 1:
        return tr.tr("CPU · 1 thread a rank")
    return tr.tr("CPU · {n} threads a rank", None, threads).format(n=threads)


def shared_title(tr: QObject, title: str, each: int) -> str:
    """The entry for all threads, where several ranks share them out, `each` so many."""
    return tr.tr("{title} ({n} a rank)").format(title=title, n=each)


def as_it_is(tr: QObject, each: int, count: int, *, is_all: bool) -> str:
    """What was chosen by the entry for all of `count` threads, or for `each` rank's, is in force; what comes of it."""
    told = tr.tr("As it is: each rank has {n} of the threads, and a single process will have {n}.")
    if is_all:
        told = tr.tr(
            "As it is: the ranks share all threads out, {n} each; all {all} in one process: "
            "Parallelism › Single process."
        )
    return told.format(n=each, all=count)
