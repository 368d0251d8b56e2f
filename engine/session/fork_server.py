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

import array
import contextlib
import ctypes
import errno
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence

from engine.config.hardware import combine, without_accelerators
from engine.errors import Sentence
from engine.ipc.fork_wire import AnyAnswer, Born, Ended, Fork, Serving, Stillborn, decode_answer, encode
from engine.ipc.shared_memory import SharedMemory
from engine.ipc.wire import AnyReport, Hello
from engine.session.rank_process import ROOT, STDERR_TAIL_BYTES, Deliver, Exited, RankProcess, rank_environment
from engine.session.starter import HardwareFound

PACKET_BYTES = 1 << 16
DESCRIPTOR_BYTES = 4
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
LATE_S = 2.0
"""How long the server may take to tell the end of a rank that is seen to have ended."""


class ForkedRank(RankProcess):
    """A rank forked by the server. Until it is born, `pid` is None; orders wait in its pipe."""

    inherits = True

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
        """The server has forked this rank: its pid, and a descriptor that tells its end."""
        with self._lock:
            self.pid = pid
            if self._closed:
                os.close(pidfd)  # its lifeline is cut, and nobody waits for it
                return
            self._pidfd = pidfd
            try:
                self._listen_from_now_on()
            except RuntimeError as error:  # no thread is to be had
                self._reader = None
                self._signal(signal.SIGKILL)
                problem = str(error)
            else:
                return
        self.deliver(self, Exited(exit_status=None, stderr=problem))

    def ended(self, status: int | None) -> None:
        """The server has reaped this rank: its exit status is known."""
        self._status = status
        self._told.set()

    def stillborn(self, reason: str) -> None:
        """The server could not fork this rank; `reason` says why."""
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
        """As every rank's; and let go of what only a forked one has."""
        super().close()
        with self._lock:
            for descriptor in (self._lifeline_end, self._pidfd):
                if descriptor >= 0:
                    os.close(descriptor)
            self._lifeline_end = self._pidfd = -1


class ForkServer(HardwareFound):
    """Starts the server at once and never waits for it: what is asked for before it has imported torch, comes then."""

    def __init__(self) -> None:
        super().__init__()
        self._number = 0
        self._closed = False
        self._server: _Server | None = None
        self._serving: Serving | None = None
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
        with self._changed:
            self._start_server()

    def start(self, count: int, files: Sequence[SharedMemory], deliver: Deliver) -> list[RankProcess]:
        """`count` ranks that inherit `files`; they are born within tens of milliseconds after this returns.

        Raises:
            OSError, RuntimeError: the system has no descriptor, memory, process or thread left for them.
        """
        ranks: list[RankProcess] = []
        try:
            for _ in range(count):
                ranks.append(self._fork("rank", files, deliver))
        except (OSError, RuntimeError):
            for rank in ranks:
                rank.close()
            raise
        return ranks

    def rest(self) -> None:
        """There is nothing to get ready."""

    @property
    def labels(self) -> dict[int, str]:
        """The server's process number with a word for it; nothing while none runs."""
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
        self._server = _Server(self._listen)
        self.problem = ""

    def _listen(self, server: "_Server") -> None:
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

    def _server_ended(self, server: "_Server") -> None:
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


class _Server:
    """The server process, the socket to it, and the thread that hears it: `listen(server)`."""

    def __init__(self, listen: Callable[["_Server"], None]) -> None:
        with contextlib.ExitStack() as undo:
            self._stderr = undo.enter_context(tempfile.TemporaryFile())
            self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            undo.callback(self.socket.close)
            undo.callback(theirs.close)
            lifeline_end, self._lifeline = os.pipe()
            undo.callback(os.close, self._lifeline)
            undo.callback(os.close, lifeline_end)
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "engine.rank.server", str(theirs.fileno()), str(lifeline_end)],
                stdin=subprocess.DEVNULL,
                stdout=self._stderr,
                stderr=self._stderr,
                env=rank_environment(),
                pass_fds=(theirs.fileno(), lifeline_end),
                cwd=ROOT,
                start_new_session=True,  # Ctrl+C in a terminal is for the session, which ends all in good order
            )
            undo.pop_all()
        theirs.close()
        os.close(lifeline_end)
        self.ranks: dict[int, ForkedRank] = {}
        """Those it was asked for and has not told the end of, by the number of the request."""
        self._lock = threading.Lock()
        self._listener = threading.Thread(target=listen, args=(self,), name="fork-server", daemon=True)
        self._listener.start()

    def receive(self) -> tuple[AnyAnswer, int] | None:
        """The next answer and the descriptor that came with it (-1: none); None when the server is gone."""
        try:
            packet, ancillary, _, _ = self.socket.recvmsg(
                PACKET_BYTES, socket.CMSG_SPACE(DESCRIPTOR_BYTES), socket.MSG_CMSG_CLOEXEC
            )
        except OSError:
            return None
        found = array.array("i")
        for _, _, data in ancillary:
            found.frombytes(data[:DESCRIPTOR_BYTES])
        return (decode_answer(packet), found[0] if found else -1) if packet else None

    def last_words(self) -> str:
        """Why it ended."""
        status = self.popen.wait()
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - STDERR_TAIL_BYTES))
        said = self._stderr.read().decode(errors="replace").strip()
        return said or f"exit status {status}"

    def close(self) -> None:
        """Cut its lifeline, reap it, and release what was shared with it."""
        with self._lock:
            if self._lifeline >= 0:
                os.close(self._lifeline)
                self._lifeline = -1
        self.popen.wait()
        if self._listener is threading.current_thread():
            self.socket.close()
            self._stderr.close()
        else:
            self._listener.join()  # it hears the end of the socket, and comes here itself
