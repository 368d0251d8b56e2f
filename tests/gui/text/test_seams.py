"""What is written at seams, in the order in which they stand on the axis."""

from engine.events.ranks import SlowedDown
from engine.events.run import RunStarted
from gui.model.store import Store
from gui.text.seams import SeamWords
from tests.messages import batch, begin


def test_seams_and_what_was_made_slow_stand_in_order_without_what_was_superseded() -> None:
    store = Store()
    store.feed([RunStarted(at_s=0.0, spec="", step=0, started_unix_s=0.0, directory="d"), begin(0, 0, 0.0)])
    store.feed([batch(0, 500), begin(1, 500, 5.0)])
    for step in (480, 495):
        store.feed([SlowedDown(at_s=5.0, step=step, rank=0, phase="compute", factor=2.0, delay_s=0.0)])
    store.feed([RunStarted(at_s=6.0, spec="", step=490, started_unix_s=0.0, directory="d"), begin(2, 490, 6.0)])
    assert [(seam.position, "SLOWDOWN" in seam.text) for seam in SeamWords().seams([("", store.live)], "step")] == [
        (0.0, False),
        (480.0, True),
        (490.0, False),
    ]
