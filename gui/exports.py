"""What a run leaves for other programs: its curves as CSV, its steps taken apart as a Chrome trace."""

import csv
from pathlib import Path

from engine.config.cards import workloads
from engine.errors import RequestError
from engine.record.chrome_trace import write_trace
from engine.record.reader import read_record
from engine.record.whole_file import whole_file
from engine.session.source import Source
from gui.model.run_view import RunView


def export_curves(source: Source | None, path: Path) -> None:
    """Every step, from the record, which has full precision.

    Raises:
        RequestError: there is no run, or its record cannot be read.
        OSError: the file cannot be written.
    """
    if source is None:
        raise RequestError("There are no curves to export yet: press Play first.")
    record = read_record(source.directory)
    with whole_file(path, text=True) as file:
        writer = csv.writer(file)
        unit = workloads()[record.spec.workload].unit if record.spec.workload in workloads() else "samples"
        writer.writerow(unit if name == "samples" else name for name in record.steps.dtype.names or ())
        writer.writerows(record.steps.tolist())


def export_trace(run: RunView, path: Path) -> None:
    """The steps taken apart, and where they are from: of each segment the mode, the clock, and any slowdown.

    Raises:
        RequestError: no step has been taken apart.
        OSError: the file cannot be written.
    """
    if not run.anatomies:
        raise RequestError("No step has been taken apart yet: press Play first.")
    segments = {
        str(segment.segment): {
            "mode": segment.mode,
            "clock": sorted({info.clock for info in segment.ranks}),
            "slowdown": segment.segment in run.sums and run.sums[segment.segment].is_slowed_down,
        }
        for segment in run.segments
    }
    write_trace(path, run.anatomies, {"replay": run.is_replay, "segments": segments})
