"""The question mark that opens a page of the help."""

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QToolButton


class HelpButton(QToolButton):
    """A small button beside a title, which emits `wanted`."""

    def __init__(self, wanted: SignalInstance) -> None:
        super().__init__()
        self.clicked.connect(wanted)
        self.setText("?")
        self.setProperty("bare", True)
        self.setToolTip(self.tr("What this shows, and how to read it"))
        self.setAccessibleName(self.toolTip())
