"""Which matrix is split how over the ranks that share a model: as its workload declares, or by turns in a plain chain.

    column      y = x A:  A by its columns, each rank has a part of y          x A = [ x A0 | x A1 ]
    heads       as column, for attention's q, k and v: no head is cut in two
    row         y = x A:  A by its rows, each rank has a part of x             x A = x0 A0 + x1 A1     (all-reduce)
    embedding   a table by its rows: who has the token's row gives it, the others zeros                (all-reduce)

What a column split leaves in parts, a row split takes in parts: in a pair nothing is sent between the two. A column
split that no row split follows gathers its outputs; a row split that follows none takes its part of the whole inputs.
Splits by heads that stand one after the other lie side by side, and the row split behind the last is partner to all.
Source: Shoeybi et al., "Megatron-LM", 2019, section 3.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from torch import nn

from engine.errors import RequestError
from engine.rank.data.workload import Workload

COLUMN = ("column", "heads")
ELEMENTWISE = (
    nn.Identity,
    nn.ReLU,
    nn.LeakyReLU,
    nn.ELU,
    nn.SiLU,
    nn.GELU,
    nn.Tanh,
    nn.Sigmoid,
    nn.Softplus,
)
"""What may lie between a column split and its row split in a chain: it asks of no number what its neighbours are."""


class Split(NamedTuple):
    """How one module is split. `is_paired`: the part that lies between it and its partner stays a part."""

    kind: str
    is_paired: bool


def splits_of(model: nn.Module, parts: Sequence[Sequence[str]], workload: Workload, ranks: int) -> dict[str, Split]:
    """Every module to split, by name. `parts` are modules by name, those of one part following each other.

    Raises:
        RequestError: nothing is declared and the model is no plain chain, or heads do not divide by the ranks.
    """
    declared = workload.splits
    if not declared and not is_chain(model):
        raise RequestError(
            "This model is no plain chain of linear layers, and its workload declares no `splits`: {ranks} ranks "
            "cannot share its matrices. Take another mode, or declare them.",
            ranks=ranks,
        )
    if workload.heads % ranks:
        raise RequestError(
            "{heads} heads do not divide by the {ranks} ranks that share them.", heads=workload.heads, ranks=ranks
        )
    found: dict[str, Split] = {}
    for part in parts:
        kinds = _declared(declared, part) if declared else _by_turns(model, part)
        before = ""
        for place, (name, kind) in enumerate(kinds.items()):
            behind = list(kinds.values())[place + 1 :]
            after = next((other for other in behind if kind != "heads" or other != "heads"), "")
            found[name] = Split(kind, before in COLUMN if kind == "row" else after == "row")
            before = kind
    return found


def is_chain(model: nn.Module) -> bool:
    """Linear layers one after the other, with nothing between them that looks at more than one number at a time."""
    leaves = list(_leaves(model))
    linears = [number for number, leaf in enumerate(leaves) if isinstance(leaf, nn.Linear)]
    if not linears or any(not isinstance(leaf, nn.Linear) and any(True for _ in leaf.parameters()) for leaf in leaves):
        return False
    return all(isinstance(leaf, (nn.Linear, *ELEMENTWISE)) for leaf in leaves[linears[0] : linears[-1]])


def _leaves(model: nn.Module) -> list[nn.Module]:
    if not isinstance(model, nn.Sequential):
        return [model]
    return [leaf for child in model for leaf in _leaves(child)]


def _declared(declared: Mapping[str, str], part: Sequence[str]) -> dict[str, str]:
    """Of what is declared, in its order, what lies in the part."""
    inside = tuple(f"{name}." if name else "" for name in part)
    return {name: kind for name, kind in declared.items() if f"{name}.".startswith(inside)}


def _by_turns(model: nn.Module, part: Sequence[str]) -> dict[str, str]:
    """Linear layers of a part by columns, then by rows, and so on."""
    names = [
        ".".join(filter(None, (outer, inner)))
        for outer in part
        for inner, module in model.get_submodule(outer).named_modules()
        if isinstance(module, nn.Linear)
    ]
    return {name: "row" if number % 2 else "column" for number, name in enumerate(names)}
