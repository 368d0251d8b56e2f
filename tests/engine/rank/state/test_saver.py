"""Saving beside training: in a hundredth of the time while nobody waits for it, at once when somebody does."""

from collections.abc import Callable

from engine.config.spec import make_spec
from engine.events.run import StatusChanged
from engine.events.shift import Shifted
from engine.events.states import SaveProgress, StateSaved
from tests.conftest import Watched

Watch = Callable[..., Watched]
SPEC = make_spec("digits-mlp", knobs={"hidden": 1024, "layers": 3}, batch_size=32)
"""26 MB of state, seven chunks of it."""
LARGER = make_spec("digits-mlp", knobs={"hidden": 2048, "layers": 3}, batch_size=32)
"""102 MB: with rests it takes longer to write than any shift on a crowded machine."""


def test_nobody_waits_so_it_takes_a_hundredth_of_the_time(watch: Watch) -> None:
    run = watch(SPEC)
    run.session.play()
    saved = run.until(lambda m: isinstance(m, StateSaved))
    assert isinstance(saved, StateSaved)
    # After the last chunk there is no rest, and bringing a small state to disk works too: large ones keep a hundredth.
    assert 0 < saved.work_s <= 0.02 * saved.seconds
    assert saved.every_s >= saved.seconds


def test_a_shift_and_a_pause_do_not_wait_for_its_rests(watch: Watch) -> None:
    run = watch(LARGER)
    run.session.play()
    under_way = run.until(lambda m: isinstance(m, SaveProgress))
    assert isinstance(under_way, SaveProgress)
    assert under_way.saved_bytes < under_way.total_bytes
    run.session.shift("cpu,threads=2")
    run.until(lambda m: isinstance(m, Shifted))
    run.session.pause()
    paused = run.status("paused")
    assert isinstance(paused, StatusChanged)
    saved = run.until(lambda m: isinstance(m, StateSaved))
    assert isinstance(saved, StateSaved)
    assert saved.step == paused.step
    assert saved.work_s > 0.02 * saved.seconds  # the rest of it is the disk
    assert [m.step for m in run.of(StateSaved)] == [saved.step]  # type: ignore[attr-defined]
