"""Make a mistake in a source file, and see whether a test fails; again for every mistake there is, or for some of them.

    python -m tests.mutation                                         every file of the table below
    python -m tests.mutation engine/record/states.py                 all mutants of one file
    python -m tests.mutation engine/session/run.py --sample 50 --seed 3
    python -m tests.mutation engine/record/states.py:51              those of one line
    python -m tests.mutation engine/record/states.py:51-80           those of these lines

The work tree is left alone: tests run in a copy of it. A mutant that makes them hang is killed too. What survives is
printed as `path:line: what was done`: a test is missing, or it can make no difference, and then `answered.toml` says
why. Exit status 1 if one survives that has no answer.
"""

import argparse
import random
import signal
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.workshop import Workshop

ROOT = Path(__file__).parent.parent.parent
ANSWERED = Path(__file__).with_name("answered.toml")
RECORD = [
    "tests/engine/record/test_record_reading.py",
    "tests/engine/record/test_recording.py",
    "tests/engine/record/test_superseded.py",
    "tests/engine/record/test_record_writing.py",
]
FAULTS = "tests/engine/session/test_faults.py::"
DECIDE = [
    f"tests/engine/session/test_decide_{what}.py"
    for what in ("starts", "pauses", "shifts", "giving_up", "hangs", "wishes", "ends", "crews", "telling")
]
SESSION = [
    *DECIDE,
    "tests/engine/session/test_cancel.py",
    "tests/engine/session/test_keep_pace.py",
    "tests/engine/session/test_session_verbs.py",
    "tests/engine/session/test_session_orders.py",
    "tests/engine/session/test_session.py",
    FAULTS + "test_killed_rank_is_named_and_the_run_goes_on_by_one_click",
    FAULTS + "test_frozen_rank_is_found_and_named[0]",
    FAULTS + "test_rank_that_raises_sends_its_traceback",
    "tests/engine/session/test_fork_server.py::test_a_start_without_descriptors_fails_in_a_sentence_and_play_tries_again",
    "tests/engine/session/test_fork_server.py::test_a_shift_without_descriptors_fails_in_a_sentence_and_the_run_goes_on",
]
TESTS = {
    "engine/record/states.py": [
        "tests/engine/record/test_states.py",
        "tests/engine/record/test_record_writing.py::test_what_a_killed_rank_left_is_out_of_the_way_when_the_run_goes_on",
    ],
    "engine/record/kept_board.py": ["tests/engine/record/test_kept_board.py"],
    "engine/record/rising.py": ["tests/engine/record/test_rising.py", "tests/engine/record/test_sound_rows.py"],
    "engine/record/sound_rows.py": [
        "tests/engine/record/test_sound_rows.py",
        "tests/engine/record/test_record_reading.py",
        "tests/engine/record/test_recording.py::test_of_too_many_rows_the_first_are_read_without_holding_them",
    ],
    "engine/record/superseded.py": ["tests/engine/record/test_superseded.py"],
    "engine/record/completed.py": ["tests/engine/record/test_library.py"],
    "engine/record/lock.py": ["tests/engine/record/test_record_writing.py"],
    "engine/record/own_file.py": ["tests/engine/record/test_own_file.py", "tests/engine/record/test_record_writing.py"],
    "engine/record/appender.py": [
        "tests/engine/record/test_appender.py",
        "tests/engine/record/test_recording.py::test_what_is_too_large_is_not_taken_into_memory",
    ],
    "engine/record/library.py": ["tests/engine/record/test_library.py"],
    "engine/record/replay.py": ["tests/engine/record/test_winding.py", *RECORD],
    "engine/record/writer.py": RECORD,
    "engine/record/reader.py": RECORD,
    "engine/record/form.py": RECORD,
    "engine/session/shift.py": DECIDE,
    "engine/session/crew.py": DECIDE,
    "engine/session/look_pace.py": ["tests/engine/session/test_look_pace.py"],
    "engine/session/hang.py": ["tests/engine/session/test_hang.py", "tests/engine/session/test_decide_hangs.py"],
    "engine/session/silence.py": ["tests/engine/session/test_silence.py"],
    "engine/session/estimate.py": ["tests/engine/session/test_cancel.py"],
    "engine/session/opening.py": SESSION,
    "engine/session/measured.py": ["tests/engine/metrics/test_anatomy.py", *SESSION],
    "engine/session/run.py": DECIDE,
    "engine/session/crews.py": DECIDE,
    "engine/session/pace.py": SESSION,
    "engine/session/ending.py": SESSION,
    "engine/session/ledger.py": SESSION,
    "engine/session/reports.py": SESSION,
    "engine/session/outbox.py": [*SESSION, FAULTS + "test_full_disk_stops_nothing_and_loses_nothing"],
    "engine/session/session.py": [
        "tests/engine/session/test_decide_sessions.py",
        "tests/engine/session/test_decide_session_ends.py",
    ],
    "engine/rank/state/saver.py": [
        "tests/engine/rank/state/test_saver_alone.py",
        "tests/engine/rank/state/test_handing_over_while_saving.py",
    ],
}
"""Which tests can see a mistake in which file; the quickest and those that see most stand first."""


