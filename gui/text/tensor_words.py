"""A tensor that a rank holds, in words. In a chain without names a layer is called by its number, as stages count it.

0.weight    0.bias    2.weight    2.bias        parts of a chain, of which every second has weights
1: weight   1: bias   2: weight   2: bias       layers 1-2 of 2
"""

from collections.abc import Iterable

from engine.anatomy import HeldTensor


def layer_numbers(names: Iterable[str]) -> dict[str, int]:
    """By its place in a chain ("2"), which layer it is, from 1; `names` are those of all tensors of the model."""
    places = {name.partition(".")[0] for name in names}
    return {place: number for number, place in enumerate(sorted(filter(str.isdecimal, places), key=int), 1)}


def tensor_words(tensor: HeldTensor, layers: dict[str, int]) -> str:
    """A tensor in words, such as `2: weight 256×512 of 512×512`."""
    local, full = ("×".join(map(str, shape)) or "1" for shape in (tensor.local_shape, tensor.shape))
    place, _, rest = tensor.name.partition(".")
    name = f"{layers[place]}: {rest}" if place in layers else tensor.name
    return f"{name} {local}" + (f" of {full}" if local != full else "")
