"""THE loop. Every workload, every mode, on every device goes through these lines.

global batch of step s  ->  this rank's slice  ->  forward  ->  backward (and its collectives)  ->  optimizer
"""

from engine.rank.boundary import Boundary
from engine.rank.rank import Rank
from engine.rank.trace.host_trace import FORWARD, OPTIMIZER


def train(rank: Rank, boundary: Boundary) -> None:
    """Make steps until a boundary says that it was the last one."""
    progress, trace, batches = rank.progress, rank.trace, rank.batches
    forward_backward, weights, precision = rank.passes.run, rank.weights, rank.precision
    optimizer, make_step = rank.optimizer, rank.make_step
    while boundary.go_on():
        batch_size = progress.batch_size
        trace.begin(progress.step)
        batch = batches.take(progress.samples, batch_size)
        trace.enter(FORWARD)
        loss_sum = forward_backward(batch, trace)  # (), or None on a rank without a loss
        trace.enter(OPTIMIZER)
        weights.collect_gradients()
        precision.step(optimizer, make_step)
        weights.forget_gradients()
        trace.end(loss_sum, batch.units, batch.of_units)
        progress.step += 1
        progress.samples += batch_size
