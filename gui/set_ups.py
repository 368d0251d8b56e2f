"""What acts on the set-up of the next run: taken from the form, a file or the workload's defaults, and kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.config.spec import RunSpec, make_spec, read_spec, spec_toml
from engine.errors import RequestError
from engine.record.whole_file import whole_file
from gui.model.intents import LIVE, Mistaken, NewSetUp, OpenSpec, SaveSpec, SetUp
from gui.model.next_play import NextPlay
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.window.settings import Settings

OF_SET_UP = (SetUp, NewSetUp, OpenSpec, SaveSpec, Mistaken)


def changed_since(began: RunSpec | None, set_up: RunSpec, now: RunView | NextPlay) -> dict[str, Any]:
    """What a run that `began` so has `now`, of LIVE, where the set-up is as it began: the form shows it as its own."""
    if began is None or began.workload != set_up.workload:
        return {}
    values = {name: getattr(now, name) for name in LIVE if getattr(set_up, name) == getattr(began, name)}
    return {name: value for name, value in values.items() if value is not None}


class SetUps:
    """The set-up in the store and in the settings are one; what of the form cannot be is known here, for Play."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._mistaken = Mistaken()
        self._anew_beside: RunView | None = None
        """The run that was shown when a set-up was begun anew."""

    @property
    def is_anew(self) -> bool:
        """Whether the set-up was begun anew beside the run that is shown: the next one has nothing of that run's."""
        return self._anew_beside is self._store.live

    def act(self, intent: object) -> None:
        """Do what an intent of OF_SET_UP wants.

        Raises:
            RequestError, OSError: a file cannot be read or written, or what it says cannot be.
        """
        match intent:
            case SetUp(spec=spec):
                self.take(spec)
            case NewSetUp():
                self.take(make_spec(self._store.set_up.workload))
                self._store.show_example(None)
                self._anew_beside = self._store.live
            case OpenSpec(path=path):
                self.take(read_spec(Path(path)))
                self._store.show_example(None)
            case SaveSpec(path=path):
                with whole_file(Path(path), text=True) as file:
                    file.write(spec_toml(self._store.set_up))
            case Mistaken():
                self._mistaken = intent

    def keep_mode(self) -> None:
        """A mode was chosen since: it is the one that a reset keeps."""
        self._anew_beside = None

    def take(self, spec: RunSpec) -> None:
        """Let the next new run be as `spec` says, and remember it."""
        example = self._store.example
        if example is not None and example.spec.workload != spec.workload:
            self._store.show_example(None)
        self._settings.save_spec(spec)
        self._store.show_set_up(spec)

    def take_example(self, name: str, reset: Callable[[], None]) -> None:
        """What the next new run is to be, as an example has it, at full speed; `reset` puts away the run there was.

        Raises:
            RequestError: there is no example of that name, and all stays as it is.
        """
        from engine.config.examples import example_named  # imported when one is wanted

        example = example_named(name)
        reset()
        self._store.show_pace(None)
        self._store.show_example(example)
        self.take(example.spec)

    def refuse_mistakes(self, *, is_new: bool) -> None:
        """Check that all that would be played can be. `is_new`: a new run begins, and takes all that the form says.

        Raises:
            RequestError: a field says what cannot be; the sentence is the one that stands beside it.
        """
        for name, sentence in self._mistaken.problems.items():
            if is_new or name in LIVE:
                raise RequestError(sentence)
