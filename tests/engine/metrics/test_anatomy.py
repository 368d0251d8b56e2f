"""Steps taken apart: what ranks report of a step is checked against what the mode must hold and send."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.anatomy import LaneSpan, RankAnatomy, Traffic
from engine.config.catalogue import every_mode
from engine.config.mode import ComputeMode
from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.events.ranks import RankFailed, RankInfo, SlowedDown, SlowRank, StepAnatomy
from engine.events.run import Paced, SegmentStarted
from engine.metrics.anatomy_assembly import Clocks, part_waits
from engine.metrics.segment_sums import SegmentSums, bubble_theory, ring_bytes, sent_bytes
from engine.metrics.straggler import Stragglers
from engine.record.chrome_trace import write_trace
from engine.rows import PHASES
from gui.model.store import Store
from tests.conftest import Watched

Watch = Callable[..., Watched]
FORWARD, BACKWARD, COMMUNICATE, WAIT = (PHASES.index(name) for name in ("forward", "backward", "communicate", "wait"))
KNOBS = {"hidden": 64, "layers": 8}
MODES = [m for m in every_mode(2) if m.option("transport") != "nccl" or "dp" not in m.keys] + [
    parse_mode(text) for text in ("dp=2,tp=2", "pp=2,dp=2", "pp=2,tp=2", "fsdp=2,tp=2")
]
EVERY_TIME = (
    "cpu,dp=2",
    "cpu,dp=2,transport=shm",
    "cpu,dp=2,transport=mpi",
    "cpu,fsdp=2",
    "cpu,tp=2",
    "cpu,pp=2",
    "cpu,hogwild=2",
    "cpu,dp=2,tp=2",
)
"""The rest is for the long suite."""
NUMBERS = 64 * 64 + 64 + 6 * (64 * 64 + 64) + 64 * 10 + 10
"""Weights of the model above on 8 x 8 pictures, 10 classes."""


def anatomies(watch: Watch, mode: ComputeMode, count: int = 2) -> tuple[SegmentStarted, list[StepAnatomy]]:
    """The first few steps taken apart of a run in `mode`."""
    run = watch(make_spec("digits-mlp", mode=mode.text, batch_size=64, knobs=KNOBS, optimizer="adam"))
    run.session.play()
    started = run.until(lambda m: isinstance(m, SegmentStarted))
    found = [run.until(lambda m: isinstance(m, StepAnatomy)) for _ in range(count)]
    run.ends()
    return started, found


@pytest.mark.slow
@pytest.mark.parametrize(
    "mode",
    [
        pytest.param(mode, id=mode.text, marks=() if mode.text in EVERY_TIME else pytest.mark.long)
        for mode in [parse_mode("cpu,threads=1"), *MODES]
    ],
)
def test_what_a_step_of_each_mode_shows(watch: Watch, mode: ComputeMode) -> None:
    started, (_, step) = anatomies(watch, mode)
    assert [rank.rank for rank in step.ranks] == list(range(mode.world_size))
    assert abs(step.clock_offset_s) <= step.clock_error_s  # one machine, one clock: no offset but the error
    for rank in step.ranks:
        ends = 0.0
        for span in rank.spans:
            assert span.offset_s >= ends - 1e-9  # one after the other
            ends = span.offset_s + span.duration_s
        covered = sum(span.duration_s for span in rank.spans)
        assert 0.95 * rank.seconds <= covered <= rank.seconds + 1e-9
        assert all(0.0 <= span.on_core_s <= span.duration_s + 1e-9 for span in rank.spans if span.on_core_s is not None)
        assert any(span.on_core_s for span in rank.spans if span.phase == FORWARD)
        assert rank.held is not None
        assert rank.held.optimizer_bytes >= 2 * rank.held.parameter_bytes  # Adam's two moments
        assert rank.held.activation_bytes > 0
    check_held(mode, started, step)
    check_traffic(mode, step)
    spans = [span for rank in step.ranks for span in rank.spans]
    collectives = [span for span in spans if span.phase == COMMUNICATE]
    assert bool(collectives) == bool({"dp", "fsdp", "tp"} & set(mode.keys))
    assert all(span.kind and span.payload_bytes for span in collectives)
    if "pp" in mode.keys:
        assert {span.kind for span in spans if span.phase == WAIT} >= {"receive"}
    if "pp" in mode.keys:
        seen = {span.microbatch for span in step.ranks[0].spans if span.phase == FORWARD and span.microbatch >= 0}
        assert seen == set(range(int(mode.option("microbatches"))))


def check_held(mode: ComputeMode, started: SegmentStarted, step: StepAnatomy) -> None:
    """Replicas hold all; parts add up to the whole (tensor parallel keeps a few vectors on each)."""
    held = [rank.held.parameter_bytes for rank in step.ranks if rank.held]
    assert held == [info.parameter_bytes for info in started.ranks]
    copies = mode.degree("dp") * mode.degree("hogwild")
    whole = 4 * NUMBERS * copies
    if "tp" in mode.keys:
        assert whole <= sum(held) < 1.02 * whole
    else:
        assert sum(held) == whole


def check_traffic(mode: ComputeMode, step: StepAnatomy) -> None:
    """Payloads counted, against the formula."""
    found = {
        (entry.kind, rank.rank): entry.payload_bytes for rank in step.ranks for entry in rank.traffic if entry.ranks
    }
    if mode.keys == ("dp",):
        kind = "all-reduce (shared memory)" if mode.option("transport") == "shm" else "all-reduce"
        assert found == {(kind, rank): 4 * NUMBERS for rank in range(mode.world_size)}
    elif mode.keys == ("fsdp",):
        # Forward gathers all, backward all but what forward left gathered; every gradient is scattered once.
        assert {kind for kind, _ in found} == {"all-gather", "reduce-scatter"}
        assert all(size == 4 * NUMBERS for (kind, _), size in found.items() if kind == "reduce-scatter")
    elif mode.keys == ("pp",) and mode.option("schedule") in ("gpipe", "1f1b"):
        assert found[("send", 0)] == found[("receive", 1)] == 64 * 64 * 4  # a batch of hidden values
        assert found[("send", 1)] == found[("receive", 0)] == 64 * 64 * 4  # and their gradients
    elif not mode.degrees or mode.keys == ("hogwild",):
        assert not found
    moved = sent_bytes(step)
    assert (moved.diagonal() == 0).all() or mode.option("transport") == "shm", "what is read in memory is one's own too"
    assert (moved.sum() > 0) == bool(found)


def test_one_f_one_b_keeps_less_for_backward_than_gpipe(watch: Watch) -> None:
    kept = {}
    for schedule in ("gpipe", "1f1b"):
        _, (step,) = anatomies(watch, parse_mode(f"pp=2,microbatches=8,schedule={schedule}"), count=1)
        assert step.ranks[0].held is not None
        kept[schedule] = step.ranks[0].held.activation_bytes
    assert kept["1f1b"] < 0.5 * kept["gpipe"], kept  # 2 of 8 micro-batches at a time


def test_hogwild_counts_its_races(watch: Watch) -> None:
    _, steps = anatomies(watch, parse_mode("hogwild=2"), count=3)
    assert sum(rank.counts["stale_updates"] for rank in steps[-1].ranks) > 0


def test_slow_steps_of_hogwild_are_taken_apart_as_they_come(watch: Watch) -> None:
    """Rank 1 waits for each of rank 0's steps, and then both for the pace: what was seen before is not lost."""
    run = watch(make_spec("digits-mlp", mode="cpu,hogwild=2,threads=1", batch_size=1024, knobs=KNOBS))
    run.session.play()
    run.until(lambda m: isinstance(m, SegmentStarted))
    run.session.slow_down(rank=0, factor=40.0)

    def told_of(kind: type) -> int:
        """After how many steps four more have been taken apart."""
        begun = run.until(lambda m: isinstance(m, kind))
        seen = [run.until(lambda m: isinstance(m, StepAnatomy), limit_s=8.0) for _ in range(4)]
        return seen[-1].next_step - begun.step  # type: ignore[union-attr, no-any-return]

    assert told_of(SlowedDown) < 48, "sooner than after three times sixteen steps"
    run.session.slow_down(rank=0, factor=1.0)
    run.session.keep_pace(15.0)
    assert told_of(Paced) < 48
    run.ends()


