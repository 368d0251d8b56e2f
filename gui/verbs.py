"""Intents that go straight to the run that computes, or could again: each is one of its verbs."""

from engine.session.source import Source
from gui.model.intents import BreakRank, EndSilent, SlowDown

DIRECT = (SlowDown, BreakRank, EndSilent)


def tell(run: Source, intent: object) -> None:
    """Tell `run` what is wanted, one of DIRECT."""
    match intent:
        case SlowDown(rank=rank, phase=phase, factor=factor, delay_s=delay_s):
            run.slow_down(rank=rank, phase=phase, factor=factor, delay_s=delay_s)
        case BreakRank(rank=rank, how=how):
            run.break_rank(rank, how)
        case EndSilent():
            run.end_silent()
