"""How a session goes on where another has ended, and how it ends, over ranks that say what a test has them say."""

import threading
from pathlib import Path

import pytest

from engine.events.message import Message
from engine.events.run import Changed, Notice, SegmentStarted, StatusChanged
from engine.ipc.orders import Begin
from engine.ipc.reports import Applied
from engine.record.reader import read_record
from engine.record.writer import Recorder
from engine.rows import StepBatch
from engine.session.rank_process import Exited
from engine.session.run import Run
from tests.led import LIMIT_S, SPEC, Lead
from tests.scripted import ScriptedRanks, rows_of, save_state


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


def test_only_of_a_run_that_goes_on_learning_rate_and_batch_size_are_first_told_by_its_ranks(
    lead: Lead, tmp_path: Path
) -> None:
    recorded(tmp_path / "run")
    save_state(tmp_path / "run", 2)
    for led, before in ((lead("other"), 1), (lead(resume=True), 0)):  # a new one has those of its set-up
        crew = led.begin()
        assert len(led.of(Changed)) == before
        crew.processes[0].say(Applied(step=2, lr=SPEC.lr, batch_size=SPEC.batch_size))
        led.settle()
        assert [(m.lr, m.batch_size) for m in led.of(Changed)] == [(SPEC.lr, SPEC.batch_size)]


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
