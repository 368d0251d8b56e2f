"""Where samples come from: a source hands over any of them by index. Which, and in what order, `Batches` alone decides.

    Tensors   all samples lie on the device                                  take(i) = inputs[i], targets[i]
    Mapped    samples lie in two files, mapped: a page is read when it is touched
                  step s:     forward and backward of batch s
                  beside it:  a thread copies batch s + 1 out of the files
    Chosen    some of another source's                                       take(i) = source.take(numbers[i])

A sample counts for one or more *units* (an image is one, a line of text as many as it has tokens that count): a loss is
a mean over units. How many a batch has is known from indices alone, on every rank, without a message.
"""

import mmap
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor


class Source(ABC):
    """Samples by index, each an input and a target. A workload may bring its own: `__len__`, `take`, `to`.

    `units` is what a sample counts for: one number for all, or a tensor of them, (samples,), on the CPU.
    """

    units: int | Tensor = 1

    @abstractmethod
    def __len__(self) -> int:
        """How many samples there are."""

    @abstractmethod
    def take(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """Samples `indices`, (b,), on `index_device`: inputs (b, features...) and targets (b, ...), on the device."""

    @abstractmethod
    def to(self, device: torch.device, dtype: torch.dtype) -> "Source":
        """This source with its samples handed over on `device`; what is floating-point in them, in `dtype`."""

    @property
    def index_device(self) -> torch.device:
        """The device on which `take` wants its indices."""
        return torch.device("cpu")

    def first(self, count: int) -> tuple[Tensor, Tensor]:
        """The first `count` samples, in the order they lie."""
        return self.take(torch.arange(count, device=self.index_device))

    def expect(self, indices: Tensor) -> None:  # noqa: B027 - whoever does not look ahead leaves it
        """Expect these samples to be taken next. To look ahead is allowed, to wait is not."""

    def close(self) -> None:  # noqa: B027
        """Let go of what is held: no sample is taken any more."""

    def count(self, indices: Tensor) -> int:
        """Units of the samples `indices`, (b,), all together."""
        if isinstance(self.units, int):
            return self.units * len(indices)
        return int(self.units.index_select(0, indices.cpu()).sum())


class Tensors(Source):
    """Samples that lie on the device already: nothing is copied but the batch, no loader process."""

    def __init__(self, inputs: Tensor, targets: Tensor, units: int | Tensor = 1) -> None:
        self.inputs = inputs  # (samples, features...)
        self.targets = targets  # (samples, ...)
        self.units = units

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """The rows of both tensors at these indices."""
        return self.inputs.index_select(0, indices), self.targets.index_select(0, indices)

    def to(self, device: torch.device, dtype: torch.dtype) -> "Tensors":
        """This source with both tensors on `device`."""
        return Tensors(_moved(self.inputs, device, dtype), _moved(self.targets, device, dtype), self.units)

    @property
    def index_device(self) -> torch.device:
        """The device on which the data lies."""
        return self.inputs.device


class Chosen(Source):
    """Some samples of another source, by their numbers there, (samples,); the same one may be among them many times."""

    def __init__(self, source: Source, numbers: Tensor) -> None:
        self._source, self._numbers = source, numbers
        units = source.units
        self.units = units if isinstance(units, int) else units.index_select(0, numbers.cpu())

    def __len__(self) -> int:
        return len(self._numbers)

    def take(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """What the other source has of them."""
        return self._source.take(self._numbers.index_select(0, indices))

    def to(self, device: torch.device, dtype: torch.dtype) -> "Chosen":
        """Samples of the other source as they were chosen, with its data on `device`."""
        source = self._source.to(device, dtype)
        return Chosen(source, self._numbers.to(source.index_device))

    @property
    def index_device(self) -> torch.device:
        """Where the other source wants its indices."""
        return self._source.index_device

    def expect(self, indices: Tensor) -> None:
        """Have the other source look ahead."""
        self._source.expect(self._numbers.index_select(0, indices))

    def close(self) -> None:
        """Let go of what the other source holds."""
        self._source.close()


class Mapped(Source):
    """Samples in two NumPy files (`.npy`), one row each, that may be larger than the memory there is.

    Files are mapped, not read; `change(inputs)` makes what a model wants of the rows as they lie on disk (bytes into
    fractions, say). The batch that is expected next is copied out by a thread of its own, while the step computes.
    """

    def __init__(
        self,
        inputs: Path,
        targets: Path,
        units: int | Tensor = 1,
        change: Callable[[Tensor], Tensor] | None = None,
        device: torch.device | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self._paths = inputs, targets
        self._files = [_MappedFile(path) for path in self._paths]
        self.units = units
        self._change = change
        self._device = device or torch.device("cpu")
        self._dtype = dtype
        self._thread: ThreadPoolExecutor | None = None
        self._ahead: tuple[Tensor, Future[list[Tensor]]] | None = None
        self.found_ahead = 0
        """How often a batch was there before it was asked for."""

    def __len__(self) -> int:
        return len(self._files[1].rows)

    def take(self, indices: Tensor) -> tuple[Tensor, Tensor]:
        """The rows; those that the thread has (or is about to have) copied, if they are the ones expected."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and torch.equal(ahead[0], indices):
            self.found_ahead += ahead[1].done()
            rows = ahead[1].result()
        else:
            if ahead is not None:
                ahead[1].cancel()  # another batch size, or a step that is made twice
            rows = self._read(indices)
        inputs, targets = (_moved(part, self._device, self._dtype) for part in rows)
        return inputs, targets

    def expect(self, indices: Tensor) -> None:
        """Have the system begin to read these rows from disk."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "prefetch")
        self._ahead = indices, self._thread.submit(self._read, indices)

    def close(self) -> None:
        """The thread ends; the files are closed with the last tensor that looks into them."""
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)
            self._thread = None
        self._ahead = None

    def to(self, device: torch.device, dtype: torch.dtype) -> "Mapped":
        """This source with the same files, handed over on another device."""
        return Mapped(*self._paths, self.units, self._change, device, dtype)

    def _read(self, indices: Tensor) -> list[Tensor]:
        inputs, targets = (file.read(indices) for file in self._files)
        return [self._change(inputs) if self._change else inputs, targets]


class _MappedFile:
    """The rows of one `.npy` file. Between two batches nothing of it is in this process.

    What stays of it is the system's cache, which gives way to whoever needs memory. (A page that is touched maps its
    whole neighbourhood in the cache, up to megabytes: so pages are let go by the batch, not counted.)
    """

    def __init__(self, path: Path) -> None:
        # Copy on write, though nothing writes: torch knows no tensors that cannot be written.
        array = np.load(path, mmap_mode="c", allow_pickle=False)
        self._memory: mmap.mmap = array._mmap
        if hasattr(mmap, "MADV_RANDOM"):
            self._memory.madvise(mmap.MADV_RANDOM)  # neighbours of a row are not read with it
        self.rows = torch.from_numpy(array)

    def read(self, indices: Tensor) -> Tensor:
        """Copies of rows (b,) -> (b, ...)."""
        rows = self.rows.index_select(0, indices)
        if hasattr(mmap, "MADV_DONTNEED"):
            self._memory.madvise(mmap.MADV_DONTNEED)
        return rows


def _moved(tensor: Tensor, device: torch.device, dtype: torch.dtype) -> Tensor:
    return tensor.to(device, dtype) if tensor.is_floating_point() else tensor.to(device)
