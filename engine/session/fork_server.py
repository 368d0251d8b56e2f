"""Ranks in tens of milliseconds: one process imports torch once, starts no thread, and is forked for every rank.

    session                                    fork server (engine/rank/server.py)             rank
    start() --socket: Fork + descriptors-->    fork --------------------------------------->   builds, joins, trains
            <--socket: Born + pidfd----------
            <--socket: Ended, exit status----  reaps

A rank's parent is the server, so its exit status comes through the server. Its life does not hang on it: each rank
holds the reading end of a pipe, its lifeline, whose writing end only the session has. When that is closed, by the
session or by its end, the kernel kills the rank at that moment, also a frozen one. The server's own life hangs on such
a line too. Ranks outlive a server that died: they become children of this process (Linux calls it a subreaper), and the
next rank is forked by a new server.
"""

import contextlib
import ctypes
import errno
import os
import socket
from collections.abc import Sequence

from engine.config.hardware import combine, without_accelerators
from engine.errors import Sentence
from engine.ipc.fork_wire import Born, Ended, Fork, Serving, Stillborn, encode
from engine.ipc.reports import AnyReport, Hello
from engine.ipc.shared_memory import SharedMemory
from engine.session.forked_rank import ForkedRank
from engine.session.local_ranks import LocalStarter
from engine.session.rank_process import Deliver, Exited, RankProcess
from engine.session.server_process import ServerProcess

SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER


class ForkServer(LocalStarter):
    """Starts the server at once and never waits for it: what is asked for before it has imported torch, comes then."""

    def __init__(self) -> None:
        super().__init__()
        self._number = 0
        self._closed = False
        self._server: ServerProcess | None = None
        self._serving: Serving | None = None
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
        with self._changed:
            self._start_server()

    def _start(self, count: int, files: Sequence[SharedMemory], deliver: Deliver) -> list[ForkedRank]:
        """They are born within tens of milliseconds after this returns."""
        ranks: list[ForkedRank] = []
        try:
            for _ in range(count):
                ranks.append(self._fork("rank", files, deliver))
        except (OSError, RuntimeError):
            for rank in ranks:
                rank.close()
            raise
        return ranks

    def rest(self) -> None:
        """Do nothing: a forking server has nothing to get ready."""

    @property
    def labels(self) -> dict[int, str]:
        """The fork server's process number, and what it is."""
        server = self._server
        return {server.popen.pid: "fork server"} if server is not None else {}

    def close(self) -> None:
        """End the server. Ranks that still run are their owners' to close."""
        with self._changed:
            self._closed = True
            server, self._server = self._server, None
            probes = [rank for rank in server.ranks.values() if rank.deliver == self._on_probe] if server else []
        if server is not None:
            server.close()
        for rank in probes:
            rank.close()

    def _fork(self, task: str, files: Sequence[SharedMemory], deliver: Deliver) -> ForkedRank:
        rank = ForkedRank(deliver)
        descriptors = [*rank.descriptors(), *(file.descriptor for file in files)]
        try:
            with self._changed:
                try:
                    self._send(task, rank, descriptors)
                except ConnectionError:  # it died this moment, and the thread that listens will see it, too
                    self._server = None
                    self._send(task, rank, descriptors)
        except (OSError, RuntimeError):
            rank.close()
            raise
        rank.sent()
        return rank

    def _send(self, task: str, rank: ForkedRank, descriptors: list[int]) -> None:
        """Ask the server, or a new one. Called with the lock held.

        Raises:
            OSError: it is not there, or does not read, or there is no descriptor left to make one.
        """
        if self._closed:  # what was said just before may still ask for a probe: no server is started any more
            raise OSError(errno.ESHUTDOWN, os.strerror(errno.ESHUTDOWN))
        if self._server is None:
            self._start_server()
        server = self._server
        assert server is not None
        self._number += 1
        number = self._number
        socket.send_fds(server.socket, [encode(Fork(number=number, task=task))], descriptors, socket.MSG_DONTWAIT)
        server.ranks[number] = rank

    def _start_server(self) -> None:
        """Called with the lock held.

        Raises:
            OSError: no process, or no descriptor, is to be had.
        """
        self._server = ServerProcess(self._listen)
        self.problem = ""

    def _listen(self, server: ServerProcess) -> None:
        while (answer := server.receive()) is not None:
            message, descriptor = answer
            with self._changed:
                rank = server.ranks.get(message.number) if not isinstance(message, Serving) else None
                if isinstance(message, Ended | Stillborn):
                    server.ranks.pop(message.number, None)
            match message:
                case Serving():
                    self._serving = message
                    self._probe()
                case Born(pid=pid) if rank is not None:
                    rank.born(pid, descriptor)
                case Ended(status=status) if rank is not None:
                    rank.ended(status)
                case Stillborn(reason=reason) if rank is not None:
                    rank.stillborn(reason)
        self._server_ended(server)

    def _probe(self) -> None:
        """Look at the hardware, in a child: whoever asks for GPUs may start a driver's threads."""
        if self.hardware is None:
            with contextlib.suppress(OSError, RuntimeError):
                self._fork("probe", (), self._on_probe)

    def _on_probe(self, process: RankProcess, message: AnyReport | Exited) -> None:
        assert isinstance(process, ForkedRank)
        with self._changed:
            if isinstance(message, Hello):
                self.hardware = combine(message.torch)
            elif isinstance(message, Exited):
                if self.hardware is None and self._serving is not None:
                    reason = Sentence("the process that looked for it failed: {text}", text=message.stderr[-400:])
                    serving = self._serving
                    self.hardware = combine(without_accelerators(serving.torch_version, serving.build, reason))
                process.close()
            self._changed.notify_all()

    def _server_ended(self, server: ServerProcess) -> None:
        """Ranks go on without it. One that had served is replaced at once; one that never did has told why."""
        reason = server.last_words()
        with self._changed:
            ranks = list(server.ranks.values())
            if self._server is server:
                self._server = None
                if self._serving is None:
                    self.problem = Sentence("torch could not be loaded: {reason}", reason=reason.splitlines()[-1])
                elif not self._closed:
                    with contextlib.suppress(OSError):  # the next start tries again, and tells
                        self._start_server()
            self._changed.notify_all()
        for rank in ranks:
            if rank.pid is not None:
                rank.orphaned()
            else:
                rank.stillborn(Sentence("the fork server had ended: {reason}", reason=reason))
        server.close()
