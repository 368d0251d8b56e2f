"""A run to a bar: what a workload's own defaults reach on one thread, as the window and the terminal would train it."""

from collections.abc import Callable
from typing import Any

from engine.config.spec import make_spec
from engine.events.evaluator import Validated
from engine.events.run import RunFinished
from tests.conftest import Watched

Watch = Callable[..., Watched]


def reached(watch: Watch, workload: str, steps: int, limit_s: float = 110, **knobs: Any) -> Validated:
    """The validation of the last weights, after so many steps."""
    run = watch(make_spec(workload, mode="cpu,threads=1", steps=steps, knobs=knobs))
    run.session.play()
    run.until(lambda m: isinstance(m, RunFinished), limit_s=limit_s)
    last = run.of(Validated)[-1]
    assert isinstance(last, Validated)
    assert last.step == steps
    assert last.loss is not None
    assert last.metric is not None
    print(f"{workload}, {steps:,} steps: held back, loss {last.loss:.3f}, {last.metric_name} {last.metric:.4g}")
    return last
