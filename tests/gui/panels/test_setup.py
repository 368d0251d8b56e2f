"""The form never lies: what stands in a field is what Play uses, or it is red, and says why and when."""

import re

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QMessageBox, QScrollArea
from pytestqt.qtbot import QtBot

from engine.config.cards import workloads
from engine.config.fits import why_not
from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from gui.app import Application
from gui.look.theme import apply_theme
from gui.look.view import PlotView
from gui.model.intents import Change, Pause, Play, Reset, SetUp, Shift, Stop
from gui.model.store import Store
from gui.panels.setup import SetupPanel
from gui.text.words import MARKS
from gui.window.view_menu import PROJECTOR_POINTS
from tests.gui.model.test_board import visit
from tests.windows import SMALL, Open, action, click, play, press


@pytest.fixture
def application(open_window: Open, qtbot: QtBot) -> Application:
    application = open_window()
    application.window.activateWindow()
    qtbot.waitUntil(application.window.isActiveWindow, timeout=5_000)
    return application


def form(application: Application) -> SetupPanel:
    panel: SetupPanel = application.window.panel("setup")
    return panel


def shown(application: Application, *names: str) -> list[str]:
    """What stands in these fields after the next frame."""
    application.window.refresh()
    return [form(application).setting(name).editor.text() for name in names]


def when(application: Application, name: str) -> str:
    """The words behind a field after the next frame."""
    application.window.refresh()
    return form(application).setting(name)._when.text()


def click_into(application: Application, name: str) -> None:
    QApplication.processEvents()  # what was said of it has its place then
    editor = form(application).setting(name).editor
    scroll = form(application).findChild(QScrollArea)
    assert scroll is not None
    scroll.ensureWidgetVisible(editor)  # the screen of tests is small
    click(editor)


def type_in(application: Application, name: str, *keys: Qt.Key | str) -> None:
    click_into(application, name)
    form(application).setting(name).editor.selectAll()
    press(application.window, *keys)


def boxes(application: Application) -> list[str]:
    """The texts of message boxes that are open."""
    return [box.text() for box in application.window.findChildren(QMessageBox) if box.isVisible()]


def test_choosing_a_workload_takes_its_values_at_once_though_a_run_is_shown(
    application: Application, qtbot: QtBot
) -> None:
    play(application, qtbot)
    application.dispatch(Change(lr=0.125, batch_size=16))
    qtbot.waitUntil(lambda: application.store.live.batch_size == 16, timeout=5_000)
    assert shown(application, "lr", "batch_size") == ["0.125", "16"]
    box: QComboBox = form(application)._list
    box.setCurrentIndex(box.findData("digits-mlp"))
    digits = make_spec("digits-mlp")
    wanted = [repr(digits.lr), *map(str, (digits.batch_size, digits.knobs["hidden"], digits.knobs["layers"]))]
    assert shown(application, "lr", "batch_size", "hidden", "layers") == wanted
    assert when(application, "lr") == "● next run"
    type_in(application, "lr", "0.5", Qt.Key.Key_Return)  # of the next run: the one that goes on keeps its own
    assert application.store.set_up.lr == 0.5
    assert application.store.live.lr == 0.125
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    assert shown(application, "lr", "batch_size") == ["0.5", str(digits.batch_size)]
    application.dispatch(Play())
    qtbot.waitUntil(lambda: application.store.live.num_steps > 0, timeout=30_000)
    assert application.source is not None
    assert (application.source.spec.lr, application.source.spec.workload) == (0.5, "digits-mlp")


def test_where_another_workload_is_set_up_it_is_said_which_one_play_goes_on_with(
    application: Application, qtbot: QtBot
) -> None:
    play(application, qtbot)
    other, below = form(application)._other, application.window._bar.rate.below
    application.window.refresh()
    assert not other.isVisible()
    assert re.match(r"Two spirals · [\d,]+ steps? ·|Two spirals · [\d,]+ steps?$", below.text())
    box: QComboBox = form(application)._list
    box.setCurrentIndex(box.findData("digits-cnn"))
    application.window.refresh()
    assert "Two spirals is trained now; Reset, then Play begin this one." in other.text()
    application.dispatch(Pause())
    qtbot.waitUntil(lambda: application.store.live.status == "paused", timeout=10_000)
    application.window.refresh()
    assert "Play goes on with Two spirals; Reset, then Play begin this one." in other.text()
    assert other.isVisible()
    assert below.text().startswith("Two spirals")  # not what is set up
    application.dispatch(Reset())
    qtbot.waitUntil(lambda: application.source is None, timeout=10_000)
    application.window.refresh()
    assert not other.isVisible()


