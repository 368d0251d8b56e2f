"""A page of the help: its pictures are as wide as there is room for, and dark on a dark page."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt, QUrl
from PySide6.QtGui import QPixmap, QResizeEvent, QTextDocument
from PySide6.QtWidgets import QTextBrowser

from gui.look.theme import is_dark

DARK = "-dark"
"""What the name of a picture ends on that is drawn on a dark ground: beside `lanes.png` lies `lanes-dark.png`."""


class HelpPage(QTextBrowser):
    """Shows Markdown with the pictures of one directory."""

    def __init__(self, pictures: Path) -> None:
        super().__init__()
        self._pictures, self._text = pictures, ""
        self.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAlwaysOn
        )  # or pictures and bar would chase each other

    def show_text(self, markdown: str) -> None:
        """Show another page, from its beginning."""
        self._text = markdown
        self.setMarkdown(markdown)

    @property
    def place(self) -> int:
        """The character of the page that is seen first."""
        return self.cursorForPosition(self.viewport().rect().topLeft()).position()

    def go_to(self, place: int) -> None:
        """Have that character at the upper edge, in letters and width of now."""
        cursor = self.textCursor()
        cursor.setPosition(min(place, self.document().characterCount() - 1))
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + self.cursorRect(cursor).top())

    def _load_anew(self) -> None:
        at = self.verticalScrollBar().value()
        self.setMarkdown(self._text)
        self.verticalScrollBar().setValue(at)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """A picture of this theme, no wider than the page."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return super().loadResource(kind, name)
        file = self._pictures / QUrl(name).fileName()
        own = file.with_stem(file.stem + DARK) if is_dark(self.palette()) else file
        picture = QPixmap(str(own if own.is_file() else file))
        room = self.viewport().width() - 2 * round(self.document().documentMargin())
        if picture.width() > room > 0:
            return picture.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)
        return picture

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures to another width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._load_anew()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_pictures"):
            self._load_anew()
