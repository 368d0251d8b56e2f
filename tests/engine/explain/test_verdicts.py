"""When a verdict is told, replaced and cleared, by messages as a session sends them."""

import itertools
from collections import Counter

import numpy as np
import pytest

from engine.anatomy import LaneSpan, RankAnatomy, Traffic
from engine.config.mode_text import parse_mode
from engine.errors import Sentence
from engine.events.event import Event
from engine.events.machine import ProcessUsage
from engine.events.ranks import RankInfo, SlowedDown, SlowRank, StepAnatomy
from engine.events.run import Changed, Paced, RunFinished, RunStarted, SegmentStarted
from engine.events.shift import Preparing
from engine.explain.rules.facts import Link
from engine.explain.rules.verdict import Verdict
from engine.explain.verdicts import Verdicts
from engine.record.replay import Replay
from engine.rows import PHASES, STEP_ROW, StepBatch
from gui.model.board import Board
from gui.model.run_view import RunView
from tests.conftest import ROOT
from tests.messages import begin, sample

FORWARD, COMMUNICATE = PHASES.index("forward"), PHASES.index("communicate")


class Script:
    """Tells one run, second by second."""

    def __init__(self, *, links: dict[str, Link] | None = None) -> None:
        self.verdicts = Verdicts()
        self.verdicts.links = links or {}
        self.at_s, self.step, self.segment, self.ranks = 0.0, 0, -1, 1
        self.batch_size, self.units_a_sample, self.loss = 64, 1, 0.0
        self.seen: list[str] = []
        """The rule whose verdict stood after each second; "" for none."""
        self.tell(Changed(at_s=0.0, step=0, lr=0.1, batch_size=64))

    def tell(self, event: Event) -> None:
        self.verdicts.hear(event)
        self.verdicts.look()

    @property
    def rule(self) -> str:
        return self.verdicts.current.rule if self.verdicts.current is not None else ""

    def text(self) -> str:
        """What is said now."""
        assert self.verdicts.current is not None
        return str(self.verdicts.current.text)

    def begin(self, mode: str, ranks: int = 1) -> None:
        self.segment, self.ranks = self.segment + 1, ranks
        infos = tuple(
            RankInfo(rank=n, pid=100 + n, device="cpu", threads=1, holds="", parameter_bytes=0, cores=2)
            for n in range(ranks)
        )
        self.tell(
            SegmentStarted(
                at_s=self.at_s, segment=self.segment, step=self.step, mode=mode, words="", ranks=infos, warmup_steps=3
            )
        )

    def run(
        self,
        seconds: float,
        step_s: float,
        *,
        sends: float = 0.0,
        others: float | None = 0.0,
        window: float = 0.0,
        in_turn: tuple[float, ...] = (1.0,),
    ) -> None:
        """Computing, a part of each step of it sending, beside other programs; None: nobody looks at the machine.

        Cores that other programs take, and those that the window takes; steps are in turn so many times as long.
        """
        for _ in range(round(seconds)):
            count = round(1 / step_s)
            rows = np.zeros(count, STEP_ROW)
            rows["step"] = np.arange(self.step, self.step + count)
            rows["seconds"] = step_s * np.resize(in_turn, count)
            rows["at_s"] = self.at_s + np.cumsum(rows["seconds"])
            rows["segment"], rows["loss"] = self.segment, self.loss
            rows["samples"] = self.batch_size * self.units_a_sample
            self.step, self.at_s = self.step + count, self.at_s + 1.0
            self.tell(StepBatch(rows))  # type: ignore[arg-type]
            for part in (0, 1):
                self.tell(self._anatomy(self.step - count + part, step_s, sends))
            if others is None:
                self.seen.append(self.rule)
                continue
            ours = tuple(
                ProcessUsage(label=f"rank {n}", pid=100 + n, cpu_frac=0.9, memory_bytes=0) for n in range(self.ranks)
            )
            ours += (ProcessUsage(label="window", pid=1, cpu_frac=window, memory_bytes=0),)
            busy = 0.45 * self.ranks + (others + window) / 2
            self.tell(sample(self.at_s, cores_frac=(busy,) * 2, processes=ours))
            self.seen.append(self.rule)

    def _anatomy(self, step: int, step_s: float, sends: float) -> StepAnatomy:
        spans = (
            LaneSpan(FORWARD, -1, 0.0, step_s * (1 - sends), on_core_s=step_s * (1 - sends)),
            LaneSpan(COMMUNICATE, -1, step_s * (1 - sends), step_s * sends),
        )
        all_ranks = tuple(range(self.ranks))
        traffic = (Traffic(kind="all-reduce", ranks=all_ranks, count=1, payload_bytes=1 << 20),) if sends else ()
        parts = tuple(RankAnatomy(rank=n, begin_s=0.0, seconds=step_s, spans=spans, traffic=traffic) for n in all_ranks)
        return StepAnatomy(
            at_s=self.at_s, segment=self.segment, step=step, ranks=parts, clock_offset_s=0, clock_error_s=0, skipped=0
        )


