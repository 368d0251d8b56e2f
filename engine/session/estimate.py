"""How much memory the ranks of a mode would take: asked of a process that knows the model, before they are started."""

from queue import Empty, SimpleQueue

from engine.config.mode import ComputeMode
from engine.config.spec import RunSpec
from engine.errors import RequestError
from engine.ipc.orders import Estimate
from engine.ipc.reports import AnyReport, Crashed, Planned
from engine.session.rank_process import Exited, RankProcess
from engine.session.starter import RankStarter

LIMIT_S = 60.0
"""The first process of all waits until torch is imported."""


def memory_of(starter: RankStarter, spec: RunSpec, mode: ComputeMode, *, is_evaluated: bool) -> Planned:
    """The most bytes that a run of `spec` takes in `mode`, and those that are free. Waits for the answer.

    Raises:
        RequestError: it does not fit, or the model cannot be built; the sentence says why.
        OSError, RuntimeError: no process is to be had, or it has not answered.
    """
    said: SimpleQueue[AnyReport | Exited] = SimpleQueue()

    def deliver(_: RankProcess, report: AnyReport | Exited) -> None:
        said.put(report)

    ranks = starter.start(1, deliver)
    try:
        ranks.processes[0].send(Estimate(spec=spec, mode=mode, is_looked_at=is_evaluated))
        while True:
            match said.get(timeout=LIMIT_S):
                case Planned() as planned:
                    return planned
                case Crashed(reason=reason):
                    raise RequestError("{reason}", reason=reason)
                case Exited(stderr=stderr):
                    raise RuntimeError(stderr or "the process that was asked has ended")
    except Empty as error:
        raise RuntimeError(f"no answer within {LIMIT_S:.0f} s") from error
    finally:
        ranks.close()
