"""A rank forked by the fork server: its life hangs on a pipe, its lifeline, whose writing end only the session has.

asked for  ->  sent: orders wait in its pipe  ->  born: it is listened to  ->  ended, as the server tells
                                              \\-> stillborn: it was never forked, or cannot be watched
"""

import contextlib
import errno
import os
import select
import signal
import threading

from engine.session.local_rank import LocalRank
from engine.session.rank_process import Deliver, Exited

LATE_S = 2.0
"""How long the server may take to tell the end of a rank that is seen to have ended."""


class ForkedRank(LocalRank):
    """A rank forked by the server. Until it is born, `pid` is None; orders wait in its pipe."""

    def __init__(self, deliver: Deliver) -> None:
        super().__init__(deliver)
        self._told = threading.Event()
        self._status: int | None = None
        self._pidfd = -1
        try:
            self._lifeline_end, self._lifeline = os.pipe()
        except OSError:
            self._lifeline_end = self._lifeline = -1
            self.close()
            raise

    def descriptors(self) -> list[int]:
        """What the rank is given before the crew's files, in the order `engine/rank/server.py` takes them."""
        return [
            self._order_end,
            self._report_end,
            self._stderr.fileno(),
            self.memory.descriptor,
            self._lifeline_end,
        ]

    def sent(self) -> None:
        """The request is on its way, with copies of the child's ends."""
        self._close_child_ends()
        os.close(self._lifeline_end)
        self._lifeline_end = -1

    # What the server tells; all on the fork server's thread ----------------------------------------------------------

    def born(self, pid: int, pidfd: int) -> None:
        """The server has forked the rank. `pidfd` is -1 where no descriptor was left for it: it cannot be watched."""
        with self._lock:
            if self._closed:  # its lifeline is cut, and nobody waits for it
                if pidfd >= 0:
                    os.close(pidfd)
                return
            self._pidfd = pidfd
            problem = os.strerror(errno.EMFILE) if pidfd < 0 else self._listen_to(pid)
        if problem:
            self.kill()
            self.deliver(self, Exited(exit_status=None, stderr=problem))

    def _listen_to(self, pid: int) -> str:
        """Hear it from now on, called with the lock held; "", or why that cannot be."""
        self._pid = pid
        try:
            self._listen_from_now_on()
        except RuntimeError as error:  # no thread is to be had
            self._pid = self._reader = None
            return str(error)
        return ""

    def ended(self, status: int | None) -> None:
        """The server tells that the rank has ended, and how: its exit status, negative for a signal."""
        self._status = status
        self._told.set()

    def stillborn(self, reason: str) -> None:
        """The server tells that the rank was never forked, and why."""
        self._told.set()
        if not self._closed:
            self.deliver(self, Exited(exit_status=None, stderr=reason))

    def orphaned(self) -> None:
        """The server is gone; this process is its parent now."""
        self._told.set()

    # What the session does -------------------------------------------------------------------------------------------

    def kill(self) -> None:
        """Cut the lifeline, which also ends a process that is not born yet."""
        with self._lock:
            if self._lifeline >= 0:
                os.close(self._lifeline)
                self._lifeline = -1
            self._signal(signal.SIGKILL)  # it may have been frozen before it took hold of its lifeline

    def freeze(self) -> None:
        """Stop the process where it stands."""
        with self._lock:
            self._signal(signal.SIGSTOP)

    def _signal(self, number: signal.Signals) -> None:
        """Called with the lock held. A pidfd never means another process, as a number may."""
        if self._pidfd >= 0:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self._pidfd, number)

    def _await_exit(self) -> int | None:
        ended = select.poll()
        ended.register(self._pidfd, select.POLLIN)
        ended.poll()
        if self._told.wait(LATE_S) and self._status is None and self.pid is not None:
            with contextlib.suppress(ChildProcessError):
                _, status = os.waitpid(self.pid, 0)
                self._status = os.waitstatus_to_exitcode(status)
        return self._status

    def close(self) -> None:
        """End the rank and let go of its files, and of what only a forked rank has."""
        super().close()
        with self._lock:
            for descriptor in (self._lifeline_end, self._pidfd):
                if descriptor >= 0:
                    os.close(descriptor)
            self._lifeline_end = self._pidfd = -1