class Answers:
    """What `answered.toml` says of survivors: why no test can see them."""

    def __init__(self, path: Path) -> None:
        read = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self.paths = list(read)
        self._known = {
            (source, entry["line"], done)
            for source, entries in read.items()
            for entry in entries
            for done in ([entry["done"]] if isinstance(entry["done"], str) else entry["done"])
        }

    def has(self, mutant: Mutant) -> bool:
        """Whether this one is answered."""
        return (mutant.path, mutant.line_text, mutant.done) in self._known

    def without_mutant(self, source: str, mutants: list[Mutant]) -> list[str]:
        """Answers to what can no longer be asked: the line has changed."""
        there = {(mutant.path, mutant.line_text, mutant.done) for mutant in mutants}
        return [f"{line}: {done}" for path, line, done in sorted(self._known - there) if path == source]


def attack(
    root: Path,
    place: str,
    tests: list[str],
    answers: Answers,
    *,
    sample: int | None = None,
    seed: int = 0,
    say: Callable[[str], None] = print,
) -> list[Mutant]:
    """Try mutants of the file at `place` (path under `root`, perhaps `:line` or `:first-last`); those that survive."""
    path, _, lines = place.partition(":")
    mutants = mutants_of(root, path)
    for text in answers.without_mutant(path, mutants):
        say(f"{path}: answered, but there is no such mutant: {text}")
    if lines:
        first, _, last = lines.partition("-")
        mutants = [mutant for mutant in mutants if int(first) <= mutant.line <= int(last or first)]
    made = len(mutants)
    if sample is not None and sample < made:
        mutants = sorted(random.Random(seed).sample(mutants, sample), key=lambda mutant: mutant.line)
    unanswered = [mutant for mutant in mutants if not answers.has(mutant)]
    survivors = _survivors(root, unanswered, tests, say) if unanswered else []
    killed, answered = len(unanswered) - len(survivors), len(mutants) - len(unanswered)
    chosen = f"{len(mutants)} of {made} made (seed {seed})" if len(mutants) < made else f"{made} made"
    say(f"{path}: {chosen}, {killed} killed, {answered} answered, {len(survivors)} survived")
    return survivors


def _survivors(root: Path, mutants: list[Mutant], tests: list[str], say: Callable[[str], None]) -> list[Mutant]:
    survivors = []
    with Workshop(root) as workshop:
        taken_s = workshop.learn(tests)
        say(f"{mutants[0].path}: {len(mutants)} mutants to try; the tests take {taken_s:.1f} s")
        for mutant in mutants:
            if workshop.survives(mutant):
                survivors.append(mutant)
                say(f"{mutant.path}:{mutant.line}: {mutant.done}")
    return survivors


def main() -> int:
    """Try the files asked for, or all; prints survivors and figures."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    which = "a file of the table, perhaps with :LINE or :FIRST-LAST; else all"
    parser.add_argument("files", nargs="*", metavar="FILE", help=which)
    parser.add_argument("--sample", type=int, metavar="N", help="so many of each file's mutants, drawn by the seed")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    options = parser.parse_args()
    files = options.files or list(TESTS)
    if unknown := [file for file in files if file.partition(":")[0] not in TESTS]:
        parser.error(f"no tests are known for {', '.join(unknown)}: add them to TESTS in {Path(__file__).name}")
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # whoever waits hours reads along
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # `timeout` ends us in good order: nothing is left running
    answers = Answers(ANSWERED)
    survivors = 0
    for file in files:
        tests = TESTS[file.partition(":")[0]]
        survivors += len(attack(ROOT, file, tests, answers, sample=options.sample, seed=options.seed))
    return min(1, survivors)


if __name__ == "__main__":
    sys.exit(main())
