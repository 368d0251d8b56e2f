"""The picture of the mode: ranks as boxes with what each really holds, arrows for what moves between them.

Drawn from what the ranks report (their tensors, their messages), not from the menu. Arrows light up when a step has
been taken apart, and are the wider the more bytes a step moves.
"""

import numpy as np
from PySide6.QtWidgets import QVBoxLayout

from engine.anatomy import THROUGH_MEMORY
from engine.config import roles
from engine.config.mode_text import parse_mode
from engine.metrics.segment_sums import moved_bytes, sent_bytes
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.base import Panel
from gui.text.first_words import first_words
from gui.text.health_words import mark_words
from gui.widgets.rank_picture import RankPicture, RankScene


class ModePicturePanel(Panel):
    """Boxes in a grid, arrows between them, a bar in each for the part of the model it holds."""

    panel_id = "mode-picture"
    area = "bottom"
    order = 2
    watches = ("anatomy", "segments", "run", "status")

    def __init__(self, view: PlotView) -> None:
        super().__init__(view)
        self._picture = RankPicture()
        self._drawn_step = -1
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._picture)
        self._picture.setAccessibleName(self.panel_title())
        self.setMinimumSize(260, 110)

    def panel_title(self) -> str:
        """The title of the panel's dock, translated."""
        return self.tr("Picture of the mode")

    def refresh(self, store: Store) -> None:
        """The ranks of the present segment, and what the newest step moved."""
        run = store.live
        segment = run.segments[-1] if run.segments else None
        mode = parse_mode(segment.mode) if segment is not None else None
        anatomy = run.anatomy
        what = self.tr("the ranks, what each holds and what moves between them are drawn here.")
        step = anatomy.step if anatomy is not None else -1
        if step != self._drawn_step:
            self._drawn_step = step
            self._picture.pulse()
        self._picture.show_scene(
            RankScene(
                ranks=segment.ranks if segment is not None else (),
                degrees=tuple(degree for _, degree in mode.degrees) if mode is not None else (),
                sent_bytes=sent_bytes(anatomy, through_memory=False) if anatomy is not None else np.zeros((0, 0)),
                shared_bytes={
                    rank.rank: moved_bytes(entry)
                    for rank in (anatomy.ranks if anatomy is not None else ())
                    for entry in rank.traffic
                    if entry.kind == THROUGH_MEMORY
                },
                marks=mark_words(self, run.health.marks),
                has_shared_weights=mode is not None and roles.shares_weights(mode),
                nothing=first_words(self, run, what),
            )
        )
