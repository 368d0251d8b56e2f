"""Which widget takes which kind of what a person gives a model: one small widget a kind."""

from gui.widgets.given import DrawingInput, GivenInput, LineInput, PromptInput
from gui.widgets.picks_input import PicksInput
from gui.widgets.plane_input import PlaneInput
from gui.widgets.stream_input import StreamInput
from gui.widgets.turned_input import TurnedInput

INPUTS: dict[str, type[GivenInput]] = {
    "drawing": DrawingInput,
    "prompt": PromptInput,
    "line": LineInput,
    "plane": PlaneInput,
    "turned": TurnedInput,
    "picks": PicksInput,
    "stream": StreamInput,
}
"""By the kind that a workload's card has for it."""
