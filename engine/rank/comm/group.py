"""Ranks meet: a process group over a file in shared memory. Peers are on this machine, so nothing leaves it."""

import torch.distributed as dist

from engine.rank.place.mesh import Place


def join(place: Place) -> None:
    """Join the crew's process group; every rank of the crew calls this once."""
    on_gpu = place.device.type == "cuda"
    dist.init_process_group(
        place.mode.backend,
        store=place.store,
        rank=place.rank,
        world_size=place.world_size,
        device_id=place.device if on_gpu else None,
    )


def leave(place: Place) -> None:
    """Peers may already be gone, so nothing is said to them."""
    if dist.is_initialized() and place.device.type == "cpu":
        dist.destroy_process_group()
