"""Gradient accumulation: a rank takes its slice in K pieces, one after the other, and adds their gradients up.

    its slice    [ piece 1 | piece 2 | ... | piece K ]        no step in between: the weights are the same for all
    W.grad       =  dW1    + dW2     + ... + dWK              then, once: add up over ranks, make the step

    loss = 1/B * sum over pieces of ( sum of the losses in the piece )

Only one piece's activations are there at a time, so they take 1/K of the memory; matrices are K times shorter, which
keeps a processor less busy. Ranks still send once a step. (Fully sharded, ZeRO-2 and tensor parallel ranks send with
each piece: they would have to keep what they are there not to keep.)
Sources: Huang et al., "GPipe", NeurIPS 2019, section 2.2 (here: a pipeline of one stage); torch
DistributedDataParallel.no_sync.
"""

from contextlib import nullcontext

from torch import Tensor, nn

from engine.ipc.sizes import ModelSizes
from engine.rank.data.batches import Batch
from engine.rank.modes.base import SingleProcess
from engine.rank.step.passes import Passes
from engine.rank.trace.host_trace import FORWARD, Trace

CARD = {
    "key": "accumulate",
    "title": "Gradient accumulation",
    "short": "accumulate",
    "summary": "Each rank takes its slice in pieces and adds their gradients up: less memory for activations.",
    "applied": 60,
    "option": {
        "title": "Pieces",
        "help": "Pieces that each rank's slice is cut into; gradients are added up, and one step is made.",
        "default": 1,
        "minimum": 1,
        "maximum": 1024,
        "offered": [1, 2, 4, 8, 16],
        "role": "pieces",
    },
}


class Technique(SingleProcess):
    """The passes of all other techniques, several times a step."""

    @staticmethod
    def at_once(samples: int, sample_bytes: int, sizes: ModelSizes, value: int | str) -> tuple[int, int]:
        """How much of a batch is there at once: the samples of one piece."""
        del sizes
        return -(-samples // int(value)), sample_bytes

    def apply(self, model: nn.Module, passes: Passes) -> None:  # noqa: ARG002
        """Put a loop around the passes."""
        run, pieces = passes.run, int(self.place.mode.option(self.key))

        def run_pieces(batch: Batch, trace: Trace) -> Tensor | None:
            samples, total = len(batch.inputs), None
            for piece in range(pieces):
                mine = slice(samples * piece // pieces, samples * (piece + 1) // pieces)
                passes.is_last_piece = piece == pieces - 1
                trace.enter(FORWARD, piece)
                with nullcontext() if passes.is_last_piece else passes.hold_back():
                    loss_sum = run(batch._replace(inputs=batch.inputs[mine], targets=batch.targets[mine]), trace)
                if loss_sum is not None:
                    total = loss_sum.detach() if total is None else total + loss_sum.detach()
            return total

        passes.run = run_pieces

    def holds(self, model: nn.Module) -> str:  # noqa: ARG002
        """How much of the batch is in work at a time."""
        return f"1/{self.place.mode.option(self.key)} of its samples at a time"