def sending(*, links: dict[str, Link] | None = None) -> Script:
    """After one thread two ranks, of whose step three tenths are messages."""
    run = Script(links=links)
    run.begin("cpu,threads=1")
    run.run(5, 0.05)
    run.begin("cpu,dp=2,threads=1", ranks=2)
    run.run(7, 0.06, sends=0.3)
    return run


def test_nothing_is_said_before_the_rate_has_settled() -> None:
    run = Script()
    run.begin("cpu,threads=1")
    run.run(8, 0.05)
    assert run.seen[:2] == ["", ""]
    assert set(run.seen[4:]) == {"baseline"}
    run.begin("cpu,threads=2")
    run.run(6, 0.04)
    assert run.seen[8:10] == ["", ""]
    assert run.seen[-1] == "threads"
    assert str(run.verdicts.current.text) == (  # type: ignore[union-attr]
        "2 threads: ×1.3 of 1 thread, not ×2: by Amdahl's law about 60% of the step does not split. With 2 "
        "threads forward is only ×1.3 as fast."
    )


def test_until_then_it_is_said_what_is_waited_for() -> None:
    run = Script()
    assert run.verdicts.settling is None, "nothing computes"
    said = []
    for mode, step_s in (("cpu,threads=1", 0.05), ("cpu,threads=2", 0.5)):
        run.begin(mode)
        said.append(run.verdicts.settling)
        while run.verdicts.current is None:
            run.run(1, step_s)
            said.append(run.verdicts.settling)
    assert said == [
        "Settling: 0 of 20 steps.",
        "Settling: 17 of 40 steps.",
        "Settling: 37 of 40 steps.",
        "Settling.",
        None,
        "Settling: 0 of 20 steps.",
        "Settling: 0 of 20 steps.",
        "Settling: 1 of 8 steps.",
        "Settling: 3 of 8 steps.",
        "Settling: 5 of 8 steps.",
        "Settling: 7 of 8 steps.",
        None,
    ]


def test_board_and_verdict_compare_the_same_rows() -> None:
    """With the first of the same batch size, or the one that was chosen; with none that was taken off the board."""
    run = Script()
    run.begin("cpu,threads=1")
    run.run(5, 0.05)
    run.batch_size = 128
    run.tell(Changed(at_s=run.at_s, step=run.step, lr=0.1, batch_size=128))
    assert run.verdicts.settling == "Batch 128 · Settling: 0 of 20 steps."
    run.run(5, 0.08)
    board, measures = Board(run.verdicts.measures), run.verdicts.measures
    assert run.text() == (
        "Batch 128 · 1 thread: this is what other modes at this batch size are compared with. "
        "It uses 1 of 2 cores; the rest is idle. Its rate is ×1.2 of that at batch 64."
    )
    assert [(row.speed_up, row.is_baseline) for row in board.rows()] == [(1.0, True), (1.0, True)]
    run.begin("cpu,threads=2")
    run.run(5, 0.05)
    assert run.text().startswith("Batch 128 · 2 threads: ×1.6 of 1 thread")
    assert board.rows()[-1].speed_up == pytest.approx(1.6, rel=0.05)
    board.compare_with(("2 threads", 128, False))
    run.run(5, 0.05)
    assert run.text().startswith("Batch 128 · 2 threads: ×1.6 of 1 thread, not ×2: by Amdahl's law about 25% of")
    board.clear()
    run.run(5, 0.05)
    assert run.text() == "2 threads: this is what the run's other modes are compared with."
    assert [row.name for row in board.rows()] == ["2 threads"]
    assert measures.baseline_of(measures.rows["2 threads", 128, False]) is measures.now


