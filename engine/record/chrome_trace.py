"""Steps taken apart as Chrome trace JSON, which Perfetto and chrome://tracing open.

Format: "Trace Event Format" (Google, 2016), complete events ("ph": "X"), times in microseconds. One thread a rank.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine.events.ranks import StepAnatomy
from engine.record.whole_file import whole_file
from engine.rows import PHASES


def trace_events(anatomies: Iterable[StepAnatomy]) -> list[dict[str, Any]]:
    """All spans of all ranks as trace events, named by phase and micro-batch."""
    events: list[dict[str, Any]] = []
    ranks: set[int] = set()
    before: StepAnatomy | None = None
    for whole in anatomies:
        anatomy, before = whole.fresh_after(before), whole
        for rank in anatomy.ranks:
            ranks.add(rank.rank)
            for span in rank.spans:
                name = PHASES[span.phase] + (f" {span.microbatch + 1}" if span.microbatch >= 0 else "")
                arguments: dict[str, Any] = {"step": anatomy.step, "segment": anatomy.segment}
                if span.kind:
                    arguments |= {"kind": span.kind, "payload_bytes": span.payload_bytes}
                events.append(
                    {
                        "name": name,
                        "cat": PHASES[span.phase],
                        "ph": "X",
                        "ts": (rank.begin_s + span.offset_s) * 1e6,
                        "dur": span.duration_s * 1e6,
                        "pid": 0,
                        "tid": rank.rank,
                        "args": arguments,
                    }
                )
    names = [
        {"name": "thread_name", "ph": "M", "pid": 0, "tid": rank, "args": {"name": f"rank {rank}"}}
        for rank in sorted(ranks)
    ]
    return names + events


def write_trace(path: Path, anatomies: Iterable[StepAnatomy], notes: dict[str, Any]) -> None:
    """Write the file whole or not at all; `notes` say where the figures are from.

    Raises:
        OSError: it cannot be written.
    """
    with whole_file(path, text=True) as file:
        json.dump({"traceEvents": trace_events(anatomies), "displayTimeUnit": "ms", "otherData": notes}, file)
