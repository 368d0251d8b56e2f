"""Ranks of another run that train beside the one that is looked at: what any work of Gearshift's costs it.

They come from the same fork server as the ranks that they are compared with. The system may share its cores among
sessions of processes first (Linux's autogroups), and only then within each: beside any number of processes from
elsewhere one rank then keeps a core to itself, while ranks of its own server take their part of it.
"""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.bench.set_up import timed_digits
from engine.events.ranks import RankFailed
from engine.rows import StepBatch
from engine.session.session import Session
from engine.session.starter import RankStarter


@contextlib.contextmanager
def neighbours(
    starter: RankStarter, threads: int, directory: Path, knobs: Mapping[str, int | str]
) -> Iterator[Session]:
    """Meanwhile as many ranks, of one thread each and none of which waits for another, train a digits-mlp of `knobs`.

    Raises:
        RuntimeError: one of them failed; the sentence says why.
    """
    mode = f"cpu,hogwild={threads}" if threads > 1 else "cpu,threads=1"
    spec = timed_digits(knobs, mode=mode)
    with contextlib.closing(Session(spec, starter, directory=directory, is_evaluated=False)) as session:
        session.play()
        do_they_train = False
        while not do_they_train:
            session.wait(0.05)
            for message in session.take():
                if isinstance(message, RankFailed):
                    raise RuntimeError(message.reason)
                do_they_train |= isinstance(message, StepBatch)
        yield session
