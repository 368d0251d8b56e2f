"""What a session makes of its verbs, and of a fault of its own, over ranks that say what a test has them say."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from time import perf_counter
from typing import Any

import pytest

from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec, make_spec
from engine.errors import RequestError
from engine.events import DeviceSample, EvaluatorChanged, Message, Notice, SegmentStarted, ShiftCancelled, StatusChanged
from engine.ipc.orders import Begin, Change, Finish, GoOn, KeepPace, Pause, SlowDown
from engine.metrics.monitor import Monitor
from engine.record.reader import read_record
from engine.record.writer import Recorder
from engine.rows import StepBatch
from engine.session import session as session_module
from engine.session.rank_process import Exited
from engine.session.run import Run
from engine.session.session import Session
from tests.scripted import Clock, ScriptedRanks, ScriptedStarter, rows_of, save_state

SPEC = make_spec("digits-mlp", batch_size=32, mode="cpu,threads=1")
LIMIT_S = 20.0


class Led:
    """A session over scripted ranks; `acts` are all that its thread was given to do."""

    def __init__(self, directory: Path, *, spec: RunSpec = SPEC, resume: bool = False) -> None:
        self.starter = ScriptedStarter()
        self.session = Session(spec, self.starter, directory=directory, resume=resume)
        self.messages: list[Message] = []
        self.clock = Clock(perf_counter())  # it is the session's own that counts here

    def settle(self) -> None:
        """All that was asked for, and said, until now is done."""
        done = threading.Event()
        self.session._mailbox.put(done.set)
        assert done.wait(LIMIT_S)

    def of(self, kind: type) -> list[Any]:
        """All messages of a kind so far."""
        self.messages += self.session.take()
        return [message for message in self.messages if isinstance(message, kind)]

    def until(self, done: Callable[[Message], bool]) -> Message:
        """The first message that is `done`, from the beginning on."""
        for _ in range(1_000):
            self.messages += self.session.take()
            if (found := next((message for message in self.messages if done(message)), None)) is not None:
                return found
            self.session.wait(LIMIT_S / 1_000)
        raise AssertionError(f"not seen within {LIMIT_S} s; the last were {self.messages[-8:]}")

    def begin(self) -> ScriptedRanks:
        """A crew computes, and has made its first step."""
        self.session.play()
        self.settle()
        crew = self.starter.crews[-1]
        crew.are_ready()
        crew.have_loaded(0)
        self.settle()
        crew.make(self.clock, 0)
        self.until(lambda m: isinstance(m, StepBatch))
        return crew


@pytest.fixture
def lead(tmp_path: Path) -> Iterator[Callable[..., Led]]:
    """Makes such sessions, and closes them."""
    made: list[Led] = []

    def make(name: str = "run", **options: Any) -> Led:
        made.append(Led(tmp_path / name, **options))
        return made[-1]

    yield make
    for each in made:
        each.session.close()


Lead = Callable[..., Led]


def test_every_verb_comes_to_the_ranks(lead: Lead, tmp_path: Path) -> None:
    led = lead()
    session = led.session
    assert session.directory == tmp_path / "run"
    assert not session.is_replay
    assert session.resume_step == 0
    crew = led.begin()
    told = len(crew.told)
    session.change(lr=0.5)
    session.change(batch_size=16)
    session.slow_down()
    session.slow_down(phase="forward", factor=3.0, delay_s=0.1)
    session.keep_pace(5.0)
    session.keep_pace(None)
    session.pause()
    session.run_until(50)
    session.step()
    led.settle()
    assert crew.told[told:] == [
        Change(lr=0.5, batch_size=None),
        Change(lr=None, batch_size=16),
        SlowDown(rank=0, phase="compute", factor=1.0, delay_s=0.0),
        SlowDown(rank=0, phase="forward", factor=3.0, delay_s=0.1),
        KeepPace(steps_per_s=5.0),
        KeepPace(steps_per_s=None),
        Pause(),
        GoOn(until=50),
        Pause(),
    ]
    crew.have_paused(1)
    led.settle()
    assert crew.told[-1] == GoOn(until=2)
    session.shift("cpu,dp=2")
    session.cancel_shift()
    led.settle()
    assert len(led.of(ShiftCancelled)) == 1
    session.evaluate(on=False)
    session.break_rank(0, "freeze")
    session.end_silent()  # nobody is silent
    session.stop()
    led.settle()
    assert [m.is_on for m in led.of(EvaluatorChanged)] == [False]
    assert crew.processes[0].done_to == ["freeze"]
    assert crew.told[-1] == Finish(snapshot=None)
    assert [m.text for m in led.of(Notice)] == ["ON PURPOSE: rank 0 is frozen (SIGSTOP)."]


def test_a_shift_is_counted_from_when_it_was_asked_for(lead: Lead) -> None:
    led = lead()
    led.begin()
    let_go = threading.Event()
    led.session._mailbox.put(lambda: let_go.wait(LIMIT_S) and None)
    led.session.shift("cpu,dp=2")
    asked_s = led.session._outbox.now_s
    let_go.set()
    led.settle()
    shift = led.session._run.crews.shift
    assert shift is not None
    assert shift.mode == parse_mode("cpu,dp=2")
    assert shift.asked_s <= asked_s
    assert led.session.mode == "cpu,threads=1"


@pytest.mark.parametrize(
    "verb",
    [
        lambda session: session.step(0),
        lambda session: session.step(-1),
        lambda session: session.shift("cpu,dp=some"),
        lambda session: session.change(lr=-1.0),
        lambda session: session.change(batch_size=0),
        lambda session: session.slow_down(phase="sleep"),
        lambda session: session.slow_down(factor=0.5),
        lambda session: session.slow_down(delay_s=-1.0),
        lambda session: session.keep_pace(0.0),
        lambda session: session.break_rank(0, "shoot"),
        lambda session: session.ask([]),
        lambda session: session.ask(range(1_001)),
    ],
)
def test_what_cannot_be_is_refused_at_once(lead: Lead, verb: Callable[[Session], None]) -> None:
    with pytest.raises(RequestError):
        verb(lead().session)


def test_questions_are_numbered(lead: Lead) -> None:
    session = lead().session
    assert [session.ask([0]), session.ask(range(1_000))] == [0, 1]


def test_how_often_it_looks_depends_on_what_goes_on(lead: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    class Noted(SimpleQueue):  # type: ignore[type-arg]
        def get(self, block: bool = True, timeout: float | None = None) -> Any:
            if timeout is not None:
                waits.append(timeout)
            return super().get(block, timeout)

    monkeypatch.setattr(session_module, "Mailbox", Noted)
    led = lead()
    led.settle()
    assert set(waits) == {0.1}  # at rest nothing is read
    led.begin()
    assert waits[-1] == 0.02  # faster than a screen shows it
    led.session.shift("cpu,dp=2")
    led.settle()
    led.settle()
    assert waits[-1] == 0.002  # what is between two reads is part of the seam


def test_all_that_is_there_is_done_in_one_turn(lead: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks: list[int] = []
    tick = Run.tick

    def counted(run: Run) -> None:
        ticks.append(1)
        tick(run)

    monkeypatch.setattr(Run, "tick", counted)
    led = lead()
    let_go = threading.Event()
    led.session._mailbox.put(lambda: let_go.wait(LIMIT_S) and None)
    seen: list[int] = []
    for _ in range(3):
        led.session._mailbox.put(lambda: seen.append(len(ticks)))
    let_go.set()
    led.settle()
    assert len(set(seen)) == 1


def test_devices_are_recorded_while_a_run_computes_and_else_only_shown(
    lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Monitor, "due", lambda _: True)
    monkeypatch.setattr(ScriptedStarter, "labels", {os.getppid(): "fork server"})
    led = lead()
    led.until(lambda m: isinstance(m, DeviceSample))
    led.session.run_until(9)
    led.settle()
    crew = led.starter.crews[-1]
    begun = len(led.of(DeviceSample))
    led.until(lambda _: len(led.of(DeviceSample)) > begun)
    crew.are_ready()
    crew.have_loaded(0)
    led.settle()
    crew.make(led.clock, 0)
    computing = led.until(lambda m: isinstance(m, DeviceSample) and "rank 0" in {p.label for p in m.processes})
    assert {"window", "fork server"} <= {process.label for process in computing.processes}
    led.session.close()
    recorded = [event for event in read_record(led.session.directory).events if isinstance(event, DeviceSample)]
    assert 0 < len(recorded) < len(led.of(DeviceSample))
    assert all("rank 0" in {process.label for process in sample.processes} for sample in recorded)


def test_what_is_told_is_on_the_disk_while_the_run_goes_on(lead: Lead) -> None:
    led = lead()
    led.begin()
    for _ in range(1_000):
        if len(read_record(led.session.directory).steps):
            return
        led.session.wait(LIMIT_S / 1_000)
    raise AssertionError("nothing came to the disk")


def test_without_a_message_who_waits_waits(lead: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Monitor, "due", lambda _: False)
    session = lead().session
    woken = threading.Event()

    def wait() -> None:
        session.wait(LIMIT_S)
        woken.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    assert not woken.wait(0.1)
    session.shift("cpu,dp=2")  # it says what it will compute as
    assert woken.wait(LIMIT_S)
    waiter.join()


# A run that goes on --------------------------------------------------------------------------------------------------


def recorded(directory: Path, *events: Message, steps_until_s: float = 0.0) -> None:
    """A record of a second session ago."""
    recorder = Recorder(directory, SPEC)
    for event in events:
        recorder.write(event)
    if steps_until_s:
        recorder.write(StepBatch(rows_of(3, steps_until_s)))
    recorder.close()


def segment(number: int, at_s: float) -> SegmentStarted:
    """A segment has begun."""
    return SegmentStarted(at_s=at_s, segment=number, step=0, mode=SPEC.mode, words="", ranks=(), warmup_steps=3)


@pytest.mark.parametrize(("events_s", "steps_s"), [(80.0, 50.0), (30.0, 80.0)])
def test_a_run_that_goes_on_has_its_clock_its_step_and_its_numbers(
    lead: Lead, tmp_path: Path, events_s: float, steps_s: float
) -> None:
    notice = Notice(at_s=events_s, level="info", text="")
    recorded(tmp_path / "run", segment(0, 1.0), segment(1, 2.0), notice, steps_until_s=steps_s)
    save_state(tmp_path / "run", 2)
    led = lead(resume=True)
    assert led.session.resume_step == 2
    assert 80.0 <= led.session._outbox.now_s < 80.0 + LIMIT_S
    led.begin()
    assert led.starter.crews[-1].last(Begin).state.endswith("000000000002.safetensors")
    assert [m.segment for m in led.of(SegmentStarted)] == [2]


def test_a_run_that_had_not_begun_goes_on_from_nothing(lead: Lead, tmp_path: Path) -> None:
    recorded(tmp_path / "run")
    led = lead(resume=True)
    assert led.session.resume_step == 0
    led.begin()
    assert [m.segment for m in led.of(SegmentStarted)] == [0]
    assert lead("other").begin()


# The end -------------------------------------------------------------------------------------------------------------


def test_when_it_is_closed_all_is_over_and_nothing_is_said(lead: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    led = lead()
    crew = led.begin()
    assert led.session._thread.daemon  # one that hangs keeps no window open
    close = ScriptedRanks.close

    def slowly(ranks: ScriptedRanks) -> None:
        threading.Event().wait(0.2)
        close(ranks)

    monkeypatch.setattr(ScriptedRanks, "close", slowly)
    led.session.close()
    assert crew.is_closed
    assert not led.session._thread.is_alive()
    assert led.session.record_problem is None
    Recorder(led.session.directory, SPEC, resume=True).close()  # nobody holds it
    said = len(led.of(Message.__args__))
    led.session.play()
    assert len(led.of(Message.__args__)) == said


def test_a_fault_of_its_own_is_told_and_leaves_nothing(lead: Lead, monkeypatch: pytest.MonkeyPatch) -> None:
    led = lead()
    crew = led.begin()

    def fail(run: Run) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(Run, "tick", fail)
    led.session._thread.join(LIMIT_S)
    (notice,) = led.of(Notice)
    assert notice.level == "error"
    assert notice.text == "The session itself failed (ZeroDivisionError: by zero). This is a fault in Gearshift."
    assert "Traceback" in notice.details
    status = led.of(StatusChanged)[-1]
    assert (status.status, status.step, status.words) == ("failed", 1, "a fault in Gearshift")
    assert crew.is_closed
    record = read_record(led.session.directory)
    assert notice in record.events
    assert record.steps["step"].tolist() == [0]
    led.session.play()
    assert "Nothing can be done in this run any more" in led.of(Notice)[-1].text
    assert len(led.of(Notice)) == 2


def test_a_record_that_is_lost_is_told_of(lead: Lead) -> None:
    led = lead()
    crew = led.begin()
    assert led.session.record_problem is None
    for path in led.session.directory.iterdir():
        path.unlink()
    led.until(lambda m: isinstance(m, Notice) and "was deleted" in m.text)
    assert "was deleted" in str(led.session.record_problem)
    crew.processes[0].say(Exited(exit_status=-9, stderr=""))
