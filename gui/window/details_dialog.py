"""The details of a failure, large enough to be read: what every rank said, to be selected and copied."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

OF_WINDOW = 0.8
"""How much of the window's width and height it takes at first."""


class DetailsDialog(QDialog):
    """Shows a sentence, and below it the text that explains it. The window goes on behind it."""

    def __init__(self, window: QWidget, sentence: str, details: str) -> None:
        super().__init__(window)
        self.setWindowTitle(self.tr("Details of a failure"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(window.size() * OF_WINDOW)
        head = QLabel(sentence)
        head.setWordWrap(True)
        self.text = QPlainTextEdit(details)
        self.text.setReadOnly(True)
        self.text.setAccessibleName(self.tr("What the ranks said"))
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton(self.tr("Copy all"), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(f"{sentence}\n\n{details}"))
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(head)
        column.addWidget(self.text, 1)
        column.addWidget(buttons)
