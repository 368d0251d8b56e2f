"""What a lost rank cost, in words: no figure is told that is not known, and none stands alone on the ribbon."""

import pytest
from PySide6.QtCore import QObject

from gui.model.segments import Position
from gui.model.setbacks import Setback
from gui.text.setback_words import setback_forms, setback_words

LOST = Setback(step=300, at_s=3.0, samples=0.0, rank=1, is_on_purpose=False, reached=400, goes_on_s=9.5)


def known(lost: Setback, *, reached: int = 400, has_end: bool = True) -> Setback:
    """Ranks computed again after 1 s, and made all again within 2 s more."""
    end = Position(step=reached, at_s=12.5, samples=0.0) if has_end else None
    fields = {name: getattr(lost, name) for name in lost.__struct_fields__}
    return Setback(**fields | {"reached": reached, "began_s": 10.5, "end": end})


@pytest.mark.parametrize(
    ("lost", "words", "forms"),
    [
        (LOST, "", ["100 steps made again", "100 steps"]),
        (
            known(LOST, has_end=False),
            "Rank 1 was lost at step 400. Now it makes 100 steps again, from the last saved state on.",
            ["100 steps made again", "100 steps"],
        ),
        (
            known(LOST),
            "Rank 1 was lost at step 400. It cost 3 s from Go on: 1 s to start ranks, 2 s to make 100 steps again, "
            "from the last saved state on.",
            ["100 steps made again, cost 3 s", "100 steps again, 3 s", "cost 3 s"],
        ),
        (
            known(LOST, reached=301),
            "Rank 1 was lost at step 301. It cost 3 s from Go on: 1 s to start ranks, 2 s to make 1 step again, from "
            "the last saved state on.",
            ["1 step made again, cost 3 s", "1 step again, 3 s", "cost 3 s"],
        ),
        (
            known(LOST, reached=300),
            "Rank 1 was lost at step 300. All before it was saved: no step is made again. From Go on it cost 1 s to "
            "start ranks.",
            ["no step lost, cost 3 s", "cost 3 s"],
        ),
    ],
    ids=["unknown", "under way", "over", "one step", "no step"],
)
def test_a_setback_in_words(lost: Setback, words: str, forms: list[str]) -> None:
    assert setback_words(QObject(), lost) == words
    assert setback_forms(QObject(), lost) == forms