def test_a_batch_is_named_as_it_was_set_and_only_where_one_was_changed() -> None:
    run = Script()
    run.units_a_sample = 40  # a sample is a text of 40 tokens, and those are what steps count
    run.begin("cpu,threads=1")
    assert "Batch" not in str(run.verdicts.settling)
    run.run(6, 0.01)
    assert run.text().startswith("1 thread: this is what the run's other modes are compared with.")
    run.tell(Changed(at_s=run.at_s, step=run.step, lr=0.05, batch_size=64))
    assert run.rule == "baseline", "another learning rate is no other batch size"
    run.batch_size = 128
    run.tell(Changed(at_s=run.at_s, step=run.step, lr=0.05, batch_size=128))
    run.run(6, 0.01)
    assert run.text().startswith("Batch 128 · 1 thread: this is what other modes at this batch size")
    assert run.text().endswith("Its rate is ×2.0 of that at batch 64.")
    assert [row.batch_size for row in run.verdicts.measures.shown] == [64, 128]


def test_a_row_that_other_programs_spoilt_is_marked_and_measured_anew_when_it_is_chosen_again() -> None:
    run = Script()
    run.begin("cpu,threads=1")
    run.run(8, 0.05, others=1.6)
    run.begin("cpu,dp=2", ranks=2)
    run.run(8, 0.05)
    assert run.text() == "While 1 thread ran, other programs took 1.6 cores: choose it again, and it is measured anew."
    one, two = Board(run.verdicts.measures).rows()
    assert [(row.is_spoilt, row.is_doubtful) for row in (one, two)] == [(True, True), (False, True)]
    run.begin("cpu,threads=1")
    run.run(8, 0.02)
    one, two = Board(run.verdicts.measures).rows()
    assert [(row.is_spoilt, row.is_doubtful, row.is_baseline) for row in (one, two)] == [
        (False, False, True),
        (False, False, False),
    ]
    assert (one.step_s, one.visits) == (pytest.approx(0.02), 1)


def test_once_other_programs_leave_the_cores_the_mode_in_force_is_measured_anew() -> None:
    run = Script()
    run.begin("cpu,threads=1")
    run.run(8, 0.05)
    run.begin("cpu,threads=2")
    run.run(8, 0.2, others=1.0)
    for _ in range(12):
        run.run(1, 0.03)
        assert "slower here" not in run.text(), "it was they who made it slow"
    _, two = Board(run.verdicts.measures).rows()
    assert (two.step_s, two.is_spoilt, two.is_doubtful, two.visits) == (pytest.approx(0.03), False, False, 1)
    assert run.text().startswith("2 threads: ×1.7 of 1 thread, not ×2")
    run.run(2, 0.2, others=1.0)
    run.run(6, 0.03)
    _, two = Board(run.verdicts.measures).rows()
    assert two.steps > 9 / 0.03, "two seconds of fifteen spoil no row: nothing is begun anew"
    assert not two.is_spoilt


def test_dips_in_which_others_took_cores_are_left_out_once_there_is_enough_beside_them() -> None:
    run = Script()
    run.begin("cpu,threads=1")
    run.run(8, 0.05)
    run.begin("cpu,threads=2")
    run.run(3, 0.1, others=0.6)
    run.run(2, 0.04)
    _, two = Board(run.verdicts.measures).rows()
    assert (two.beside_others, two.is_spoilt) == (0, True), "there is too little without them"
    run.run(2, 0.04)
    run.run(1, 0.1, others=0.6)
    run.run(3, 0.04)
    _, two = Board(run.verdicts.measures).rows()
    assert (two.step_s, two.is_spoilt, two.is_doubtful) == (pytest.approx(0.04), False, False)
    assert (two.beside_others, two.beside_others_s) == (4 * 10 - 3, pytest.approx(3.7))
    assert two.anatomies == 2 * 7, "so are steps taken apart"
    assert two.speed_up == pytest.approx(1.25)


