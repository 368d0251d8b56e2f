"""The fork server: a process that has imported everything a rank needs, and has started nothing.

    import torch, techniques, workloads  ->  Serving  ->  for every Fork: a child, Born  ->  when it ends: Ended

One thread, no CUDA context, no group, no backward pass: what is forked is memory and nothing else. Children share its
pages until they write to them. Started by `engine.session.fork_server`, never by hand.
"""

import array
import errno
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress

from engine.ipc.fork_wire import AnyAnswer, Born, Ended, Fork, Serving, Stillborn, decode_request, encode
from engine.rank.imports import import_all
from engine.rank.lifeline import hang_on

PACKET_BYTES = 4096
MOST_DESCRIPTORS = 16
LIFELINE = 4
"""Where the lifeline is among the descriptors of a request."""
LOOPBACK = {"linux": "lo", "darwin": "lo0"}


class Server:
    """Forks what it is asked for, and tells how each child ended. `serve` returns in children alone."""

    def __init__(self, session: socket.socket) -> None:
        self._session = session
        self._ready = selectors.DefaultSelector()
        self._ready.register(session, selectors.EVENT_READ)

    def tell(self, answer: AnyAnswer, *descriptors: int) -> None:
        """One packet to the session; when it is gone, its lifeline ends this process."""
        with suppress(BrokenPipeError):
            socket.send_fds(self._session, [encode(answer)], list(descriptors))

    def serve(self) -> tuple[Fork, list[int]]:
        """In a child: what it was forked for, with its descriptors. In the server: never."""
        while True:
            for key, _ in self._ready.select():
                if key.fileobj is self._session:
                    packet, ancillary, flags, _ = self._session.recvmsg(
                        PACKET_BYTES, socket.CMSG_SPACE(4 * MOST_DESCRIPTORS), socket.MSG_CMSG_CLOEXEC
                    )
                    if not packet:
                        os._exit(0)
                    descriptors = array.array("i")
                    for _, _, data in ancillary:
                        descriptors.frombytes(data[: len(data) - len(data) % 4])
                    request = decode_request(packet)
                    if flags & socket.MSG_CTRUNC:
                        self._refuse(request, list(descriptors), os.strerror(errno.EMFILE))
                    elif self._fork(request, list(descriptors)):
                        return request, list(descriptors)
                else:
                    self._reap(key.fd, *key.data)

    def _fork(self, request: Fork, descriptors: list[int]) -> bool:
        """True in the child."""
        try:
            pid = os.fork()
        except OSError as error:
            self._refuse(request, descriptors, f"fork: {error.strerror}")
            return False
        if pid == 0:
            for key in list(self._ready.get_map().values()):
                if key.fileobj is not self._session:
                    os.close(key.fd)
            self._ready.close()
            self._session.close()
            return True
        hang_on(descriptors[LIFELINE], pid)  # here, for the child may be stopped before its first instruction
        for descriptor in descriptors:
            os.close(descriptor)
        pidfd = os.pidfd_open(pid)
        self._ready.register(pidfd, selectors.EVENT_READ, (request.number, pid))
        self.tell(Born(number=request.number, pid=pid), pidfd)
        return False

    def _refuse(self, request: Fork, descriptors: list[int], reason: str) -> None:
        for descriptor in descriptors:
            os.close(descriptor)
        self.tell(Stillborn(number=request.number, reason=reason))

    def _reap(self, pidfd: int, number: int, pid: int) -> None:
        self._ready.unregister(pidfd)
        os.close(pidfd)
        _, status = os.waitpid(pid, 0)
        self.tell(Ended(number=number, status=os.waitstatus_to_exitcode(status)))


def main() -> int:
    """Serve. In a child: live through what it was forked for; its exit status."""
    hang_on(int(sys.argv[2]), os.getpid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform in LOOPBACK:
        os.environ["GLOO_SOCKET_IFNAME"] = LOOPBACK[sys.platform]  # peers are on this machine: no other interface
    import_all()
    import torch

    from engine.rank import life
    from engine.rank.probe import build

    server = Server(socket.socket(fileno=int(sys.argv[1])))
    server.tell(Serving(torch_version=str(torch.__version__), build=build()))
    request, (orders, reports, stderr, ring, lifeline, *files) = server.serve()
    hang_on(lifeline, os.getpid())  # the server has seen to it as well, unless it died just then
    for standard in (1, 2):
        os.dup2(stderr, standard)  # what libraries print
    os.close(stderr)
    if request.task == "probe":
        return life.probe(orders, reports)
    return life.live(orders, reports, ring, files)


if __name__ == "__main__":
    # os._exit: torch's threads and a broken process group may not hold up the end; everything is flushed by then.
    os._exit(main())
