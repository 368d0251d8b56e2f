"""A text that a model was given, in bold letters, and what it goes on with."""

import numpy as np
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QFont, QFontDatabase, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit, QVBoxLayout

from engine.pictures import AnyPicture, Text
from gui.look.theme import plot_colours, text_on
from gui.widgets.picture_view import PictureView, number_colours


class TextView(PictureView):
    """The newest text; its end stays in sight as it grows, and its beginning comes back when it is over.

    What is weighed, or a whole text that nobody began, is read from its beginning.
    """

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
        before, self._picture = self._picture, picture
        has_grown = before is not None and picture.text != before.text and picture.text.startswith(before.text)
        has_rows = bool(picture.weights) and "\n" in picture.text
        self._text.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap if has_rows else QTextEdit.LineWrapMode.WidgetWidth)
        bars = self._text.verticalScrollBar(), self._text.horizontalScrollBar()
        places = [bar.value() for bar in bars]
        self._write(picture)
        if not picture.weights and (picture.prompt or has_grown):
            self._text.moveCursor(QTextCursor.MoveOperation.End)
            return
        self._text.moveCursor(QTextCursor.MoveOperation.Start)
        for bar, place in zip(bars, places, strict=True):
            bar.setValue(place)

    def end(self) -> None:
        """Show what was given: all of the text is written, and read from its beginning."""
        self._text.verticalScrollBar().setValue(0)

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
        for text, ground in [(picture.prompt, None), *self._parts(picture)]:
            form = QTextCharFormat()
            form.setForeground(colours.foreground if ground is None else text_on(ground))
            if ground is not None:
                form.setBackground(ground)
            elif text is picture.prompt:
                form.setFontWeight(QFont.Weight.Bold)
            form.setFontFamilies([QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()])
            cursor.insertText(text, form)

    def _parts(self, picture: Text) -> list[tuple[str, QColor | None]]:
        """The text, character by character where each has a weight, with the ground of each."""
        weights = np.nan_to_num(np.frombuffer(picture.weights, np.float32))
        if not len(weights):
            return [(picture.text, None)]
        table = number_colours(self.palette(), is_signed=True)
        places = np.clip(127.5 + 127.5 * weights / (float(np.abs(weights).max()) or 1.0), 0, 255).round().astype(int)
        grounds = [
            QColor(*table[place].tolist()) if weight else None for place, weight in zip(places, weights, strict=True)
        ]
        return list(zip(picture.text, grounds, strict=True))

    def summary(self) -> str:
        """The text itself is read, not a summary."""
        return ""
