"""Examples: a set-up, what to do with it, and what to watch for. One TOML file each in `resources/examples/`.

order = 1                       where it stands among them
title, do, watch                its name, what a person does, and what is then to be seen
panel = "memory"                the panel that shows it best, which a window brings to the front; without it, none
axis = "time"                   what runs along the plots' x axis; without it, steps
log_y = true                    loss and rate are drawn by their logarithms; without it, as they are
steps = 900                     how many are made in a terminal, where nobody looks on
[spec]                          as a set-up's own file has it
[[then]]                        what is to be done on the way, in a terminal by itself
step = 300
mode = "cpu,dp=2"               a shift; or: slow = { rank = 1, phase = "backward", factor = 4.0 }
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from engine.config.limits import Steps
from engine.config.mode_text import parse_mode
from engine.config.spec import RunSpec, make_spec
from engine.config.untrusted import read_toml, shown
from engine.errors import RequestError

DIRECTORY = Path(__file__).parents[2] / "resources" / "examples"


class Slow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is made slow on purpose: `rank` by `factor` in `phase`, every message by `delay_s`."""

    rank: Annotated[int, Meta(ge=0, lt=64)] = 0
    phase: Literal["forward", "backward", "compute"] = "compute"
    factor: Annotated[float, Meta(ge=1.0, le=100.0)] = 1.0
    delay_s: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.0


class Then(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is done before `step`: a shift to `mode`, or something is made `slow`."""

    step: Steps
    mode: str | None = None
    slow: Slow | None = None


class Example(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A set-up with what to do (`do`) and what to watch for (`watch`); in a terminal it ends after `steps`."""

    name: str
    order: int
    title: str
    do: str
    watch: str
    panel: str = ""
    axis: Literal["step", "time"] = "step"
    log_y: bool = False
    steps: Steps
    spec: RunSpec
    then: tuple[Then, ...] = ()


def read_example(path: Path) -> Example:
    """The example in a file, which is called as the file is.

    Raises:
        RequestError: it is no TOML, or a field is wrong; the sentence says which.
    """
    fields: dict[str, Any] = read_toml(path)
    try:
        spec = make_spec(**fields.pop("spec", {}))
        example = msgspec.convert({**fields, "name": path.stem, "spec": spec}, Example)
        for then in example.then:
            if then.mode is not None:
                parse_mode(then.mode)
    except (TypeError, msgspec.ValidationError) as error:
        raise RequestError("{path} is no example: {error}.", path=path, error=error) from error
    return example


@cache
def examples() -> dict[str, Example]:
    """All examples there are, by name, in their own order."""
    found = sorted((read_example(path) for path in DIRECTORY.glob("*.toml")), key=lambda one: (one.order, one.name))
    return {example.name: example for example in found}


def example_named(name: str) -> Example:
    """An example by its name.

    Raises:
        RequestError: there is none of that name; the sentence lists the names there are.
    """
    if name not in examples():
        raise RequestError(
            "example {name} is unknown. There are: {known}.", name=shown(name), known=", ".join(examples())
        )
    return examples()[name]
