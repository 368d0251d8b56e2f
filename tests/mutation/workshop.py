"""A scratch copy of the project, in which tests are run on one mutant after the other."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import cache_from_source
from pathlib import Path
from types import TracebackType
from xml.etree import ElementTree

import psutil

from tests.mutation.mutants import Mutant

LEFT_OUT = (".git", ".venv", "build", "*.egg-info", "__pycache__", ".*_cache")
MARK = "GEARSHIFT_MUTANT"
"""Set in the environment of the tests: by it whatever they left running is found, in whatever group it is."""
SLOWER = 3.0
"""How much longer than on the unchanged source the tests may take: another process may want the processor too."""
GRACE_S = 2.0


class Workshop:
    """A scratch copy of `root`, gone with everything that runs in it when the block ends."""

    def __init__(self, root: Path) -> None:
        self._place = Path(tempfile.mkdtemp(prefix="mutation-"))
        self._copy = self._place / "project"
        shutil.copytree(root, self._copy, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
        (self._place / "tmp").mkdir()
        self._tests: Sequence[str] = ()
        self._test_limit_s = self._limit_s = 600.0

    def __enter__(self) -> "Workshop":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._end_all()
        shutil.rmtree(self._place, ignore_errors=True)

    def learn(self, tests: Sequence[str]) -> float:
        """Run `tests` on the unchanged source: they must pass, and say how long they may take; returns seconds taken.

        Raises:
            RuntimeError: they do not pass; with the end of what they printed.
        """
        self._tests, self._test_limit_s, self._limit_s = tests, 600.0, 600.0
        report = self._place / "report.xml"
        begin_s = time.monotonic()
        status, said = self._run(f"--junit-xml={report}", writes_bytecode=True)
        taken_s = time.monotonic() - begin_s
        if status != 0:
            raise RuntimeError(f"the tests do not pass on the unchanged source:\n{said[-2_000:]}")
        slowest_s = max(float(case.get("time", 0)) for case in ElementTree.parse(report).iter("testcase"))
        self._test_limit_s = SLOWER * slowest_s + GRACE_S
        self._limit_s = SLOWER * taken_s + GRACE_S
        return taken_s

    def survives(self, mutant: Mutant) -> bool:
        """Whether all tests pass on it. One on which they hang does not survive."""
        path = self._copy / mutant.path
        whole = path.read_bytes()
        Path(cache_from_source(path)).unlink(missing_ok=True)  # it is told from a mutant of its size by seconds only
        path.write_text(mutant.text, encoding="utf-8")
        try:
            status, _ = self._run("-x", writes_bytecode=False)
        finally:
            path.write_bytes(whole)
        return status == 0

    def _run(self, *options: str, writes_bytecode: bool) -> tuple[int | None, str]:
        """(exit status of pytest, what it printed); None for the status if it had to be ended."""
        environment = os.environ | {MARK: str(self._place), "TMPDIR": str(self._place / "tmp")}
        if not writes_bytecode:
            environment["PYTHONDONTWRITEBYTECODE"] = "1"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--timeout={self._test_limit_s:.1f}",
        ]
        with (self._place / "said").open("w+", encoding="utf-8", errors="replace") as said:
            process = subprocess.Popen(
                [*command, *options, *self._tests],
                cwd=self._copy,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            status = None
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = process.wait(self._limit_s)
            self._end_all()
            process.wait()
            said.seek(0)
            return status, said.read()

    def _end_all(self) -> None:
        """End every process that carries our mark: the tests, and ranks or servers that a mutant let go."""
        while marked := [process for process in psutil.process_iter() if self.is_ours(process)]:
            for process in marked:
                with contextlib.suppress(psutil.Error):
                    process.send_signal(signal.SIGKILL)
            psutil.wait_procs(marked, timeout=5.0)

    def is_ours(self, process: psutil.Process) -> bool:
        """Whether it runs, and was started by the tests or by what they started."""
        with contextlib.suppress(psutil.Error, OSError):
            is_dead = process.status() == psutil.STATUS_ZOMBIE
            return not is_dead and process.environ().get(MARK) == str(self._place)
        return False
