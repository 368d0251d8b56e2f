"""An MPI world of ranks that no mpiexec has started.

MPI's processes learn who they are, and where the others are, from their process manager, over a pipe whose number
stands in PMI_FD. Here each rank is a warm process of Gearshift's own, which becomes a member of a world long after it
was started; so it plays the process manager to itself:

    MPI_Init  --"put", "barrier", "get"-->  pipe  -->  thread of the same process  <-->  store that the crew shares

No port is opened, no process is started, and a rank that dies is still its session's own child.
Source: the PMI-1 wire protocol, as written down in Flux RFC 13, "Simple Process Manager Interface v1". It is MPICH's
way to start; Open MPI starts only under its own daemon (PMIx).
"""

import ctypes
import os
import secrets
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from engine.rank.place.mesh import Place

LIBRARY = Path(sys.prefix) / "lib" / "libmpi.so.12"
"""MPICH, where the wheel puts it. mpi4py finds it by itself, unless another MPI lies beside it."""
MEMORY = "/dev/shm/mpich_shm_"


def join(place: Place, axis: str) -> Any:
    """The communicator (mpi4py's) of the ranks along one axis. A process can do this once in its life.

    Raises:
        RuntimeError: mpi4py has another library than MPICH, or MPICH did not start.
    """
    if LIBRARY.exists():
        os.environ.setdefault("MPI4PY_LIBMPI", str(LIBRARY))
    import mpi4py

    mpi4py.rc.initialize = mpi4py.rc.finalize = False
    from mpi4py import MPI

    if MPI.Is_initialized():
        return MPI.COMM_WORLD
    vendor, version = MPI.get_vendor()
    if vendor != "MPICH":
        raise RuntimeError(
            f"mpi4py runs on {vendor} {'.'.join(map(str, version))} here; ranks that Gearshift starts need MPICH: "
            "pip install 'gearshift[mpi]'."
        )
    peers = place.along(axis)
    manager, client = socket.socketpair()
    threading.Thread(target=_ProcessManager(manager, place, peers).serve, name="process-manager", daemon=True).start()
    os.environ |= {
        "PMI_FD": str(client.fileno()),
        "PMI_RANK": str(peers.index(place.rank)),
        "PMI_SIZE": str(len(peers)),
    }
    # By ctypes, which lets go of the interpreter's lock: the thread that answers needs it.
    status = ctypes.CDLL(MPI.__file__).MPI_Init(None, None)
    if status or MPI.COMM_WORLD.Get_size() != len(peers):
        raise RuntimeError(f"MPI_Init failed with {status}, in a world of {MPI.COMM_WORLD.Get_size()}.")
    client.detach()  # it is MPI's now
    MPI.COMM_WORLD.Barrier()
    if peers[0] == place.rank:
        _forget_names()
    return MPI.COMM_WORLD


class _ProcessManager:
    """Answers the requests of this process's own MPI library, a line each: `cmd=get kvsname=NAME key=KEY`."""

    def __init__(self, pipe: socket.socket, place: Place, peers: list[int]) -> None:
        self._pipe, self._store, self._count = pipe, place.store, len(peers)
        self._prefix = f"mpi-{peers[0]}-"
        self._met = 0
        if place.rank == peers[0]:
            self._store.set(f"{self._prefix}name", secrets.token_hex(8))  # MPICH makes names in /dev/shm from it
        name = self._store.get(f"{self._prefix}name").decode()
        self._fixed = {
            "init": "response_to_init pmi_version=1 pmi_subversion=1 rc=0",
            "get_maxes": "maxes kvsname_max=256 keylen_max=64 vallen_max=4096 rc=0",
            "get_appnum": "appnum appnum=0 rc=0",
            "get_universe_size": f"universe_size size={self._count} rc=0",
            "get_my_kvsname": f"my_kvsname kvsname={name} rc=0",
            "finalize": "finalize_ack rc=0",
        }
        self._found = {"put": self._put, "get": self._get, "barrier_in": self._barrier}

    def serve(self) -> None:
        """Until MPI closes the pipe."""
        with self._pipe, self._pipe.makefile("r", encoding="ascii") as requests:
            for request in requests:
                fields = dict(word.partition("=")[::2] for word in request.rstrip("\n").split(" ", 3))
                command = fields["cmd"]
                answer = self._found[command](fields) if command in self._found else self._fixed.get(command)
                self._pipe.sendall(f"cmd={answer or command + '_result rc=1'}\n".encode("ascii"))

    def _put(self, fields: dict[str, str]) -> str:
        self._store.set(self._prefix + fields["key"], fields["value"])
        return "put_result rc=0"

    def _get(self, fields: dict[str, str]) -> str:
        if fields["key"] == "PMI_process_mapping":
            return f"get_result rc=0 value=(vector,(0,1,{self._count}))"  # all ranks are on this machine
        key = self._prefix + fields["key"]
        return (
            f"get_result rc=0 value={self._store.get(key).decode()}" if self._store.check([key]) else "get_result rc=1"
        )

    def _barrier(self, _: dict[str, str]) -> str:
        self._met += 1
        key = f"{self._prefix}barrier-{self._met}"
        if self._store.add(key, 1) == self._count:
            self._store.set(f"{key}-open", "1")
        self._store.get(f"{key}-open")  # waits for the last rank
        return "barrier_out rc=0"


def _forget_names() -> None:
    """All ranks have opened the memory they share: without a name it cannot outlive them, however they end."""
    if sys.platform == "linux":
        for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
            path = line.split()[-1]
            if path.startswith(MEMORY):
                Path(path).unlink(missing_ok=True)
