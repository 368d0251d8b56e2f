"""Texts that a person feeds a model one after the other: pasted, or from a file, one a line."""

import codecs
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDoubleSpinBox, QFileDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QSizePolicy

from engine.pictures import LONGEST_STREAM, Stream
from gui.look.scale import HALF
from gui.widgets.flow import FlowRow
from gui.widgets.given import GivenInput
from gui.widgets.wheel import let_wheel_pass

LINES = 1.5
"""Of texts: of what is behind the first line so much is seen that there is more."""
BYTES_A_CHARACTER = 4
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def text_of(content: bytes) -> str:
    """The text that a file's bytes are, maybe cut off within a character.

    UTF-16 says so at its beginning; else it is UTF-8 if it can be, or GB 18030, as many texts in Chinese are; of what
    is neither, what UTF-8 cannot say is a mark.
    """
    if content.startswith(UTF_16_MARKS):
        return content.decode("utf-16", "replace")
    for name in ("utf-8-sig", "gb18030"):
        try:
            return codecs.getincrementaldecoder(name)().decode(content)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8-sig", "replace")


class Texts(QPlainTextEdit):
    """A place for texts that is low: it is filled by pasting, and what comes of it is below."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Not much more than a line high; its width is of no matter."""
        around = 2 * (self.frameWidth() + round(self.document().documentMargin()))
        return QSize(super().sizeHint().width(), round(LINES * self.fontMetrics().height()) + around)

    def minimumSizeHint(self) -> QSize:
        """No lower, and as narrow as need be."""
        return QSize(0, self.sizeHint().height())


class StreamInput(GivenInput):
    """A place for texts, a file to take them from, the alarm's threshold, and a button that feeds them or stops."""

    is_line = True

    def __init__(self) -> None:
        super().__init__()
        self._is_busy = False
        self.texts = Texts()
        self.texts.setAccessibleName(self.tr("Texts, one a line"))
        self.texts.setPlaceholderText(self.tr("Paste texts here, one a line, or open a file"))
        self.texts.setTabChangesFocus(True)
        self.alarm = QDoubleSpinBox()
        self.alarm.setRange(0.0, 1.0)
        self.alarm.setSingleStep(0.05)
        self.alarm.setValue(0.5)
        self.alarm.setPrefix(self.tr("alarm below "))
        self.alarm.setAccessibleName(self.tr("Alarm threshold"))
        self.alarm.setToolTip(self.tr("There is an alert when the mood of the last texts falls below this."))
        let_wheel_pass(self.alarm)
        self.open, self.button = QPushButton(self.tr("Open …")), QPushButton(self.tr("Feed"))
        self.open.setToolTip(self.tr("Take the texts from a file"))
        self.open.clicked.connect(self._choose)
        self.button.clicked.connect(self._press)
        self.knobs = row = FlowRow()
        row.add_control(self.alarm)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(HALF)
        layout.addWidget(self.texts, 1)
        for button in (self.button, self.open):
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def take_from(self, other: GivenInput) -> None:
        """Have the texts of another one, and its alarm."""
        assert isinstance(other, StreamInput)
        self.texts.setPlainText(other.texts.toPlainText())
        self.alarm.setValue(other.alarm.value())

    def show_busy(self, is_busy: bool) -> None:
        """The button ends what is under way."""
        self._is_busy = is_busy
        self.button.setText(self.tr("Stop") if is_busy else self.tr("Feed"))

    def read(self, path: Path) -> None:
        """Take the texts from a file, as much of it as can be fed; what is no text of it is left out."""
        try:
            with path.open("rb") as file:
                found = file.read(BYTES_A_CHARACTER * LONGEST_STREAM)
        except OSError as error:
            self.texts.setPlaceholderText(
                self.tr("{path} cannot be read: {error}.").format(path=path, error=error.strerror)
            )
            self.texts.clear()
            return
        self.texts.setPlainText(text_of(found)[:LONGEST_STREAM])

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Texts, one a line"))
        if path:
            self.read(Path(path))
            self._feed()

    def _press(self) -> None:
        if self._is_busy:
            self.given.emit(None)
        else:
            self._feed()

    def _feed(self) -> None:
        text = self.texts.toPlainText()[:LONGEST_STREAM]
        if text.strip():
            self.given.emit(Stream(text=text, alarm=self.alarm.value()))
