"""What a session makes of its verbs, over ranks that say what a test has them say: its thread and clock are its own."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from time import monotonic, perf_counter
from typing import Any

import pytest

from engine.config.mode_text import parse_mode
from engine.errors import RequestError
from engine.events.evaluator import EvaluatorChanged
from engine.events.machine import DeviceSample
from engine.events.run import Notice, RunStarted, SegmentStarted
from engine.events.shift import ShiftCancelled
from engine.ipc.orders import Ask, Begin, Change, Finish, GoOn, KeepPace, Pause, SlowDown, Try, Watch
from engine.ipc.reports import Evaluating
from engine.metrics.monitor import Monitor
from engine.pictures import Line
from engine.record.reader import read_record
from engine.record.states import saved_states
from engine.session import session as session_module
from engine.session.crews import Crews
from engine.session.run import Run
from engine.session.session import Session
from tests.led import LIMIT_S, Lead
from tests.scripted import ScriptedStarter, save_state


def test_every_verb_comes_to_the_ranks(lead: Lead, tmp_path: Path) -> None:
    led = lead()
    session = led.session
    assert session.directory == tmp_path / "run"
    assert not session.is_replay
    assert session.resume_step == 0
    crew = led.begin()
    assert [message.segment for message in led.of(SegmentStarted)] == [0]
    assert len(led.starter.evaluators) == 1  # unless none is wanted
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


def test_what_was_made_since_a_state_is_given_up_and_the_run_goes_on_from_there(lead: Lead, tmp_path: Path) -> None:
    led = lead()
    crew = led.begin()
    for step in (2, 4):
        save_state(tmp_path / "run", step)
    led.session.go_back(2)
    led.session.change(lr=0.25)
    led.session.play()
    led.settle()
    assert crew.is_closed
    again = led.starter.crews[-1]
    assert again is not crew
    assert [message.step for message in led.of(RunStarted)] == [0, 2]
    again.are_ready()
    led.settle()
    assert again.last(Begin).state.endswith("state-000000000002.safetensors")
    assert again.last(Change).lr == 0.25
    assert [state.step for state in saved_states(tmp_path / "run")] == [2]


def test_where_later_states_cannot_be_dropped_the_run_is_left_as_it_is_and_says_so(
    lead: Lead, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    led = lead()
    crew = led.begin()
    save_state(tmp_path / "run", 4)

    def refuse(path: Path, *, missing_ok: bool) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    led.session.go_back(2)
    led.settle()
    assert not crew.is_closed
    assert "what was saved after step 2 cannot be removed" in led.of(Notice)[-1].text


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


def test_ranks_that_are_silent_are_ended_on_the_thread_that_has_them(
    lead: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(Crews, "end_silent", lambda _: asked.append(threading.current_thread().name))
    led = lead()
    led.session.end_silent()
    led.settle()
    assert asked == ["session"]


def test_questions_are_numbered(lead: Lead) -> None:
    session = lead().session
    assert [session.ask([0]), session.ask(range(1_000))] == [0, 1]


def test_what_is_asked_of_the_model_comes_to_the_evaluator(lead: Lead) -> None:
    led = lead()
    led.begin()
    evaluator = led.starter.evaluators[0].processes[0]
    evaluator.say(Evaluating(has_looks=False, pictures=()))
    led.settle()
    told = len(evaluator.told)
    assert led.session.ask([3, 5]) == 0
    led.session.watch("weights", (1,))
    led.session.try_out(7, "continue", Line(text="To be"))
    led.settle()
    assert evaluator.told[told:] == [
        Ask(number=0, samples=(3, 5)),
        Watch(number=1, look="weights", chosen=(1,)),
        Try(number=7, name="continue", given=Line(text="To be")),
    ]


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
    led.settle()
    led.settle()
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
    led.clock.now_s = perf_counter()
    crew.make(led.clock, 0)
    computing = led.until(lambda m: isinstance(m, DeviceSample) and "rank 0" in {p.label for p in m.processes})
    assert {"window", "fork server"} <= {process.label for process in computing.processes}
    led.session.close()
    recorded = [event for event in read_record(led.session.directory).events if isinstance(event, DeviceSample)]
    assert 0 < len(recorded) < len(led.of(DeviceSample))
    assert all("rank 0" in {process.label for process in sample.processes} for sample in recorded)


@pytest.mark.parametrize(("is_window", "label"), [(True, "window"), (False, "session")])
def test_only_where_there_is_a_window_its_process_is_called_so(
    lead: Lead, monkeypatch: pytest.MonkeyPatch, is_window: bool, label: str
) -> None:
    monkeypatch.setattr(Monitor, "due", lambda _: True)
    led = lead(is_window=is_window)
    sample = led.until(lambda m: isinstance(m, DeviceSample))
    assert {usage.label for usage in sample.processes if usage.pid == os.getpid()} == {label}


def test_what_is_told_is_on_the_disk_while_the_run_goes_on(lead: Lead) -> None:
    led = lead()
    led.begin()
    deadline_s = monotonic() + LIMIT_S
    while not len(read_record(led.session.directory).steps):
        assert monotonic() < deadline_s
        led.settle()


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
