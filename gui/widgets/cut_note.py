"""What stands below a line in which a person types, while less stands in it than was typed or pasted."""

from PySide6.QtWidgets import QLabel, QLineEdit

from gui.look.theme import set_note


class CutNote(QLabel):
    """Holds a line at `most` characters, and is seen from the first that has no room there until some are taken out."""

    def __init__(self, line: QLineEdit, most: int) -> None:
        super().__init__(self.tr("Cut: no more than {most:,} characters are read.").format(most=most))
        self.setWordWrap(True)
        set_note(self)
        self.hide()
        line.setMaxLength(most)
        line.inputRejected.connect(self.show)
        line.textChanged.connect(lambda text: self.setVisible(not self.isHidden() and len(text) == most))

    def take_from(self, other: "CutNote") -> None:
        """Be seen where the other one is: the same stands in both lines."""
        self.setHidden(other.isHidden())
