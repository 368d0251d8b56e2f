"""A mode beside the plain one-thread run: the same losses, and what its ranks hold, send and count."""

from collections.abc import Callable
from typing import NamedTuple

from engine.anatomy import RankAnatomy
from engine.config.spec import make_spec
from engine.events.ranks import StepAnatomy
from tests.conftest import Watched

STEPS = 40
KNOBS = {"hidden": 64, "layers": 8}
Watch = Callable[..., Watched]


class Beside(NamedTuple):
    """What became of a mode."""

    difference: float
    """Largest relative difference of a loss of the first steps from that of one thread."""
    ranks: tuple[RankAnatomy, ...]
    """A step taken apart."""


def losses_and_ranks(watch: Watch, mode: str, batch_size: int = 50) -> tuple[list[float], tuple[RankAnatomy, ...]]:
    """The first losses in fp64, and a step of the mode taken apart."""
    mode = f"{mode},precision=fp64"
    run = watch(make_spec("digits-mlp", mode=mode, batch_size=batch_size, knobs=KNOBS, optimizer="adam", lr=1e-6))
    run.session.play()
    anatomy = run.until(lambda m: isinstance(m, StepAnatomy))
    assert isinstance(anatomy, StepAnatomy)
    while len(run.losses()) < STEPS:
        run.session.wait(0.05)
    run.ends()
    return [run.losses()[step] for step in range(STEPS)], anatomy.ranks


def beside_plain(watch: Watch, mode: str, batch_size: int = 50) -> Beside:
    """One run of the mode, and one of a single thread."""
    plain, _ = losses_and_ranks(watch, "cpu,threads=1", batch_size)
    found, ranks = losses_and_ranks(watch, mode, batch_size)
    difference = max(abs(one - other) / abs(one) for one, other in zip(plain, found, strict=True))
    print(f"{mode}: {difference:.1e}, {[rank.held for rank in ranks]}")
    return Beside(difference, ranks)
