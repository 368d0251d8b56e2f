"""What of a form cannot be, below it: where it moves no field, and leaves the form its place."""

from PySide6.QtWidgets import QLabel

from gui.look.scale import GRID, WIDE
from gui.widgets.wrapped import breakable, say

MOST_OF_HEIGHT = 0.5
"""Of form and mistakes together: several that would take more, as large letters do, are told one at a time."""


class Mistakes(QLabel):
    """Sentences, in a column as wide as the form; hidden while there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setContentsMargins(WIDE, GRID, WIDE, GRID)
        self.hide()
        self._problems: list[str] = []

    def tell(self, problems: list[str], width: int, height: int) -> None:
        """Say these, or the latest alone where all have no room in `width` and `height`, those of form and mistakes."""
        newest = [problem for problem in problems if problem not in self._problems] or problems
        self._problems = problems
        say(self, breakable("\n".join(problems)), "error")
        if self.heightForWidth(width) > MOST_OF_HEIGHT * height and len(problems) > 1:
            say(self, breakable(newest[-1]), "error")

    def note(self, text: str) -> None:
        """Say what is no mistake, until there is one or none is left."""
        say(self, text, "info")
