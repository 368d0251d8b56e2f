"""The optimizer's state is taken up beside the first forward and backward pass, which do not need it yet.

    seam:   weights  |  first step:  forward, backward  |  optimizer  ...
    beside it:          optimizer's state, two thirds of a state with Adam

So replicas, each of which copies the whole state, hold up the run for a third of it.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Late:
    """Something that may be done late, on a thread of its own, but before the first optimizer step."""

    def __init__(self) -> None:
        self._done: Future[object] | None = None

    def begin(self, act: Callable[[], object]) -> None:
        """From now on `act` is under way on a thread of its own; the next step waits for it."""
        thread = ThreadPoolExecutor(1, thread_name_prefix="late")
        self._done = thread.submit(act)
        thread.shutdown(wait=False)

    def wait(self) -> None:
        """Wait until what was begun is done.

        Raises:
            ValueError: what was done could not be; the sentence says why.
        """
        if self._done is not None:
            done, self._done = self._done, None
            done.result()

    def before(self, make_step: Callable[[], object]) -> Callable[[], object]:
        """The optimizer's step, with the wait before it."""

        def step() -> None:
            if self._done is not None:
                self.wait()
            make_step()

        return step