def test_after_enter_on_what_cannot_be_it_is_typed_anew(application: Application) -> None:
    application.dispatch(SetUp(SMALL))
    application.window.refresh()
    editor = form(application).setting("lr").editor
    type_in(application, "lr", "-3", Qt.Key.Key_Return)
    assert editor.is_wrong
    press(application.window, "0.5", Qt.Key.Key_Return)
    assert application.store.set_up.lr == 0.5
    assert not editor.is_wrong
    assert not editor.hasFocus()


@pytest.mark.parametrize("name", ["batch_size", "lr", "seed", "steps", "hidden"])
def test_what_cannot_be_is_red_and_play_refuses_with_its_sentence(application: Application, name: str) -> None:
    application.dispatch(SetUp(SMALL))
    application.window.refresh()
    setting = form(application).setting(name)
    settings = [form(application).setting(each) for each in ("batch_size", "lr", "seed", "steps", "hidden")]
    QApplication.processEvents()  # they have their places then
    places = [one.mapTo(form(application), QPoint()) for one in settings]
    type_in(application, name, "-3", Qt.Key.Key_Space)  # typed, and Play at once
    assert setting.editor.is_wrong
    assert setting.problem.startswith(f"{setting.title} = -3 must be a ")  # as it is called on the form
    assert form(application)._problem.isVisible()
    assert setting.problem in form(application)._problem.text()
    QApplication.processEvents()
    assert [one.mapTo(form(application), QPoint()) for one in settings] == places  # the next click hits what it is for
    assert boxes(application) == [setting.problem]
    assert application.source is None
    application.dispatch(Shift("cpu,dp=2"))  # the form is filled anew, but for what is wrong
    application.window.refresh()
    assert setting.editor.text() == "-3"
    assert setting.problem
    next(box for box in application.window.findChildren(QMessageBox) if box.isVisible()).close()
    application.window.activateWindow()
    click_into(application, name)
    press(application.window, Qt.Key.Key_Escape)  # what is in force stands there again
    assert not setting.editor.is_wrong
    assert setting.problem == ""
    assert form(application)._problem.isHidden()
    application.dispatch(Play())
    assert application.source is not None


def test_what_another_mode_makes_possible_is_taken(application: Application, qtbot: QtBot) -> None:
    application.dispatch(SetUp(SMALL))
    application.dispatch(Shift("cpu,pp=2,microbatches=8"))
    application.window.refresh()
    type_in(application, "batch_size", "7", Qt.Key.Key_Return)
    setting = form(application).setting("batch_size")
    assert setting.problem
    application.dispatch(Shift("cpu,dp=2"))
    application.window.refresh()
    qtbot.waitUntil(lambda: not setting.problem, timeout=2_000)
    assert not setting.editor.is_wrong
    assert application.store.set_up.batch_size == 7
    application.dispatch(Play())
    assert boxes(application) == []


def test_an_empty_field_is_no_value(application: Application) -> None:
    type_in(application, "batch_size", Qt.Key.Key_Delete, Qt.Key.Key_Return)
    assert form(application).setting("batch_size").problem
    type_in(application, "steps", Qt.Key.Key_Delete, Qt.Key.Key_Return)
    assert form(application).setting("steps").problem == ""  # until stopped