def test_a_mode_left_before_anybody_looked_is_marked_by_the_looks_beside_it() -> None:
    for before, after in ((0.8, 0.0), (0.0, 0.8), (0.0, 0.0)):
        run = Script()
        run.begin("cpu,dp=2,threads=1", ranks=2)
        run.run(6, 0.05, others=before)
        run.begin("cpu,pp=2,threads=1", ranks=2)
        run.run(1, 0.05)
        run.begin("cpu,dp=2,threads=1", ranks=2)
        run.run(3, 0.05, others=after)
        pipeline = Board(run.verdicts.measures).rows()[1]
        assert pipeline.name == "Pipeline ×2"
        assert pipeline.is_spoilt is bool(before or after)


def test_a_row_that_wanted_cores_of_others_is_marked_though_the_verdict_can_still_be_told() -> None:
    run = Script()
    run.begin("cpu,threads=1")
    run.run(8, 0.05)
    run.begin("cpu,threads=2")
    run.run(8, 0.2, others=1.0)
    assert run.text().startswith("Other programs take 1.0 of 2 cores. 2 threads: ×0.25 of 1 thread")
    one, two = Board(run.verdicts.measures).rows()
    assert (one.is_doubtful, two.is_doubtful) == (False, True)


def test_what_the_window_takes_is_an_average_over_the_modes_visits_and_is_no_other_program() -> None:
    script = Script()
    script.begin("cpu,threads=1")
    script.run(5, 0.05, window=0.2)
    assert script.text().endswith("It uses 1 of 2 cores.")
    script.begin("cpu,threads=2")
    script.run(6, 0.04, window=0.4)
    assert script.text().startswith(
        "2 threads: ×1.3 of 1 thread, not ×2. The window takes 0.4 of 2 cores. Beyond that, by Amdahl's law, at most "
    )
    script.begin("cpu,threads=2")
    script.run(12, 0.04, window=0.04)
    now, told = script.verdicts.measures.now, script.verdicts.current
    assert now is not None
    assert now.own_cores == {"window": pytest.approx(0.16, abs=0.02)}
    assert told is not None
    assert "The window" not in told.text, "as little as that explains little"
    assert "window, of one core" in [figure.name for figure in told.figures]
    assert now.other_cores == pytest.approx(0.0, abs=1e-9)


def test_where_a_model_is_written_in_several_codes_each_mode_says_in_which() -> None:
    run, shown = Script(), RunView("", Counter())
    started = RunStarted(at_s=0.0, spec='workload = "gpt-in-plain-python"', step=0, started_unix_s=0.0, directory="")
    run.tell(started)
    for code, step_s in (("code=python,", 0.25), ("code=numpy,", 0.02), ("", 0.01)):
        run.begin(f"cpu,{code}threads=1")
        run.run(12, step_s)
    assert run.text() == "1 thread in torch: ×25 of python, and ×2.0 of numpy."
    assert [row.name for row in Board(run.verdicts.measures).rows()][1:] == ["1 thread in numpy", "1 thread in torch"]
    shown.feed([started, begin(0, 0, 0.0)])
    assert list(shown.mode_numbers) == [f"{parse_mode('cpu').name} in torch"]


def test_a_shift_and_another_batch_size_clear_it() -> None:
    run = Script()
    run.begin("cpu,threads=1")
    run.run(5, 0.05)
    run.begin("cpu,threads=2")
    run.run(6, 0.04)
    run.batch_size = 128
    run.tell(Changed(at_s=run.at_s, step=run.step, lr=0.1, batch_size=128))
    assert run.rule == ""
    run.run(6, 0.04)
    assert run.rule == "baseline", "at this batch size there is nothing to compare with"
    run.begin("cpu,threads=1")
    run.run(6, 0.05)
    assert run.rule == "fewer-threads"
    run.begin("cpu,threads=2")
    assert run.rule == ""
    assert {segment: found.rule for segment, found in run.verdicts.by_segment.items()} == {
        0: "baseline",
        1: "baseline",
        2: "fewer-threads",
    }


