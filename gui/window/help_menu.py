"""The Help menu: first steps, the keys there are, and what Gearshift is."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from gui.window.actions import make_action, show_box


class HelpMenu(QObject):
    """Three boxes of text; the keys are those of the window's actions."""

    def __init__(self, window: QWidget, menu: QMenu) -> None:
        super().__init__(window)
        self._window = window
        menu.addAction(make_action(window, self.tr("First steps"), ["F1"], self._show_first_steps))
        menu.addAction(make_action(window, self.tr("Keys"), ["Shift+F1"], self._show_keys))
        menu.addAction(make_action(window, self.tr("About Gearshift"), [], self._show_about))

    def _show_first_steps(self) -> None:
        show_box(
            self._window,
            self.tr("First steps"),
            self.tr(
                "1. Press Play (Space). The model learns; loss and throughput move.\n"
                "2. While it runs, choose in Device or Parallelism. The run shifts at the next step: the loss goes on, "
                "the throughput steps up or down, and a dashed seam says what the shift cost.\n"
                "3. Pause, make single steps (S), change the learning rate or the batch size: the next step has it.\n"
                "4. Reset (R) begins a new run with what is set up at the left. Every run is kept."
            ),
        )

    def _show_keys(self) -> None:
        native = QKeySequence.SequenceFormat.NativeText
        rows = [
            f"{', '.join(key.toString(native) for key in action.shortcuts())}\t{action.text()}"
            for action in self._window.actions()
            if action.shortcuts()
        ]
        show_box(self._window, self.tr("Keys"), "\n".join(rows))

    def _show_about(self) -> None:
        show_box(
            self._window,
            self.tr("About Gearshift"),
            self.tr(
                "Gearshift shifts the compute mode while a model trains.\n\n"
                "Every figure on the screen is measured on this machine, in this run."
            ),
        )
