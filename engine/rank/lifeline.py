"""A process that may not outlive another: the kernel kills it when the other closes its end of a pipe, or ends.

    session holds the writing end, nobody ever writes   |   rank holds the reading end, marked O_ASYNC with SIGKILL

A parent-death signal would bind a rank to the fork server, its parent, and to the *thread* that started it; and what a
thread of the rank's own sees of the pipe does not help while the rank is stopped (SIGSTOP).
Source: fcntl(2), "Managing signals", F_SETSIG; pipe(7).
"""

import fcntl
import os
import select
import signal


def hang_on(descriptor: int, pid: int) -> None:
    """From now on process `pid` (this one, or a child) dies at the moment the last writing end of the pipe closes."""
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, pid)
    fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_ASYNC)
    look = select.poll()
    look.register(descriptor, 0)  # a hang-up is always reported
    if look.poll(0):
        os.kill(pid, signal.SIGKILL)  # it had been closed before
