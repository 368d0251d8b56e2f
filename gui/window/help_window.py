"""The help: a page for each panel and each mode, with a list of contents, a search, and the numbers of the run shown.

A window of its own beside the lecture's, so that both can be seen; what it shows lies in `resources/help`.
"""

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QEvent, QLocale, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import QAction, QHideEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from engine.config.mode_text import parse_mode
from gui.look.scale import GRID, HALF
from gui.model.store import Store
from gui.text.glossary import Glossary
from gui.text.help_pages import PAGES, Section, read_sections
from gui.text.todays_numbers import TodaysNumbers
from gui.widgets.put_in import put_in
from gui.window.help_page import HelpPage

KEYS, WORDS = "keys", "glossary"
"""Names of the two pages that are no files: what the actions say, and what the words mean."""
NAME = Qt.ItemDataRole.UserRole
"""Where an entry of the contents keeps the name of its page."""
SIZE, PART = QSize(1060, 700), 0.9
"""At the desk, in pixels, and over the presenter's layout, as a part of that."""
NUMBERED = ("bubble", "traffic", "memory", "shares")
"""Pages of panels that show what the formulas are about."""


class HelpWindow(QDialog):
    """Made when help is first asked for; `show_page` brings it to the front."""

    def __init__(self, window: QWidget, store: Store, actions: Sequence[QAction]) -> None:
        super().__init__(window)
        self._store, self._actions = store, actions
        self._left_at = 0
        """The place on the page when it was closed."""
        self._glossary, self._todays = Glossary(), TodaysNumbers()
        self.setObjectName("help")
        self.setWindowTitle(self.tr("Help"))
        self.resize(SIZE)
        sections = read_sections(QLocale().name().partition("_")[0])
        sections += [
            Section(KEYS, self.tr("Keys"), self._keys()),
            Section(WORDS, self.tr("Words"), self._words()),
        ]
        self._sections = {section.name: section for section in sections}
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search the help"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._fill_contents)
        self.contents = QListWidget()
        self.contents.setAccessibleName(self.tr("Contents"))
        self.contents.currentItemChanged.connect(lambda item, _: self._show(item))
        self.page = HelpPage(PAGES)
        self.page.setOpenLinks(False)
        self.page.anchorClicked.connect(self._follow)
        self.page.setAccessibleName(self.tr("Page"))
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, GRID, GRID, GRID)
        left = put_in(row, QVBoxLayout(), 1)
        left.setSpacing(HALF)
        left.addWidget(self.search)
        left.addWidget(self.contents, 1)
        row.addWidget(self.page, 3)
        self._fill_contents("")
        self._widest = max(self._items(), key=lambda item: len(item.text())).text()
        self._widen_contents()

    def _widen_contents(self) -> None:
        """The list of contents is as wide as its longest title."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        self.contents.setMinimumWidth(self.contents.fontMetrics().horizontalAdvance(self._widest) + bar + 3 * GRID)

    def changeEvent(self, event: QEvent) -> None:
        """In every text size, once the list has it, too."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_widest"):
            QTimer.singleShot(0, self, self._widen_contents)

    def dress(self, style: str) -> None:
        """Have letters by this style sheet, for the last row, and most of the window's room; "": as at the desk."""
        if style != self.styleSheet():
            self.setStyleSheet(style)
            window = self.parentWidget()
            assert window is not None
            self.resize((window.size() * PART if style else SIZE).boundedTo(window.size()))

    def show_page(self, name: str) -> None:
        """Open the page of that name: a panel's, a mode's, or the first one there is. What is typed then is found."""
        self.search.clear()
        found = [item for item in self._items() if item.data(NAME) == name] or self._items()
        self.contents.setCurrentItem(found[0])
        self._show(found[0])  # with the numbers of now, where it was open already
        self._bring()

    def show_again(self) -> None:
        """Open the page that was open last, at the place that was seen, with the numbers of now."""
        place = self.page.place if self.isVisible() else self._left_at
        self._show(self.contents.currentItem())
        self._bring()
        self.page.go_to(place)

    def hideEvent(self, event: QHideEvent) -> None:
        """Note what is seen, before letters and size are others."""
        super().hideEvent(event)
        self._left_at = self.page.place

    def _bring(self) -> None:
        """To the front, where the search has the keyboard."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.search.setFocus()

    def _items(self) -> list[QListWidgetItem]:
        return [self.contents.item(row) for row in range(self.contents.count())]

    def _fill_contents(self, words: str) -> None:
        """The pages on which all of these words are."""
        self.contents.clear()
        for section in self._sections.values():
            if section.has(words):
                item = QListWidgetItem(section.title)
                item.setData(NAME, section.name)
                self.contents.addItem(item)
        if words and self.contents.count():
            self.contents.setCurrentRow(0)

    def _show(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        section = self._sections[item.data(NAME)]
        text = section.markdown if section.name == WORDS else self._glossary.linked(section.markdown)
        self.page.show_text(f"## {section.title}\n\n{self._numbers(section)}{text}")
        if words := self.search.text():
            self.page.find(words)

    def _numbers(self, section: Section) -> str:
        """The formula with the numbers of the run, on the pages of what is in force, and of the panels that show it."""
        segments = self._store.live.segments
        if not segments:
            return ""
        titles = [card.title.partition(",")[0] for card in parse_mode(segments[-1].mode).cards]
        lines = self._todays.of(self._store.live)
        is_of_mode = section.title in titles
        if not lines or not (is_of_mode or section.name in NUMBERED):
            return ""
        head = self.tr("In this run, now ({mode})").format(mode=segments[-1].name)
        numbers = "\n".join(f"- **{line}**" for line in lines)
        pages = ", ".join(f"[{title}](page:{_quoted(title)})" for title in titles if title in self._sections)
        more = "" if is_of_mode else "\n\n" + self.tr("More: {pages}").format(pages=pages)
        return f"**{head}**\n\n{numbers}{more}\n\n---\n\n"

    def _follow(self, link: QUrl) -> None:
        """A link leads to another page; one of the glossary to its list of words."""
        self.show_page(QUrl.fromPercentEncoding(link.path().encode()) if link.scheme() == "page" else WORDS)

    def _keys(self) -> str:
        """A table of the keys there are, from the actions themselves."""
        native = QKeySequence.SequenceFormat.NativeText
        rows = [
            (", ".join(key.toString(native) for key in action.shortcuts()), escape(action.whatsThis() or action.text()))
            for action in self._actions
            if action.shortcuts()
        ]
        return "\n".join(
            (
                f"| {self.tr('keys')} | {self.tr('what they do')} |",
                "|---|---|",
                *(f"| {keys} | {what} |" for keys, what in rows),
            )
        )

    def _words(self) -> str:
        return "\n".join(f"- **{term}**: {meaning}" for term, meaning in sorted(self._glossary.terms().items()))


def _quoted(title: str) -> str:
    """As it can stand in a link."""
    return bytes(QUrl.toPercentEncoding(title).data()).decode()
