"""Intents that need nothing decided: verbs of the run that computes, or could again, and files to be written."""

from pathlib import Path

from engine.session.source import Source
from gui.model.intents import BreakRank, CancelShift, EndSilent, ExportCurves, ExportTrace, SlowDown
from gui.model.store import Store

DIRECT = (SlowDown, BreakRank, EndSilent, CancelShift)


def tell(run: Source, intent: object) -> None:
    """Tell `run` what is wanted, one of DIRECT."""
    match intent:
        case SlowDown(rank=rank, phase=phase, factor=factor, delay_s=delay_s):
            run.slow_down(rank=rank, phase=phase, factor=factor, delay_s=delay_s)
        case BreakRank(rank=rank, how=how):
            run.break_rank(rank, how)
        case CancelShift():
            run.cancel_shift()
        case EndSilent():
            run.end_silent()


def write(intent: ExportCurves | ExportTrace, store: Store, source: Source | None) -> None:
    """Write the file that is wanted.

    Raises:
        OSError, RequestError: it cannot be written, or there is nothing to write.
    """
    path = Path(intent.path)
    match intent:
        case ExportCurves():
            from gui.exports import export_curves

            export_curves(source, path)
        case ExportTrace():
            from gui.exports import export_trace

            export_trace(store.live, path)