def test_a_run_that_goes_on_is_refused_for_what_it_would_use_alone(application: Application, qtbot: QtBot) -> None:
    play(application, qtbot)
    application.dispatch(Pause())
    qtbot.waitUntil(lambda: application.store.live.status == "paused", timeout=10_000)
    type_in(application, "hidden", "-1", Qt.Key.Key_Return)
    application.dispatch(Play())
    assert boxes(application) == []
    qtbot.waitUntil(lambda: application.store.live.status == "running", timeout=10_000)
    application.dispatch(Pause())
    qtbot.waitUntil(lambda: application.store.live.status == "paused", timeout=10_000)
    type_in(application, "lr", "fast", Qt.Key.Key_Return)
    application.dispatch(Play())
    assert boxes(application) == [form(application).setting("lr").problem]
    assert application.store.live.status == "paused"


def test_what_is_being_typed_is_not_overwritten_and_escape_shows_what_is_in_force(
    application: Application, qtbot: QtBot
) -> None:
    application.dispatch(SetUp(SMALL))
    application.window.refresh()
    type_in(application, "hidden", "123")
    editor = form(application).setting("hidden").editor
    application.dispatch(Shift("cpu,dp=2"))  # the set-up is another one now
    application.window.refresh()
    assert editor is form(application).setting("hidden").editor
    assert editor.text() == "123"
    press(application.window, Qt.Key.Key_Escape)
    assert editor.text() == "8"
    assert not editor.hasFocus()
    play(application, qtbot)
    application.dispatch(Pause())
    qtbot.waitUntil(lambda: application.store.live.status == "paused", timeout=10_000)
    type_in(application, "lr", "7")
    application.dispatch(Change(lr=0.25))  # by somebody else meanwhile
    qtbot.waitUntil(lambda: application.store.live.lr == 0.25, timeout=5_000)
    assert shown(application, "lr") == ["7"]
    press(application.window, Qt.Key.Key_Escape)
    assert shown(application, "lr") == ["0.25"]


def test_each_field_says_when_it_takes_effect_and_where_the_run_differs(application: Application, qtbot: QtBot) -> None:
    application.dispatch(SetUp(SMALL))
    names = ["batch_size", "lr", "optimizer", "seed", "steps", "hidden"]
    assert [when(application, name) for name in names] == ["now"] * 6
    play(application, qtbot)
    assert [when(application, name) for name in names] == ["next step"] * 2 + ["next run"] * 4
    type_in(application, "hidden", "9", Qt.Key.Key_Return)
    assert when(application, "hidden") == "● next run"
    said = form(application).setting("hidden").editor.accessibleDescription()
    assert said == "next run. It differs from the run that is shown, which has 8."
    application.dispatch(Pause())
    qtbot.waitUntil(lambda: application.store.live.status == "paused", timeout=10_000)
    application.dispatch(Stop())
    qtbot.waitUntil(lambda: application.store.next_play is not None, timeout=10_000)
    type_in(application, "lr", "0.5", Qt.Key.Key_Return)  # with Play
    qtbot.waitUntil(lambda: when(application, "lr") == "● with Play", timeout=5_000)
    assert shown(application, "lr") == ["0.5"]


def test_learning_rate_and_batch_size_are_in_the_window_once(application: Application) -> None:
    window = application.window
    for name in ("Learning rate", "Batch size"):
        assert (
            len(
                [
                    field
                    for field in window.findChildren(type(form(application).setting("lr").editor))
                    if field.accessibleName() == name
                ]
            )
            == 1
        )


def test_a_batch_that_the_mode_cuts_too_small_is_red_and_play_and_menu_say_the_same(
    application: Application, qtbot: QtBot
) -> None:
    sentence = str(why_not(parse_mode("cpu,pp=2,microbatches=8"), batch_size=7))
    application.dispatch(SetUp(make_spec("digits-mlp", mode="cpu,pp=2,microbatches=8", batch_size=16)))
    application.window.refresh()
    type_in(application, "batch_size", "7", Qt.Key.Key_Return)
    assert form(application).setting("batch_size").problem == sentence
    application.dispatch(Play())
    assert boxes(application) == [sentence]
    assert application.source is None
    for box in application.window.findChildren(QMessageBox):
        box.close()
    type_in(application, "batch_size", "9", Qt.Key.Key_Return)
    assert not form(application).setting("batch_size").problem
    application.window.refresh()
    entry = action(application, "microbatches = 16")
    assert not entry.isEnabled()
    assert "A batch of 9 is too small for microbatches=16" in entry.toolTip()


