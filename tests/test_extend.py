"""A new workload, technique or panel is one new file: each is put into a copy of the project, and is there."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

WORKLOAD = '''
"""A line through noise."""
import torch
from torch import nn
from torch.nn import functional
from engine.rank.data.source import Tensors
from engine.rank.data.workload import Workload
CARD = {
    "name": "one-neuron", "title": "One neuron", "summary": "It learns a line.", "batch_size": 8, "lr": 0.01,
    "train_samples": 64, "validation_samples": 16,
    "knobs": [
        {"name": "anything", "title": "Anything", "help": "Any number.", "default": 1.5},
        {"name": "more", "title": "More", "help": "Not less than 2.", "default": 2, "minimum": 2},
    ],
}
def build(knobs, seed):
    x = torch.linspace(-1, 1, 80)[:, None]
    y = (x[:, 0] > 0).float()
    return Workload(
        train=Tensors(x[:64], y[:64]), validation=Tensors(x[64:], y[64:]),
        make_model=lambda: nn.Linear(1, 1),
        loss_sum=lambda o, t: functional.binary_cross_entropy_with_logits(o[:, 0], t, reduction="sum"),
        score_sum=lambda o, t: ((o[:, 0] > 0) == (t > 0.5)).sum(),
    )
'''
TECHNIQUE = '''
"""Two ranks that do the same work twice: no use, but a technique."""
from engine.rank.modes.data_parallel import Technique as DataParallel
CARD = {"key": "twice", "title": "Twice", "summary": "Twice.", "minimum": 2, "maximum": 4, "offered": [2],
        "samples": True}
class Technique(DataParallel):
    def holds(self, model):
        return "the same again"
'''
UNOFFERED = '''
"""A technique that no menu offers, but for its option."""
from engine.rank.modes.data_parallel import Technique
CARD = {"key": "thrice", "title": "Thrice", "summary": "Thrice.", "minimum": 2, "maximum": 4,
        "options": [{"key": "colour", "title": "Colour", "help": "None.", "default": "red", "choices": ["red"]}]}
'''
BRAID = '''
"""Ranks take different samples, and cut what nobody has cut before; numbers without a range."""
from engine.rank.modes.data_parallel import Technique as DataParallel
CARD = {
    "key": "braid", "title": "Braid", "summary": "Braids.", "minimum": 2, "offered": [2], "axis": 7, "applied": 33,
    "samples": True, "splits": "strands", "together": ["tp"], "exact": False, "differs": "Braids differ.",
    "counts": {"knots": "knots tied"}, "traffic": "braid: {size} a rank", "sends": [{"kind": "whisper"}],
    "options": [
        {"key": "twist", "title": "Twists", "help": "Any number.", "default": 3},
        {"key": "weave", "title": "Weave", "help": "Which way.", "default": "over", "choices": ["over", "under"],
         "role": "ornament"},
    ],
}
class Technique(DataParallel):
    def counts(self):
        return {"knots": self.place.mode.option("twist")}
    def holds(self, model):
        return "a strand"
'''
STACK = '''
"""Layers in stages, in an order of its own, without a choice of micro-batches."""
from engine.rank.modes.pipeline import Technique
CARD = {
    "key": "stack", "title": "Stack", "summary": "Stacks.", "minimum": 2, "maximum": 3, "offered": [2], "axis": 1,
    "applied": 10, "splits": "layers", "even": False, "precisions": ["fp64", "fp32"],
    "options": [
        {"key": "rhythm", "title": "Rhythm", "help": "In which order.", "default": "march",
         "choices": ["march", "waltz"], "role": "schedule", "schedules": {"waltz": {"is_filled": False}}},
    ],
}
'''
ECHO = '''
"""No ranks of its own, a number without a range: with every technique, each step is heard again."""
from engine.rank.modes.base import SingleProcess
CARD = {
    "key": "echo", "title": "Echo", "summary": "Echoes.", "applied": 99,
    "option": {"title": "Echoes", "help": "How often.", "default": 0},
}
class Technique(SingleProcess):
    def holds(self, model):
        return f"{self.place.mode.option(self.key)} echoes"
'''
PANEL = '''
"""Counts."""
from PySide6.QtWidgets import QLabel, QVBoxLayout
from gui.panels.base import Panel
class CountPanel(Panel):
    panel_id = "count"
    area = "bottom"
    order = 9
    watches = ("steps",)
    def __init__(self, view):
        super().__init__(view)
        QVBoxLayout(self).addWidget(QLabel("count"))
    def panel_title(self):
        return self.tr("Count")
    def refresh(self, store):
        pass
'''


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project with one new file of each kind."""
    place = tmp_path / "project"
    place.mkdir()
    for name in ("engine", "gui", "resources"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "main.py", place)
    (place / "engine/rank/workloads/one_neuron.py").write_text(WORKLOAD)
    (place / "engine/rank/modes/twice.py").write_text(TECHNIQUE)
    (place / "engine/rank/modes/thrice.py").write_text(UNOFFERED)
    for name, text in (("braid", BRAID), ("stack", STACK), ("echo", ECHO)):
        (place / f"engine/rank/modes/{name}.py").write_text(text)
    (place / "gui/panels/count.py").write_text(PANEL)
    pipeline = place / "engine/rank/modes/pipeline.py"
    text = pipeline.read_text()
    for old, new in (
        ('"zero-bubble"],', '"zero-bubble", "wave"],'),
        ('"gpipe": Sch', '"wave": ScheduleGPipe, "gpipe": Sch'),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    pipeline.write_text(text)
    return place


def run(place: Path, *arguments: str) -> str:
    """What a command in the copy prints."""
    out = subprocess.run(
        [sys.executable, *arguments],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )
    assert out.returncode == 0, out.stderr
    assert "Traceback" not in out.stderr, out.stderr
    return out.stdout


def test_one_new_file_of_each_kind_appears_and_works(copy: Path) -> None:
    assert "one-neuron" in run(copy, "main.py", "workloads")
    modes = run(copy, "main.py", "modes")
    for line in ("cpu,twice=2", "cpu,braid=2,weave=under", "not exact: Braids differ.", "cpu,stack=2,rhythm=waltz"):
        assert line in modes
    lines = run(
        copy,
        "main.py",
        "train",
        "--workload",
        "one-neuron",
        "--mode",
        "cpu,twice=2",
        "--steps",
        "20",
        "--json",
        "-",
        "--quiet",
    ).splitlines()
    assert json.loads(lines[-1])["segments"][0]["mode"] == "cpu,twice=2"


USE = r"""
import sys, time
from PySide6.QtWidgets import QApplication, QMenu
from engine.config.spec import make_spec
from gui.app import Application
from gui.model.intents import Play, Reset, SetUp, Shift

qt = QApplication([])
qt.setStyle("Fusion")
app = Application(qt)
app.start()
window, store = app.window, app.store
window.refresh()  # as the first frame does
menus = [a.text() for m in window.menuBar().findChildren(QMenu) for a in m.actions()]
print([p.panel_id for p in window.panels], menus)

def until(done, what):
    end_s = time.monotonic() + 40
    while not done():
        qt.processEvents()
        if time.monotonic() > end_s:
            sys.exit(f"not seen: {what}")

until(lambda: app.starter is not None, "spares")
setup = window.panel("setup")
app.dispatch(Shift("cpu,pp=2,schedule=wave"))  # one neuron has no two layers
window.refresh()  # as the next frame does
setup._list.setCurrentIndex(setup._list.findData("one-neuron"))
print(app.store.set_up.mode, setup._problem.text())
for name, text in (("anything", "-2.5e-9"), ("more", "1")):
    field = setup.setting(name).editor
    print(field.toolTip())
    field.setText(text)
    field.editingFinished.emit()
print(app.store.set_up.knobs, setup.setting("more").problem)
setup.setting("more").editor.setText("3000000")
setup.setting("more").editor.editingFinished.emit()
print(app.store.set_up.knobs)
app.dispatch(Shift("cpu,twice=2"))
app.dispatch(Play())
until(lambda: store.live.anatomies, "a step of two ranks")
for panel in window.panels:
    panel.refresh(store)
    panel.resize(700, 300)
    assert not panel.grab().isNull()
print(store.live.mode, store.live.segments[0].ranks[0].holds)
def shown_in(mode, *, bubble=False):
    # every panel on a run of this mode, and what two of them say
    def is_seen():
        sums = next((sums for row, sums in store.live.board.sums() if row.is_now), None)
        return sums is not None and sums.mode == mode and store.live.anatomies and (sums.bubble or not bubble)

    app.dispatch(Shift(mode))
    until(is_seen, mode)
    for panel in window.panels:
        panel.refresh(store)
        assert not panel.grab().isNull()
    print(mode, "|", store.live.segments[-1].ranks[0].holds, "|", window.panel("traffic")._note.text(), "|",
          window.panel("bubble")._words.text(), "|", window.panel("bubble")._knobs.schedule.currentText(),
          window.panel("bubble")._knobs.microbatches.isEnabled())

app.dispatch(Reset())
app.dispatch(SetUp(make_spec("spirals", mode="cpu,threads=1")))
app.dispatch(Play())
until(lambda: store.live.status == "running", "a run")
shown_in("cpu,braid=2,twist=123456789,echo=7")
shown_in("cpu,stack=2,rhythm=waltz", bubble=True)
app.dispatch(Reset())
app.dispatch(SetUp(make_spec("spirals", mode="cpu,pp=2,schedule=wave")))
app.dispatch(Play())
until(lambda: any(sums.bubble and "wave" in sums.mode for _, sums in store.live.board.sums()), "a bubble")
panel = window.panel("bubble")
panel.refresh(store)
print(panel._knobs.schedule.currentText(), panel._words.text())
app.close()
until(lambda: window.may_close, "the end")
"""


@pytest.mark.slow
def test_the_window_can_be_used_with_what_it_was_not_made_for(copy: Path) -> None:
    shown = run(copy, "-c", USE)
    for word in (
        "'count'",
        "Twice ×2",
        "colour = red",
        "Any number.\n",
        "(2 or more)",
        "More = 1 must be a whole number, 2 or",
    ):
        assert word in shown
    assert "cpu ·  This model has one layer, 2 stages asked" in shown
    assert "{'anything': -2.5e-09, 'more': 3000000}" in shown
    assert "cpu,twice=2 the same again" in shown
    assert "★ wave bubble" in shown
    assert "cpu,braid=2,twist=123456789,echo=7 | a strand, 7 echoes | Since the shift: 246,913,578 knots tied." in shown
    assert "\nThe payload is what a rank puts in, as counted." in shown
    assert "braid: " in shown
    assert "Not exact: Braids differ." in shown
    assert "▲ waltz False" in shown
    assert "(2-1) / (1+2-1) = 50% in theory" in shown
