"""What a failure is called, from the signs that ranks leave."""

import pytest

from engine.session.failure import Sign
from engine.session.rank_process import Exited


@pytest.mark.parametrize(
    ("pid", "status", "words"),
    [
        (None, None, "Rank 1 could not be started: no descriptor is left."),
        (None, -9, "Rank 1 was ended by SIGKILL (from outside, or by the system for lack of memory)."),
        (None, 3, "Rank 1 exited with status 3."),
        (77, None, "Rank 1 (process 77) ended; nobody is left to tell its exit status."),
        (77, -6, "Rank 1 (process 77) was ended by SIGABRT."),
    ],
)
def test_a_rank_with_an_exit_status_has_lived(pid: int | None, status: int | None, words: str) -> None:
    """Its process number may come later than its end, from another machine."""
    sign = Sign(1, pid, exited=Exited(exit_status=status, stderr="no descriptor is left."))
    assert str(sign.sentence()) == words