def test_nothing_moves_when_a_run_begins(qtbot: QtBot) -> None:
    store, panel = Store(), SetupPanel(PlotView())
    qtbot.addWidget(panel)
    panel.refresh(store)
    panel.resize(panel.minimumWidth(), 700)
    panel.show()
    QApplication.processEvents()
    places = [panel._workload, *(panel.setting(name) for name in ("hidden", "lr", "steps"))]

    def now() -> list[object]:
        QApplication.processEvents()
        return [panel.minimumWidth(), *(place.mapTo(panel, place.editor.geometry().bottomRight()) for place in places)]

    before = now()
    store.begin("a run")
    store.take_over(store.set_up, is_replay=False)
    store.feed([visit(0, "cpu,threads=1", 0, 0.0)])
    store.show_set_up(make_spec("digits-mlp", knobs={"hidden": 64}))
    panel.refresh(store)
    assert panel.setting("hidden")._when.text() == "● next run"
    assert now() == before


def test_a_batch_is_held_to_the_mode_in_force_and_not_to_the_one_that_the_run_began_in(qtbot: QtBot) -> None:
    store = Store()
    spec = make_spec("digits-mlp", batch_size=64)
    store.show_set_up(spec)
    store.take_over(spec, is_replay=False)
    store.feed([visit(0, "cpu", 0, 0.0), visit(1, "cpu,pp=2,microbatches=8", 10, 1.0)])
    panel = SetupPanel(PlotView())
    qtbot.addWidget(panel)
    panel.refresh(store)
    wished: list[object] = []
    panel.intent.connect(wished.append)
    setting = panel.setting("batch_size")
    setting.editor.setText("7")
    setting.changed.emit()
    assert setting.problem == str(why_not(parse_mode("cpu,pp=2,microbatches=8"), batch_size=7))
    assert not any(isinstance(wish, Change | SetUp) for wish in wished)
    store.feed([visit(2, "cpu,threads=2", 20, 2.0)])
    panel.refresh(store)
    setting.changed.emit()
    assert not setting.problem
    assert wished[-1] == Change(batch_size=7)


def test_whoever_leaves_a_run_or_comes_back_finds_the_list_of_workloads(qtbot: QtBot) -> None:
    store, panel = Store(), SetupPanel(PlotView())
    qtbot.addWidget(panel)
    panel.resize(320, 200)
    panel.show()
    bar, workload = panel._page.verticalScrollBar(), panel._workload
    store.begin("a run")
    panel.refresh(store)
    QApplication.processEvents()
    for come_back in (lambda: panel.seen(True), lambda: (store.leave("a run"), panel.refresh(store))):
        bar.setValue(bar.maximum())
        panel.seen(False)
        panel.refresh(store)
        assert bar.value() == bar.maximum() > 0, "what goes on moves nothing under the mouse"
        assert workload.visibleRegion().isEmpty()
        come_back()
        assert bar.value() == 0
        assert not workload.visibleRegion().isEmpty()


@pytest.mark.parametrize(
    ("mode", "workload", "taken", "said"),
    [
        ("cpu,code=python,threads=1", "text-gpt", "cpu,threads=1", "written in torch alone. Play starts in 1 thread."),
        ("cpu,pp=2,dp=2", "digits-two-views", "cpu,dp=2", "Play starts in Data ×2."),
        ("cpu,dp=2", "text-gpt", "cpu,dp=2", ""),
    ],
)
def test_of_a_mode_only_what_the_next_workload_cannot_do_is_left_and_no_error_is_told(
    qtbot: QtBot, mode: str, workload: str, taken: str, said: str
) -> None:
    store, panel = Store(), SetupPanel(PlotView())
    qtbot.addWidget(panel)
    spec = make_spec("gpt-in-plain-python" if "code" in mode else "digits-mlp", mode=mode)
    store.show_set_up(spec)
    panel.refresh(store)
    wished: list[object] = []
    panel.intent.connect(wished.append)
    panel._list.setCurrentIndex(panel._list.findData(workload))
    assert wished == [SetUp(make_spec(workload, mode=taken))]
    assert said in panel._problem.text()
    assert panel._problem.isHidden() == (not said)
    assert not panel._problem.text().startswith(MARKS["error"])


