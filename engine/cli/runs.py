"""`gearshift runs`: the recorded runs, the newest first, with what they trained, where, how far, and how they ended."""

import argparse
import sys
import time
from pathlib import Path

import msgspec

from engine.errors import plain
from engine.record.library import RunCard, run_cards
from engine.record.places import runs_directory

WORDY = 60
"""Letters of modes on a line."""


def main(arguments: list[str], command: str) -> int:
    """Print the list; returns the exit status 0."""
    parser = argparse.ArgumentParser(prog=f"gearshift {command}")
    parser.add_argument("directory", nargs="?", type=Path, help="where they lie (default: the data directory)")
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
    options = parser.parse_args(arguments)
    directory = options.directory or runs_directory()
    cards = list(run_cards(directory))
    if options.json:
        fields = [{"name": card.name} | msgspec.to_builtins(card, enc_hook=plain) for card in cards]
        print(msgspec.json.format(msgspec.json.encode(fields), indent=2).decode())
        return 0
    for card in cards:
        print(_line(card))
    if not cards:
        print(f"There is no run in {directory}.", file=sys.stderr)
    return 0


def _line(card: RunCard) -> str:
    if card.problem:
        return f"{card.name:<36} cannot be shown: {card.problem}"
    begun = time.strftime("%Y-%m-%d %H:%M", time.localtime(card.begun_unix_s))
    modes = ", ".join(card.modes) + (", …" if card.has_more_modes else "")
    modes = modes if len(modes) <= WORDY else f"{modes[: WORDY - 1]}…"
    return f"{card.name:<36} {begun}  {card.steps:>10,} steps  {card.seconds:>8,.0f} s  {card.ended:<11}  {modes}"
