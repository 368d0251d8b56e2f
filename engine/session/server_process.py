"""The fork server's process as its session holds it: the process, the socket to it, and the thread that hears it."""

import array
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack

from engine.ipc.fork_wire import AnyAnswer, decode_answer
from engine.session.forked_rank import ForkedRank
from engine.session.local_rank import ROOT, STDERR_TAIL_BYTES, rank_environment

PACKET_BYTES = 1 << 16
DESCRIPTOR_BYTES = 4


class ServerProcess:
    """Runs as soon as it is made; `listen(server)` is called on a thread of its own, to receive until there is no more.

    Raises:
        OSError: no process, or no descriptor, is to be had.
    """

    def __init__(self, listen: Callable[["ServerProcess"], None]) -> None:
        with ExitStack() as undo:
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
        """The end of what the server wrote before it ended, or its exit status. Waits for its end."""
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