@pytest.mark.parametrize("points", [10, 16, 20, 26])
def test_no_field_moves_as_an_error_comes_or_goes(qapp: QApplication, qtbot: QtBot, points: int) -> None:
    apply_theme(qapp, "light", points)
    try:
        panel = SetupPanel(PlotView())
        qtbot.addWidget(panel)
        panel.show()
        settings = [panel._workload, *map(panel.setting, ("hidden", "copies", "lr", "steps"))]
        bar = panel._page.verticalScrollBar()

        def places() -> list[tuple[QPoint, QSize, QSize]]:
            for _ in range(3):
                QApplication.processEvents()
            least = panel.minimumSizeHint()
            return [(one.editor.mapTo(panel, QPoint()), one.editor.size(), least) for one in settings]

        def type_in(lr: str, batch_size: str) -> None:
            for name, text in {"lr": lr, "batch_size": batch_size}.items():
                panel.setting(name).editor.setText(text)
                panel.setting(name).changed.emit()

        whole = panel._page.widget().heightForWidth(panel.minimumSizeHint().width() + 40)
        for width in (0, 40, 200):
            for height in (whole - 40 * points, whole + points, whole + 200):  # scrolled; only beside the error; never
                panel.resize(panel.minimumSizeHint().width() + width, height)
                for scrolled in (0, 10_000):
                    bar.setValue(scrolled)
                    before = places()
                    type_in("abc", "-5" + 60 * "x")
                    assert panel._problem.isVisible()
                    assert places() == before
                    bar.setValue(scrolled)
                    before = places()
                    type_in("0.5", "64")
                    assert panel._problem.isHidden()
                    assert places() == before
    finally:
        apply_theme(qapp, "light", 10)


def test_labels_stand_beside_their_fields_though_a_scroll_bar_has_its_room(qapp: QApplication, qtbot: QtBot) -> None:
    apply_theme(qapp, "light", 10)
    panel = SetupPanel(PlotView())
    qtbot.addWidget(panel)
    panel.show()
    for height in (300, 900):  # with the bar, without it
        panel.resize(panel.minimumSizeHint().width(), height)
        QApplication.processEvents()
        for setting in panel._knobs.values():
            label = panel._knob_form.labelForField(setting)
            assert label.geometry().bottom() > setting.geometry().top()


@pytest.mark.parametrize("workload", ["digits-mlp", "text-gpt"])
def test_what_is_changed_in_a_lecture_is_seen_in_a_projectors_letters_without_scrolling(
    qapp: QApplication, qtbot: QtBot, workload: str
) -> None:
    apply_theme(qapp, "light", PROJECTOR_POINTS)
    panel, store = SetupPanel(PlotView()), Store()
    qtbot.addWidget(panel)
    panel.resize(636, 500)  # what there is at 1280x800
    panel.show()
    store.set_up = make_spec(workload)
    panel.refresh(store)
    editors = [panel.setting(name).editor for name in ("batch_size", "lr", "optimizer")]
    qtbot.waitUntil(lambda: all(one.visibleRegion().boundingRect() == one.rect() for one in editors), timeout=2_000)
    apply_theme(qapp, "light", 10)


@pytest.mark.parametrize("points", [10, 16, 26])
def test_the_form_asks_for_the_same_width_whatever_is_trained(qapp: QApplication, qtbot: QtBot, points: int) -> None:
    apply_theme(qapp, "light", points)
    try:
        panel, store, widths = SetupPanel(PlotView()), Store(), {}
        qtbot.addWidget(panel)
        panel.show()
        for workload in workloads():
            store.show_set_up(make_spec(workload))
            panel.refresh(store)
            qapp.processEvents()
            panel.resize(panel.minimumSizeHint().width(), 600)
            qapp.processEvents()
            widths[workload] = panel.minimumSizeHint().width()
        assert len(set(widths.values())) == 1, widths
    finally:
        apply_theme(qapp, "light", 10)
