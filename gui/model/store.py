"""What the window knows: its runs, one of them live, the machine, and what the next run is to be. No Qt.

    Bridge ──feed──> live RunView          Application, Runs ──show_…──> the rest          panels read, nothing else

`versions` counts changes by topic (`TOPICS`), so that a panel is only asked to draw when something it shows is new.
"""

from collections import Counter
from typing import TYPE_CHECKING

from engine.config.hardware import HardwareReport
from engine.config.spec import RunSpec, make_spec
from engine.errors import Sentence
from engine.events.machine import DeviceSample
from engine.events.message import Message
from engine.events.run import Notice
from engine.explain.rules.facts import Link
from gui.model.health import UNDER_WAY
from gui.model.intents import ChooseBaseline, ClearBoard, ShowWholeBoard, SortBoard
from gui.model.next_play import NextPlay
from gui.model.replayed import Replayed
from gui.model.run_view import RunView
from gui.model.samples import Samples

if TYPE_CHECKING:
    from engine.config.examples import Example

TOPICS = (
    "steps",
    "segments",
    "validation",
    "devices",
    "log",
    "status",
    "surface",
    "texts",
    "looks",
    "hyper",
    "run",
    "anatomy",
    "sums",
    "verdict",
    "set-up",
    "replay",
    "hardware",
    "packs",
)
"""What panels can watch; each counts up when it changes."""
IS_KEPT = "{name} is kept: File › Open recorded run shows it, and Play then goes on with it."
"""What is said of a run that something else takes the place of, whatever that is."""