def test_a_line_stays_until_another_rule_has_won_three_times() -> None:
    run = sending()
    assert run.rule == "sends"
    run.run(2, 0.06, sends=0.3, others=1.4)
    run.run(1, 0.06, sends=0.3)
    assert run.rule == "sends", "others came and went"
    before = len(run.seen)
    run.run(8, 0.06, sends=0.3, others=1.4)
    after = run.seen[before:]
    assert after[0] == "sends"
    assert after[-1] == "other-programs"
    assert len([1 for one, two in itertools.pairwise(after) if one != two]) == 1, "it does not flicker"


def test_its_numbers_are_those_of_the_board_with_every_step_taken_apart() -> None:
    run = Script()
    run.begin("cpu,threads=1")
    run.run(5, 0.05)
    run.begin("cpu,threads=2")
    run.run(6, 0.04)
    texts = set()
    for step_s in (0.01, 0.05, 0.02, 0.1):  # the same rule, other numbers, each second
        run.run(1, step_s)
        now, current = run.verdicts.measures.now, run.verdicts.current
        assert now is not None
        assert current is not None
        assert current.figures[0].value == now.units_per_s
        texts.add(current.text)
    assert len(texts) > 1
    assert run.verdicts.by_segment[1] == current


def test_while_the_machine_was_not_looked_at_nothing_is_said_for_a_while() -> None:
    run = Script()
    run.begin("cpu,threads=1")
    run.run(5, 0.05)
    run.begin("cpu,threads=2")
    run.run(8, 0.04, others=None)
    assert set(run.seen[5:]) == {""}
    run.run(1, 0.04, others=None)
    assert run.rule == "threads"


def test_another_rule_must_win_three_times_in_a_row() -> None:
    run = sending()

    def slow(is_slow: bool) -> None:
        run.tell(SlowRank(at_s=run.at_s, step=run.step, rank=1, phase="forward", factor=2.0, is_slow=is_slow))

    for seconds in (2, 2):
        slow(True)
        run.run(seconds, 0.06, sends=0.3)
        slow(False)
        run.run(1, 0.06, sends=0.3)
    assert set(run.seen[-6:]) == {"sends"}
    slow(True)
    run.run(4, 0.06, sends=0.3)
    assert run.seen[-1] == "no-core"


def test_what_a_mode_is_must_win_twice_as_often_after_each_change_and_what_comes_over_it_need_not() -> None:
    run = sending()
    verdicts = run.verdicts
    rivals = {rule: Verdict(rule=rule, text=Sentence("")) for rule in ("plain", "sends", "other-programs")}

    def looks_until(rule: str) -> int:
        for looks in itertools.count(1):
            verdicts._take(rivals[rule])
            if run.rule == rule:
                return looks
        return 0

    assert [looks_until(rule) for rule in ("plain", "sends", "plain")] == [3, 6, 12]
    assert [looks_until(rule) for rule in ("other-programs", "plain", "sends")] == [3, 3, 24]
    run.begin("cpu,dp=2,threads=1", ranks=2)
    run.run(7, 0.06, sends=0.3)
    assert looks_until("plain") == 3, "in another mode, or another visit, it begins anew"


def test_what_is_slow_on_purpose_is_told_at_once_and_is_gone_at_once() -> None:
    run = Script()
    run.begin("cpu,dp=2,threads=1", ranks=2)
    slow = SlowedDown(at_s=0.0, step=2, rank=1, phase="compute", factor=4.0, delay_s=0.0)
    run.tell(slow)
    assert run.rule == "on-purpose"
    run.run(6, 0.05)
    assert run.rule == "on-purpose"
    run.tell(SlowedDown(at_s=run.at_s, step=run.step, rank=1, phase="compute", factor=1.0, delay_s=0.0))
    assert run.rule == ""
    assert run.verdicts.by_segment == {}, "of the mode, nothing was measured"


