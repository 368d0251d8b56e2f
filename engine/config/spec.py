"""RunSpec: everything that decides a run, in one frozen, validated value that is also a TOML file."""

import math
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from engine.config import limits
from engine.config.cards import workloads
from engine.config.fits import facts_of, why_not
from engine.config.limits import BatchSize, HangLimit, LearningRate, Seed, Steps
from engine.config.mode_text import parse_mode
from engine.config.untrusted import read_toml, shown
from engine.config.workload_card import KnobCard, WorkloadCard
from engine.errors import RequestError

FORMAT = 1
OPTIMIZERS = {"adam": 2, "sgd": 1}
"""Those there are, and how many numbers each keeps of a weight."""


class RunSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to train and how to begin. Build it with `make_spec`, which fills in the workload's defaults and checks.

    `steps` None means: until stopped. `hang_limit_s` is the longest a rank may go without finishing a step.
    """

    format: int = FORMAT
    workload: str
    mode: str = "cpu,threads=1"
    batch_size: BatchSize
    lr: LearningRate
    optimizer: str = "adam"
    seed: Seed = 0
    steps: Steps | None = None
    hang_limit_s: HangLimit = 60.0
    knobs: dict[str, int | float | str] = {}


WRITTEN = frozenset(RunSpec.__struct_fields__) - {"steps"}
"""Fields that every file has which was written whole."""
DEFAULTS: dict[str, Any] = {"mode": "cpu,threads=1", "seed": 0, "steps": None, "hang_limit_s": 60.0}


def make_spec(workload: str, **fields: Any) -> RunSpec:
    """A checked spec: the workload's own defaults, overridden by `fields` (knobs merge one by one).

    Raises:
        RequestError: a field or knob is unknown, of the wrong type, or out of range.
    """
    card = workload_card(workload)
    knobs = {knob.name: knob.default for knob in card.knobs} | dict(fields.pop("knobs", None) or {})
    whole: dict[str, Any] = {"batch_size": card.batch_size, "lr": card.lr, "optimizer": card.optimizer}
    given = {name: value for name, value in fields.items() if value is not None}
    return check_spec({**whole, **given, "workload": workload, "knobs": knobs})


def workload_card(name: object) -> WorkloadCard:
    """The card of a workload by name.

    Raises:
        RequestError: there is none of that name; the sentence lists the names there are.
    """
    known = workloads()
    if not isinstance(name, str) or name not in known:
        raise RequestError("workload {name} is unknown. There are: {known}.", name=shown(name), known=", ".join(known))
    return known[name]


def check_spec(fields: dict[str, Any]) -> RunSpec:
    """Turn plain fields into a RunSpec.

    Raises:
        RequestError: a field is wrong; the sentence says which, and what is allowed.
    """
    card = workload_card(fields.get("workload"))
    known = RunSpec.__struct_fields__
    for name in fields:
        if name not in known:
            raise RequestError(
                "{name} is not a field of a run. Known are: {known}.", name=shown(name), known=", ".join(known)
            )
    given = fields.get("format", FORMAT)
    if type(given) is not int or given != FORMAT:  # true is 1 too, for Python
        raise RequestError("format = {format}: this version reads format {known}.", format=shown(given), known=FORMAT)
    if fields.get("optimizer", "adam") not in list(OPTIMIZERS):  # what is asked for may have no hash
        raise RequestError(
            "optimizer = {optimizer} is not one of {known}.",
            optimizer=shown(fields["optimizer"]),
            known=", ".join(OPTIMIZERS),
        )
    for name, allowed in limits.ranges_of(RunSpec).items():
        if (name not in fields and name in DEFAULTS) or (name == "steps" and fields[name] is None):
            continue
        limits.check(name, fields.get(name), allowed)
    mode = fields.get("mode", DEFAULTS["mode"])
    if not isinstance(mode, str):
        raise RequestError("mode = {mode} must be text, as in 'cpu,threads=2'.", mode=shown(mode))
    knobs = fields.get("knobs", {})
    if not isinstance(knobs, dict):
        raise RequestError("knobs = {knobs} must be a table of the workload's knobs.", knobs=shown(knobs))
    wanted, checked_knobs = parse_mode(mode), _check_knobs(card, knobs)
    checked = {**fields, "mode": wanted.text, "knobs": checked_knobs}
    if reason := why_not(wanted, facts_of(card.name, checked_knobs)):
        raise RequestError("mode = {mode!r}: {reason}", mode=mode, reason=reason)
    if reason := why_not(wanted, batch_size=fields["batch_size"]):
        raise RequestError("{reason}", reason=reason)
    return msgspec.convert(checked, RunSpec)


def _check_knobs(card: WorkloadCard, given: dict[str, Any]) -> dict[str, int | float | str]:
    known = {knob.name: knob for knob in card.knobs}
    for name in given:
        if name not in known:
            raise RequestError(
                "{workload} has no knob {name}. Its knobs are: {known}.",
                workload=card.name,
                name=shown(name),
                known=", ".join(known),
            )
    return {name: check_knob(knob, given.get(name, _unnamed(knob))) for name, knob in known.items()}


def _unnamed(knob: KnobCard) -> int | float | str:
    """What a knob is in fields that do not name it: `make_spec` names all, so these are of an older record."""
    return knob.default if knob.before is None else knob.before


def check_knob(knob: KnobCard, value: Any) -> int | float | str:
    """A knob's value in its own type and range.

    Raises:
        RequestError: it is of another type, or out of range; the sentence says what is allowed.
    """
    if knob.choices:
        if value in knob.choices and not isinstance(value, bool):
            return next(choice for choice in knob.choices if choice == value)
        raise RequestError(
            "{name} = {value} is not one of {known}.",
            name=knob.name,
            value=shown(value),
            known=", ".join(f'"{choice}"' if "," in str(choice) else str(choice) for choice in knob.choices),
        )
    whole = isinstance(knob.default, int)
    fits = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    minimum = -math.inf if knob.minimum is None else knob.minimum
    maximum = math.inf if knob.maximum is None else knob.maximum
    if not fits or not minimum <= value <= maximum:
        kind = "whole number" if whole else "number"
        sentences = {
            (False, False): "{name} = {value} must be a {kind} from {minimum:,} to {maximum:,}.",
            (False, True): "{name} = {value} must be a {kind}, {minimum:,} or more.",
            (True, False): "{name} = {value} must be a {kind}, {maximum:,} or less.",
            (True, True): "{name} = {value} must be a {kind}.",
        }
        raise RequestError(
            sentences[knob.minimum is None, knob.maximum is None],
            name=knob.name,
            value=shown(value),
            kind=kind,
            minimum=minimum,
            maximum=maximum,
        )
    return value if whole else float(value)


def parse_value(text: str) -> int | float | str:
    """A knob's value as typed on a command line: a whole number, a number, or the text itself."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def read_spec(path: Path) -> RunSpec:
    """Read a spec's TOML file; a missing field takes the workload's default.

    A file that names all fields, as `spec_toml` writes it, has them all from one version: a knob that is new since then
    is what it was before there was one, as in a record, lest it stand beside defaults that were never meant for it.

    Raises:
        RequestError: the file cannot be read, is no TOML, or holds a field that is wrong.
    """
    try:
        fields = read_toml(path)
    except OSError as error:
        raise RequestError("{path} cannot be read: {strerror}.", path=path, strerror=error.strerror) from error
    if "workload" not in fields:
        raise RequestError('{path} names no workload. Add a line such as: workload = "digits-mlp".', path=path)
    knobs = fields.get("knobs", {})
    if not isinstance(knobs, dict):
        raise RequestError("{path}: knobs = {knobs} must be a table, [knobs].", path=path, knobs=shown(knobs))
    try:
        return check_spec(fields) if fields.keys() >= WRITTEN else make_spec(**fields)
    except RequestError as error:
        raise RequestError("{path}: {error}", path=path, error=error) from error


def changed_toml(spec: RunSpec) -> str:
    """What of the spec is not as its workload has it by itself, as TOML.

    `read_spec` of it gives the same spec; after an update it gives what was changed, beside the defaults of that day.
    """
    own = make_spec(spec.workload)
    names = (name for name in RunSpec.__struct_fields__ if name not in ("workload", "knobs"))
    fields = {name: getattr(spec, name) for name in names if getattr(spec, name) != getattr(own, name)}
    knobs = {name: value for name, value in spec.knobs.items() if value != own.knobs[name]}
    return tomli_w.dumps({"workload": spec.workload, **fields, **({"knobs": knobs} if knobs else {})})


def spec_toml(spec: RunSpec) -> str:
    """The spec as TOML; `read_spec` of it gives the same spec."""
    fields = {name: value for name, value in msgspec.structs.asdict(spec).items() if value is not None}
    return tomli_w.dumps(fields)
