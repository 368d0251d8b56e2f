"""Something to try on a model: what a person gives it, and what it answers."""

from itertools import count

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from engine.config.look_card import LookCard
from engine.events.evaluator import TryAnswered
from engine.pictures import AnyGiven
from gui.look.scale import GRID, STRONG, TIGHT, set_letters
from gui.look.theme import set_note
from gui.model.intents import TryOut
from gui.text.engine_text import phrase_text
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.inputs import INPUTS
from gui.widgets.picture_view import PictureView
from gui.widgets.picture_views import VIEWS
from gui.widgets.put_in import put_in
from gui.widgets.scrolled import least_height
from gui.widgets.whole_edges import keep_edges_whole

NUMBERS = count(1)
"""Of all questions, whoever puts them: of two that are put to one model, in two places, the newer has the higher."""

LEAST_LINES, LEAST_NOTE_LINES = 5, 2
"""Of text: so high an answer is at least, and what is said of it."""


class AnswerPlace(QScrollArea):
    """Room for an answer, which is there before it: nothing beside it moves when it comes, whatever it is."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        keep_edges_whole(self)

    def minimumSizeHint(self) -> QSize:
        """Some lines, with or without an answer."""
        return QSize(0, LEAST_LINES * self.fontMetrics().height())

    def sizeHint(self) -> QSize:
        """The least size: the layout gives it what is left."""
        return self.minimumSizeHint()


class NotePlace(QScrollArea):
    """Room for what is said of an answer: as high as that is where there is room, and scrolled where there is not."""

    def __init__(self, label: QLabel, *, is_held: bool) -> None:
        """`is_held`: it has the least height always, for what is above it may not move."""
        super().__init__()
        self._label, self._is_held = label, is_held
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Maximum)
        self.setWidget(label)
        keep_edges_whole(self)

    def minimumSizeHint(self) -> QSize:
        """Some lines, whatever is said: nothing beside them moves when another answer comes."""
        return QSize(0, LEAST_NOTE_LINES * self._label.fontMetrics().height())

    def sizeHint(self) -> QSize:
        """All of what is said, in the width there is."""
        wanted = 0 if self._is_held else self._label.heightForWidth(max(1, self.width()))
        return QSize(0, max(wanted, self.minimumSizeHint().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another width it takes more lines, or fewer."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()


class TryView(QWidget):
    """Asks at most one question at a time: what is given meanwhile is asked when the answer is there, the newest alone.

    A question that is put in another place ends the answer to the one that was put here. What is said of an answer, in
    `note`, stands below it: what a person draws on has one place and one size while the mouse is down.
    """

    intent = Signal(object)
    emptied = Signal()
    """What a person gave was taken away, and with it what was answered."""

    def __init__(self, card: LookCard, *, shrinks: bool = False) -> None:
        """`shrinks`: a picture that answers is fitted into the height there is."""
        super().__init__()
        self.card, self._shrinks = card, shrinks
        self.number = 0
        """Of the question that was put last; 0 before the first."""
        self.answer: TryAnswered | None = None
        self._waiting: AnyGiven | None = None
        self._last: AnyGiven | None = None
        self._is_open = False
        self._view: PictureView | None = None
        self.input = INPUTS[card.kind]()
        self.input.setToolTip(card.help)
        self.input.given.connect(self._take)
        is_below = self.input.is_line or not self.input.answer_share
        layout = QVBoxLayout(self) if is_below else QHBoxLayout(self)
        layout.setContentsMargins(GRID, 0, GRID, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self.input, 0 if self.input.is_line else 1)
        self.note, self._place = QLabel(), AnswerPlace()
        self.note.setWordWrap(True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        set_note(self.note)
        self._note_place = NotePlace(self.note, is_held=not self.input.answer_share)
        answer = put_in(layout, QVBoxLayout(), self.input.answer_share)
        answer.setSpacing(TIGHT)
        self.verdict = ElidedLabel()
        self.verdict.hide()
        set_letters(self.verdict, STRONG)
        answer.addWidget(self.verdict)
        answer.addWidget(self._place, 1)
        answer.addWidget(self._note_place)
        if not self.input.answer_share:
            self._place.hide()
        if self.input.knobs is not None:
            answer.addWidget(self.input.knobs)

    @property
    def told(self) -> TryAnswered | None:
        """The answer that is shown; None where there is none, or what it answers was taken away."""
        return None if self._last is None and self.input.repeats else self.answer

    def heightForWidth(self, width: int) -> int:
        """What it needs and no more: input and answer take the room there is."""
        return least_height(self, width)

    def say(self, note: str) -> None:
        """Tell what is said of the answer, or why there is none."""
        if note != self.note.text():
            self.note.setText(note)
            self._note_place.updateGeometry()

    def allow(self, is_allowed: bool) -> None:
        """Let it be tried, or grey it."""
        if is_allowed != self.input.isEnabled():
            self.input.setEnabled(is_allowed)
            if self.input.knobs is not None:
                self.input.knobs.setEnabled(is_allowed)
            self._is_open = False
            self.input.show_busy(False)
        if is_allowed and not self.number:
            last = self._last
            given = last if last is not None and self.input.is_repeated(last) else self.input.first()
            if given is not None:
                self._put(given)

    def follow(self, other: "TryView") -> None:
        """Begin with what stands in another one of the same try, with its answer, or the question that is under way."""
        self.input.take_from(other.input)
        self.number, self._last, self._is_open = other.number, other._last, other._is_open
        self._waiting = other._waiting
        self.input.show_busy(self._is_open)
        if other._last is not None and other.answer is not None and other.answer.picture is not None:
            self.answer = other.answer
            self._show(other.answer)

    def forget_answer(self) -> None:
        """Forget what a model answered, which is gone. What a person gave stays, and is asked of the next one."""
        self.answer, self.number, self._waiting = None, 0, None
        self._is_open = False
        self.input.show_busy(False)
        self.input.forget_answer()
        self.verdict.hide()
        if self._view is not None:
            self._view.hide()

    def repeat(self) -> None:
        """Ask newer weights what was asked last."""
        last = self._last
        if last is not None and self.input.is_repeated(last) and not self._is_open and self.input.isEnabled():
            self._put(last)

    def hear(self, answer: TryAnswered | None) -> None:
        """Show an answer, if it is one to what was asked here."""
        if answer is None or answer is self.answer or answer.number < self.number:
            return
        is_own = answer.number == self.number
        if is_own and (self._last is not None or not self.input.repeats):  # else what was given is taken away
            self.answer = answer
            if answer.picture is not None and self._last is not None:
                self._show(answer)
            if answer.is_over and self._view is not None:
                self._view.end()
        if self._is_open and (answer.is_over or not is_own):
            self._is_open = False
            self.input.show_busy(False)
            if self._waiting is not None:
                waiting, self._waiting = self._waiting, None
                self._put(waiting)

    def _show(self, answer: TryAnswered) -> None:
        picture = answer.picture
        assert picture is not None
        self.input.show_answer(picture)
        if not self.input.answer_share:
            return
        if not isinstance(self._view, VIEWS[type(picture)]):
            self._view = VIEWS[type(picture)]()
            self._view.shrinks = self._shrinks
            self._place.setWidget(self._view)
        self._view.show()
        self._view.show_picture(picture)
        words = phrase_text(picture.verdict)
        self.verdict.setText(words)
        self.verdict.setVisible(bool(words))
        self._view.setAccessibleName(self.tr("Answer"))
        self._view.setAccessibleDescription(self._view.summary())

    def _take(self, given: AnyGiven | None) -> None:
        if given is None:
            self._waiting = self._last = None
            if self.input.repeats:
                self.answer = None
                self.verdict.hide()
                if self._view is not None:
                    self._view.hide()
            if self._is_open:
                self.intent.emit(TryOut(number=self.number, name=""))
            self.emptied.emit()
        elif self._is_open and self.input.repeats and self.input.waits:
            self._waiting = given
        else:
            self._put(given)

    def _put(self, given: AnyGiven) -> None:
        self.number = next(NUMBERS)
        self._last = given
        self._is_open = True
        self.input.show_busy(True)
        self.intent.emit(TryOut(number=self.number, name=self.card.name, given=given))
