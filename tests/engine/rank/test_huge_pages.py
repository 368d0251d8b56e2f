"""A rank's weights and all that goes with them lie in pages of 2 MiB, where the system lets programs choose."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.config.spec import make_spec
from tests.conftest import Watched

ENABLED = Path("/sys/kernel/mm/transparent_hugepage/enabled")
HIDDEN = 1024
MATRIX_BYTES = 4 * HIDDEN**2


@pytest.mark.skipif(
    not ENABLED.exists() or "[madvise]" not in ENABLED.read_text(), reason="here programs do not choose huge pages"
)
def test_a_rank_trains_in_huge_pages(watch: Callable[..., Watched]) -> None:
    run = watch(make_spec("digits-mlp", knobs={"hidden": HIDDEN}, batch_size=32, optimizer="adam"))
    run.session.run_until(3)
    run.status("paused")
    crew = run.session._run.crews.crew
    assert crew is not None
    lines = Path(f"/proc/{crew.processes[0].pid}/smaps_rollup").read_text().splitlines()
    huge_bytes = next(1024 * int(line.split()[1]) for line in lines if line.startswith("AnonHugePages:"))
    assert huge_bytes > MATRIX_BYTES
