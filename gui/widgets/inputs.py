"""Which widget takes which kind of what a person gives a model: one small widget a kind."""

from gui.widgets.given import DrawingInput, GivenInput, LineInput, PromptInput
from gui.widgets.plane_input import PlaneInput

INPUTS: dict[str, type[GivenInput]] = {
    "drawing": DrawingInput,
    "prompt": PromptInput,
    "line": LineInput,
    "plane": PlaneInput,
}
"""By the kind that a workload's card has for it."""
