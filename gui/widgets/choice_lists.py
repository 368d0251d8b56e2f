"""The lists beside a picture: which layer, which digit."""

from collections.abc import Sequence
from itertools import zip_longest

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QComboBox

from engine.pictures import Choice
from gui.text.engine_text import engine_text
from gui.widgets.wheel import let_wheel_pass

MOST_CHOICES = 4


class ChoiceLists(QObject):
    """Lists (`boxes`), one a choice of the picture; the others are hidden. `chosen` when a person has chosen."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.boxes = [QComboBox() for _ in range(MOST_CHOICES)]
        let_wheel_pass(*self.boxes)
        for box in self.boxes:
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.activated.connect(self.chosen)
            box.hide()

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
