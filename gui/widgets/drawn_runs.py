"""The runs on a plot: which are switched on, in which colours, how far they reach. One, or any number."""

from collections.abc import Callable, Iterable

import msgspec
from PySide6.QtGui import QColor, QPalette

from gui.look.theme import RunColours, is_dark, run_colours
from gui.model.run_names import names_of
from gui.model.run_view import RunView
from gui.text.metric import metric_words
from gui.widgets.legend import Legend
from gui.widgets.switch_icon import gaps_of


class DrawnRun(msgspec.Struct, frozen=True):
    """A run on a plot, as number `number` (the live one is 0), called `title` where there are several."""

    number: int
    run: RunView
    colours: RunColours
    title: str

    def name(self, curve: str) -> str:
        """What one of its curves is called on the plot: those of number 0 have the curve's own name."""
        return curve if self.number == 0 else f"{curve} {self.number}"


class DrawnRuns:
    """Keeps a legend up to date with the runs of its plot.

    A run's entry has the colour of its main curve (a field of `RunColours`), and `tooltip`. `own`: the first of the
    entries that the live run's curves have; it then has none beside them, and where there are several runs this one
    bears its name.
    """

    def __init__(self, legend: Legend, main_curve: str, tooltip: str, *, own: str = "") -> None:
        self.all: list[DrawnRun] = []
        self._legend = legend
        self._main_curve = main_curve
        self._tooltip = tooltip
        self._own = own
        self._runs: list[RunView] = []
        self._is_dark = False
        self._live_colour: QColor | None = None

    def take(self, runs: Iterable[RunView]) -> None:
        """Draw these runs, the live one first; one without a step has nothing to draw."""
        self._runs = list(runs)
        known, names = [(drawn.run, drawn.title) for drawn in self.all], names_of(self._runs)
        self.all = [
            DrawnRun(number, run, run_colours(number, dark=self._is_dark), names[run.run_id])
            for number, run in enumerate(self._runs)
            if run.num_steps or number == 0
        ]
        if [(drawn.run, drawn.title) for drawn in self.all] != known:
            self._show_entries()
            self._paint_swatches()

    def paint(self, palette: QPalette) -> None:
        """Draw the runs in the colours of this theme from now on."""
        self._is_dark = is_dark(palette)
        self.take(self._runs)
        self._paint_swatches()

    def colour_live(self, colour: QColor) -> None:
        """The main curve of the live run goes on in this colour, which is not that of its number."""
        if colour != self._live_colour:
            self._live_colour = colour
            self._paint_swatches()

    def name_own(self, title: str, brief: str = "") -> None:
        """The live run's first entry is called `title`, or `brief`; behind the run's name where there are several."""
        live = next((drawn.title for drawn in self.all if drawn.number == 0), "")
        is_one_of_several = any(drawn.number for drawn in self.all) and live
        names = [f"{live} · {words}" if is_one_of_several else words for words in (title, brief or title)]
        self._legend.retitle(self._own, *names)

    def name_units(self, rate_words: Callable[[str], str]) -> None:
        """Behind the name of a run laid beside, the unit of its rate, where that is another than that of others."""
        is_said = len(self.units) > 1
        for drawn in self.all:
            if drawn.number:
                title = f"{drawn.title} · {rate_words(drawn.run.unit)}" if is_said else drawn.title
                self._legend.retitle(drawn.run.run_id, title)

    def show_ends(self, loss_words: Callable[[float | None], str]) -> None:
        """Beside each run's name its newest loss, where its curve ends, and metric; without room the name alone."""
        for drawn in self.all:
            loss, metric = drawn.run.last_loss, metric_words(drawn.run)
            end = "" if loss is None else loss_words(loss)
            words = " · ".join(filter(None, (end, metric)))
            self._legend.show_value(drawn.run.run_id, words, f"{drawn.title}  {end}".rstrip(), drawn.title)

    @property
    def shown(self) -> list[DrawnRun]:
        """The runs that are switched on."""
        return [drawn for drawn in self.all if self._legend.is_shown(drawn.run.run_id)]

    @property
    def units(self) -> list[str]:
        """What is counted of the runs, each unit once, that of the live run first."""
        return list(dict.fromkeys(drawn.run.unit for drawn in self.all))

    @property
    def is_empty(self) -> bool:
        """Whether no run has made a step."""
        return not self._with_steps()

    def extent(self, kind: str) -> tuple[float, float]:
        """The range that all drawn runs have on the x axis `kind`."""
        ends = [float(run.loss.axis.of(kind)[-1]) for run in self._with_steps()]
        return (0.0, max(ends, default=1.0))

    def _with_steps(self) -> list[RunView]:
        return [drawn.run for drawn in self.all if drawn.run.num_steps]

    def _show_entries(self) -> None:
        seen = [drawn for drawn in self.all if drawn.run.num_steps and (drawn.number or not self._own)]
        gaps = {drawn.run.run_id: gaps_of(drawn.colours.dash) for drawn in seen}
        self._legend.show_runs({drawn.run.run_id: drawn.title for drawn in seen}, self._tooltip, gaps)

    def _paint_swatches(self) -> None:
        live = msgspec.structs.asdict(run_colours(0, dark=self._is_dark))
        colours = {name: colour for name, colour in live.items() if isinstance(colour, QColor)}
        if self._live_colour is not None:
            colours[self._main_curve] = self._live_colour
        own = {drawn.run.run_id: getattr(drawn.colours, self._main_curve) for drawn in self.all}
        if self._live_colour is not None:
            own |= {drawn.run.run_id: self._live_colour for drawn in self.all if drawn.number == 0}
        self._legend.paint_swatches(colours | own)
