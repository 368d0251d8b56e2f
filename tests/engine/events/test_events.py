"""Events: all of them are in the list of messages, and those that stand in records keep the names they always had."""

import importlib
from pathlib import Path
from typing import get_args

import msgspec

import engine.events
from engine.events.event import Event
from engine.events.message import AnyEvent, Message
from engine.rows import StepBatch

NAMES = {
    "answer",
    "changed",
    "devicesample",
    "diverged",
    "evaluatorchanged",
    "hindered",
    "notice",
    "paced",
    "points",
    "preparing",
    "rankfailed",
    "ranksilent",
    "runfinished",
    "runstarted",
    "saveprogress",
    "segmentstarted",
    "shiftcancelled",
    "shifted",
    "shiftfailed",
    "slowrank",
    "statesaved",
    "statuschanged",
    "stepanatomy",
    "surface",
    "textsample",
    "validated",
}
"""As they stand in records on people's disks: none may ever be missing here."""


def defined() -> set[type[Event]]:
    """Every event that a file of the room defines."""
    files = Path(engine.events.__path__[0]).glob("[!_]*.py")
    modules = [importlib.import_module(f"engine.events.{path.stem}") for path in files]
    kinds = [kind for module in modules for kind in vars(module).values() if isinstance(kind, type)]
    return {kind for kind in kinds if issubclass(kind, Event) and kind is not Event}


def test_every_event_is_a_message() -> None:
    assert set(get_args(Message)) - {StepBatch} == defined()


def test_what_stands_in_records_is_known_by_its_name() -> None:
    tags = [str(kind.__struct_config__.tag) for kind in get_args(AnyEvent)]
    assert set(tags) >= NAMES
    assert len(tags) == len(set(tags))


def test_a_line_of_a_record_is_an_event() -> None:
    line = b'{"event":"hindered","at_s":1.5,"step":3,"rank":1,"phase":"compute","factor":4.0,"delay_s":0.0}'
    event = msgspec.json.decode(line, type=AnyEvent)
    assert type(event).__name__ == "SlowedDown"
    assert msgspec.json.encode(event) == line
