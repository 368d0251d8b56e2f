"""One setting of a form: what is chosen, when it takes effect, and that it cannot be, in a red frame.

[ 256        ]  next step            ● before the words: it differs from the run that is shown
"""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from engine.config.spec import parse_value
from gui.look.scale import GRID
from gui.widgets.field import Field
from gui.widgets.reasoned_list import ReasonedList

Value = int | float | str
DOT = "● "
"""Before the words behind a setting that differs from the run that is shown."""
ROUNDING = 2
"""By how many pixels a label may be wider than its letters."""


class Setting(QWidget):
    """A field, or a list where there are `choices`. `changed` when something else was chosen; `put_back` by Esc."""

    changed = Signal()
    put_back = Signal()

    def __init__(
        self, name: str, title: str, help_text: str, choices: Sequence[Value] = (), whens: Sequence[str] = ()
    ) -> None:
        """`whens` are the words for when it may take effect: whichever it is, nothing moves."""
        super().__init__()
        self.name, self.title = name, title
        self.problem = ""
        """Why what stands in it cannot be; "" if it can."""
        self.editor: Field | ReasonedList = _list_of(title, help_text, choices) if choices else Field(title, help_text)
        self._when = _When(whens)
        self._when.setEnabled(False)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(0, 1)
        grid.addWidget(self.editor, 0, 0)
        grid.addWidget(self._when, 0, 1)
        self.setFocusProxy(self.editor)
        if isinstance(self.editor, Field):
            self.editor.committed.connect(self.changed)
            self.editor.put_back.connect(self._on_put_back)
        else:
            self.editor.currentIndexChanged.connect(lambda _: self.changed.emit())

    def minimumSizeHint(self) -> QSize:
        """The size below which words are cut, and the gap to the title, which a form forgets when it divides a row."""
        return super().minimumSizeHint() + QSize(GRID, 0)

    @property
    def value(self) -> Value:
        """What stands in it, a number where it is one."""
        if isinstance(self.editor, Field):
            return parse_value(self.editor.text().strip())
        chosen: Value = self.editor.currentData()
        return chosen

    def show_value(self, value: object) -> None:
        """Show what is in force; nothing is emitted."""
        if isinstance(self.editor, Field):
            self.editor.show_value("" if value is None else value)
        elif (index := self.editor.findData(value)) != self.editor.currentIndex():
            self.editor.blockSignals(True)
            self.editor.setCurrentIndex(index)
            self.editor.blockSignals(False)

    def give_way_to(self, other: "Setting") -> None:
        """Where both are lists: make the form no wider than that one does."""
        if isinstance(self.editor, ReasonedList) and isinstance(other.editor, ReasonedList):
            self.editor.give_way_to(other.editor)

    def grey(self, reasons: Mapping[Value, tuple[str, str]]) -> None:
        """What of a list cannot be chosen, each with a sentence on why, and what helps in a few words; all else can."""
        if isinstance(self.editor, ReasonedList):
            self.editor.grey(reasons)

    def restore(self) -> None:
        """What is in force stands in it again, whatever was typed."""
        if isinstance(self.editor, Field):
            self.editor.restore()

    def tell_problem(self, problem: str) -> None:
        """Why what stands in it cannot be; "" if it can."""
        self.problem = problem
        if isinstance(self.editor, Field):
            self.editor.mark_wrong(bool(problem))

    def tell_when(self, when: str, differs: str) -> None:
        """Tell when what is chosen takes effect; and how the run that is shown differs, "" if it does not."""
        words = f"{DOT}{when}" if differs else when
        if self._when.text() == words and self._when.toolTip() == differs:
            return
        self._when.setText(words)
        self._when.setEnabled(bool(differs))
        self._when.setToolTip(differs)
        self.editor.setAccessibleDescription(f"{when}. {differs}" if differs else when)

    def _on_put_back(self) -> None:
        self.tell_problem("")
        self.put_back.emit()


class _When(QLabel):
    """When a setting takes effect. The dot that says that it differs, and other words, have their room always."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__()
        self._words = words

    def sizeHint(self) -> QSize:
        """The size with the dot and the longest of the words."""
        hint, advance = super().sizeHint(), self.fontMetrics().horizontalAdvance
        longest = max((advance(f"{DOT}{word}") for word in self._words), default=0)
        return QSize(max(hint.width(), longest + ROUNDING), hint.height())

    def minimumSizeHint(self) -> QSize:
        """The size with all of that, too: no word of it is cut."""
        return self.sizeHint()


def _list_of(title: str, help_text: str, choices: Sequence[Value]) -> ReasonedList:
    box = ReasonedList()
    for choice in choices:
        box.addItem(str(choice), choice)
    box.setAccessibleName(title)
    box.setToolTip(help_text)
    return box
