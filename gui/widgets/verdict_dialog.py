"""Why a verdict says what it says: first what was measured, then, in smaller letters, the rule and its condition.

| Data ×2: ×1.5 of 1 thread, not ×2 …                       |   the verdict
| With Data ×2 a step takes 22 ms, and 24,150 samples …     |   what was measured, in a sentence
| of the step, in messages                  3%   MEASURED   |   and figure by figure
| When this is said                                         |
| Ranks send messages, and the mode is faster than …        |
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from engine.explain.rules.table import RULES
from engine.explain.rules.verdict import Verdict
from gui.look.scale import GRID, HEADING, SMALL, set_letters
from gui.text.engine_text import engine_text

SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard


LETTERS, LINES = 80, 28
"""The size of the dialog, whatever it says: what is longer is scrolled."""


class VerdictDialog(QDialog):
    """Shows the figures of what is said now, and says so where they are of an earlier mode. The window goes on."""

    def __init__(self, parent: QWidget, verdict: Verdict, *, is_replay: bool) -> None:
        """It has the letters of `parent`: in the presenter's layout they are those for the last row."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Why this verdict"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.rows: list[tuple[str, str, str]] = []
        self.plain_text = ""
        self._sentence, self._measured, self._condition = _label(""), _label(""), _label("")
        self.earlier = _label(
            self.tr("Of an earlier mode, or of before a change: of what computes now nothing can be said yet.")
        )
        self.earlier.hide()
        head = _label(self.tr("When this is said"), is_bold=True)
        order = _label(self.tr("Rules are asked in a fixed order; the first one whose condition holds is shown."))
        set_letters(self._sentence, HEADING)
        for label in (head, self._condition, order):
            set_letters(label, SMALL)
        self._figures = QWidget()
        inside = QWidget()
        rows = self._rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, GRID, 0)
        for part in (self.earlier, self._sentence, self._measured, self._figures):
            rows.addWidget(part)
        rows.addSpacing(2 * GRID)
        for part in (head, self._condition, order):
            rows.addWidget(part)
        rows.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inside)
        column = QVBoxLayout(self)
        column.addWidget(self._scroll, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton(self.tr("Copy all"), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.plain_text))
        buttons.rejected.connect(self.close)
        column.addWidget(buttons)
        self.follow(verdict, is_replay=is_replay)
        self._measured.ensurePolished()
        metrics, window = self._measured.fontMetrics(), parent.window()
        width, height = LETTERS * metrics.averageCharWidth(), LINES * metrics.lineSpacing()
        self.resize(min(width, window.width()), min(height, window.height()))

    def follow(self, verdict: Verdict | None, *, is_replay: bool) -> None:
        """Show what is said now; None: nothing is, and what was said last stays, as of before."""
        self.earlier.setVisible(verdict is None)
        if verdict is None:
            return
        origins = {True: self.tr("MEASURED"), False: self.tr("PREDICTED")}
        if is_replay:
            origins = {True: self.tr("MEASURED, REPLAY"), False: self.tr("PREDICTED, REPLAY")}
        condition = engine_text(next(rule.condition for rule in RULES if rule.key == verdict.rule))
        self.rows = [(engine_text(figure.name), figure.text, origins[figure.is_measured]) for figure in verdict.figures]
        sentence, measured = engine_text(verdict.text), engine_text(verdict.measured or "")
        if verdict.why is not None and verdict.why not in verdict.text:  # why computing takes longer
            measured = " ".join(filter(None, [measured, engine_text(verdict.why)]))
        said = self.tr("Said when this holds: {condition}").format(condition=condition)
        lines = [sentence, *([measured] if measured else []), "", *("\t".join(row) for row in self.rows), "", said]
        self.plain_text = "\n".join(lines).strip() + "\n"
        self._sentence.setText(sentence)
        self._measured.setText(measured)
        self._measured.setVisible(bool(measured))
        self._condition.setText(condition)
        self._show_rows()

    def _show_rows(self) -> None:
        table = QWidget()
        grid = QGridLayout(table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(0, 1)
        grid.setHorizontalSpacing(16)
        for row, (name, value, origin) in enumerate(self.rows):
            figure, stamp = _label(value, is_bold=True), _label(origin)
            for label in (figure, stamp):
                label.setWordWrap(False)
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            set_letters(stamp, SMALL)
            for column, label in enumerate((_label(name), figure, stamp)):
                grid.addWidget(label, row, column)
        self._rows.replaceWidget(self._figures, table)
        self._figures.deleteLater()
        self._figures = table


def _label(text: str, *, is_bold: bool = False) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(SELECTABLE)
    if is_bold:
        label.setStyleSheet("font-weight: 600;")
    return label
