"""A text that a model was given, in the quiet colour, and what it goes on with."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFontDatabase, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit, QVBoxLayout

from engine.pictures import AnyPicture, Text
from gui.look.theme import plot_colours
from gui.widgets.picture_view import PictureView


class TextView(PictureView):
    """The newest text; its end stays in sight as it grows."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: Text | None = None
        self._text = QTextEdit()
        self._text.setReadOnly(True)
        self._text.setAccessibleName(self.tr("What the model writes"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._text)

    def show_picture(self, picture: AnyPicture) -> None:
        """Show this text from now on."""
        assert isinstance(picture, Text)
        self._picture = picture
        self._write(picture)
        self._text.moveCursor(QTextCursor.MoveOperation.End)

    def changeEvent(self, event: QEvent) -> None:
        """Write anew in the colours of another theme; whoever has scrolled up stays there."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._picture is not None:
            bar = self._text.verticalScrollBar()
            place = bar.value()
            self._write(self._picture)
            bar.setValue(place)

    def _write(self, picture: Text) -> None:
        colours = plot_colours(self.palette())
        self._text.clear()
        cursor = self._text.textCursor()
        for text, colour in ((picture.prompt, colours.muted), (picture.text, colours.foreground)):
            form = QTextCharFormat()
            form.setForeground(colour)
            form.setFontFamilies([QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()])
            cursor.insertText(text, form)

    def summary(self) -> str:
        """The text itself is read, not a summary."""
        return ""
