"""Items that a person picks from a list, which comes with the first answer; each has a number that answers use."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout

from engine.pictures import AnyGiven, AnyPicture, Picks
from gui.look.scale import HALF
from gui.widgets.flow import FlowRow
from gui.widgets.given import GivenInput

MOST = 12
ITEM = Qt.ItemDataRole.UserRole
LEAST_LINES = 2


class PicksInput(GivenInput):
    """All items that have what is typed in their names, and what is picked below: a click picks, or puts back."""

    repeats = True

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self.search, self.all, self.picked = QLineEdit(), QListWidget(), QListWidget()
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search the items"))
        self.search.textChanged.connect(self._sift)
        self.picked.setToolTip(self.tr("Click, or press Enter, to put back."))
        for found, name in ((self.all, self.tr("All items")), (self.picked, self.tr("Picked"))):
            found.setAccessibleName(name)
            found.setMinimumHeight(LEAST_LINES * self.fontMetrics().height())
        self.all.itemClicked.connect(self._pick)
        self.all.itemActivated.connect(self._pick)
        self.picked.itemClicked.connect(self._put_back)
        self.picked.itemActivated.connect(self._put_back)
        self.clear = QPushButton(self.tr("Clear"))
        self.clear.setToolTip(self.tr("Put all back"))
        self.clear.clicked.connect(self._clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(HALF)
        row = FlowRow(spacing=HALF)
        row.add_control(self.search)
        row.add_control(self.clear)
        layout.addWidget(row)
        layout.addWidget(self.all, 1)
        layout.addWidget(self.picked, 1)
        self._mark_full()

    @property
    def items(self) -> tuple[int, ...]:
        """The numbers of what is picked, in its order."""
        return tuple(self.picked.item(row).data(ITEM) for row in range(self.picked.count()))

    def first(self) -> AnyGiven:
        """Nothing picked: the answer says what there is to pick."""
        return Picks()

    def show_answer(self, picture: AnyPicture) -> None:
        """Take over what there is to pick, where that is something else; what was picked before is put back then."""
        if picture.choices and picture.choices[0].options != self._names:
            has_other = bool(self._names and self.picked.count())
            self._fill(picture.choices[0].options)
            self.search.clear()
            if has_other:
                self._clear()

    def take_from(self, other: GivenInput) -> None:
        """Have the picks of another one, and what there is to pick, as it was there."""
        assert isinstance(other, PicksInput)
        self._fill(other._names)
        for row in range(other.picked.count()):
            self.picked.addItem(other.picked.item(row).clone())
        self._mark_full()

    def _fill(self, names: tuple[str, ...]) -> None:
        self._names = names
        self.all.clear()
        for number, name in enumerate(names):
            item = QListWidgetItem(name)
            item.setData(ITEM, number)
            self.all.addItem(item)

    def _sift(self, text: str) -> None:
        for row in range(self.all.count()):
            item = self.all.item(row)
            item.setHidden(text.strip().lower() not in item.text().lower())

    def _pick(self, item: QListWidgetItem) -> None:
        number = item.data(ITEM)
        if number in self.items or self.picked.count() >= MOST:
            return
        one = QListWidgetItem(item.text())
        one.setData(ITEM, number)
        self.picked.addItem(one)
        self._tell()

    def _put_back(self, item: QListWidgetItem | None) -> None:
        if item is not None:  # where a click is Enter too, it has gone by then
            self.picked.takeItem(self.picked.row(item))
            self._tell()

    def _clear(self) -> None:
        self.picked.clear()
        self._tell()

    def _mark_full(self) -> None:
        """Where no more can be picked, grey what there is, and say so."""
        is_full = self.picked.count() >= MOST
        pick, full = (
            self.tr("Click, or press Enter, to pick."),
            self.tr("{most} at most: put one back to pick another."),
        )
        self.all.setToolTip(full.format(most=MOST) if is_full else pick)
        self.all.setEnabled(not is_full)

    def _tell(self) -> None:
        self._mark_full()
        for row in range(self.picked.count()):
            item = self.picked.item(row)
            item.setText(f"{row + 1} · {self._names[item.data(ITEM)]}")
        self.given.emit(Picks(items=self.items))
