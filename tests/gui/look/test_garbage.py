"""Widgets that nobody holds any more are not deleted out of the list that Qt styles."""

import os
import subprocess
import sys

from tests.conftest import ROOT

PROGRAM = """
import gc, sys
from PySide6.QtWidgets import QApplication, QWidget
from gui.look.theme import apply_theme

class Asked(QWidget):
    def changeEvent(self, event):
        gc.set_threshold(10)
        self.made = [[] for _ in range(20)]  # enough for a collection, where there may be one
        super().changeEvent(event)

qt = QApplication([])
kept = [Asked() for _ in range(50)]
gc.set_threshold(1_000_000)
for _ in range(300):
    left = Asked()
    left.itself = left
    left.show()
del left
apply_theme(qt, "dark", 12)
print(len(qt.allWidgets()), gc.isenabled())
"""


def test_a_theme_is_changed_among_windows_that_were_forgotten() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "50 True"), done.stderr[-2_000:]
