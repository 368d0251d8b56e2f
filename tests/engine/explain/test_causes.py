"""Every cause provoked for real, with its look-alikes, in set-ups drawn by chance: is it called by its name?

The machine is what it is: what other programs take meanwhile is measured here by itself, from the system's own counts,
and is part of the truth. Where they clearly take cores that the ranks want, that is what has to be said (unless what
was done on purpose, or a rank that really is slow, comes first); where it is in between, either is right.
"""

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psutil
import pytest
from msgspec.structs import replace

from engine.config.mode import cores
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec, make_spec
from engine.events.ranks import SlowedDown
from engine.explain.rules.table import judge
from engine.explain.rules.verdict import Verdict
from engine.explain.verdicts import Verdicts
from tests.conftest import Watched

ROUNDS = int(os.environ.get("ROUNDS_A_CAUSE", "20"))
"""Of each cause. Fewer, for a look at one of them: the shares that are asked for are of all."""
BASE_S = 4.0
LIMIT_S = 15.0
AFTER_S = 2.5
"""So long a line must stand to be the one that is judged."""
BUSY = "while True: pass"
Watch = Callable[..., Watched]


@dataclass
class Case:
    """A set-up, and the names of rules that are right for it."""

    mode: str
    right: set[str]
    base: str = ""
    knobs: dict[str, int] = field(default_factory=dict)
    batch_size: int = 256
    slow: dict[str, object] = field(default_factory=dict)
    is_hidden: bool = False
    """Nobody says that it was on purpose: a rank that is really slow."""
    busy: int = 0
    """Other programs, each of which wants a core."""
    follow: set[str] = field(default_factory=set)
    """Rules that may speak after a sentence on other programs: what they say is so, whoever takes the cores."""

    @property
    def spec(self) -> RunSpec:
        return make_spec("digits-mlp", mode=self.base or self.mode, knobs=self.knobs, batch_size=self.batch_size)


class Load:
    """What others take of the machine, by the system's counts of its cores and of our processes."""

    def __init__(self, pids: list[int]) -> None:
        self._processes = [psutil.Process(pid) for pid in pids]
        self._before = self._count()

    def _count(self) -> tuple[float, float]:
        machine = psutil.cpu_times()
        ours = 0.0
        for process in self._processes:
            with contextlib.suppress(psutil.Error):
                ours += sum(process.cpu_times()[:2])
        busy = sum(machine) - machine.idle - getattr(machine, "iowait", 0.0) - getattr(machine, "guest", 0.0)
        return time.monotonic(), busy - ours

    def others(self) -> float:
        """Cores, since this was made."""
        (before_s, before), (now_s, now) = self._before, self._count()
        return max(0.0, (now - before) / (now_s - before_s))


def wide(draw: random.Random) -> dict[str, int]:
    return {"hidden": draw.choice([512, 768, 1024]), "layers": draw.choice([3, 4])}


def slow_rank(draw: random.Random) -> Case:
    mode = draw.choice(["cpu,dp=2,threads=1", "cpu,dp=2,threads=1,transport=shm", "cpu,fsdp=2,threads=1"])
    phase = draw.choice(["compute", "backward"])
    slow = {"rank": draw.randrange(2), "phase": phase, "factor": draw.uniform(3.0, 6.0)}
    return Case(mode, {"slow-rank"}, knobs=wide(draw), slow=slow, is_hidden=True)


def slow_on_purpose(draw: random.Random) -> Case:
    case = slow_rank(draw)
    if draw.random() < 0.3:
        case.slow = {"delay_s": draw.choice([0.001, 0.005, 0.02])}
    return Case(case.mode, {"on-purpose"}, knobs=case.knobs, slow=case.slow)


def unequal_stages(draw: random.Random) -> Case:
    knobs = {"hidden": draw.choice([768, 1024, 1280]), "layers": 3}
    schedule = draw.choice(["gpipe", "1f1b"])
    return Case(f"cpu,pp=2,schedule={schedule},threads=1", {"unequal-stages"}, knobs=knobs)


