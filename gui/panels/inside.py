"""What the model has inside: a picker of the workload's looks, and of what can be tried on it.

A look is computed only while this panel is seen and it is chosen: the panel says so to whoever computes, and takes it
back when a tab covers it.
"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout

from engine.config.cards import workloads
from engine.config.look_card import LookCard
from engine.config.workload_card import WorkloadCard
from engine.events.evaluator import LookDrawn
from gui.look.scale import GRID, TIGHT
from gui.look.theme import set_note
from gui.look.view import PlotView
from gui.model.intents import WatchLook
from gui.model.run_view import ENDED, RunView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text.engine_text import engine_text, phrase_text
from gui.text.no_model import why_no_model
from gui.widgets.choice_lists import ChoiceLists
from gui.widgets.look_head import LookHead
from gui.widgets.picture_view import PictureView
from gui.widgets.picture_views import VIEWS
from gui.widgets.room import Room
from gui.widgets.scrolled import least_height
from gui.widgets.try_view import AnswerPlace, TryView


class InsidePanel(Panel):
    """One look or try at a time, with the step and the origin of the weights it is of."""

    panel_id = "inside"
    area = "bottom"
    group = "second"
    order = 3
    is_followed = True
    watches = ("looks", "run", "status", "set-up", "validation", "replay")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._run: RunView | None = None
        self._no_model = ""  # why there is none to look into
        self._card: WorkloadCard | None = None
        self._picked: dict[str, str] = {}
        """By workload: the look or try that was picked last."""
        self._chosen: dict[str, tuple[int, ...]] = {}
        """By look: its choices."""
        self._is_seen, self._is_afar = False, False  # afar: read from the last row, where nobody scrolls
        self._told: tuple[object, ...] = ()
        self._drawn: LookDrawn | None = None
        self._view: PictureView | None = None
        self._try: TryView | None = None
        self._validated = 0
        self._prepared: TryView | None = None  # that of another panel, while it is taken over
        self._head, self._choices = LookHead(), ChoiceLists()
        self._picker = self._head.picker
        self._why, self._note, self._scroll, self._pages = QLabel(), QLabel(), AnswerPlace(), QStackedWidget()
        self._lay_out()

    def _lay_out(self) -> None:
        self._picker.activated.connect(self._pick)
        self._head.fitted.connect(self._show)
        self._choices.chosen.connect(self._choose)
        self._why.setWordWrap(True)
        self._why.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._why.setMargin(GRID)
        for page in (self._why, self._scroll):
            self._pages.addWidget(page)
        self._note.setWordWrap(True)
        self._note.setContentsMargins(GRID, 0, GRID, TIGHT)
        set_note(self._note)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(TIGHT)
        self._head.setContentsMargins(GRID, TIGHT, GRID, 0)
        self._choices.setContentsMargins(GRID, 0, GRID, 0)
        self.room = Room(self)
        self.room.changed.connect(self._fit)
        layout.addWidget(self._head)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._choices)  # what is chosen seldom is below: a low panel shows the picture first
        layout.addWidget(self._note)

    def heightForWidth(self, width: int) -> int:
        """What it needs and no more: the picture takes what a dock leaves, and is not scrolled before it must be."""
        return least_height(self, width)

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Inside the model")

    def nothing_words(self) -> str:
        """Why a key that would show it does not, translated."""
        return self.tr("no model is in memory; Play brings one")

    @classmethod
    def is_for(cls, card: WorkloadCard) -> bool:
        """Whether the workload has a look or a try."""
        return bool(card.looks or card.tries)

    @classmethod
    def has_to_show(cls, store: Store) -> bool:
        """A workload that has a look or a try, and a model in memory to look into; or a picture of one that was."""
        run = store.live
        if run.looks.drawn:
            return True
        card = workloads().get(run.spec.workload) if run.spec is not None and not run.is_replay else None
        return card is not None and cls.is_for(card) and bool(run.segments) and run.status not in ENDED

    def refresh(self, store: Store) -> None:
        """Show the newest picture, or the newest answer; what another run's model answered is gone with that run."""
        if self._try is not None and store.live is not self._run:
            self._try.forget_answer()
        self._run, self._no_model = store.live, why_no_model(self, store.live, store.next_play)
        self._is_seen = True
        spec = store.live.spec or store.set_up
        card = workloads().get(spec.workload)
        if card is not self._card:
            self._card = card
            self._fill_picker()
        self._show()
        if self._try is not None and store.versions["validation"] != self._validated:
            self._validated = store.versions["validation"]
            self._try.repeat()
        self._tell()

    def seen(self, is_seen: bool) -> None:
        """Have nothing drawn any more while nobody sees it."""
        self._is_seen = is_seen
        self._tell()

    def follow(self, other: Panel) -> None:
        """Have the look or try that is picked there, and what was given to it, at once: the other one may go then."""
        assert isinstance(other, InsidePanel)
        self._picked, self._chosen, self._validated = {**other._picked}, {**other._chosen}, other._validated
        self._run, self._no_model, self._card, self._prepared = other._run, other._no_model, other._card, other._try
        self._fill_picker()
        self._show()
        self._prepared = None

    def present(self) -> None:
        """Fit all of a picture into the height there is."""
        super().present()
        self._is_afar = True

    def _fit(self) -> None:
        """From the last row nobody scrolls: what is said below a picture, and lists, are there where there is room."""
        if not self._is_afar or self.room is None or self._pages.currentWidget() is not self._scroll:
            return
        width, least = max(1, self.width()), self._scroll.minimumSizeHint().height() + TIGHT
        picture = self._view.legible_height() + TIGHT if self._view is not None else 0
        taken = self._head.heightForWidth(width)
        taken += max(least, picture) if taken + picture <= self.room.height else least
        for part, is_wanted in ((self._note, bool(self._note.text())), (self._choices, bool(self._choices.places))):
            height = part.heightForWidth(width) + TIGHT
            part.setVisible(is_wanted and taken + height <= self.room.height)
            taken += height if not part.isHidden() else 0

    def why_empty(self) -> str:
        """What stands here as long as there is nothing to see."""
        run, card = self._run, self._card
        if card is None or not (card.looks or card.tries):
            names = ", ".join(engine_text(one.title) for one in workloads().values() if one.looks or one.tries)
            return self.tr("This workload has nothing to look at inside its model. These have: {names}.").format(
                names=names
            )
        if self._no_model:
            return self._no_model
        drawn = run.looks.drawn.get(self._look.name) if run is not None and self._look is not None else None
        if drawn is not None and drawn.reason:
            return engine_text(drawn.reason)
        if run is not None and (run.looks.drawn or run.validation.last is not None):
            return self.tr("Drawn when the evaluator looks at the model next …")
        return self.tr("Drawn as soon as the evaluator has looked at the model for the first time …")

    # What is picked --------------------------------------------------------------------------------------------------

    @property
    def _look(self) -> LookCard | None:
        """The look that is picked; None where it is a try, or nothing."""
        card = self._picker.currentData()
        return card if self._card is not None and card in self._card.looks else None

    def _fill_picker(self) -> None:
        self._picker.clear()
        self._picker.setVisible((card := self._card) is not None and bool(card.looks or card.tries))
        if card is None:
            return
        for one in card.tries:  # at the top they are found
            self._picker.addItem(self.tr("Try: {title}").format(title=engine_text(one.title)), one)
        if card.looks and card.tries:
            self._picker.insertSeparator(self._picker.count())
        for look in card.looks:
            self._picker.addItem(engine_text(look.title), look)
        if card.looks:
            self._picker.setCurrentIndex(self._picker.count() - len(card.looks))
        for index in range(self._picker.count()):
            if (one := self._picker.itemData(index)) is not None:
                self._picker.setItemData(index, engine_text(one.help), Qt.ItemDataRole.ToolTipRole)
                if one.name == self._picked.get(card.name):
                    self._picker.setCurrentIndex(index)
        self._leave()

    def _pick(self) -> None:
        picked = self._picker.currentData()
        if self._card is not None and picked is not None:
            self._picked[self._card.name] = picked.name
        self._leave()
        self._show()
        self._tell()

    def _choose(self) -> None:
        if (look := self._look) is not None:
            self._chosen[look.name] = self._choices.places
            self._tell()

    def _leave(self) -> None:
        """Something else is picked: nothing of it is shown yet."""
        self._drawn = None
        if self._try is not None:
            self._pages.removeWidget(self._try)
            self._try.deleteLater()
            self._try = None
        self._choices.show_choices(())

    def _tell(self) -> None:
        """Say what is to be drawn from now on; once more where another run may have come to hear it."""
        look = self._look if self._is_seen else None
        name = look.name if look is not None else ""
        run = self._run
        told = (name, self._chosen.get(name, ()), run and (run.run_id, run.status in ENDED, run.is_replay))
        if told != self._told:
            self._told = told
            self.intent.emit(WatchLook(look=name, chosen=self._chosen.get(name, ())))

    # What is shown ---------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        picked = self._picker.currentData()
        self._picker.setToolTip(engine_text(picked.help) if picked is not None else "")
        if picked is not None and self._look is None:
            self._show_try(picked)
        else:
            self._show_look()

    def _show_look(self) -> None:
        run, look = self._run, self._look
        drawn = run.looks.drawn.get(look.name) if run is not None and look is not None else None
        if drawn is None or drawn.picture is None:
            self._why.setText(self.why_empty())
            self._pages.setCurrentWidget(self._why)
            self._head.show_words(None)
            self._show_note("")
            return
        self._head.show_words(drawn.step)
        self._show_note(self._head.left_out, phrase_text(drawn.picture.verdict), phrase_text(drawn.picture.note))
        self._pages.setCurrentWidget(self._scroll)
        if drawn is self._drawn:
            self._fit()
            return
        self._drawn, picture = drawn, drawn.picture
        if not isinstance(self._view, VIEWS[type(picture)]):
            self._view = VIEWS[type(picture)]()
            self._view.shrinks = self._is_afar
            self._scroll.setWidget(self._view)
        self._view.show_picture(picture)
        self._view.setAccessibleName(self._picker.currentText())
        self._view.setAccessibleDescription(self._view.summary())
        if drawn.chosen == self._chosen.get(drawn.look, ()):
            self._choices.show_choices(picture.choices)
        self._fit()

    def _show_try(self, card: LookCard) -> None:
        if self._try is None:
            self._try = TryView(card, shrinks=self._is_afar)
            self._try.intent.connect(self.intent)
            self._try.emptied.connect(self._show)
            if self._prepared is not None and self._prepared.card is card:
                self._try.follow(self._prepared)
            self._pages.addWidget(self._try)
        self._try.allow(not self._no_model)
        self._try.hear(self._run.looks.answer if self._run is not None else None)
        answer = self._try.told
        self._pages.setCurrentWidget(self._try)
        step = answer.step if answer is not None and answer.picture is not None else None
        reason = engine_text(answer.reason) if answer is not None else ""
        note = phrase_text(answer.picture.note) if answer is not None and answer.picture is not None else ""
        self._head.show_words(step)
        self._show_note("")
        said = self._no_model or reason or note or engine_text(card.help)
        self._try.say("\n".join(filter(None, (said, self._head.left_out))))

    def _show_note(self, *notes: str) -> None:
        """What was computed of a look: below the picture, to which a low panel is scrolled as to the picture."""
        note = "\n".join(filter(None, notes))
        self._note.setText(note)
        self._note.setVisible(bool(note))
