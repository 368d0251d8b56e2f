"""A legend made of switches: each shows or hides its curve, or a run, by mouse or keyboard, with the latest value.

Where there is no room for all of that, words are fewer and numbers shorter, then there is another line: no number of a
curve stands without its name.
"""

import re

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from gui.look.scale import TIGHT
from gui.widgets.flow import FlowRow
from gui.widgets.held_size import free_size, held_width, hold_size
from gui.widgets.switch_icon import Gaps, switch_icon

WIDER = 100
"""As bad as so many lines is each pixel for which an entry has no room in a line of its own."""
TITLES, SWITCHES = 3, 4
"""The levels of texts at which titles stand alone, only where values take more than another line; and not even those of
runs."""
MOST_LINES = 3
"""Of titles alone: where there would be more, and curves have entries too, runs are told by their switches, and by name
under the mouse."""
WIDEST, _LAST_NUMBER = 7, re.compile(r"(?<= )\d[\d.,]*$")
"""Letters of the longest number that is usual (0.04679): behind a title it has that room from the first one on."""
OF_NUMBERS = 6
"""Digits by which a number may become shorter before its entry does: 0.04679 is written where 1 was, and back."""
NOTHING = ("", "", "")
"""The words of an entry without a value."""


class Legend(FlowRow):
    """Names and swatches of curves to click on; emits `toggled(name, shown)`."""

    toggled = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, spacing=TIGHT)
        self._buttons: dict[str, tuple[QToolButton, str, Gaps]] = {}
        self._brief: dict[str, str] = {}
        """Titles in fewest letters."""
        self._expected: dict[str, str] = {}
        """A value as long as most are: room is kept for it before there is one."""
        self._values: dict[str, tuple[str, str, str]] = {}
        """What an entry says behind its title, in its place, and in fewest words."""
        self._tooltips: dict[str, str] = {}
        self._runs: set[str] = set()
        """Ids of those that have an entry."""
        self._held: dict[tuple[str, int], int] = {}
        """Pixels kept for each text, by entry and how few words it is in."""
        self._written: dict[str, int] = {}
        """In how few words each entry is."""
        self._colours: dict[str, QColor] = {}
        """Of the switches, as they are drawn now."""

    def add(self, name: str, title: str, tooltip: str, gaps: Gaps = (), *, brief: str = "", expected: str = "") -> None:
        """Add the entry of a curve, which is broken on its switch at these places; `brief` is a shorter title.

        `expected` is as long as most of its values: what lies below moves for none that comes.
        """
        button = _Entry()
        button.setCheckable(True)
        button.setChecked(True)
        button.setProperty("chip", True)
        button.setText(title)
        button.setToolTip(tooltip)
        self._tooltips[name], self._brief[name], self._expected[name] = tooltip, brief, expected
        button.setAccessibleName(title)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        button.toggled.connect(lambda shown: self.toggled.emit(name, shown))
        self.add_control(button)
        self._buttons[name] = (button, title, gaps)

    def retitle(self, name: str, title: str, brief: str = "") -> None:
        """Give the entry of a curve, if there is one of that name, another title, and a shorter one."""
        if name not in self._buttons:
            return
        button, before, gaps = self._buttons[name]
        if (title, brief or self._brief[name]) != (before, self._brief[name]):
            self._buttons[name] = (button, title, gaps)
            self._brief[name] = brief or self._brief[name]
            button.setAccessibleName(title)
            self.fit_words()

    def title(self, name: str) -> str:
        """What an entry is called now; "" where there is none of that name."""
        return self._buttons[name][1] if name in self._buttons else ""

    def is_shown(self, name: str) -> bool:
        """Whether a curve, or a run by its id, is switched on; what has no entry is."""
        return name not in self._buttons or self._buttons[name][0].isChecked()

    def show_runs(self, names: dict[str, str], tooltip: str, gaps: dict[str, Gaps]) -> None:
        """An entry a run, by id, with its name, behind those of the curves; `gaps` as `add` has them."""
        for run_id in self._runs - names.keys():
            button, _, _ = self._buttons.pop(run_id)
            self.remove_control(button)
            for known in (self._values, self._tooltips, self._written):
                known.pop(run_id, None)
            self._held = {key: width for key, width in self._held.items() if key[0] != run_id}
        for run_id, name in names.items():
            if run_id in self._runs:
                self.retitle(run_id, name)
            else:
                self.add(run_id, name, tooltip, gaps.get(run_id, ()))
        self._runs = set(names)
        self.fit_words()

    def show_value(self, name: str, value: str, short: str = "", brief: str = "") -> None:
        """Write the latest value behind a title, if there is an entry of that name.

        Where there is no room for all values, `short` stands for title and value (left out: both), then `brief` (left
        out: `short`).
        """
        short = short or f"{self._brief.get(name) or self.title(name)} {value}"
        forms = (value, short, brief or short)
        if name in self._buttons and self._values.get(name, NOTHING) != forms:
            self._values[name] = forms
            if self._hold(name) or name not in self._written:
                self.updateGeometry()
                self.fit_words()
            else:
                self._write(name, self._written[name])  # several times a second: other digits in the same place

    def show_why(self, name: str, why: str) -> None:
        """Where the pointer rests on a title: why its curve does not go on; "" is what the curve shows."""
        if name in self._buttons:
            button = self._buttons[name][0]
            button.setToolTip(why or self._tooltips[name])

    def _forms(self, name: str) -> tuple[str, ...]:
        """Of an entry's text, from the fullest to that in fewest words, the title alone, and none, of a run."""
        title, (value, short, brief) = self._buttons[name][1], self._values.get(name, NOTHING)
        least = self._brief.get(name) or title
        texts = (f"{title}  {value}", short, brief) if value else (title, title, least)
        return (*texts, least, "" if name in self._runs else least)

    def fit_words(self) -> None:
        """Titles with values; where that takes more lines than titles alone, in fewer words. Each keeps its width."""
        have_changed = False
        for name, (button, _, _) in self._buttons.items():
            height = round(0.8 * button.fontMetrics().height())
            button.setIconSize(QSize(round(2.3 * height), height))
            have_changed |= self._hold(name)
        if have_changed:
            self.updateGeometry()
        self._written = self._levels()
        for name, level in self._written.items():
            self._write(name, level)
            button = self._buttons[name][0]
            hold_size(button, QSize(self._entry_width(name, level), button.sizeHint().height()))

    def _hold(self, name: str) -> bool:
        """Keep as many pixels as each text of an entry needs; whether these are others than before."""
        button, have_changed = self._buttons[name][0], False
        for level, text in enumerate(self._forms(name)):
            held = self._held.get((name, level), 0)
            wanted = _text_width(button, _LAST_NUMBER.sub(lambda found: found[0].ljust(WIDEST, "0"), text))
            if self._expected.get(name) and level < TITLES:
                title = (level == TITLES - 1 and self._brief[name]) or self._buttons[name][1]
                wanted = max(wanted, _text_width(button, f"{title}  {self._expected[name]}"))
            self._held[name, level] = held_width(held, wanted, button.fontMetrics(), spare_digits=OF_NUMBERS)
            have_changed |= self._held[name, level] != held
        return have_changed

    def _write(self, name: str, level: int) -> None:
        button, text = self._buttons[name][0], self._forms(name)[level]
        if button.text() != text:
            button.setText(text)
        told = self._tooltips[name] if text else f"{button.accessibleName()}\n{self._tooltips[name]}"
        if name in self._runs and button.toolTip() != told:
            button.setToolTip(told)

    def _levels(self) -> dict[str, int]:
        """Which text each entry has: the fullest with which all take as many lines as titles do, or else one more."""
        titles = dict.fromkeys(self._buttons, TITLES)
        if len(self._runs) < len(titles) and self._lines(titles) > MOST_LINES:
            titles |= dict.fromkeys(self._runs, SWITCHES)
        tries = [dict.fromkeys(self._buttons, level) for level in range(TITLES)]
        least, found = self._lines(titles), titles
        for lines in (least, least + 1):
            fitting = [levels for levels in tries if self._lines(levels) <= lines]
            if fitting:
                found = fitting[0]
                break
        lines = self._lines(found)
        for name in reversed(self._buttons):
            fuller = ({**found, name: level} for level in range(found[name]))
            found = next((levels for levels in fuller if self._lines(levels) <= lines), found)
        return found

    def _entry_width(self, name: str, level: int) -> int:
        button = self._buttons[name][0]
        return _frame_width(button) + self._held.get((name, level), _text_width(button, self._forms(name)[level]))

    def _lines(self, levels: dict[str, int]) -> int:
        """That the entries take at this width, as they are put into rows, with these texts."""
        lines, taken = 1, 0
        for name, level in levels.items():
            width = self._entry_width(name, level)
            if taken and taken + width > self.width():
                lines, taken = lines + 1, 0
            taken += width + TIGHT
            lines += WIDER * max(0, width - self.width())
        last = self.last_control
        return lines + (last is not None and taken + last.sizeHint().width() > self.width())

    def sizeHint(self) -> QSize:
        """With all values, whether or not they are written now."""
        widths = [self._entry_width(name, 0) for name in self._buttons]
        widths += [last.sizeHint().width() for last in [self.last_control] if last is not None]
        return QSize(sum(widths) + TIGHT * max(0, len(widths) - 1), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """The width of the widest entry in fewest words: for more of them nothing is widened."""
        widths = [self._entry_width(name, SWITCHES) for name in self._buttons]
        widths += [last.sizeHint().width() for last in [self.last_control] if last is not None]
        return QSize(max(widths, default=0), super().minimumSizeHint().height())

    def paint_swatches(self, colours: dict[str, QColor]) -> None:
        """Draw a switch in front of each title that has a colour here: on, it has the look of the curve."""
        self._colours = dict(colours)
        for name, (button, _, gaps) in self._buttons.items():
            if name in colours:
                button.setIcon(switch_icon(colours[name], self.palette(), gaps))
        self.fit_words()

    def changeEvent(self, event: QEvent) -> None:
        """What a switch lies on has another colour, and it comes later than those of the curves do."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_colours"):
            self.paint_swatches(self._colours)


class _Entry(QToolButton):
    """A button whose size is held by the legend, until its text is of another size."""

    def changeEvent(self, event: QEvent) -> None:
        """The legend is asked to lay out anew, and holds what is right then."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            free_size(self)


def _text_width(button: QToolButton, text: str) -> int:
    """As the button itself reckons: a pixel of difference, and values would come and go for ever."""
    return button.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, text).width()


def _frame_width(button: QToolButton) -> int:
    """What a button needs beside its text."""
    return button.sizeHint().width() - _text_width(button, button.text())
