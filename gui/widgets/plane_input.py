"""Points in the plane for a model to answer, and to learn in a copy of it."""

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QVBoxLayout

from engine.pictures import AnyGiven, AnyPicture, Plane, Scatter
from gui.look.scale import HALF, TIGHT
from gui.widgets.given import GivenInput
from gui.widgets.plane_pad import PlanePad
from gui.widgets.put_in import put_in


class PlaneInput(GivenInput):
    """The plane, a class to put points of, and buttons: have a copy of the model learn the points, take all away."""

    repeats = True
    answer_share = 0

    def __init__(self) -> None:
        super().__init__()
        self.pad = PlanePad()
        self.pad.changed.connect(self._tell)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(HALF)
        layout.addWidget(self.pad, 1)
        column = put_in(layout, QVBoxLayout())
        column.setSpacing(TIGHT)
        self.kinds: dict[int, QToolButton] = {}
        """The buttons of the classes: one of them is pressed."""
        for kind, title in ((1, self.tr("Class 1")), (0, self.tr("Class 0"))):
            button = QToolButton()  # the mark of a radio button is not seen on dark ground
            button.setText(title)
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setChecked(kind == self.pad.kind)
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
            self.kinds[kind] = button
            button.setToolTip(self.tr("Points that are put now are of this class."))
            button.toggled.connect(lambda is_on, kind=kind: self._choose(kind) if is_on else None)
            column.addWidget(button)
        self.learn, self.clear = QPushButton(self.tr("Learn these")), QPushButton(self.tr("Clear"))
        self.learn.setToolTip(self.tr("Have a copy of the model learn these points alone; the run goes on as it is."))
        self.learn.clicked.connect(lambda: self.given.emit(self._plane(is_learned=True)))
        self.clear.setToolTip(self.tr("Take all points away"))
        self.clear.clicked.connect(self._clear)
        for control in (self.learn, self.clear):
            column.addWidget(control)
        column.addStretch(1)

    def first(self) -> AnyGiven:
        """The plane with what points are in it: without any there is something to put them on."""
        return self._plane()

    def is_repeated(self, given: AnyGiven) -> bool:
        """What a copy has learned stays until there are other points."""
        return isinstance(given, Plane) and not given.is_learned

    def show_answer(self, picture: AnyPicture) -> None:
        """What the model says of the plane lies below the points."""
        if isinstance(picture, Scatter):
            self.pad.show_answer(picture)

    def forget_answer(self) -> None:
        """Points alone: what lay below them another model said."""
        self.pad.show_answer(None)

    def take_from(self, other: GivenInput) -> None:
        """Have the points of another one, and its class for those to come."""
        assert isinstance(other, PlaneInput)
        self.pad.points = [*other.pad.points]
        self.kinds[other.pad.kind].setChecked(True)
        self.pad.update()

    def _choose(self, kind: int) -> None:
        self.pad.kind = kind

    def _plane(self, *, is_learned: bool = False) -> Plane:
        return Plane(points=tuple(self.pad.points), is_learned=is_learned)

    def _tell(self) -> None:
        self.given.emit(self._plane())

    def _clear(self) -> None:
        self.pad.points = []
        self._tell()
        self.pad.update()
