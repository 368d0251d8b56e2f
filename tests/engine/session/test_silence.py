"""No sign of life for three seconds: told of ranks that are stopped, soon; of no other, however busy the machine is."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from engine.config.spec import make_spec
from engine.events.ranks import RankFailed, RankSilent
from engine.ipc.orders import Ping
from engine.rows import StepBatch
from engine.session.silence import SilenceWatch
from tests.conftest import Watched
from tests.engine.session.test_hang import Rank

Watch = Callable[..., Watched]
Told = list[tuple[float, int, bool]]


class Stopped(Rank):
    """Computes until `stop_s`, and from `go_on_s` on again; answers when it can, 10 ms later."""

    def __init__(self, stop_s: float = 1e9, go_on_s: float = 1e9, *, share: float | None = 1.0) -> None:
        super().__init__(share)
        self._stop_s, self._go_on_s = stop_s, go_on_s
        self.answered = 0

    @property
    def is_stopped(self) -> bool:
        return self._stop_s <= self.now_s < self._go_on_s

    def cpu_s(self) -> float | None:
        return super().cpu_s() if not self.is_stopped or self._share is None else self._stop_s * self._share

    def answers(self) -> bool:
        asked = sum(isinstance(order, Ping) for order in self.told)
        fresh, self.answered = asked > self.answered and not self.is_stopped, asked
        return fresh


def told(ranks: list[Stopped], *, steps_until_s: float = 0.0, until_s: float = 30.0, away: range = range(0)) -> Told:
    """What the watch says of ranks that make a step all the time until `steps_until_s`, looking every 10 ms."""
    watch, found, progress_s = SilenceWatch(), [], 0.0
    for hundredth in range(round(until_s * 100)):
        now_s = hundredth / 100
        for number, rank in enumerate(ranks):
            rank.now_s = now_s
            if hundredth not in away and rank.answers():
                watch.heard(number, now_s)
        progress_s = now_s if now_s <= steps_until_s else progress_s
        if hundredth not in away:
            found += [(now_s, *change) for change in watch.look(ranks, progress_s, now_s)]
    return found


@pytest.mark.parametrize("stop_s", [5.0, 5.3, 5.6, 5.99, 6.0])
@pytest.mark.parametrize("share", [1.0, 0.0, None])
def test_a_stopped_rank_is_told_within_three_seconds(stop_s: float, share: float | None) -> None:
    ranks = [Stopped(share=share), Stopped(stop_s, share=share)]
    ((at_s, rank, is_silent),) = told(ranks)  # in a step that takes for ever
    assert (rank, is_silent) == (1, True)
    assert 1.9 <= at_s - stop_s <= 3.05
    ((at_s, *_),) = told([Stopped(share=share), Stopped(stop_s, share=share)], steps_until_s=stop_s)
    assert at_s - stop_s == pytest.approx(3.0, abs=0.05)


def test_one_that_goes_on_is_heard_again() -> None:
    assert [change[1:] for change in told([Stopped(5.0, 15.0), Stopped()])] == [(0, True), (0, False)]
    watch, rank = SilenceWatch(), Stopped(0.0)
    rank.now_s = 4.0
    for now_s in (0.0, 1.0, 1.9, 2.8, 3.7, 4.0):
        watch.look([rank], 0.0, now_s)
    assert watch.silent == {0}
    assert watch.look([rank], 4.1, 4.2) == []  # a shift was asked for, which is no sign of its life
    assert watch.silent == {0}
    watch.heard(0, 4.3)
    assert watch.look([rank], 4.1, 4.3) == [(0, False)]


@pytest.mark.parametrize("share", [1.0, 0.0, None])
def test_ranks_in_a_long_step_live(share: float | None) -> None:
    assert told([Stopped(share=share), Stopped(share=share)]) == []


def test_one_whose_answers_are_late_but_computes_lives() -> None:
    class Busy(Stopped):
        def answers(self) -> bool:
            return False

    assert told([Busy(share=0.02)]) == []
    assert [change[1:] for change in told([Busy(share=None)])] == [(0, True)]


def test_who_was_away_himself_asks_first() -> None:
    assert told([Stopped(share=0.0)], away=range(500, 1500)) == []
    assert told([Stopped(5.0, share=0.0)], away=range(500, 1500)) == [(pytest.approx(18.0, abs=0.05), 0, True)]


def test_what_is_not_born_has_no_voice() -> None:
    watch, unborn = SilenceWatch(), Rank(1.0, born_s=100.0)
    assert [watch.look([unborn], 0.0, second / 2) for second in range(40)] == [[]] * 40


def running(watch: Watch, **fields: object) -> Watched:
    run = watch(make_spec("digits-mlp", batch_size=32, **({"knobs": {"hidden": 16}} | fields)))
    run.session.play()
    for _ in range(5):
        run.until(lambda m: isinstance(m, StepBatch))
    return run


def pid_of(run: Watched, rank: int) -> int:
    crew = run.session._run.crews.crew
    assert crew is not None
    pid = crew.processes[rank].pid
    assert pid is not None
    return pid


@pytest.mark.parametrize(("mode", "victim"), [("cpu,threads=1", 0), ("cpu,dp=2", 1), ("cpu,hogwild=2", 1)])
def test_a_frozen_rank_is_told_in_three_seconds_and_waited_for(watch: Watch, mode: str, victim: int) -> None:
    run = running(watch, mode=mode)
    frozen_s = time.monotonic()
    os.kill(pid_of(run, victim), signal.SIGSTOP)
    silent = run.until(lambda m: isinstance(m, RankSilent), 5)
    assert isinstance(silent, RankSilent)
    assert time.monotonic() - frozen_s < 3.5
    assert (silent.rank, silent.is_silent, silent.seconds, silent.is_next) == (victim, True, 3.0, False)
    os.kill(pid_of(run, victim), signal.SIGCONT)
    run.until(lambda m: isinstance(m, RankSilent) and not m.is_silent, 5)
    run.goes_on(20)
    assert not run.of(RankFailed)


def test_a_frozen_rank_is_given_up_when_asked_to(watch: Watch) -> None:
    run = running(watch, mode="cpu,dp=2")
    run.session.end_silent()  # nobody is silent: nothing comes of it
    pid = pid_of(run, 1)
    os.kill(pid, signal.SIGSTOP)
    run.until(lambda m: isinstance(m, RankSilent), 5)
    run.session.end_silent()
    failed = run.until(lambda m: isinstance(m, RankFailed), 2)
    assert isinstance(failed, RankFailed)
    assert (failed.rank, failed.pid) == (1, pid)
    assert "no sign of life" in failed.reason
    run.status("failed")
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch))


def test_a_paused_run_owes_no_sign_of_life(watch: Watch) -> None:
    run = running(watch, mode="cpu,dp=2")
    run.session.pause()
    run.status("paused")
    os.kill(pid_of(run, 1), signal.SIGSTOP)
    with pytest.raises(AssertionError, match="not seen"):
        run.until(lambda m: isinstance(m, RankSilent), 3.5)
    os.kill(pid_of(run, 1), signal.SIGCONT)


@pytest.fixture
def hogs() -> Iterator[None]:
    """Twenty processes that want a core each."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(20)]
    yield
    for process in processes:
        process.kill()
    for process in processes:
        process.wait()


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.usefixtures("hogs")
def test_on_a_crowded_machine_slow_steps_are_no_silence(watch: Watch) -> None:
    knobs = {"hidden": 4096, "layers": 3}
    run = watch(make_spec("digits-mlp", mode="cpu,dp=2", batch_size=1024, knobs=knobs))
    run.session.play()
    run.until(lambda m: isinstance(m, StepBatch), 200)
    end_s = time.monotonic() + 15
    while time.monotonic() < end_s:
        run.session.wait(0.5)
        run.drain()
    assert not run.of(RankSilent)
    (pause,) = [max(batch.rows["seconds"].max() for batch in run.of(StepBatch))]  # type: ignore[attr-defined]
    assert pause > 1.0  # else nobody was asked
    assert not run.of(RankFailed)
