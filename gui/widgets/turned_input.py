"""A sample of which a person turns features: which sample, which feature, and a slider."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPushButton, QSizePolicy, QSlider, QVBoxLayout

from engine.pictures import AnyGiven, AnyPicture, Choice, Curve, Turned
from gui.look.scale import HALF
from gui.text.engine_text import engine_text
from gui.widgets.given import GivenInput
from gui.widgets.wheel import let_wheel_pass

FAR, NOTCHES = 3.0, 100
"""Deviations from the mean, to both sides, and parts of one."""
LETTERS = 8
"""A list is at least so wide, however long its entries are."""


class TurnedInput(GivenInput):
    """Lists of what there is come with the first answer; what was turned stays turned until it is put back."""

    repeats = True

    def __init__(self) -> None:
        super().__init__()
        self._turned: dict[int, float] = {}
        self.sample, self.feature = QComboBox(), QComboBox()
        for box in (self.sample, self.feature):
            box.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(LETTERS)
        let_wheel_pass(self.sample, self.feature)
        self.sample.activated.connect(self._take_another)
        self.feature.activated.connect(self._tell)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(round(-FAR * NOTCHES), round(FAR * NOTCHES))
        self.slider.setAccessibleName(self.tr("Value of the feature"))
        self.slider.setToolTip(self.tr("From three deviations below the feature's mean to three above it."))
        self.slider.valueChanged.connect(self._turn)
        self.back = QPushButton(self.tr("Put back"))
        self.back.setToolTip(self.tr("All features as they were measured"))
        self.back.clicked.connect(self._take_another)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(HALF)
        for control in (self.sample, self.feature, self.slider, self.back):
            layout.addWidget(control)
        layout.addStretch(1)

    def first(self) -> AnyGiven:
        """The first sample as it is, so that there is something to turn."""
        return Turned()

    def show_answer(self, picture: AnyPicture) -> None:
        """What can be chosen; and where the feature stands that was not turned.

        What was turned of other features, those of another table, is put back.
        """
        if not isinstance(picture, Curve) or len(picture.choices) != 2:
            return
        had, has = self._options(self.feature), picture.choices[1].options
        for box, choice in zip((self.sample, self.feature), picture.choices, strict=True):
            self._fill(box, choice)
        if had and had != has and self._turned:
            self._take_another()
            return
        feature = picture.choices[1].chosen
        if feature == self.feature.currentIndex() and feature not in self._turned and picture.mark is not None:
            first, last = memoryview(picture.x).cast("f")[0], memoryview(picture.x).cast("f")[-1]
            self.slider.blockSignals(True)
            self.slider.setValue(round(NOTCHES * FAR * (2 * (picture.mark - first) / (last - first) - 1)))
            self.slider.blockSignals(False)

    def take_from(self, other: GivenInput) -> None:
        """Have the sample of another one, as it was turned there."""
        assert isinstance(other, TurnedInput)
        self._turned = {**other._turned}
        for own, box in ((self.sample, other.sample), (self.feature, other.feature)):
            for index in range(box.count()):
                own.addItem(box.itemText(index), box.itemData(index))
            own.setCurrentIndex(box.currentIndex())
        self.slider.blockSignals(True)
        self.slider.setValue(other.slider.value())
        self.slider.blockSignals(False)

    @staticmethod
    def _options(box: QComboBox) -> tuple[str, ...]:
        return tuple(box.itemData(index) for index in range(box.count()))

    def _fill(self, box: QComboBox, choice: Choice) -> None:
        if self._options(box) == choice.options:
            return
        title = engine_text(choice.title)
        box.clear()
        for option in choice.options:
            box.addItem(f"{title} {option}" if option.isdecimal() else option, option)
        box.setCurrentIndex(choice.chosen)
        box.setAccessibleName(title)
        box.setToolTip(title)

    def _take_another(self) -> None:
        self._turned = {}
        self._tell()

    def _turn(self, notch: int) -> None:
        if self.feature.count():
            self._turned[self.feature.currentIndex()] = notch / NOTCHES
            self._tell()

    def _tell(self) -> None:
        feature = max(0, self.feature.currentIndex())
        if feature in self._turned:
            self.slider.blockSignals(True)
            self.slider.setValue(round(NOTCHES * self._turned[feature]))
            self.slider.blockSignals(False)
        sample = max(0, self.sample.currentIndex())
        self.given.emit(Turned(sample=sample, feature=feature, values=dict(self._turned)))
