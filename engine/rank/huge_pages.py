"""Memory of a rank's heap in pages of 2 MiB, where Linux leaves the choice to programs.

    forked heap | ... pages of 4 KiB ... | top: what is taken next
    asked for     malloc(2 GiB) at the top, madvise(MADV_HUGEPAGE), free: it is the top again
    afterwards  | ... pages of 4 KiB ... | 2 MiB | 2 MiB | ...   weights, gradients, optimizer's state, activations

A page is taken from the system, and emptied, when it is first written to: the 30 MiB of a small model are 7,500 pages
of 4 KiB, or 15 of 2 MiB. Half of what a forked rank computes until it is ready is the system's work on its pages.
"""

import ctypes
import mmap
import sys

PAGE_BYTES = 2**21
HEAP_BYTES = 2**31
"""Of addresses, not of memory: a rank of 67 M weights takes nearly all of it. It must be smaller than what glibc maps
apart from the heap (MALLOC_MMAP_THRESHOLD_ of `local_rank.ALLOCATOR`)."""


def take_huge_pages(size_bytes: int = HEAP_BYTES) -> int:
    """Have what the heap takes next, up to `size_bytes` of it, in huge pages; returns for how many bytes that holds.

    The heap must keep what is freed (`local_rank.ALLOCATOR`): then what is asked for here and given back at once stays
    where it is, still empty. Elsewhere than on Linux, and where the system has no such pages, all is as it was.
    """
    if not sys.platform.startswith("linux"):
        return 0
    library = ctypes.CDLL(None)
    library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    library.free.restype, library.free.argtypes = None, [ctypes.c_void_p]
    library.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    place = library.malloc(size_bytes)
    if place is None:
        return 0
    begin, end = -(-place // PAGE_BYTES) * PAGE_BYTES, (place + size_bytes) // PAGE_BYTES * PAGE_BYTES
    refused = library.madvise(begin, end - begin, mmap.MADV_HUGEPAGE)
    library.free(place)
    return 0 if refused else end - begin
