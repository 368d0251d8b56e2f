"""What a model of language writes, newest first: a prompt it has never seen in the quiet colour, and its own words."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFontDatabase, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit, QVBoxLayout

from engine.events.evaluator import TextSample
from gui.look.scale import GRID
from gui.look.theme import plot_colours
from gui.look.view import PlotView
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text.engine_text import engine_text
from gui.widgets.whole_edges import keep_edges_whole
from gui.widgets.wrapped import wrapped

PROMPT_CHARACTERS = 64
"""So many of the prompt's last ones are shown."""


class TextSamplePanel(Panel):
    """The newest text, and below it earlier ones down to the run's first."""

    panel_id = "text-sample"
    area = "bottom"
    group = "second"
    order = 2
    watches = ("texts", "run", "replay")
    drawn_of_run = "texts"
    card_picture = "text"

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._run: RunView | None = None
        self._shown: tuple[object, ...] = ()
        self._text = QTextEdit()
        self._text.setReadOnly(True)
        keep_edges_whole(self._text)
        self._text.setAccessibleName(self.panel_title())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._empty = wrapped(" ")
        """Why there is no text: Qt's own placeholder would be cut at the panel's side."""
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setMargin(GRID)
        layout.addWidget(self._text)
        layout.addWidget(self._empty, 1)
        self._text.hide()

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Text sample")

    def nothing_words(self) -> str:
        """Why a key that would show it does not, translated."""
        return self.tr("nothing was written yet")

    def refresh(self, store: Store) -> None:
        """Show what was written last, if that is new; whoever has scrolled down stays there."""
        self._run = store.live
        shown = (self._run, self._run.is_replay, *self._run.texts.all)
        if shown != self._shown:
            self._shown = shown
            self._write()
        is_written = bool(self._run.texts.all)
        self._text.setVisible(is_written)
        self._empty.setVisible(not is_written)
        self._empty.setText(self.why_empty())

    def changeEvent(self, event: QEvent) -> None:
        """Write anew in the colours of another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._shown:
            self._write()

    def why_empty(self) -> str:
        """What stands here as long as nothing is written."""
        if self._run is not None and self._run.why_unevaluated:
            return engine_text(self._run.why_unevaluated)
        return self.tr(
            "A model of language (workload “Text · GPT”) writes here, every few seconds, what it has learned."
        )

    def _write(self) -> None:
        assert self._run is not None
        bar = self._text.verticalScrollBar()
        place = bar.value()
        self._text.clear()
        cursor = self._text.textCursor()
        colours = plot_colours(self.palette())
        quiet, prompt, own = QTextCharFormat(), QTextCharFormat(), QTextCharFormat()
        for form in (quiet, prompt):
            form.setForeground(colours.muted)
        own.setForeground(colours.foreground)
        for form in (prompt, own):
            form.setFontFamilies([QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()])
        for number, text in enumerate(reversed(self._run.texts.all)):
            cursor.insertText(("\n\n" if number else "") + self._heading(text) + "\n", quiet)
            cursor.insertText(text.prompt[-PROMPT_CHARACTERS:], prompt)
            cursor.insertText(text.text, own)
        self._text.moveCursor(QTextCursor.MoveOperation.Start)
        bar.setValue(place)

    def _heading(self, text: TextSample) -> str:
        assert self._run is not None
        origin = self.tr("MEASURED, REPLAY") if self._run.is_replay else self.tr("MEASURED")
        heading = self.tr("Before step {step:,} · {origin}").format(step=text.step, origin=origin)
        return heading if text.is_over else self.tr("{heading} · being written").format(heading=heading)
