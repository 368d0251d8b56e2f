"""A new workload, technique or panel is one new file: each is put into a copy of the project, and is there."""

import json
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
from engine.rank.workload import Workload
CARD = {
    "name": "one-neuron", "title": "One neuron", "summary": "It learns a line.", "batch_size": 8, "lr": 0.01,
    "train_samples": 64, "validation_samples": 16,
}
def build(knobs, seed):
    x = torch.linspace(-1, 1, 80)[:, None]
    y = (x[:, 0] > 0).float()
    return Workload(
        inputs=x[:64], targets=y[:64], validation_inputs=x[64:], validation_targets=y[64:],
        make_model=lambda: nn.Linear(1, 1),
        loss_sum=lambda o, t: functional.binary_cross_entropy_with_logits(o[:, 0], t, reduction="sum"),
        num_correct=lambda o, t: ((o[:, 0] > 0) == (t > 0.5)).sum(),
    )
'''
TECHNIQUE = '''
"""Two ranks that do the same work twice: no use, but a technique."""
from engine.rank.modes.data_parallel import Technique as DataParallel
CARD = {"key": "twice", "title": "Twice", "summary": "Twice.", "minimum": 2, "maximum": 4, "offered": [2]}
class Technique(DataParallel):
    def holds(self, model):
        return "the same again"
'''
PANEL = '''
"""Counts."""
from PySide6.QtWidgets import QLabel, QVBoxLayout
from gui.panel import Panel
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
    (place / "gui/panels/count.py").write_text(PANEL)
    return place


def test_one_new_file_of_each_kind_appears_and_works(copy: Path) -> None:
    def run(*arguments: str) -> str:
        out = subprocess.run(
            [sys.executable, *arguments], cwd=copy, capture_output=True, text=True, timeout=90, check=False
        )
        assert out.returncode == 0, out.stderr
        return out.stdout

    assert "one-neuron" in run("main.py", "workloads")
    assert "cpu,twice=2" in run("main.py", "modes")
    lines = run(
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
    code = (
        "import os; os.environ['QT_QPA_PLATFORM'] = 'offscreen'\n"
        "from PySide6.QtWidgets import QApplication; qt = QApplication([])\n"
        "from gui.app import Application; app = Application(qt)\n"
        "from PySide6.QtWidgets import QMenu\n"
        "menus = [a.text() for m in app.window.menuBar().findChildren(QMenu) for a in m.actions()]\n"
        "print([p.panel_id for p in app.window.panels], menus)\n"
        "form = app.window.panel('setup')._workload\n"
        "print([form.itemData(i) for i in range(form.count())])"
    )
    shown = run("-c", code)
    for word in ("'count'", "Twice ×2", "one-neuron"):
        assert word in shown
