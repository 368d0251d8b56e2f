"""`gearshift data`: the data packs there are, with size, licence and use; `get` fetches one, `remove` removes it."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from engine.errors import RequestError, taken_apart
from engine.packs.pack import PackCard, pack_card, packs
from engine.packs.presence import is_here, is_whole, place_of, serves
from engine.sizes import size, size_of

DONE, WRONG_REQUEST, FAILED, INTERRUPTED = 0, 2, 3, 130
DRAW_EVERY_S = 0.1


def main(arguments: list[str], command: str) -> int:
    """List, get or remove; returns the exit status: 0 done, 2 no such pack, 3 it cannot be, 130 interrupted."""
    parser = argparse.ArgumentParser(
        prog=f"gearshift {command}", description="Data of others, each fetched once when you ask for it."
    )
    parser.add_argument("--json", action="store_true", help="as JSON, for programs; of get: a line for each progress")
    acts = parser.add_subparsers(dest="act", metavar="get|remove")
    for act, words in (("get", "fetch a pack from the index that pip is configured for"), ("remove", "remove a pack")):
        own = acts.add_parser(act, help=words, description=f"{words[0].upper()}{words[1:]}.")
        own.add_argument("name", metavar="NAME", help=f"one of: {', '.join(packs())}")
        if act == "get":
            own.add_argument("--archive", metavar="FILE", type=Path, help="take it from this file: nothing is fetched")
    options = parser.parse_args(arguments)
    if options.act is None:
        print(json.dumps([_fields(card) for card in packs().values()], indent=2) if options.json else _listed())
        return DONE
    try:
        card = pack_card(options.name)
    except RequestError as error:
        print(f"gearshift data: {error}", file=sys.stderr)
        return WRONG_REQUEST
    try:
        with _ends_by_signals():
            words = _removed(card) if options.act == "remove" else _got(card, options.archive, as_json=options.json)
    except RequestError as error:
        if options.json:
            print(json.dumps({"refused": taken_apart(error.sentence)}))
        print(f"gearshift data: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("gearshift data: interrupted; nothing was changed.", file=sys.stderr)
        return INTERRUPTED
    print(json.dumps({"done": words}) if options.json else words)
    return DONE


def _got(card: PackCard, archive: Path | None, *, as_json: bool) -> str:
    from engine.fetch.get import get

    if is_whole(card):  # one that is damaged is fetched anew
        return f"{card.title} is here already, in {place_of(card.name)}."
    return f"{card.title} is here, in {get(card, _Progress(card, as_json=as_json).tell, archive=archive)}."


def _removed(card: PackCard) -> str:
    from engine.fetch.get import remove

    return f"{card.title} is removed." if remove(card) else f"{card.title} is not here."


class _Progress:
    """A line that is written over on a terminal; elsewhere one line at the start, or, as JSON, one now and then."""

    def __init__(self, card: PackCard, *, as_json: bool) -> None:
        self._card, self._as_json = card, as_json
        self._drawn_s = -DRAW_EVERY_S
        self._draws = sys.stderr is not None and sys.stderr.isatty()
        self._is_begun = False

    def tell(self, got_bytes: int, all_bytes: int) -> None:
        """So many bytes of so many are here."""
        is_over = got_bytes == all_bytes
        if time.monotonic() - self._drawn_s < DRAW_EVERY_S and not is_over:
            return
        self._drawn_s = time.monotonic()
        if self._as_json:
            print(json.dumps({"got": got_bytes, "size": all_bytes}), flush=True)
            return
        words = f"{self._card.archive}: {size_of(got_bytes, all_bytes)}"
        if self._draws:
            print(f"\r{words} ", end="\n" if is_over else "", file=sys.stderr, flush=True)
        elif not self._is_begun:
            print(f"{self._card.archive}: {size(all_bytes)}", file=sys.stderr, flush=True)
        self._is_begun = True


def _fields(card: PackCard) -> dict[str, object]:
    kept = {"is_here": is_here(card), "directory": str(place_of(card.name)), "size": card.size}
    return {**kept, "serves": serves(card.name), **msgspec.to_builtins(card)}


def _listed() -> str:
    lines = []
    for card in packs().values():
        lines.append(f"{card.name}: {card.summary}")
        got = f"{size(card.archive_size)} are fetched, {size(card.size)} kept"
        here = f"here, in {place_of(card.name)}" if is_here(card) else f"not here: gearshift data get {card.name}"
        lines.append(f"    {here} ({got})")
        lines.append(f"    licence: {card.licence}. {card.terms}".rstrip())
        lines.append(f"    serves: {', '.join(serves(card.name))}")
    return "\n".join(lines)


@contextmanager
def _ends_by_signals() -> Iterator[None]:
    """SIGTERM ends it as Ctrl+C does: in good order."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    old = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, old)
