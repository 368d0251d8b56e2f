"""A technique: how a plain model is spread over ranks. The single process is the base that others change.

A file in `engine/rank/modes/` holds a `CARD` (read without importing it) and a class named `Technique` that derives
from this one and overrides what differs. A mode with several techniques applies them in the order their cards say:

    10 layers  ->  20 matrices  ->  30 state, batch

so that what is cut first is cut again by the next: a stage's matrices are shared, and each share is replicated. What a
card says it does (`engine/config/cards.py`) is all that others know of a technique; no file but its own knows its key.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from torch import nn

from engine.anatomy import Traffic
from engine.config.cards import techniques
from engine.ipc.sizes import ModelSizes
from engine.rank.place.mesh import Place
from engine.rank.trace.host_trace import Trace

if TYPE_CHECKING:
    from engine.rank.state.weights import Weights
    from engine.rank.step.passes import Passes


class SingleProcess:
    """One process, the whole model, the whole batch."""

    gradient_factor = 1
    """What a rank's loss is multiplied by before backward, so that after the technique's own reduction the gradient is
    that of the mean loss over the global batch."""

    replicas_differ = False
    """Between two steps each replica has weights of its own: a part from each would be no model."""

    warm_up_passes = 1
    """Forward and backward passes before the state is loaded: memory pools fill and kernels are chosen in the first.
    More where a technique settles something in the second."""

    steps_watched = 1
    """How many steps are taken apart together: several where ranks run freely, and a step of one is not the others'."""

    def __init__(self, place: Place, key: str) -> None:
        self.place = place
        self.key = key
        self.card = techniques()[key]

    @staticmethod
    def at_once(samples: int, sample_bytes: int, sizes: ModelSizes, value: int | str) -> tuple[int, int]:
        """How many of a rank's samples are on their way through the model at a time, and what each takes at most.

        Without this technique it is so many `samples` and `sample_bytes`; `value` is that of its option, if it has one.
        """
        del sizes, value
        return samples, sample_bytes

    def apply(self, model: nn.Module, passes: "Passes") -> None:
        """Spread `model` (which keeps its parameters' names), and change in `passes` how a step is made of it."""

    def attach(self, weights: "Weights") -> None:
        """All techniques are applied, and what this rank holds is known; the optimizer is not made yet."""

    def reduce(self, trace: Trace) -> None:
        """After backward: what is left to do until every `parameter.grad` is that of the global loss."""

    @property
    def moved_bytes(self) -> int | None:
        """What this rank has moved through memory that ranks share since it began; None: its messages are counted."""
        return None

    @property
    def takes_weights(self) -> bool:
        """This rank takes up weights when a state is loaded. Of one copy that all share, the first rank does."""
        return "weights" not in self.card.shares or self.place.index(self.key) == 0

    @property
    def share(self) -> tuple[int, int] | None:
        """The part of what it holds that this rank writes into a state: (index, of how many that hold the same).

        Replicas write an n-th each. Of one copy that all share the first rank writes all (None: nothing), and its
        optimizer's state stands for everyone's.
        """
        if "weights" in self.card.shares:
            return (0, 1) if self.place.index(self.key) == 0 else None
        if self.card.has_replicas:
            return self.place.index(self.key), self.place.mode.degree(self.key)
        return 0, 1

    def around(self, make_step: Callable[[], object]) -> Callable[[], object]:
        """The optimizer's step, with what the technique does before and after it."""
        return make_step

    def traffic(self) -> tuple[Traffic, ...]:
        """Messages of a step that torch.distributed knows nothing of."""
        return ()

    def counts(self) -> dict[str, int]:
        """What the technique counts over the segment."""
        return {}

    def settle(self) -> None:
        """At a boundary: wait for what other ranks still do to this rank's weights."""

    def go_on(self) -> None:
        """This rank's part of a state is written: undo what `settle` did to its weights for the state's sake."""

    def holds(self, model: nn.Module) -> str:  # noqa: ARG002
        """In words, what this rank has of the model; "" if nothing differs."""
        return ""