def short_micro_batches(draw: random.Random) -> Case:
    """Equal stages, and pieces of a few samples: sending one takes about as long as computing on it."""
    knobs, pieces = {"hidden": draw.choice([64, 96, 128]), "layers": 10}, draw.choice([8, 16])
    batch_size = pieces * draw.choice([4, 8])
    return Case(
        f"cpu,pp=2,microbatches={pieces},threads=1", {"short-micro-batches"}, knobs=knobs, batch_size=batch_size
    )


def as_in_theory(draw: random.Random) -> Case:
    """Pieces long enough that messages are nothing beside them: of a width of 512 they take up to 5 points."""
    knobs = {"hidden": draw.choice([768, 1024]), "layers": 10}
    return Case("cpu,pp=2,microbatches=4,threads=1", {"as-in-theory"}, knobs=knobs, batch_size=512)


def other_programs(draw: random.Random) -> Case:
    mode, knobs = (
        draw.choice(["cpu,dp=2,threads=1", "cpu,threads=2", "cpu,tp=2,threads=1", "cpu,pp=2,threads=1"]),
        wide(draw),
    )
    follow = {"baseline", "no-core"}
    if "pp=2" in mode:
        follow = {"bubble-beside-others", *({"unequal-stages"} if knobs["layers"] == 3 else ())}
    return Case(mode, {"other-programs"}, knobs=knobs, busy=2 * cores(), follow=follow)


def crowded(draw: random.Random) -> Case:
    mode = draw.choice([f"cpu,dp={2 * cores()},threads=1", f"cpu,dp={2 * cores()},threads=1,transport=shm"])
    return Case(mode, {"crowded"}, knobs=wide(draw))


def threads(draw: random.Random) -> Case:
    knobs = {"hidden": draw.choice([1024, 1536]), "layers": 3}
    return Case(f"cpu,threads={cores()}", {"threads"}, base="cpu,threads=1", knobs=knobs)


def precision(draw: random.Random) -> Case:
    name = draw.choice(["bf16", "fp16", "fp64"])
    return Case(f"cpu,threads=1,precision={name}", {"precision", "plain"}, base="cpu,threads=1", knobs=wide(draw))


def sends(draw: random.Random) -> Case:
    knobs, batch_size = {"hidden": draw.choice([512, 1024]), "layers": 3}, draw.choice([32, 64])
    return Case("cpu,dp=2,threads=1", {"sends"}, base="cpu,threads=1", knobs=knobs, batch_size=batch_size)


def inexact(draw: random.Random) -> Case:
    return Case("cpu,hogwild=2,threads=1", {"inexact"}, base="cpu,threads=1", knobs=wide(draw))


def saves_memory(draw: random.Random) -> Case:
    return Case("cpu,fsdp=2,threads=1", {"saves-memory"}, base="cpu,dp=2,threads=1", knobs=wide(draw))


def healthy(draw: random.Random) -> Case:
    mode = draw.choice(["cpu,threads=1", "cpu,threads=2", "cpu,dp=2,threads=1,transport=shm", "cpu,dp=2,threads=1"])
    return Case(mode, {"baseline"}, knobs=wide(draw), batch_size=draw.choice([128, 256, 512]))


