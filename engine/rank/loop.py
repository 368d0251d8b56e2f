"""THE loop. Every workload, every mode, on every device goes through these lines.

global batch of step s  ->  this rank's slice  ->  forward  ->  backward (and its collectives)  ->  optimizer
"""

from engine.rank.boundary import Boundary
from engine.rank.optimizer import forget_gradients, stepper
from engine.rank.rank import Rank
from engine.rank.trace import BACKWARD, FORWARD, OPTIMIZER


def train(rank: Rank, boundary: Boundary) -> None:
    """Make steps until a boundary says that it was the last one."""
    progress, trace, batches = rank.progress, rank.trace, rank.batches
    module, loss_sum_of = rank.module, rank.workload.loss_sum
    precision, technique, optimizer = rank.precision, rank.technique, rank.optimizer
    parameters, make_step = list(rank.model.parameters()), stepper(optimizer)
    communicated_bytes = technique.communicated_bytes
    while boundary.go_on():
        batch_size = progress.batch_size
        trace.begin(progress.step)
        inputs, targets = batches.take(progress.samples, batch_size)  # (b, features...), (b,)
        trace.enter(FORWARD)
        with precision.forward():
            loss_sum = loss_sum_of(module(inputs), targets)  # ()
        trace.enter(BACKWARD)
        technique.backward(precision.scale(loss_sum * (technique.gradient_factor / batch_size)), trace)
        trace.enter(OPTIMIZER)
        precision.step(optimizer, make_step)
        forget_gradients(parameters)
        trace.end(loss_sum, len(targets), batch_size, communicated_bytes)
        progress.step += 1
        progress.samples += batch_size
