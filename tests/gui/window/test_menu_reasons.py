"""Why an entry is grey is told while it is pointed at, by mouse or keys: in the status line, or at the foot."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QMenu
from pytestqt.qtbot import QtBot

from engine.config.cards import workloads
from engine.config.mode import cores
from engine.config.spec import make_spec
from engine.events.run import StatusChanged
from engine.session.starter import RankStarter
from gui.app import Application
from gui.bench.source import SyntheticSource
from gui.model.intents import SetUp, Shift
from gui.model.store import Store
from gui.window.greyed import BEHIND
from gui.window.menu_reasons import entry_words
from gui.window.mode_text_dialog import ModeTextDialog
from gui.window.modes_menu import ModeMenus
from gui.window.ranks_dialog import RanksDialog
from gui.window.status_line import StatusLine
from tests.messages import batch, begin
from tests.windows import Open, action, ink


@pytest.fixture
def application(open_window: Open) -> Application:
    application = open_window()
    application.dispatch(SetUp(make_spec("digits-mlp", batch_size=9)))
    application.window.refresh()
    application.bridge.stop()  # menus are filled anew when torch has told what the machine has
    application._idle.stop()
    return application


def opened(application: Application, text: str) -> QMenu:
    """The menu in which an entry stands, open."""
    top = next(m for m in application.window.findChildren(QMenu) if m.title() == "&Parallelism")
    top.popup(application.window.mapToGlobal(QPoint(10, 10)))
    entry = action(application, text)
    menu = next(m for m in top.findChildren(QMenu) if entry in m.actions())
    top.setActiveAction(menu.menuAction())
    QApplication.processEvents()
    return menu


def test_keys_and_mouse_reach_a_greyed_entry_whose_reason_stands_in_the_status_line(application: Application) -> None:
    bar = application.window.statusBar()
    grey = action(application, "microbatches = 16")
    assert not grey.isEnabled()
    assert grey.text() == f"microbatches = 16{BEHIND}a batch of 9 is too small"
    assert BEHIND not in action(application, "microbatches = 8").text()
    menu = opened(application, "microbatches = 16")
    menu.setActiveAction(action(application, "microbatches = 8"))
    QTest.keyClick(menu, Qt.Key.Key_Down)
    assert menu.activeAction() is grey
    reason = f"▲ {grey.toolTip()}"
    assert "A batch of 9 is too small for microbatches=16" in reason
    assert bar.currentMessage() == reason
    framed = menu.grab(menu.actionGeometry(grey)).toImage()
    assert ink(framed, menu.palette().highlight().color()) > framed.width()
    QTest.keyClick(menu, Qt.Key.Key_Up)
    assert bar.currentMessage() == action(application, "microbatches = 8").toolTip()
    QTest.mouseMove(menu, menu.actionGeometry(grey).center())
    assert bar.currentMessage() == reason
    for each in application.window.findChildren(QMenu):
        each.close()
    assert bar.currentMessage() == ""


def test_a_reason_is_said_once_a_line_and_uncut_in_menus_that_a_small_window_has_room_for(
    qtbot: QtBot, starter: RankStarter
) -> None:
    menus = [QMenu(), QMenu(), QMenu()]
    for menu in menus:
        qtbot.addWidget(menu)
    hardware, filled = starter.hardware, ModeMenus(*menus)
    assert hardware is not None
    reasons: set[str] = set()
    for workload in workloads():
        filled.show("cpu,threads=1", hardware, "", make_spec(workload), batch_size=3)
        for menu in (each for top in menus for each in (top, *top.findChildren(QMenu))):
            lines = [entry.text() for entry in menu.actions() if not entry.isEnabled() and not entry.isSeparator()]
            reasons.update(line.split(BEHIND)[1] for line in lines)
            assert not any(line.endswith("…") for line in lines), lines
            assert menu.sizeHint().width() < (480 if menu in menus else 960), lines
    assert {"a batch of 3 is too small", "only for Names · Plain GPT", "between cuda ranks only"} < reasons
    font = menus[0].font()
    font.setPointSize(26)
    menus[0].setFont(font)
    assert menus[0].sizeHint().width() < 1280, "the devices, in a projector's letters"
    kinds = {device.device: device for device in hardware.devices if not device.available}
    assert f"Intel GPU (xpu){BEHIND}{kinds['xpu'].reason}" in {entry.text() for entry in menus[0].actions()}


def test_a_mode_as_text_that_cannot_be_stays_where_it_was_typed_beside_the_reason(application: Application) -> None:
    action(application, "Mode as text …").trigger()
    (dialog,) = application.window.findChildren(ModeTextDialog)
    for wrong, why in (("cpu,dp=two", "dp"), ("cpu,pp=2,microbatches=16", "A batch of 9 is too small")):
        dialog.line.setText(wrong)
        dialog.accept()
        assert dialog.isVisible()
        assert dialog.line.text() == wrong
        assert why in dialog.problem.text()
        assert application.store.set_up.mode == "cpu,threads=1"
    dialog.line.setText(" cpu,dp=3 ")
    dialog.accept()
    assert not dialog.isVisible()
    assert application.store.set_up.mode == "cpu,dp=3"


def test_a_number_of_ranks_that_cannot_be_is_refused_beside_it_with_the_reason(application: Application) -> None:
    menu = next(each for each in application.window.findChildren(QMenu) if each.title() == "Pipeline parallel")
    next(entry for entry in menu.actions() if entry.text() == "Other number of ranks …").trigger()
    (dialog,) = application.window.findChildren(RanksDialog)
    dialog.number.setValue(16)
    assert "This model has 6 layers, 16 stages asked" in dialog.problem.text()
    assert not dialog.take.isEnabled()
    dialog.accept()
    assert dialog.isVisible()
    assert application.store.set_up.mode == "cpu,threads=1"
    dialog.number.setValue(3)
    assert not dialog.problem.isVisible()
    dialog.take.click()
    assert not dialog.isVisible()
    assert application.store.set_up.mode == "cpu,pp=3"


def test_without_ranks_nothing_can_be_slowed_down_and_each_entry_says_so(application: Application) -> None:
    for name in ("Slow down a rank", "Slow down the link", "Break a rank"):
        entry = action(application, name)
        assert not entry.isEnabled()
        assert entry.text() == f"{name}{BEHIND}No rank computes: press Play first"
        assert entry_words(entry) == "▲ No rank computes: press Play first."
    assert action(application, "End the slowdown").toolTip() == "Nothing is slow on purpose."
    slowdowns = application.window.tools._slowdowns
    slowdowns.show(1, None)
    assert action(application, "Slow down a rank").text() == "Slow down a rank"
    assert action(application, "Slow down a rank").isEnabled()
    assert action(application, "Slow down the link").text() == f"Slow down the link{BEHIND}One rank sends no message"


def test_in_the_presenters_layout_it_stands_at_the_foot_and_the_keys_come_back(application: Application) -> None:
    application.window.presenting.toggle()
    layout = application.window.presenting.layout
    assert layout is not None
    QApplication.processEvents()  # letters are as large as the layout has them
    layout.refresh()
    keys, height = layout._keys.text(), layout._keys.height()
    assert layout._keys.fontInfo().pixelSize() == layout.loss.fontInfo().pixelSize(), "no text is smaller than others"
    menu = opened(application, "microbatches = 16")
    menu.setActiveAction(action(application, "microbatches = 16"))
    QApplication.processEvents()
    assert "A batch of 9 is too small" in layout._keys.text()
    assert layout._keys.fontInfo().pixelSize() == layout.loss.fontInfo().pixelSize()
    for each in application.window.findChildren(QMenu):
        each.close()
    assert layout._keys.text() == keys
    for words in ("Every rank holds a replica of the model. " * 20, "one\ntwo\nthree", "L", ""):
        layout.tell_entry(words)
        QApplication.processEvents()
        assert layout._keys.height() == height, "what is told moves nothing above it"
        assert layout._keys.heightForWidth(100) == height
        assert QLabel.heightForWidth(layout._keys, layout._keys.width()) <= height, "nor is it cut"
    assert layout._keys.text() == keys


def test_a_button_of_the_toolbar_leaves_the_status_line_alone(application: Application) -> None:
    window = application.window
    play = next(button for button in window._bar.buttons if button.defaultAction() is window._play)
    window._play.hover()  # as the button does when the mouse comes
    assert play.isVisible()
    assert window.statusBar().currentMessage() == ""


def test_what_goes_on_is_not_painted_over_a_message(qtbot: QtBot) -> None:
    window, line = QMainWindow(), StatusLine()
    qtbot.addWidget(window)
    window.setStatusBar(line)
    line.label.setText("stopped")
    window.show()
    QApplication.processEvents()
    line.showMessage("a message")
    for lines in (2, 3, 4):  # higher and higher: all is laid out anew
        for label in (line.place, line.label):
            label.setText("\n".join(["a line"] * lines))
            QApplication.processEvents()
            assert not line.label.isVisible()
    line.clearMessage()
    QApplication.processEvents()
    assert line.label.isVisible()


def test_what_goes_on_is_said_in_full_before_where_the_record_lies(qtbot: QtBot) -> None:
    window, line, store = QMainWindow(), StatusLine(), Store()
    qtbot.addWidget(window)
    window.setStatusBar(line)
    window.resize(760, 200)
    window.show()
    store.live.directory = "/home/of/a/person/with/a/long/name/data/runs/2026-01-01-120000-digits-mlp"
    for mode, is_place_whole in (("Single process · CPU · 1 thread · fp32", False), ("X", True)):
        line.refresh(store, mode)
        QApplication.processEvents()
        label, place = line.label, line.place
        assert label.width() >= label.fontMetrics().horizontalAdvance(label.text())
        assert (place.width() >= place.fontMetrics().horizontalAdvance(place.text())) == is_place_whole


def chosen(filled: ModeMenus, menus: list[QMenu], mode: str, *names: str) -> str:
    """The mode that is asked for last, where each that is asked for comes to be in force."""
    asked: list[str] = []
    filled.intent.connect(lambda intent: asked.append(intent.mode))
    spec = make_spec("digits-mlp")
    filled.show(mode, None, "", spec)
    for name in names:
        entries = [entry for top in menus for each in (top, *top.findChildren(QMenu)) for entry in each.actions()]
        next(entry for entry in entries if entry.text().split(BEHIND)[0].startswith(name)).trigger()
        filled.show(asked[-1], None, "", spec)
    return asked[-1]


def test_all_threads_come_back_with_the_single_process_and_what_is_kept_is_told(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    menus = [QMenu(), QMenu(), QMenu()]
    for menu in menus:
        qtbot.addWidget(menu)
    filled = ModeMenus(*menus)
    assert chosen(filled, menus, "cpu,threads=2", "Data parallel ×2", "Single process") == "cpu,threads=2"
    assert chosen(filled, menus, "cpu,threads=1", "Data parallel ×2", "Single process") == "cpu,threads=1"
    ways = ("Tensor parallel ×2", "CPU · all threads", "Single process")
    assert chosen(filled, menus, "cpu,threads=1", *ways) == "cpu,threads=2"
    assert chosen(filled, menus, "cpu,dp=2,local=8", "Pipeline parallel ×2") == "cpu,pp=2"
    filled.show("cpu,pp=2,microbatches=8", None, "", make_spec("digits-mlp"))
    entries = [entry for each in menus[1].findChildren(QMenu) for entry in each.actions()]
    tips = {entry.text(): entry.toolTip() for entry in entries}
    assert "Keeps what is set: Pipeline ×2 m=8" in tips["Pipeline parallel ×2"]
    assert "Keeps" not in tips["Data parallel ×2"]


def test_one_tick_says_how_many_threads_and_a_choice_that_leaves_the_mode_says_what_it_does(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    menus, told = [QMenu(), QMenu(), QMenu()], []
    for menu in menus:
        qtbot.addWidget(menu)
    filled = ModeMenus(*menus)
    filled.told.connect(told.append)
    filled.show("cpu,dp=2", None, "", make_spec("digits-mlp"))

    def ticked() -> list[str]:
        return [entry.text() for entry in menus[0].actions() if entry.isChecked() and entry.text().startswith("CPU")]

    entries = {entry.text(): entry for entry in menus[0].actions()}
    assert ticked() == ["CPU · 1 thread a rank"]
    entries["CPU · all threads (1 a rank)"].trigger()
    assert ticked() == ["CPU · all threads (1 a rank)"], "as the title says: 1 thread each"
    assert told == [
        "As it is: the ranks share all threads out, 1 each; all 2 in one process: Parallelism › Single process."
    ]
    assert chosen(filled, menus, "cpu,dp=2", "Single process") == "cpu,threads=2"
    filled.show("cpu,dp=2", None, "", make_spec("digits-mlp"))
    entries["CPU · 1 thread a rank"].trigger()
    assert ticked() == ["CPU · 1 thread a rank"]
    assert told[1:] == ["As it is: each rank has 1 of the threads, and a single process will have 1."]
    assert chosen(filled, menus, "cpu,dp=2", "Single process") == "cpu,threads=1"
    filled.show("cpu,threads=2", None, "", make_spec("digits-mlp"))
    assert ticked() == ["CPU · all threads"]
    filled.show("cpu,dp=2", None, "", make_spec("digits-mlp"))
    assert ticked() == ["CPU · all threads (1 a rank)"], "as it was chosen"
    filled.show("cpu,dp=2,threads=2", None, "", make_spec("digits-mlp"))
    assert ticked() == [], "two each are more than there are"


@pytest.mark.parametrize("before", ["cpu,threads=1", "cpu,dp=2", "cpu,pp=2", "cpu,threads=2"])
def test_all_threads_once_more_are_in_force_where_the_running_order_has_them(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    menus = [QMenu(), QMenu(), QMenu()]
    for menu in menus:
        qtbot.addWidget(menu)
    order = ("CPU · all threads", "Data parallel ×2", "Pipeline parallel ×2")
    filled = ModeMenus(*menus)
    asked = [chosen(filled, menus, before, *order[: count + 1]) for count in range(3)]
    assert asked[1:] == ["cpu,dp=2", "cpu,pp=2"]
    assert asked[0] == (before if before.endswith("p=2") else "cpu,threads=2")
    for each in asked:
        assert chosen(filled, menus, each, "Single process", "CPU · all threads") == "cpu,threads=2"


def test_choosing_the_mode_in_force_says_so_and_gives_up_the_shift_that_is_under_way(
    application: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, told = SyntheticSource(tmp_path / "run", steps_per_s=1.0), []
    monkeypatch.setattr(source, "shift", told.append)
    application.runs.watch(source)
    application.store.feed([begin(0, 0, 0.0), StatusChanged(at_s=0.0, status="running", step=0), batch(0, 9)])
    line = application.window.status
    application.dispatch(Shift(f"cpu,threads={cores()}"))  # as `cpu` is
    assert (told, line.currentMessage()) == ([], "▲ That mode is in force already.")
    line.clearMessage()
    for mode in ("cpu,dp=3", "cpu"):
        application.dispatch(Shift(mode))
    assert (told, line.currentMessage()) == (["cpu,dp=3", "cpu"], "")
    application.runs.watch(None)
    source.close()
