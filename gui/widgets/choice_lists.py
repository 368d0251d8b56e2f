"""The lists beside a picture: which layer, which digit."""

from collections.abc import Sequence
from itertools import zip_longest

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox

from engine.pictures import Choice
from gui.text.engine_text import engine_text
from gui.widgets.flow import FlowRow
from gui.widgets.wheel import let_wheel_pass

MOST_CHOICES = 4


class ChoiceLists(FlowRow):
    """Lists (`boxes`) in a row of their own, one a choice of the picture; `chosen` when a person has chosen.

    Where one row has no room for them all, entries that are no numbers stand there without what they are of.
    """

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.boxes = [QComboBox() for _ in range(MOST_CHOICES)]
        let_wheel_pass(*self.boxes)
        for box in self.boxes:
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setMinimumContentsLength(1)  # or Qt keeps the least width that it had with longer entries
            box.activated.connect(self.chosen)
            self.add_control(box)
            box.hide()
        self.hide()

    @property
    def places(self) -> tuple[int, ...]:
        """What is chosen in each list that there is, by its place in it."""
        return tuple(box.currentIndex() for box in self.boxes if not box.isHidden())

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """Lists are filled anew only where they offer something else, for one may just be open."""
        for box, choice in zip_longest(self.boxes, choices):
            box.setVisible(choice is not None)
            if choice is None:
                continue
            title = engine_text(choice.title)
            if [box.itemData(index) for index in range(box.count())] != list(choice.options):
                box.clear()
                for option in choice.options:
                    box.addItem(f"{title} {option}", option)
            box.setCurrentIndex(choice.chosen)
            box.setAccessibleName(title)
            box.setToolTip(title)
        self.setVisible(bool(choices))
        self._lay_out(self.rect(), move=True)  # shown again as large as it was, it would not hear of its other lists
        self.fit_words()

    def fit_words(self) -> None:
        """Entries in full, if one row has room for all lists then."""
        shown = [box for box in self.boxes if not box.isHidden()]
        wanted = sum(map(_full_width, shown)) + self.spacing * max(0, len(shown) - 1)
        is_brief = wanted > self.contentsRect().width() > 0
        has_changed = False
        for box in shown:
            entries = _entries(box, is_brief=is_brief)
            if [box.itemText(index) for index in range(box.count())] != entries:
                chosen, options = box.currentIndex(), [box.itemData(index) for index in range(box.count())]
                box.clear()  # of entries that are only written anew a list keeps the width
                for entry, option in zip(entries, options, strict=True):
                    box.addItem(entry, option)
                box.setCurrentIndex(chosen)
                has_changed = True
        if has_changed:
            self.updateGeometry()
            self._lay_out(self.rect(), move=True)


def _entries(box: QComboBox, *, is_brief: bool) -> list[str]:
    """What a list offers; in brief without its title, where an entry says more than a number."""
    options = [str(box.itemData(index)) for index in range(box.count())]
    title = box.accessibleName()
    return [option if is_brief and not option.isdigit() else f"{title} {option}" for option in options]


def _full_width(box: QComboBox) -> int:
    """Pixels that a list would take with its entries in full."""
    advance = box.fontMetrics().horizontalAdvance
    now = max((advance(box.itemText(index)) for index in range(box.count())), default=0)
    return box.sizeHint().width() - now + max(map(advance, _entries(box, is_brief=False)), default=0)
