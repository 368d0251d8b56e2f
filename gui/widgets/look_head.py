"""The line above what is drawn of a model: the list of what can be looked at or tried, and whose weights are seen.

There is one line of it, however large letters are: a low panel shows the picture first. What has no room beside the
list is `left_out`, and told below the picture.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox

from gui.widgets.elided_label import ElidedLabel
from gui.widgets.flow import FlowRow
from gui.widgets.wheel import let_wheel_pass


class LookHead(FlowRow):
    """`picker` is the list, `words` stand beside it; `fitted` when they have come to have room, or none any more."""

    fitted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.picker, self.words = QComboBox(), ElidedLabel()
        self.picker.setAccessibleName(self.tr("What to look at, or to try"))
        self.picker.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        let_wheel_pass(self.picker)
        self._forms: tuple[str, ...] = ("",)
        self.add_control(self.picker)
        self.add_control(self.words)
        self.words.hide()

    def show_words(self, step: int | None) -> None:
        """The weights before this step, in brief where there is little room; None: nobody's."""
        forms = (
            self.tr("Before step {step:,} · {origin}"),
            self.tr("step {step:,} · {origin}"),
            self.tr("step {step:,}"),
        )
        said = [form.format(step=step, origin=self.tr("MEASURED")) if step is not None else "" for form in forms]
        self._forms = tuple(said)
        self.words.setText(*said)
        self._fit()

    @property
    def left_out(self) -> str:
        """What has no room here, in full; "" where all has."""
        return self._forms[0] if self.words.isHidden() else ""

    def fit_words(self) -> None:
        """Words stand beside the list where there is room for the shortest form of them."""
        was_left_out = self.words.isHidden()
        self._fit()
        if self.words.isHidden() != was_left_out:
            self.fitted.emit()

    def _fit(self) -> None:
        shortest = self.words.fontMetrics().horizontalAdvance(self._forms[-1])
        self.words.ask_for(shortest)
        room = self.contentsRect().width() - self.picker.sizeHint().width() - self.spacing
        self.words.setVisible(0 < shortest <= room)