@pytest.mark.parametrize("terms", ["the same", "another rate", "another run"])
def test_a_loss_that_rose_with_hogwild_is_its_doing_where_nothing_else_has_changed(terms: str) -> None:
    run = Script()
    for mode, ranks, run.loss in (("cpu,threads=1", 1, 1.46), ("cpu,hogwild=4,threads=1", 4, 1.81)):
        run.begin(mode, ranks=ranks)
        run.run(8, 0.02)
        assert "the loss went" not in run.text() or ranks > 1
    assert run.text().startswith("Hogwild ×4: the loss went from 1.46 to 1.81, for it is not the same mathematics.")
    if terms == "another rate":
        run.tell(Changed(at_s=run.at_s, step=run.step, lr=0.5, batch_size=64))
    elif terms == "another run":
        run.tell(RunStarted(at_s=run.at_s, spec="", step=run.step, started_unix_s=0.0, directory=""))
        run.begin("cpu,hogwild=4,threads=1", ranks=4)
    run.run(8, 0.02)
    assert run.rule == "inexact"
    assert ("the loss went" in run.text()) is (terms == "the same")


def test_a_run_that_is_held_at_a_pace_says_so_while_it_is() -> None:
    run = Script()
    run.begin("cpu,threads=1")
    run.tell(Paced(at_s=0.0, step=0, steps_per_s=5.0))
    assert run.rule == "", "whether it is held the first step tells"
    run.run(1, 0.02)
    assert run.rule == "held"
    run.tell(Paced(at_s=run.at_s, step=run.step, steps_per_s=None))
    assert run.rule == ""


def test_a_run_that_is_slower_than_its_pace_is_judged_as_at_full_speed() -> None:
    run, full = Script(), Script()
    run.tell(Paced(at_s=0.0, step=0, steps_per_s=50.0))
    for script in (run, full):
        script.begin("cpu,threads=1")
        script.run(8, 0.02 / 0.72)
        script.begin("cpu,threads=2")
        script.run(8, 0.04)
    assert run.seen == full.seen
    assert run.verdicts.current == full.verdicts.current
    assert run.verdicts.current is not None
    run.tell(Paced(at_s=run.at_s, step=run.step, steps_per_s=40.0))
    assert run.verdicts.current == full.verdicts.current, "what was said stands"
    run.tell(Paced(at_s=run.at_s, step=run.step, steps_per_s=20.0))
    assert run.rule == "held"


def test_while_a_next_mode_is_prepared_the_line_stands_as_it_is() -> None:
    run = Script()
    run.begin("cpu,threads=1")
    run.run(5, 0.05)
    run.begin("cpu,threads=2")
    run.run(6, 0.04)
    text = run.verdicts.current.text  # type: ignore[union-attr]
    run.tell(Preparing(at_s=run.at_s, step=run.step, mode="cpu"))
    run.run(8, 0.2)
    assert run.verdicts.current is not None
    assert run.verdicts.current.text == text


@pytest.mark.parametrize(("layers", "words"), [(3, "With 10 layers"), (10, "")])
def test_equal_layers_are_named_where_the_workload_has_a_knob_for_them(layers: int, words: str) -> None:
    run = Script()
    spec = f'workload = "digits-mlp"\n[knobs]\nlayers = {layers}\n'
    run.tell(RunStarted(at_s=0.0, spec=spec, step=0, started_unix_s=0.0, directory=""))
    run.begin("cpu,pp=2,threads=1", ranks=2)
    run.run(1, 0.05)
    now = run.verdicts.measures.now
    assert now is not None
    assert run.verdicts._equal_layers(now) == (10 if words else None)


def test_links_that_were_measured_are_named() -> None:
    run = sending(links={"shm": Link(ranks=2, alpha_s=1e-4, bytes_per_s=1e10)})
    assert run.verdicts.current is not None
    assert str(run.verdicts.current.text).endswith(
        "Messages of 1 MiB by gloo take 30% of the step. By shm they would take 0.2 ms, not 17.7 ms. "
        "Its threads together spend 65% more time computing than with 1 thread."
    )


