"""What runs are called where there are several: what differs between them.

topic-finetune, learns=frozen   |   topic-finetune, learns=whole      ->      learns=frozen   |   learns=whole
"""

from collections import Counter
from collections.abc import Iterable

from engine.config.mode_names import name_of
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec
from gui.model.run_view import RunView


def names_of(runs: Iterable[RunView]) -> dict[str, str]:
    """By id, a name for each run: the settings in which it differs from others of its workload, as one types them.

    One that was shifted is no run of the mode it began in: it has so many modes.

    Runs of several workloads have their workload's name before that. Where nothing differs, or where it is not known
    what a run was set up to be, it is called by the last part of its id.
    """
    runs = list(runs)
    settings = {run.run_id: _settings(run.spec, run) for run in runs if run.spec is not None}
    workloads = {run.run_id: run.spec.workload for run in runs if run.spec is not None}
    names = {}
    for run in runs:
        own, workload = settings.get(run.run_id, {}), workloads.get(run.run_id)
        alike = [settings[other] for other, name in workloads.items() if name == workload]
        parts = [text for key, text in own.items() if any(other.get(key) != text for other in alike)]
        if len(set(workloads.values())) > 1 and workload is not None:
            parts.insert(0, workload)
        names[run.run_id] = ", ".join(parts)
    times = Counter(names.values())
    return {
        run.run_id: ", ".join(filter(None, (names[run.run_id], run.name if times[names[run.run_id]] > 1 else "")))
        or run.name
        for run in runs
    }


def _settings(spec: RunSpec, run: RunView) -> dict[str, str]:
    """What decides its curves, each as one types it."""
    modes = len({segment.mode_number for segment in run.segments})
    fields = {"batch": spec.batch_size, "lr": f"{spec.lr:g}", "optimizer": spec.optimizer, "seed": spec.seed}
    typed = {name: f"{name}={value}" for name, value in (spec.knobs | fields).items()}
    return typed | {"mode": f"{modes} modes" if modes > 1 else name_of(parse_mode(spec.mode), spec.workload)}
