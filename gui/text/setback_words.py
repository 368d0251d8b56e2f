"""What it cost that a rank was lost, in a sentence in the place of the verdict and in a few words on the ribbon."""

from PySide6.QtCore import QObject

from gui.model.setbacks import Setback
from gui.text import figures


def setback_words(tr: QObject, setback: Setback) -> str:
    """From where the run went on, how many steps are made again, and in what time; "" before ranks compute again."""
    if setback.began_s is None:
        return ""
    lost = tr.tr("Rank {rank} was lost at step {step}")
    if setback.is_on_purpose:
        lost = tr.tr("ON PURPOSE: rank {rank} was lost at step {step}")
    start_s = setback.began_s - setback.goes_on_s
    words = {"steps": _steps(tr, setback), "start": figures.seconds(start_s)}
    if not setback.steps:
        told = tr.tr(
            "{lost}. All before it was saved: no step is made again. From Go on it cost {start} to start ranks."
        )
    elif setback.end is None:
        told = tr.tr("{lost}. Now it makes {steps} again, from the last saved state on.")
    else:
        again_s = setback.end.at_s - setback.began_s
        words |= {"all": figures.seconds(start_s + again_s), "again": figures.seconds(again_s)}
        told = tr.tr(
            "{lost}. It cost {all} from Go on: {start} to start ranks, {again} to make {steps} again, from the last "
            "saved state on."
        )
    return told.format(lost=lost.format(rank=setback.rank, step=f"{setback.reached:,}"), **words)


def setback_forms(tr: QObject, setback: Setback) -> list[str]:
    """What was made again, and in what time, in ever fewer words."""
    steps = _steps(tr, setback)
    if setback.end is None:
        return [tr.tr("{steps} made again").format(steps=steps), steps]
    time = figures.seconds(float(f"{setback.end.at_s - setback.goes_on_s:.2g}"))
    if not setback.steps:
        return [tr.tr("no step lost, cost {time}").format(time=time), tr.tr("cost {time}").format(time=time)]
    return [
        tr.tr("{steps} made again, cost {time}").format(steps=steps, time=time),
        tr.tr("{steps} again, {time}").format(steps=steps, time=time),
        tr.tr("cost {time}").format(time=time),
    ]


def _steps(tr: QObject, setback: Setback) -> str:
    if setback.steps == 1:
        return tr.tr("1 step")
    return tr.tr("{n} steps", None, setback.steps).format(n=f"{setback.steps:,}")
