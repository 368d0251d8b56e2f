"""Why a verdict says what it says: its rule in words, its condition, and the figures that it stands on."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from engine.explain.rules import RULES
from engine.explain.verdict import Verdict
from gui.text.engine_text import engine_text

SELECTABLE = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard


class VerdictDialog(QDialog):
    """Shows the figures as they were when it was opened. The window goes on behind it."""

    def __init__(self, window: QWidget, verdict: Verdict, *, is_replay: bool) -> None:
        super().__init__(window)
        self.setWindowTitle(self.tr("Why this verdict"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        origins = {True: self.tr("MEASURED"), False: self.tr("PREDICTED")}
        if is_replay:
            origins = {True: self.tr("MEASURED, REPLAY"), False: self.tr("PREDICTED, REPLAY")}
        condition = next(rule.condition for rule in RULES if rule.key == verdict.rule)
        self.rows = [(engine_text(figure.name), figure.text, origins[figure.is_measured]) for figure in verdict.figures]
        sentence, said = engine_text(verdict.text), engine_text(condition)
        lines = [sentence, "", said, "", *("\t".join(row) for row in self.rows)]
        self.plain_text = "\n".join(lines).strip() + "\n"
        column = QVBoxLayout(self)
        for text, is_bold in (
            (sentence, True),
            (self.tr("It is said where: {condition}").format(condition=said), False),
            (self.tr("Of all rules that know, the first one speaks; one that does not know says nothing."), False),
        ):
            column.addWidget(_label(text, is_bold=is_bold))
        column.addWidget(self._table(), 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton(self.tr("Copy all"), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.plain_text))
        buttons.rejected.connect(self.close)
        column.addWidget(buttons)
        em = self.fontMetrics().averageCharWidth()
        self.resize(min(80 * em, window.width()), self.sizeHint().height())

    def _table(self) -> QWidget:
        table = QWidget()
        grid = QGridLayout(table)
        grid.setColumnStretch(0, 1)
        grid.setHorizontalSpacing(16)
        for row, (name, value, origin) in enumerate(self.rows):
            grid.addWidget(_label(name), row, 0)
            figure = _label(value, is_bold=True)
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(figure, row, 1)
            grid.addWidget(_label(origin), row, 2)
        grid.setRowStretch(len(self.rows), 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(table)
        scroll.setMinimumHeight(min(400, table.sizeHint().height() + 4))
        return scroll


def _label(text: str, *, is_bold: bool = False) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(is_bold or len(text) > 60)
    label.setTextInteractionFlags(SELECTABLE)
    if is_bold:
        label.setStyleSheet("font-weight: 600;")
    return label
