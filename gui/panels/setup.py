"""Setting up a run: workload, knobs, batch, optimizer, rate, length; each says when a change takes effect."""

from functools import partial
from typing import Any

import msgspec
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QVBoxLayout

from engine.config.cards import workloads
from engine.config.fits import facts_of, why_not
from engine.config.mode_text import parse_mode
from engine.config.nearest import nearest
from engine.config.roles import language
from engine.config.spec import OPTIMIZERS, RunSpec, check_spec, make_spec
from engine.errors import RequestError, Sentence
from gui.look.theme import set_note
from gui.look.view import PlotView
from gui.model.intents import LIVE, Change, Mistaken, SetUp
from gui.model.run_view import RunView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text import figures
from gui.text.engine_text import engine_text, titled
from gui.text.pack_words import lack_words
from gui.text.ranges import Ranges
from gui.text.words import Words
from gui.widgets.form_page import FormPage, wrapping
from gui.widgets.mistakes import Mistakes
from gui.widgets.put_in import put_in
from gui.widgets.setting import Setting
from gui.widgets.wrapped import heading, say, wrapped


class SetupPanel(Panel):
    """The form. It emits SetUp for the next new run, and Change for what can change while a run goes."""

    panel_id = "setup"
    area = "left"
    order = 1
    watches = ("hyper", "status", "run", "segments", "set-up", "packs")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._set = make_spec("digits-mlp")
        """What the form was last filled with, or said; its batch size and learning rate may be hidden by a run's."""
        self._shows_run = False
        self._run: RunView | None = None
        self._mode = self._set.mode
        """The one in force, or with which Play goes on."""
        self._in_force: dict[str, int | float] = {}
        """Of what is live: what the run that is shown computes with, or will when Play is pressed."""
        self._pending: dict[str, int | float] = {}
        """Of what is live: what was given, and is not in force yet."""
        self._mistaken = Mistaken()
        self._ranges = Ranges()
        self._whens = self.tr("now"), self.tr("next step"), self.tr("with Play"), self.tr("next run")
        self._workload = self._setting("workload", self.tr("Workload"), self.tr("What is trained."), list(workloads()))
        for index, card in enumerate(workloads().values()):
            self._list.setItemText(index, engine_text(card.title))
        self._words, self._summary = Words(), wrapped(" ")
        self._other, self._lack, self._problem = wrapped(), wrapped(), Mistakes()
        set_note(self._summary)
        self._page, self._knob_form = FormPage(), QFormLayout()
        self._knobs: dict[str, Setting] = {}
        self._fields = {
            "batch_size": (self.tr("Batch size"), self.tr("Samples in one step, over all ranks.")),
            "lr": (self.tr("Learning rate"), self.tr("How far the weights move along the gradient.")),
            "optimizer": (self.tr("Optimizer"), self.tr("How a gradient becomes a step: Adam, or SGD with momentum.")),
            "seed": (self.tr("Seed"), self.tr("Decides first weights and order of samples.")),
            "steps": (self.tr("Steps"), self.tr("Length of the run; empty: until stopped.")),
        }
        self._settings = {
            name: self._setting(
                name,
                title,
                f"{text}{self._ranges.of_field(name) if name in LIVE else ''}",
                list(OPTIMIZERS) if name == "optimizer" else [],
            )
            for name, (title, text) in self._fields.items()
        }
        self._settings["steps"].editor.setPlaceholderText(self.tr("until stopped"))
        self._lay_out()
        self._fill(self._set)

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Set-up")

    def setting(self, name: str) -> Setting:
        """The setting of a field, or of a knob of the workload that is set up."""
        return self._settings.get(name) or self._knobs[name]

    @property
    def _list(self) -> QComboBox:
        editor = self._workload.editor
        assert isinstance(editor, QComboBox)
        return editor

    # Showing ---------------------------------------------------------------------------------------------------------

    def refresh(self, store: Store) -> None:
        """Show the set-up, and of a run the hyper-parameters in force, or those that Play would go on with."""
        run, ahead, spec = store.live, store.next_play, store.set_up
        is_left = run is not self._run and not run.run_id
        if run is not self._run or ahead is not None:
            self._pending = {}
        self._run = run
        if is_left:  # what is to be trained next is chosen at the top
            self._page.to_top()
        before = (self._set.mode, self._mode)
        has_run = bool(run.segments) and not (ahead is not None and ahead.is_new)
        self._shows_run = has_run and (run.spec is None or run.spec.workload == spec.workload)
        if spec is not self._set or is_left:  # one that is equal, but was not said by the form, is shown too
            is_other_mode = spec != self._set and msgspec.structs.replace(spec, mode=self._set.mode) == self._set
            self._fill(spec, keeps_mistakes=is_other_mode and not is_left)
        now = run if ahead is None else ahead
        lr, batch_size, self._mode = now.lr, now.batch_size, now.mode
        if (self._set.mode, self._mode) != before:  # what could not be in the mode before may be in this one
            QTimer.singleShot(0, self, self._try_again)
        self._show_live({"lr": lr, "batch_size": batch_size} if self._shows_run else {})
        self._show_packs(store.absent_packs)
        say(self._other, self._words.other_trained(store), "warning")
        self._mark(run.spec if has_run else None, run, is_held=run.is_replay or ahead is not None)

    def _show_packs(self, absent: dict[str, Sentence]) -> None:
        """Grey what waits for data packs, and say so of what is set up."""
        self._workload.grey({name: lack_words(self, card.packs, absent) for name, card in workloads().items()})
        card = workloads()[self._set.workload]
        for knob in card.knobs:
            self._knobs[knob.name].grey(
                {choice: lack_words(self, [pack], absent) for choice, pack in knob.packs.items()}
            )
        lack, _ = lack_words(self, card.packs_wanted(self._set.knobs), absent)
        say(self._lack, lack, "warning")

    def _show_live(self, of_run: dict[str, Any]) -> None:
        for name in LIVE:
            now = of_run.get(name)
            now = getattr(self._set, name) if now is None else now
            if now != self._in_force.get(name):
                self._pending.pop(name, None)
            self._in_force[name] = now
            value = self._pending.get(name, now)
            self._settings[name].show_value(float(value) if name == "lr" else value)

    def _mark(self, spec: RunSpec | None, run: RunView, *, is_held: bool) -> None:
        """Say when each setting takes effect (`is_held`: not before Play), and where the run (None: none) differs."""
        now, step, with_play, new = self._whens
        step = with_play if is_held else step
        self._workload.tell_when(
            now if spec is None else new, self._differs(self._set.workload, None if spec is None else spec.workload)
        )
        for name, setting in self._settings.items():
            has = None if spec is None else getattr(spec, name)
            wanted = getattr(self._set, name)
            if spec is not None and name in LIVE:
                has = getattr(run, name)
                wanted = self._pending.get(name, self._in_force[name])
            when = now if spec is None else step if name in LIVE and self._shows_run else new
            setting.tell_when(when, self._differs(wanted, has, is_given=spec is not None))
        is_same = spec is not None and spec.workload == self._set.workload
        for name, setting in self._knobs.items():
            has = spec.knobs.get(name) if spec is not None and is_same else None
            setting.tell_when(now if spec is None else new, self._differs(self._set.knobs[name], has))

    def _differs(self, wanted: object, has: object, *, is_given: bool = False) -> str:
        if wanted == has or (has is None and not is_given):
            return ""
        if has is None:
            return self.tr("It differs from the run that is shown.")
        known = workloads().get(str(has))
        words = engine_text(known.title) if known is not None else figures.exact(has) if isinstance(has, float) else has
        return self.tr("It differs from the run that is shown, which has {value}.").format(value=words)

    def _fill(self, spec: RunSpec, *, keeps_mistakes: bool = False) -> None:
        """The form says this from now on; nothing is set up by that."""
        if spec.workload != self._set.workload or not self._knobs:
            self._build_knobs(spec.workload)
        self._set = spec
        self._workload.show_value(spec.workload)
        values = {name: getattr(spec, name) for name in self._settings} | spec.knobs
        for name, setting in (self._settings | self._knobs).items():
            if setting.problem and not keeps_mistakes:
                setting.restore()
            if not (name in LIVE and self._shows_run):
                setting.show_value("" if values[name] is None else values[name])
        self._tell_mistakes()

    def _build_knobs(self, workload: str) -> None:
        self._summary.setText(engine_text(workloads()[workload].summary))
        while self._knob_form.rowCount():
            self._knob_form.removeRow(0)
        self._knobs = {}
        for knob in workloads()[workload].knobs:
            title = engine_text(knob.title)
            help_text = " ".join(filter(None, (engine_text(knob.help), self._ranges.of_knob(knob))))
            self._knobs[knob.name] = self._setting(knob.name, title, help_text, knob.choices)
            self._knobs[knob.name].give_way_to(self._workload)
            self._knob_form.addRow(f"{title} ({knob.unit})" if knob.unit else title, self._knobs[knob.name])
        self._page.fit_width()

    # Saying ----------------------------------------------------------------------------------------------------------

    def _setting(self, name: str, title: str, help_text: str, choices: Any) -> Setting:
        setting = Setting(name, title, help_text, choices, self._whens)
        setting.changed.connect(self._on_workload if name == "workload" else partial(self._on_changed, setting))
        setting.put_back.connect(self._tell_mistakes)
        return setting

    def _on_workload(self) -> None:
        """Another workload with its own defaults; computed as before, but for what of that does not fit it."""
        spec, mode = make_spec(str(self._workload.value)), parse_mode(self._set.mode)
        facts = facts_of(spec.workload, spec.knobs)
        taken = nearest(mode, facts, spec.batch_size)
        why = why_not(mode, facts, batch_size=spec.batch_size)
        spec = msgspec.structs.replace(spec, mode=taken.text)
        self._shows_run = False  # what it takes is shown at once, a run's values or not
        self._fill(spec)
        if why is not None:
            is_code = language(mode) != language(taken) and not facts.code
            title = engine_text(workloads()[spec.workload].title)
            reason = self.tr("{title} is written in torch alone.").format(title=title) if is_code else engine_text(why)
            self._problem.note(self.tr("{reason} Play starts in {mode}.").format(reason=reason, mode=taken.name))
        self.intent.emit(SetUp(spec))

    def _on_changed(self, setting: Setting) -> None:
        """Into the set-up, if it can be; batch size and learning rate also into the run, if one is shown."""
        name, value = setting.name, setting.value
        field: Any = None if (name, value) == ("steps", "") else value
        given: dict[str, Any] = {"knobs": {**self._set.knobs, name: field}} if name in self._knobs else {name: field}
        given |= {"mode": self._mode} if name == "batch_size" and self._shows_run and self._mode else {}
        try:
            spec = check_spec(msgspec.structs.asdict(self._set) | given)
        except RequestError as error:
            titles = {each: one.title for each, one in (self._settings | self._knobs).items()}
            setting.tell_problem(engine_text(titled(error.sentence, titles)))
            self._tell_mistakes()
            return
        setting.tell_problem("")
        self._tell_mistakes()
        self._set = spec
        taken: Any = spec.knobs[name] if name in self._knobs else getattr(spec, name)
        setting.show_value("" if taken is None else taken)
        self.intent.emit(SetUp(spec))
        if name in LIVE and self._shows_run:
            self._pending[name] = taken
            self.intent.emit(Change(lr=taken) if name == "lr" else Change(batch_size=taken))

    def _try_again(self) -> None:
        for setting in (self._settings | self._knobs).values():
            if setting.problem:
                self._on_changed(setting)

    def _tell_mistakes(self) -> None:
        """What cannot be, below the form, where it moves no field; and to whoever would play it."""
        settings = (self._settings | self._knobs).items()
        mistaken = Mistaken({name: setting.problem for name, setting in settings if setting.problem})
        self._page.hold_still(self.height())
        self._problem.tell(list(mistaken.problems.values()), self.width(), self.height())
        if mistaken != self._mistaken:
            self._mistaken = mistaken
            self.intent.emit(mistaken)

    # Laying out ------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        layout = self._page.column
        takes_effect = QLabel(self.tr("takes effect"))
        takes_effect.setAlignment(Qt.AlignmentFlag.AlignRight)
        set_note(takes_effect)
        layout.addWidget(takes_effect)
        layout.addWidget(self._workload)
        layout.addWidget(self._other)
        layout.addWidget(self._summary)
        layout.addWidget(self._lack)
        layout.addWidget(heading(self.tr("Training")))  # first, for batch and rate are changed while a class looks on
        training = put_in(layout, wrapping(QFormLayout()))
        for name, setting in self._settings.items():
            training.addRow(self._fields[name][0], setting)
        layout.addWidget(heading(self.tr("Model and data")))
        put_in(layout, wrapping(self._knob_form))
        layout.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._page, 1)
        outer.addWidget(self._problem)

    def minimumSizeHint(self) -> QSize:
        """No room for what is wrong: it takes its own from the form, and no dock grows as it comes."""
        least = super().minimumSizeHint()
        return least if self._problem.isHidden() else QSize(least.width(), self._page.minimumSizeHint().height())

    def seen(self, is_seen: bool) -> None:
        """Whoever comes back to it finds the list of workloads, wherever it was left."""
        if is_seen:
            self._page.to_top()
