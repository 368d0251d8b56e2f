"""A stage of a pipeline as torch runs it, with what Gearshift adds: spans of the trace, a slowdown, messages in order.

receive  ->  forward or backward of one micro-batch  ->  send
  WAIT        FORWARD        BACKWARD                     WAIT
"""

from torch.distributed import P2POp
from torch.distributed.pipelining import PipelineStage

from engine.rank.place.slowdown import Slowdown
from engine.rank.trace.host_trace import BACKWARD, FORWARD, WAIT, Trace


class TracedStage(PipelineStage):
    """A stage that tells the trace when it computes; what lies between is waiting for neighbours and their messages."""

    trace: Trace
    slowdown: Slowdown
    bytes_in: int
    """Of a micro-batch's activations, and of their gradients."""
    bytes_out: int

    def forward_one_chunk(self, fwd_chunk_id: int, *args: object, **kwargs: object) -> object:
        """Pass one micro-batch forward through this stage, as a span of its own."""
        if not self.is_first:
            self.trace.received(self.bytes_in)
        self.trace.enter(FORWARD, fwd_chunk_id)
        self.slowdown.enter("forward")
        outputs = super().forward_one_chunk(fwd_chunk_id, *args, **kwargs)  # type: ignore[arg-type]
        self.slowdown.enter("")
        self.trace.enter(WAIT)
        return outputs

    def backward_one_chunk(self, bwd_chunk_id: int, *args: object, **kwargs: object) -> object:
        """Pass one micro-batch backward through this stage, as a span of its own."""
        if not self.is_last:
            self.trace.received(self.bytes_out)
        self.trace.enter(BACKWARD, bwd_chunk_id)
        self.slowdown.enter("backward")
        gradients = super().backward_one_chunk(bwd_chunk_id, *args, **kwargs)  # type: ignore[arg-type]
        self.slowdown.enter("")
        self.trace.enter(WAIT)
        return gradients

    def get_bwd_send_ops(self, bwd_chunk_id: int) -> list[P2POp]:
        """What goes back to the stage before: gradients in order, as gloo sends them; an LSTM's may not be."""
        if (gradients := self.bwd_cache.get(bwd_chunk_id)) is not None:
            self.bwd_cache[bwd_chunk_id] = tuple(None if g is None else g.contiguous() for g in gradients)
        return super().get_bwd_send_ops(bwd_chunk_id)

    def backward_weight_one_chunk(self, bwd_chunk_id: int, *args: object, **kwargs: object) -> object:
        """The half of a zero-bubble schedule's backward that nobody waits for."""
        self.trace.enter(BACKWARD, bwd_chunk_id)
        self.slowdown.enter("backward")
        done = super().backward_weight_one_chunk(bwd_chunk_id, *args, **kwargs)
        self.slowdown.enter("")
        self.trace.enter(WAIT)
        return done
