"""One weight's gradient, term by term, as each code that a model is written in finds it.

    y = W x at each character of one name;  L = the loss of that name
    dL/dW[i, j]  =  sum over its characters of  dL/dy[i] * x[j]

All compute in double precision, whatever the run does, from the same weights: so what they differ by is rounding.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from engine.pictures import AnyPicture, Phrase
from engine.rank.data.subject import Subject
from engine.rank.looks.drawing import decimals_that_add_up, heat_map

NAMES = 8
COLUMNS = ("dL/dy", "x", "term")
Weight = tuple[str, int, int]
"""A matrix by name, row and column."""
Terms = tuple[float, list[tuple[float, float]]]
"""A weight's gradient, and dL/dy and x of each of its terms."""
TermsOf = Callable[[Mapping[str, Any], Any, Any, Weight], Terms]


def gradient_terms(
    matrices: Sequence[str],
    loss_sum: Callable[[Tensor, Tensor], Tensor],
    code: Mapping[str, TermsOf],
    text_of: Callable[[list[int]], str],
    not_asked: int,
) -> Callable[[Subject], AnyPicture]:
    """Draw the terms of one weight's gradient, of these linear modules, on a held-back name: by torch and by `code`."""

    def draw(subject: Subject) -> AnyPicture:
        assert subject.validation is not None
        inputs, targets = subject.validation.first(min(NAMES, len(subject.validation)))
        names = [text_of(row).strip() for row in inputs.tolist()]
        matrix = subject.choice(0, "Matrix", tuple(name.removeprefix("block.") for name in matrices))
        module = matrices[matrix.chosen]
        rows, columns = subject.model.get_parameter(f"{module}.weight").shape
        row, column = (
            subject.choice(place, title, tuple(str(number + 1) for number in range(count)))
            for place, title, count in ((1, "Row", rows), (2, "Column", columns))
        )
        name = subject.choice(3, "Name", tuple(names))
        one = slice(name.chosen, name.chosen + 1)
        weight = f"{module}.weight", row.chosen, column.chosen
        numbers = {key: value.detach().double().numpy() for key, value in subject.model.named_parameters()}
        found = {key: terms(numbers, inputs[one].numpy(), targets[one].numpy(), weight) for key, terms in code.items()}
        is_asked = targets[name.chosen] != not_asked
        found["torch"] = _by_torch(subject.model, loss_sum, inputs[one], targets[one], is_asked, weight)
        pairs = torch.tensor([terms for _, terms in found.values()], dtype=torch.float64)  # (codes, terms, 2)
        sums = torch.tensor([gradient for gradient, _ in found.values()], dtype=torch.float64)
        products = pairs.prod(2)
        furthest = max(float((each - each[0]).abs().max()) for each in (products, sums, products.sum(1)))
        read = [_read_as(text_of([number])) for number in inputs[name.chosen, is_asked].tolist()]
        table = torch.full((len(read) + len(sums), len(COLUMNS)), torch.nan, dtype=torch.float64)
        table[: len(read), :2], table[: len(read), 2], table[len(read) :, 2] = pairs[0], products[0], sums
        table += 0.0  # a zero below zero would have a sign
        return heat_map(
            table,
            (*read, *(f"Σ {key}" for key in found)),
            COLUMNS,
            row_title=Phrase("read"),
            column_title=Phrase(""),
            note=Phrase(
                "dL/dw = Σ dL/dy x over the characters of one held-back name; w = {module}[{row}, {column}]. By {codes}"
                " in fp64: terms and sums differ by {furthest:.0e} at most.",
                {
                    "module": module,
                    "row": row.chosen + 1,
                    "column": column.chosen + 1,
                    "codes": ", ".join(found),
                    "furthest": furthest,
                },
            ),
            has_numbers=True,
            is_signed=True,
            decimals=decimals_that_add_up(products[0].tolist()),
            choices=(matrix, row, column, name),
        )

    return draw


def _read_as(character: str) -> str:
    return character if character.isprintable() else "␣"


def _by_torch(
    model: nn.Module,
    loss_sum: Callable[[Tensor, Tensor], Tensor],
    inputs: Tensor,
    targets: Tensor,
    is_asked: Tensor,
    weight: Weight,
) -> Terms:
    """What torch finds: x as it comes into the module, dL/dy as it comes back."""
    name, row, column = weight
    model = copy.deepcopy(model).double()
    seen: list[tuple[Tensor, Tensor]] = []
    module = model.get_submodule(name.removesuffix(".weight"))
    module.register_forward_hook(lambda _, given, y: seen.append((given[0], y)))
    with torch.enable_grad():
        outputs = model(inputs)
        x, y = seen[0]
        wanted = model.get_parameter(name), y
        gradient, d_y = torch.autograd.grad(loss_sum(outputs, targets), wanted)
    pairs = torch.stack([d_y[0, is_asked, row], x[0, is_asked, column]], 1).detach()
    return float(gradient[row, column]), [(first, second) for first, second in pairs.tolist()]
