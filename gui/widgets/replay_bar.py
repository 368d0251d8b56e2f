"""The bar above the plots that plays a recorded run again: play, speed, and a slider to any moment of it."""

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QPushButton, QSizePolicy, QVBoxLayout

from gui.look.scale import GRID, HALF
from gui.model.intents import PlayReplay, ReplaySpeed, Wind
from gui.model.store import Store
from gui.text import figures
from gui.widgets.fitted_label import FittedLabel
from gui.widgets.flow import FlowRow
from gui.widgets.seek_slider import SeekSlider
from gui.widgets.wheel import let_wheel_pass

SPEEDS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
POSITIONS = 2_000
SETTLE_MS = 80
"""A slider that is dragged winds when it rests for so long: to go back is to tell the run again."""


class ReplayBar(QFrame):
    """The controls of a replay; hidden unless one is shown."""

    intent = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._is_playing = False
        self._end_s = 0.0
        self.play = QPushButton()
        again = self.tr("Plays what was recorded; nothing is computed. At its end, Play goes on with the run itself.")
        self.play.setToolTip(again)
        self.play.clicked.connect(self._on_play)
        self.slider = SeekSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, POSITIONS)
        self.slider.setPageStep(POSITIONS // 20)
        self.slider.setAccessibleName(self.tr("Moment of the recorded run"))
        self.slider.setToolTip(self.tr("Any moment of the recorded run: click, drag, or use the arrow keys."))
        self.slider.valueChanged.connect(self._on_moved)
        self.label = FittedLabel(self.tr("Where the replay is."))
        self.speed = _Speeds()
        let_wheel_pass(self.speed)
        self.speed.setAccessibleName(self.tr("Speed of the replay"))
        self.speed.setToolTip(self.tr("How many times as fast as it was; all at once goes to the end."))
        for speed in SPEEDS:
            self.speed.addItem(self.tr("{n}×").format(n=f"{speed:g}"), speed)
        self.speed.addItem(self.tr("all at once"), None)
        self.speed.activated.connect(self._on_speed)
        self.speed.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        layout, row = QVBoxLayout(self), _Row()
        layout.setContentsMargins(GRID, HALF, GRID, HALF)
        layout.addWidget(row)
        for widget in (self.play, self.slider, self.label, self.speed):
            row.add_control(widget)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._wind)
        self._show_playing(is_playing=False)
        self.hide()

    def refresh(self, store: Store) -> None:
        """Follow the replay that is shown, unless the slider is in hand."""
        replayed = store.replayed
        self.setVisible(replayed is not None)
        if replayed is None:
            return
        self._end_s = replayed.end_s
        self._show_playing(is_playing=replayed.is_playing)
        if not (self.slider.isSliderDown() or self._settle.isActive()):
            self.slider.blockSignals(True)  # it follows: that is no wish
            self.slider.setValue(round(POSITIONS * replayed.at_s / replayed.end_s) if replayed.end_s else 0)
            self.slider.blockSignals(False)
            time, length = figures.seconds(replayed.at_s), figures.seconds(replayed.end_s)
            of_time = self.tr("{time} / {length}").format(time=time, length=length)
            steps = self.tr("{step} / {steps} steps").format(step=f"{replayed.step:,}", steps=f"{replayed.steps:,}")
            self.label.show_forms(f"{steps} · {of_time}", of_time, time)
        stays_at_end = self.speed.currentData() is None and not replayed.is_playing and not replayed.is_amid
        index = self.speed.currentIndex() if stays_at_end else self.speed.findData(replayed.speed)
        if index != self.speed.currentIndex():
            self.speed.setCurrentIndex(index)

    def _show_playing(self, *, is_playing: bool) -> None:
        self._is_playing = is_playing
        text = self.tr("Pause replay") if is_playing else self.tr("Replay")
        if self.play.text() != text:
            self.play.setText(text)

    def _on_play(self) -> None:
        self.intent.emit(PlayReplay(is_playing=not self._is_playing))

    def _on_moved(self) -> None:
        self.label.show_forms(figures.seconds(self._moment_s()))
        self._settle.start()

    def _wind(self) -> None:
        self.intent.emit(Wind(self._moment_s()))

    def _moment_s(self) -> float:
        return self._end_s * self.slider.value() / POSITIONS

    def _on_speed(self) -> None:
        speed = self.speed.currentData()
        self.intent.emit(Wind(self._end_s) if speed is None else ReplaySpeed(speed))


class _Speeds(QComboBox):
    """A list as wide as its numbers are, or as what is chosen: the longest entry is seen in the list that opens."""

    def __init__(self) -> None:
        super().__init__()
        self.currentIndexChanged.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """Room for any speed; for what is no number while that is chosen."""
        whole, advance = super().sizeHint(), self.fontMetrics().horizontalAdvance
        widths = {index: advance(self.itemText(index)) for index in range(self.count())}
        seen = (width for index, width in widths.items() if self.itemData(index) or index == self.currentIndex())
        return whole - QSize(max(widths.values(), default=0) - max(seen, default=0), 0)

    def minimumSizeHint(self) -> QSize:
        """No less than that: no speed is cut."""
        return self.sizeHint()

    def showPopup(self) -> None:
        """All entries whole, whatever the width of what is chosen."""
        self.view().setMinimumWidth(super().sizeHint().width())
        super().showPopup()


class _Row(FlowRow):
    """Where the replay is, in as many words as leave all controls in one line."""

    def fit_words(self) -> None:
        """Choose them for this width."""
        labels = [control for control in self._controls if isinstance(control, FittedLabel)]
        others = [control.sizeHint().width() for control in self._controls if control not in labels]
        for label in labels:
            label.ask_within(self.width() - sum(others) - self.spacing * len(others))
