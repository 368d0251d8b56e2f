"""Where each tensor of a state lies in memory or in a file: the layout of safetensors, written down beforehand.

    [ length of the header | header, JSON, padded with blanks | tensor | tensor | ... ]

Shapes and number formats alone decide it, so every rank of a crew computes the same layout without a message, and each
can write its own part at its own place. The header has a fixed length whatever numbers go into it.
Source: https://github.com/huggingface/safetensors, "Format".
"""

import json
import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

import torch
from torch import Tensor

FORMAT_NAMES = {
    torch.float64: "F64",
    torch.int64: "I64",
    torch.float32: "F32",
    torch.int32: "I32",
    torch.bfloat16: "BF16",
    torch.float16: "F16",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
FORMATS = {name: dtype for dtype, name in FORMAT_NAMES.items()}
NUMBERS_BYTES = 1_000
"""Room for the numbers that go with the tensors."""
MOST_HEADER_BYTES = 1 << 26


class Entry(NamedTuple):
    """One tensor: its format, its shape, and its bytes, counted from the end of the header."""

    dtype: torch.dtype
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True)
class Layout:
    """All tensors by name, in the order of the file; `header_bytes` come before them."""

    entries: dict[str, Entry]
    header_bytes: int

    @property
    def total_bytes(self) -> int:
        """Size of the whole state file, header included, in bytes."""
        return self.header_bytes + max((entry.end for entry in self.entries.values()), default=0)

    def header(self, numbers: Mapping[str, str]) -> bytes:
        """The first `header_bytes` of the file, with these numbers in it."""
        body = _header_body(self.entries, numbers)
        assert 8 + len(body) <= self.header_bytes, "the numbers of a state take more room than was left for them"
        return (self.header_bytes - 8).to_bytes(8, "little") + body.ljust(self.header_bytes - 8)

    def views(self, memory: mmap.mmap) -> dict[str, Tensor]:
        """Tensors that look into `memory`. It cannot be closed while one of them lives."""
        return {
            name: torch.frombuffer(
                memory, dtype=entry.dtype, count=prod(entry.shape), offset=self.header_bytes + entry.begin
            ).view(entry.shape)
            if prod(entry.shape)
            else torch.empty(entry.shape, dtype=entry.dtype)
            for name, entry in self.entries.items()
        }


def lay_out(tensors: Mapping[str, tuple[torch.dtype, tuple[int, ...]]]) -> Layout:
    """One tensor behind the other, those of larger elements first, so that each begins at a multiple of its element."""
    entries: dict[str, Entry] = {}
    end = 0
    for name, (dtype, shape) in sorted(tensors.items(), key=lambda item: -item[1][0].itemsize):
        begin, end = end, end + prod(shape) * dtype.itemsize
        entries[name] = Entry(dtype, shape, begin, end)
    length = 8 + len(_header_body(entries, {})) + NUMBERS_BYTES
    return Layout(entries, -(-length // 64) * 64)


def read_layout(memory: mmap.mmap) -> tuple[Layout, dict[str, str]]:
    """The layout of what lies in `memory`, and its numbers. Nothing of it is believed that does not fit its size.

    Raises:
        ValueError: it is not a whole file of this format; the sentence says what is wrong.
    """
    size = len(memory)
    length = int.from_bytes(memory[:8], "little") if size >= 8 else 0
    if not 0 < length <= min(size - 8, MOST_HEADER_BYTES):
        raise ValueError(f"a header of {length:,} bytes cannot be in a file of {size:,}")
    try:
        header: dict[str, Any] = json.loads(memory[8 : 8 + length])
        numbers = {str(name): str(value) for name, value in header.pop("__metadata__", {}).items()}
        entries = {
            name: Entry(FORMATS[found["dtype"]], tuple(map(int, found["shape"])), *map(int, found["data_offsets"]))
            for name, found in header.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"its header cannot be read ({type(error).__name__}: {error})") from error
    for name, entry in entries.items():
        fits = 0 <= entry.begin <= entry.end <= size - 8 - length and min(entry.shape, default=0) >= 0
        if not fits or entry.end - entry.begin != prod(entry.shape) * entry.dtype.itemsize:
            raise ValueError(f"its tensor {name!r} has no place in it")
    return Layout(entries, 8 + length), numbers


def _header_body(entries: Mapping[str, Entry], numbers: Mapping[str, str]) -> bytes:
    header: dict[str, Any] = {"__metadata__": dict(numbers)}
    for name, entry in entries.items():
        header[name] = {
            "dtype": FORMAT_NAMES[entry.dtype],
            "shape": list(entry.shape),
            "data_offsets": [entry.begin, entry.end],
        }
    return json.dumps(header).encode()
