"""Intents that need nothing decided: verbs of the run that computes, or could again, and files to be written."""

from pathlib import Path

from engine.record.whole_file import whole_file
from engine.session.source import Source
from gui.model.intents import (
    BreakRank,
    EndSilent,
    ExportCurves,
    ExportTrace,
    GoBack,
    KeepLinks,
    LookForPacks,
    SaveBytes,
    SlowDown,
    TryOut,
    WatchLook,
)
from gui.model.run_view import RunView
from gui.model.store import Store

DIRECT = (SlowDown, BreakRank, EndSilent, GoBack, WatchLook, TryOut)
AT_ONCE = (ExportCurves, ExportTrace, SaveBytes, KeepLinks, LookForPacks)


def asked_of(run: RunView, mode: str) -> tuple[object, ...]:
    """What was asked of a run, for comparing: equal as long as nothing has come of it, and nobody has given it up."""
    given_up = run.health.cancelled
    is_given_up = given_up is not None and given_up.to_mode == mode
    return mode, run, len(run.segments), run.refused, given_up if is_given_up else None


def tell(run: Source, intent: object) -> None:
    """Tell `run` what is wanted, one of DIRECT."""
    match intent:
        case SlowDown(rank=rank, phase=phase, factor=factor, delay_s=delay_s):
            run.slow_down(rank=rank, phase=phase, factor=factor, delay_s=delay_s)
        case BreakRank(rank=rank, how=how):
            run.break_rank(rank, how)
        case EndSilent():
            run.end_silent()
        case GoBack(step=step, lr=lr):
            run.go_back(step)
            if lr is not None:
                run.change(lr=lr)
            run.play()
        case WatchLook(look=look, chosen=chosen):
            run.watch(look, chosen)
        case TryOut(number=number, name=name, given=given):
            run.try_out(number, name, given)


def act(intent: object, store: Store, source: Source | None) -> None:
    """Write the file that is wanted, or keep what was measured: one of AT_ONCE.

    Raises:
        OSError, RequestError: a file cannot be written, or there is nothing to write.
    """
    match intent:
        case KeepLinks(links=links):
            store.show_links(links)
        case LookForPacks():
            from engine.packs.presence import absent_packs

            store.show_packs(absent_packs())
        case ExportCurves(path=path):
            from gui.exports import export_curves

            export_curves(source, Path(path))
        case ExportTrace(path=path):
            from gui.exports import export_trace

            export_trace(store.live, Path(path))
        case SaveBytes(path=path, content=content):
            with whole_file(Path(path)) as file:
                file.write(content)