def test_slow_first_steps_after_a_shift_are_in_no_verdict_once_there_are_faster_ones() -> None:
    """As after a shift to more threads: a second at half the rate, and no contradiction of the rate by the clock."""
    run = Script()
    run.begin("cpu,threads=1")
    run.run(8, 0.02)
    run.begin("cpu,threads=2")
    run.run(1, 0.04)
    run.run(8, 0.018)
    now = run.verdicts.measures.now
    assert now is not None
    assert now.step_s == pytest.approx(0.018, rel=0.01)
    assert run.text().startswith("2 threads: ×1.1 of 1 thread, not ×2")


def test_where_the_rate_goes_up_and_down_about_the_other_modes_no_difference_is_claimed() -> None:
    run, said = Script(), set()
    run.begin("cpu,threads=1")
    run.run(8, 0.0172)
    run.begin("cpu,threads=2")
    for step_s in (0.036, *[0.0142, 0.0205, 0.0150, 0.0168, 0.0210, 0.0145] * 6):
        run.run(1, step_s)
        if run.verdicts.current is not None:
            said.add(run.text().partition(" (")[0])
            assert "does not split" not in run.text()
            assert "slower" not in run.text()
    assert said == {"2 threads: no clear difference from 1 thread"}
    assert "steps vary by ±" in run.text()
    assert run.verdicts.current is not None
    assert "the rate may be off, 2 threads" in [figure.name for figure in run.verdicts.current.figures]


def test_a_line_on_steps_that_are_interrupted_stands_as_it_is_and_blames_no_law() -> None:
    run, said = Script(), set()
    run.begin("cpu,threads=1")
    run.run(8, 0.0245)
    run.begin("cpu,threads=2")
    for step_s in (0.0200, 0.0205, 0.0197, 0.0210, 0.0203) * 4:
        run.run(1, step_s, window=0.2, in_turn=(0.70, 1.45, 0.72, 1.41, 0.72))
        if run.verdicts.current is not None:
            said.add(run.text())
    assert said == {
        "2 threads: ×1.2 of 1 thread on average; half of its steps are ×1.7 and more, the others are interrupted. "
        "The window takes 0.2 of 2 cores."
    }


@pytest.mark.parametrize("others", [0.8, 0.0])
def test_the_last_verdict_of_a_run_is_of_all_that_counts_of_its_mode_not_of_its_last_seconds(others: float) -> None:
    run = Script()
    run.begin("cpu,threads=1")
    run.run(8, 0.05)
    run.begin("cpu,threads=2")
    run.run(12, 0.03)
    run.run(4, 0.05, others=others)
    assert run.text().startswith("Other programs take 0.8 of 2 cores.") is bool(others)
    end = RunFinished(
        at_s=run.at_s, step=run.step, segments=(), final_loss=None, validation_loss=None, validation_metric=None
    )
    run.verdicts.hear(end)
    assert run.verdicts.look() or not others, "whoever shows it must be told"
    assert run.text().startswith("2 threads: ×1.")
    assert "Other programs" not in run.text()
    assert run.verdicts.by_segment[1] == run.verdicts.current


def test_what_others_took_of_a_run_that_is_over_is_said_second() -> None:
    run = Script()
    run.begin("cpu,threads=1")
    run.run(8, 0.05)
    run.begin("cpu,threads=2")
    run.run(10, 0.04, others=0.8)
    assert run.text().startswith("Other programs take 0.8 of 2 cores. 2 threads")
    run.tell(
        RunFinished(
            at_s=run.at_s, step=run.step, segments=(), final_loss=None, validation_loss=None, validation_metric=None
        )
    )
    assert run.text().startswith("2 threads: ×1.3 of 1 thread.")
    assert run.text().endswith("While 2 threads ran, other programs took 0.8 cores.")


def test_the_sample_of_a_gpt_ends_with_its_lesson_not_with_what_others_took_of_that_machine() -> None:
    record, shown = Replay(ROOT / "resources" / "sample-text-gpt", at_end=True), RunView("", Counter())
    shown.feed(record.take())
    assert str(shown.verdicts.current.text) == (  # type: ignore[union-attr]
        "2 threads: ×1.6 of 1 thread, not ×2: by Amdahl's law about 20% of the step does not split. With 2 threads "
        "backward is only ×1.8 as fast."
    )