class Store:
    """Facts for the panels. Who acts on what the user wants writes them; panels and menus do not."""

    def __init__(self) -> None:
        self.versions: Counter[str] = Counter()
        self.live = RunView("", self.versions)
        """The run that messages are about; an empty one where there is none."""
        self.runs: dict[str, RunView] = {"": self.live}
        """By id, in the order in which they are drawn; the live one among them."""
        self.set_up = make_spec("digits-mlp")
        """What the next new run is to be."""
        self.example: Example | None = None
        """What is set up, where it is an example: what to do with it, and what to watch for."""
        self.kept = ""
        """The name of the run that was live until it was put away, where its record is on disk; "" once another is."""
        self.next_play: NextPlay | None = None
        """What Play will do with the live run; None while it computes, or if there is none."""
        self.hardware: HardwareReport | None = None
        """What torch finds on this machine; None while that is not known."""
        self.torch_problem = ""
        """Why nothing can compute here; "" while there is hope."""
        self.replayed: Replayed | None = None
        """How far the replay is that is shown; None if none is, or none that can be wound."""
        self.pace: float | None = None
        """Steps a second that were asked for, of the run that computes and of those to come; None: full speed."""
        self.links: dict[str, Link] = {}
        """How fast ranks of this machine reach each other, by transport, as far as that was measured."""
        self.absent_packs: dict[str, Sentence] = {}
        """By the name of each data pack that is not here, why that matters and how it is got."""
        self.errand = ""
        """What is being read or checked beside the window, in words; "" for nothing."""
        self._idle_samples = Samples()
        """Of the machine, by the window's own clock, while no session takes any."""
        self.versions.update(TOPICS)

    @property
    def samples(self) -> Samples:
        """What this machine did lately, by one clock: as the live run has it where it computes, else the window."""
        if not self.live.samples or (self.live.is_replay and self._idle_samples):
            return self._idle_samples
        return self.live.samples

    # Runs ------------------------------------------------------------------------------------------------------------

    def begin(self, run_id: str = "") -> RunView:
        """Let another run be live, of which nothing is known yet; the one that was is forgotten. "" stands for none."""
        if self.samples is self.live.samples:
            self._idle_samples = Samples()  # of the time before that run
        runs = [run for run in self.beside if run.run_id != run_id]
        self.live = RunView(run_id, self.versions)
        self.runs = {run.run_id: run for run in [self.live, *runs]}
        self.next_play, self.kept = None, ""
        self.versions.update(TOPICS)
        return self.live

    def leave(self, name: str) -> None:
        """Let no run be live; the one that was had this name, and its record is kept ("": there is none)."""
        self.begin()
        self.kept = name
        if name:
            self.feed([Notice(at_s=0.0, level="info", text=Sentence(IS_KEPT, name=name))])

    @property
    def beside(self) -> list[RunView]:
        """The runs that are drawn beside the live one."""
        return [run for run in self.runs.values() if run is not self.live]

    def lay_beside(self, run: RunView) -> None:
        """Have a run drawn beside the live one, until it is taken away, whatever becomes of the live one."""
        self.runs[run.run_id] = run
        self.versions["run"] += 1

    def take_away(self) -> None:
        """Have the live run drawn alone."""
        self.runs = {self.live.run_id: self.live}
        self.versions["run"] += 1

    def take_over(self, spec: RunSpec, *, is_replay: bool) -> None:
        """The live run goes on, computed or replayed from now on."""
        self.live.spec, self.live.is_replay = spec, is_replay
        self.show_links(self.links)
        self.versions["run"] += 1

    def feed(self, messages: list[Message]) -> None:
        """Take in messages about the live run, in order."""
        self.live.feed(messages)

    def change_board(self, wish: ChooseBaseline | SortBoard | ClearBoard | ShowWholeBoard) -> None:
        """What is shown of the live run's modes, and beside which of them."""
        board = self.live.board
        match wish:
            case ChooseBaseline(key=key):
                board.compare_with(key)
            case SortBoard(by_speed=by_speed):
                board.is_by_speed = by_speed
            case ClearBoard():
                board.clear()
            case ShowWholeBoard():
                board.show_all()
        self.versions["run"] += 1

    # Everything else -------------------------------------------------------------------------------------------------

    def show_set_up(self, spec: RunSpec) -> None:
        """Let the model know what the next new run is to be."""
        self.set_up = spec
        self.versions["set-up"] += 1

    def show_example(self, example: "Example | None") -> None:
        """What is set up is an example; None: it is none any more."""
        if example is not self.example:
            self.example = example
            self.versions["set-up"] += 1

    def show_next_play(self, ahead: NextPlay | None) -> None:
        """What Play will do with the live run; None while it computes, or if there is none."""
        if ahead != self.next_play:
            self.next_play = ahead
            self.versions["status"] += 1

    def show_giving_up(self) -> None:
        """Let the model know that the shift under way, if one is, is to be given up."""
        self.live.health.is_giving_up = self.live.status in UNDER_WAY
        self.versions["status"] += 1

    def show_hardware(self, hardware: HardwareReport | None, problem: str) -> None:
        """What torch finds on this machine, or why it cannot be asked ("" while there is hope)."""
        if hardware is not self.hardware or problem != self.torch_problem:
            self.hardware, self.torch_problem = hardware, problem
            self.versions["hardware"] += 1

    def show_replayed(self, replayed: Replayed | None) -> None:
        """Let the model know how far the replay is, if one is shown."""
        if replayed != self.replayed:
            self.replayed = replayed
            self.versions["replay"] += 1

    def show_pace(self, steps_per_s: float | None) -> None:
        """How many steps a second are asked for from now on."""
        self.pace = steps_per_s
        self.versions["status"] += 1

    def show_links(self, links: dict[str, Link]) -> None:
        """How fast ranks reach each other here, by transport; of where a replayed run was made, that says nothing."""
        self.links = links
        self.live.verdicts.links = {} if self.live.is_replay else links

    def show_packs(self, absent: dict[str, Sentence]) -> None:
        """Which data packs are not here, each with a sentence on how it is got."""
        if absent != self.absent_packs:
            self.absent_packs = absent
            self.versions["packs"] += 1

    def show_errand(self, words: str) -> None:
        """What is being read or checked beside the window; "" for nothing any more."""
        if words != self.errand:
            self.errand = words
            self.versions["status"] += 1

    def show_idle_sample(self, sample: DeviceSample) -> None:
        """What the machine does while no session looks, by the window's own clock."""
        self._idle_samples.append(sample)
        self.versions["devices"] += 1
