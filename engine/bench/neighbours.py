"""Processes that take their share of the cores, as training does: what any other work beside a run costs it.

`python -m engine.bench.neighbours` multiplies matrices and copies memory in turn until the process that started it ends
it or is gone.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from engine.session.local_rank import ROOT

SIDE = 1024
COPIED_BYTES = 64 << 20


@contextmanager
def neighbours(count: int) -> Iterator[None]:
    """Meanwhile `count` processes compute, one thread each."""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, env=environment)
        for _ in range(count)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()  # it computes
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def main() -> None:
    """Compute as long as the parent lives."""
    parent = os.getppid()
    matrix = np.full((SIDE, SIDE), 1e-3, np.float32)
    source, target = np.ones(COPIED_BYTES, np.uint8), np.zeros(COPIED_BYTES, np.uint8)
    print("computing", flush=True)
    while os.getppid() == parent:
        matrix @ matrix
        np.copyto(target, source)


if __name__ == "__main__":
    main()