@pytest.mark.slow
@pytest.mark.parametrize(
    "mode",
    [
        pytest.param(mode.text, marks=() if mode.text in ("cpu,dp=2", "cpu,pp=2") else pytest.mark.long)
        for mode in MODES
    ],
)
def test_a_rank_slow_in_backward_only_is_named_within_three_seconds(watch: Watch, mode: str) -> None:
    run = watch(make_spec("digits-mlp", mode=mode, batch_size=256, knobs={"hidden": 512, "layers": 4}))
    run.session.play()
    run.until(lambda m: isinstance(m, StepAnatomy))
    run.session.slow_down(rank=1, phase="backward", factor=4.0)
    slowed = run.until(lambda m: isinstance(m, SlowedDown))
    named = run.until(lambda m: isinstance(m, SlowRank) and m.is_slow, limit_s=5.0)
    print(f"{mode}: rank {named.rank}, {named.phase}, x{named.factor:.1f} after {named.at_s - slowed.at_s:.2f} s")
    assert (named.rank, named.phase) == (1, "backward")
    assert named.at_s - slowed.at_s < 3.0
    run.session.slow_down()
    run.until(lambda m: isinstance(m, SlowRank) and (m.rank, m.phase, m.is_slow) == (1, "backward", False))


def test_a_throttled_link_makes_messages_late_and_a_killed_rank_ends_the_run(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", mode="cpu,dp=2", batch_size=64, knobs={"hidden": 32}))
    run.session.play()
    run.until(lambda m: isinstance(m, StepAnatomy))
    run.session.slow_down(delay_s=0.05)
    run.until(lambda m: isinstance(m, SlowedDown))
    run.until(lambda m: isinstance(m, StepAnatomy))
    late = run.until(lambda m: isinstance(m, StepAnatomy))
    assert all(one.seconds > 0.05 for one in late.ranks)
    run.session.break_rank(1)
    failed = run.until(lambda m: isinstance(m, RankFailed))
    assert (failed.rank, failed.signal) == (1, "SIGKILL")


def rank(number: int, begin_s: float, *spans: LaneSpan) -> RankAnatomy:
    traffic = (Traffic(kind="all-reduce", ranks=(0, 1), count=1, payload_bytes=8),)
    return RankAnatomy(rank=number, begin_s=begin_s, seconds=1.0, spans=spans, traffic=traffic)


def test_waiting_is_told_from_communicating() -> None:
    early = rank(0, 0.0, LaneSpan(FORWARD, -1, 0.0, 0.2), LaneSpan(COMMUNICATE, -1, 0.2, 0.6, among=(0, 1)))
    late = rank(1, 0.1, LaneSpan(FORWARD, -1, 0.0, 0.4), LaneSpan(COMMUNICATE, -1, 0.4, 0.3, among=(0, 1)))
    alone = rank(2, 0.0, LaneSpan(COMMUNICATE, -1, 0.9, 0.1, among=(2, 3)))
    one, other, unparted, _ = part_waits([early, late, alone, rank(3, 0.0)])
    assert unparted == alone  # its peer does not know which message was which
    assert [(span.phase, round(span.offset_s, 9), round(span.duration_s, 9)) for span in one.spans] == [
        (FORWARD, 0.0, 0.2),
        (WAIT, 0.2, 0.3),
        (COMMUNICATE, 0.5, 0.3),
    ]
    assert other.spans == late.spans


def test_clocks_keep_the_fastest_answer() -> None:
    clocks = Clocks()
    for asked_s, heard_s, clock_s in ((0.0, 0.1, 5.02), (1.0, 1.002, 6.001), (2.0, 2.5, 7.4)):
        clocks.asked([0], asked_s)
        clocks.answered(0, clock_s, heard_s)
    assert clocks.offset_s == pytest.approx(5.0)
    assert clocks.error_s == pytest.approx(0.001)
    assert clocks.certain(0) == pytest.approx(5.0)


def test_chrome_trace_is_what_perfetto_reads(tmp_path: Path) -> None:
    step = StepAnatomy(
        at_s=1.0,
        segment=0,
        step=7,
        ranks=(rank(0, 0.5, LaneSpan(FORWARD, 2, 0.1, 0.2)),),
        clock_offset_s=0.0,
        clock_error_s=0.0,
        skipped=0,
    )
    write_trace(tmp_path / "trace.json", [step], {})
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert events[0] == {"name": "thread_name", "ph": "M", "pid": 0, "tid": 0, "args": {"name": "rank 0"}}
    assert events[1]["name"] == "forward 3"
    assert (events[1]["ph"], events[1]["tid"], events[1]["args"]["step"]) == ("X", 0, 7)
    assert (events[1]["ts"], events[1]["dur"]) == (pytest.approx(6e5), pytest.approx(2e5))
    assert not list(tmp_path.glob("*.partial"))


def test_formulas() -> None:
    assert bubble_theory(parse_mode("pp=4,microbatches=8,schedule=gpipe")) == pytest.approx(3 / 11)
    assert bubble_theory(parse_mode("pp=4,microbatches=8,schedule=interleaved")) == pytest.approx(3 / 19)
    assert ring_bytes("all-reduce", 4, 100) == 150
    assert ring_bytes("reduce-scatter", 4, 100) == 75
    assert ring_bytes("all-gather", 4, 100) == 300


def info(number: int, *, usual_s: float | None = None, cores: int = 2) -> RankInfo:
    return RankInfo(
        rank=number,
        pid=1,
        device="cpu",
        threads=1,
        holds="",
        parameter_bytes=0,
        usual_s=(usual_s, usual_s) if usual_s else None,
        cores=cores,
    )


def computed(*backward_s: float, on_core_s: float | None = None, step: int = 1) -> StepAnatomy:
    """A step in which each rank was so long in backward."""
    ranks = tuple(
        rank(number, 0.0, LaneSpan(BACKWARD, -1, 0.0, seconds, on_core_s=on_core_s))
        for number, seconds in enumerate(backward_s)
    )
    return StepAnatomy(at_s=1.0, segment=0, step=step, ranks=ranks, clock_offset_s=0.0, clock_error_s=0.0, skipped=0)


def news(ranks: list[RankInfo], step: StepAnatomy, *, is_uneven: bool = False) -> list[SlowRank]:
    stragglers = Stragglers(ranks, is_uneven=is_uneven)
    return [found for _ in range(8) for found in stragglers.look(step)]


def test_a_stage_with_more_work_is_not_slow_but_one_that_takes_longer_than_usual_is() -> None:
    unequal = [info(0, usual_s=0.04), info(1, usual_s=0.01)]
    assert news(unequal, computed(0.08, 0.02), is_uneven=True) == []
    (found,) = news(unequal, computed(0.08, 0.08), is_uneven=True)
    assert (found.rank, found.phase, found.is_slow) == (1, "backward", True)
    assert found.factor == pytest.approx(4.0)
    (found,) = news([info(0), info(1)], computed(0.08, 0.02))
    assert (found.rank, found.factor, found.by_clock) == (0, pytest.approx(4.0), False)


def test_a_rank_that_lasts_longer_and_computes_no_longer_is_named_by_the_clock() -> None:
    (found,) = news([info(0), info(1)], computed(0.08, 0.02, on_core_s=0.02))
    assert (found.rank, found.factor, found.by_clock) == (0, pytest.approx(4.0), True)


def test_stages_are_learned_anew_where_nothing_was_measured_and_with_another_batch_size() -> None:
    unmeasured = [info(0), info(1)]  # as on GPUs
    assert news(unmeasured, computed(0.08, 0.02), is_uneven=True) == []
    stragglers = Stragglers([info(0, usual_s=0.04), info(1, usual_s=0.01)], is_uneven=True)
    stragglers.learn_anew(10)
    steps = [computed(0.04, 0.01, step=9)] * 8 + [computed(0.04, 0.06, step=10)] * 8  # the second one grew more
    assert [found for step in steps for found in stragglers.look(step)] == []
    slow = [computed(0.04, 0.24, step=11)] * 8
    (found,) = [found for step in slow for found in stragglers.look(step)]
    assert (found.rank, found.factor) == (1, pytest.approx(4.0))


def test_where_ranks_share_cores_waiting_for_one_is_not_slowness() -> None:
    four = [info(number) for number in range(4)]
    uneven = computed(0.08, 0.02, 0.025, 0.02, on_core_s=0.02)
    assert news(four, uneven) == []
    assert len(news([info(number, cores=4) for number in range(4)], uneven)) == 1


def test_bubble_and_what_ranks_had_no_core_for() -> None:
    ranks = tuple(
        rank(
            number,
            0.0,
            LaneSpan(BACKWARD, 0, 0.0, 0.6, on_core_s=0.4),
            LaneSpan(WAIT, -1, 0.6, 0.4),
            LaneSpan(WAIT, -1, 1.0, 0.5, among=(0, 1)),  # for replicas: no bubble
        )
        for number in range(4)
    )
    step = StepAnatomy(at_s=1.0, segment=0, step=1, ranks=ranks, clock_offset_s=0.0, clock_error_s=0.0, skipped=0)
    sums = SegmentSums(0, "cpu,pp=4", tuple(info(number) for number in range(4)))
    for _ in range(3):
        sums.add(step)
    assert sums.bubble == (pytest.approx(0.4), pytest.approx(3 / 7))
    assert sums.crowd == (pytest.approx(0.2), 4, 2)
    sums.ranks = tuple(info(number, cores=4) for number in range(4))
    assert sums.crowd is None


@pytest.mark.slow
def test_the_formula_gives_what_the_loopback_interface_carries(watch: Watch) -> None:
    """Bytes a step by the formula of each message, against what the system counts on the interface."""
    run = watch(make_spec("digits-mlp", mode="cpu,dp=2", batch_size=64, knobs={"hidden": 512}))
    store = Store()
    run.session.play()
    run.until(
        lambda m: (
            store.feed([m])
            or (store.live.loopback_bytes_a_step is not None and len(store.live.samples.of_last(60.0)) > 4)
        )
    )
    assert store.live.anatomy is not None
    by_formula = sent_bytes(store.live.anatomy).sum()
    measured = store.live.loopback_bytes_a_step
    print(f"by the formula {by_formula:,.0f} bytes a step, measured on the loopback interface {measured:,.0f}")
    # Above it are the headers of TCP, and a state that is saved; other programs of the machine are few.
    assert 0.9 * by_formula < measured < 1.3 * by_formula