CAUSES = (
    slow_rank,
    slow_on_purpose,
    unequal_stages,
    short_micro_batches,
    as_in_theory,
    other_programs,
    crowded,
    threads,
    precision,
    sends,
    inexact,
    saves_memory,
)
FIRST_OF_ALL = {"on-purpose", "slow-rank"}
"""These are said whatever other programs do."""


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    # In sessions of their own, as programs are: the system may share cores among sessions, not processes.
    processes = [subprocess.Popen([sys.executable, "-c", BUSY], start_new_session=True) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def hear(run: Watched, verdicts: Verdicts, case: Case, done: Callable[[], bool], limit_s: float) -> None:
    """Until `done`, or the time is over."""
    deadline_s = time.monotonic() + limit_s
    while time.monotonic() < deadline_s and not done():
        run.session.wait(0.1)
        for message in run.session.take():
            if not (case.is_hidden and isinstance(message, SlowedDown)):
                verdicts.hear(message)
        verdicts.look()


@dataclass
class Tried:
    """What was said of a case, what was right on this machine at that moment, and what others took of it."""

    found: Verdict | None
    right: set[str]
    others: float
    beneath: str
    """What would have been said by the same figures if nobody had looked at other programs."""
    follow: set[str]
    """Rules that may speak after a sentence on other programs."""

    @property
    def name(self) -> str:
        return self.found.rule if self.found is not None else ""

    @property
    def is_right(self) -> bool:
        """By its rule; other programs that leave the figures some worth are told before what is so all the same."""
        is_first = self.found is not None and str(self.found.text).startswith("Other programs take ")
        is_told = "other-programs" in self.right and is_first
        return self.name in self.right or (is_told and self.name in self.follow)


def tried(watch: Watch, case: Case) -> Tried:
    run, verdicts = watch(case.spec), Verdicts()
    measures = verdicts.measures
    try:
        run.session.play()
        hear(run, verdicts, case, lambda: measures.now is not None and bool(measures.now.steps), 30.0)
        if case.base:
            hear(run, verdicts, case, lambda: False, BASE_S)
            run.session.shift(case.mode)
            wanted = parse_mode(case.mode).name
            hear(run, verdicts, case, lambda: measures.now is not None and measures.now.name == wanted, 30.0)
        with busy(case.busy):
            if case.slow:
                run.session.slow_down(**case.slow)  # type: ignore[arg-type]
            load = Load([psutil.Process().pid, *(info.pid for info in measures.now.ranks)])  # type: ignore[union-attr]
            hear(run, verdicts, case, lambda: verdicts.current is not None, LIMIT_S)
            hear(run, verdicts, case, lambda: False, AFTER_S)
            others = load.others()
            beneath = without_others(verdicts)
    finally:
        run.session.close()
    found = verdicts.current
    mode = parse_mode(case.mode)
    over = min(cores(), mode.world_size * mode.threads_per_rank) + others - cores()
    right = set(case.right)
    if not right & FIRST_OF_ALL:
        if others > 0.7 * cores() and over > 0.4 and not case.busy:
            right = {"other-programs"}
        elif others > 0.12 and over > 0.0:
            right |= {"other-programs", "unlike-machine", "bubble-beside-others"}
    return Tried(found, right, others, beneath, case.right | case.follow)


def without_others(verdicts: Verdicts) -> str:
    now = verdicts.measures.now
    if now is None:
        return ""
    facts = verdicts._facts(now)
    found = judge(replace(facts, now=replace(facts.now, other_cores=None)))
    return found.rule if found is not None else ""


def judged(watch: Watch, make: Callable[[random.Random], Case], share: float) -> None:
    draw, right, beneath, told = random.Random(make.__name__), 0, 0, []
    for _ in range(ROUNDS):
        case = make(draw)
        one = tried(watch, case)
        right += one.is_right
        beneath += one.beneath in case.right
        line = f"{make.__name__}: {case.mode} {case.knobs} -> {one.name or 'silence'} (right: {sorted(one.right)}), "
        line += f"beneath {one.beneath or 'silence'}, others {one.others:.2f} cores: "
        told.append(line + (one.found.text if one.found is not None else ""))
        print(told[-1], flush=True)
    print(
        f"{make.__name__}: {right} of {ROUNDS} named rightly; {beneath} by their own cause, others left out of account",
        flush=True,
    )
    assert right >= share * ROUNDS, "\n".join(told)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("make", CAUSES, ids=lambda make: make.__name__)
def test_a_cause_is_called_by_its_name(watch: Watch, make: Callable[[random.Random], Case]) -> None:
    judged(watch, make, 0.95)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_of_a_healthy_run_nothing_is_found_wrong(watch: Watch) -> None:
    judged(watch, healthy, 0.98)
