"""Every rule on both sides of its condition, by facts in tables; and which one speaks where several could."""

import pytest
from msgspec.structs import replace

from engine.anatomy import Calls
from engine.config.examples import examples
from engine.config.mode_text import parse_mode
from engine.events.ranks import SlowedDown, SlowRank
from engine.explain.rules.facts import Facts, Link, ModeFacts
from engine.explain.rules.table import RULES, judge
from engine.explain.rules.verdict import Figure
from engine.metrics.losses import MeanLoss
from engine.metrics.mode_measure import factor
from engine.metrics.segment_sums import bubble_theory
from engine.rows import PHASES
from tests.conftest import ROOT


def mode(text: str, rate: float = 100.0, **more: object) -> ModeFacts:
    """A mode that trains 10 units a step."""
    return ModeFacts(mode=parse_mode(text), batch_size=10, units_per_s=rate, step_s=10 / rate, **more)  # type: ignore[arg-type]


ONE = mode("cpu,threads=1")
TWO = mode("cpu,dp=2,threads=1", 80.0, sending_share=0.23, sent_bytes=4.5e6, all_reduced_bytes=4.5e6)


OWN = {"window": 0.17, "evaluator": 0.04, "fork server": 0.0}
"""What Gearshift takes of the cores beside its ranks."""


def facts(now: ModeFacts, *others: ModeFacts, **more: object) -> Facts:
    """The first of the others is the one compared with."""
    return Facts(now=now, baseline=others[0] if others else None, others=others, **{"cores": 2} | more)  # type: ignore[arg-type]


def slow(rank: int = 1, factor: float = 4.0) -> SlowRank:
    return SlowRank(at_s=1.0, step=1, rank=rank, phase="backward", factor=factor, is_slow=True)


def slowed(factor: float = 1.0, delay_s: float = 0.0, phase: str = "compute") -> SlowedDown:
    return SlowedDown(at_s=1.0, step=1, rank=1, phase=phase, factor=factor, delay_s=delay_s)


def pipeline(measured: float, work: tuple[float, ...], text: str = "cpu,pp=2,threads=1") -> ModeFacts:
    return mode(text, 50.0, bubble=(measured, bubble_theory(parse_mode(text))), work_s=work, sending_share=0.0)


def sharded(held: int, rate: float = 60.0) -> ModeFacts:
    return mode("cpu,fsdp=2,threads=1", rate, held_bytes=held, sending_share=0.2, sent_bytes=6e6)


def phased(text: str, rate: float, optimizer: float) -> ModeFacts:
    """A mode of whose step a share is the optimizer's, and all else backward."""
    shares = {"backward": 1 - optimizer, "optimizer": optimizer}
    return mode(text, rate, phase_s=tuple(shares.get(phase, 0.0) * 10 / rate for phase in PHASES))


TENSOR = mode("cpu,tp=2,threads=1", 90.0)
SHORT = "cpu,pp=2,microbatches=8,threads=1"
PIECES = (0.0048, 0.0048)
"""Of two stages that compute 0.6 ms on a micro-batch: two messages take 0.3 ms."""
BF16 = "cpu,threads=1,precision=bf16"
FOUR = "cpu,pp=2,dp=2,threads=1"
TABLE = {
    "nothing to compare with": (facts(ONE), "baseline"),
    "plain": (facts(TENSOR, ONE), "plain"),
    # on purpose
    "slowed down": (facts(TWO, ONE, slowdown=slowed(4.0)), "on-purpose"),
    "link slowed down": (facts(TWO, ONE, slowdown=slowed(1.0, 0.005)), "on-purpose"),
    "no longer": (facts(TWO, ONE, slowdown=slowed()), "sends"),
    "made to fail": (facts(TWO, ONE, slowdown=slowed(2.0, phase="raise")), "sends"),
    "on purpose, not a slow rank": (
        facts(replace(TWO, work_s=(1, 4)), ONE, slow=(slow(),), slowdown=slowed(4.0)),
        "on-purpose",
    ),
    "held": (facts(ONE, held_at_per_s=5.0), "held"),
    # slow ranks
    "slow rank": (facts(replace(TWO, work_s=(1.0, 1.41)), ONE, slow=(slow(),)), "slow-rank"),
    "slow by the clock": (facts(replace(TWO, work_s=(1.0, 1.39)), ONE, slow=(slow(),)), "no-core"),
    "unequal by nature": (facts(pipeline(0.6, (0.06, 0.94)), ONE), "unequal-stages"),
    "slow stage": (facts(pipeline(0.6, (0.06, 0.94)), ONE, slow=(slow(),)), "slow-rank"),
    "a stage beside others": (
        facts(replace(pipeline(0.6, (0.06, 0.94)), other_cores=1.4), ONE, slow=(slow(),)),
        "other-programs",
    ),
    "slow rank, and others": (
        facts(replace(TWO, work_s=(1.0, 4.0), other_cores=1.4), ONE, slow=(slow(),)),
        "slow-rank",
    ),
    "a core lost to others": (
        facts(replace(TWO, work_s=(1.0, 1.0), other_cores=1.4), ONE, slow=(slow(),)),
        "other-programs",
    ),
    # other programs
    "others": (facts(replace(TWO, other_cores=1.2), ONE), "other-programs"),
    "others, not so many": (facts(replace(TWO, other_cores=1.1), ONE), "sends"),
    "others, a little fewer": (facts(replace(TWO, other_cores=1.1), ONE, said="other-programs"), "other-programs"),
    "others, half of all": (facts(replace(TWO, other_cores=0.99), ONE, said="other-programs"), "sends"),
    "others, threads": (facts(replace(mode("cpu,threads=2", 22.0), other_cores=1.0), ONE), "threads"),
    "hardly others": (facts(replace(TWO, other_cores=0.24), ONE), "sends"),
    "others on a core that was free": (facts(replace(ONE, other_cores=1.1), TENSOR), "plain"),
    "others on more than was free": (facts(replace(ONE, other_cores=1.2), TENSOR), "other-programs"),
    "no cores known": (facts(replace(TWO, other_cores=1.4), ONE, cores=None), "sends"),
    "others before": (
        facts(replace(TWO, units_per_s=160.0, other_cores=0.1), replace(TENSOR, other_cores=1.2)),
        "unlike-machine",
    ),
    "others before, and slower all the same": (
        facts(replace(TWO, units_per_s=14.0, other_cores=0.1), replace(TENSOR, other_cores=1.2)),
        "sends",
    ),
    "others before, not so many": (
        facts(replace(TWO, other_cores=0.1), replace(TENSOR, other_cores=1.1)),
        "sends",
    ),
    "others hardly less now": (facts(replace(TWO, other_cores=0.2), replace(TENSOR, other_cores=0.5)), "sends"),
    # crowds and pipelines
    "crowd": (facts(replace(TWO, crowd=(0.10, 4, 2)), ONE), "crowded"),
    "no crowd": (facts(replace(TWO, crowd=(0.09, 4, 2)), ONE), "sends"),
    "stages unequal": (facts(pipeline(0.26, (0.4, 0.6)), ONE), "unequal-stages"),
    "stages unequal, as in theory": (facts(pipeline(0.24, (0.4, 0.6)), ONE), "plain"),
    "as in theory": (facts(pipeline(0.24, (0.5, 0.5)), ONE), "as-in-theory"),
    "a larger bubble, cause unknown": (facts(pipeline(0.27, (0.5, 0.5)), ONE), "more-than-theory"),
    "short": (facts(pipeline(0.21, PIECES, SHORT), ONE), "short-micro-batches"),
    "short, and others": (facts(replace(pipeline(0.66, PIECES, SHORT), other_cores=0.9)), "short-micro-batches"),
    "not short, others": (facts(replace(pipeline(0.41, PIECES, SHORT), other_cores=1.1)), "bubble-beside-others"),
    "as in theory, others": (facts(replace(pipeline(0.24, (0.5, 0.5)), other_cores=1.1)), "as-in-theory"),
    "pieces that are not short beside a message": (
        facts(replace(pipeline(0.21, (0.04, 0.04), SHORT), sent_bytes=2**20), ONE),
        "more-than-theory",
    ),
    "messages explain little of it": (facts(pipeline(0.6, (0.012, 0.012), SHORT), ONE), "more-than-theory"),
    "more ranks than cores": (facts(pipeline(0.59, PIECES * 2, FOUR), ONE), "crowded-stages"),
    "more ranks than cores, and one is slow": (
        facts(pipeline(0.59, PIECES * 2, FOUR), ONE, slow=(slow(),)),
        "slow-rank",
    ),
    "more ranks than cores, unequal, without a core": (
        facts(replace(pipeline(0.59, (0.01, 0.09) * 2, FOUR), crowd=(0.2, 4, 2)), ONE, cores=None),
        "crowded-stages",
    ),
    "as many ranks as cores": (facts(pipeline(0.59, PIECES * 2, FOUR), ONE, cores=4), "short-micro-batches"),
    "not so short": (facts(pipeline(0.19, PIECES, SHORT), ONE), "more-than-theory"),
    # what modes are good for
    "bf16 slower": (facts(mode(BF16, 16.0), ONE), "precision"),
    "bf16 faster": (facts(mode(BF16, 110.0), ONE), "precision"),
    "bf16 the same": (facts(mode(BF16, 101.0), ONE), "plain"),
    "bf16 and threads": (facts(mode("cpu,threads=2,precision=bf16", 16.0), ONE), "plain"),
    "another code": (facts(ONE, mode("cpu,code=numpy,threads=1")), "another-code"),
    "another code, and threads": (facts(mode("cpu,threads=2", 127.0), mode("cpu,code=numpy,threads=1")), "plain"),
    "threads": (facts(mode("cpu,threads=2", 127.0), ONE), "threads"),
    "threads of another mode": (facts(mode("cpu,threads=2", 127.0), TENSOR), "plain"),
    "threads slower, short": (facts(mode("cpu,threads=2", 9_000.0), mode("cpu,threads=1", 10_000.0)), "threads"),
    "fewer threads": (facts(ONE, mode("cpu,threads=2", 127.0)), "fewer-threads"),
    "fewer threads, quicker": (facts(ONE, mode("cpu,threads=2", 10.0)), "fewer-threads"),
    "more and fewer threads": (facts(mode("cpu,threads=2", 127.0), ONE, mode("cpu,threads=4", 130.0)), "threads"),
    "fewer threads than another mode": (facts(ONE, TENSOR), "plain"),
    "threads slower, long": (facts(mode("cpu,threads=2", 90.0), ONE), "threads"),
    "threads slower, phases known": (
        facts(phased("cpu,threads=2", 90.0, 0.3), phased("cpu,threads=1", 100.0, 0.2)),
        "threads",
    ),
    "hogwild": (facts(mode("cpu,hogwild=2,threads=1", 180.0), ONE), "inexact"),
    "hogwild, crowded": (facts(mode("cpu,hogwild=4,threads=1", 91.0, crowd=(0.35, 4, 2)), ONE), "inexact"),
    "hogwild beside the like, crowded": (
        facts(mode("cpu,hogwild=4,threads=1", crowd=(0.35, 4, 2)), mode("cpu,hogwild=2,threads=1")),
        "crowded",
    ),
    "hogwild, and others": (facts(mode("cpu,hogwild=4,threads=1", other_cores=1.4), ONE), "other-programs"),
    "hogwild beside the like": (facts(mode("cpu,hogwild=2,threads=1"), mode("cpu,hogwild=4,threads=1")), "plain"),
    "sharded": (facts(sharded(900), replace(ONE, held_bytes=1000)), "saves-memory"),
    "sharded, no less": (facts(sharded(901), replace(ONE, held_bytes=1000)), "sends"),
    "sharded, unknown": (facts(sharded(500), ONE), "sends"),
    "sends, slower": (facts(replace(TWO, sending_share=0.10), ONE), "sends"),
    "slower, sends little": (facts(replace(TWO, sending_share=0.09), ONE), "plain"),
    "sends little, faster": (facts(replace(TWO, sending_share=0.01, units_per_s=160.0), ONE), "sends"),
    "sends nothing": (facts(replace(TWO, sent_bytes=0.0), ONE), "plain"),
}


@pytest.mark.parametrize("case", TABLE)
def test_the_rule_that_knows_speaks(case: str) -> None:
    known, expected = TABLE[case]
    found = judge(known)
    assert (found.rule if found is not None else "") == expected


def test_every_rule_is_in_the_table_and_in_the_docs_in_its_order() -> None:
    assert {expected for _, expected in TABLE.values()} == {*(found.key for found in RULES)}
    text = (ROOT / "docs" / "verdicts.md").read_text(encoding="utf-8")
    places = [text.find(f"| `{found.key}` | {found.condition} |") for found in RULES]
    assert -1 not in places
    assert places == sorted(places)


def test_examples_that_rules_name_are_there() -> None:
    named = {found.example for known, _ in TABLE.values() if (found := judge(known)) is not None}
    assert named - {""} <= set(examples())
    assert len(named) > 3


def test_before_the_rate_has_settled_only_what_was_asked_for_is_told() -> None:
    assert judge(facts(TWO, ONE), is_settled=False) is None
    assert judge(facts(replace(TWO, other_cores=1.4), ONE), is_settled=False) is None
    found = judge(facts(TWO, ONE, slowdown=slowed(4.0)), is_settled=False)
    assert found is not None
    assert found.rule == "on-purpose"


MESSAGES = {"sending_share": 0.03, "sent_bytes": 6.5e6, "all_reduced_bytes": 6.5e6}
"""Of a mode, too few to be why it is not as fast as could be."""


TENSOR_SENDS = {"sending_share": 0.26, "sent_bytes": 4.0 * 2**20}


def said(known: Facts) -> str:
    found = judge(known)
    assert found is not None
    return str(found.text)


SAID = [
    (facts(TWO, ONE), "Data ×2: ×0.80 of 1 thread. Messages of 4.29 MiB by gloo take 23% of the step."),
    (
        facts(sharded(9 << 20), replace(ONE, held_bytes=18 << 20)),
        "Sharding saves memory and costs time: a rank holds 9 MiB, not 18 MiB. FSDP ×2: ×0.60 of 1 thread.",
    ),
    (
        facts(ONE, slowdown=slowed(4.0, 0.005)),
        "SLOWDOWN on purpose: rank 1 computes 4 times as long, and messages come 5 ms later.",
    ),
    (
        facts(ONE, slowdown=slowed(4.0, phase="backward")),
        "SLOWDOWN on purpose: rank 1's backward takes 4 times as long; all wait for it.",
    ),
    (
        facts(pipeline(0.27, (0.5, 0.5))),
        "Bubble 27%, theory 20%: the stages are equal, but they wait for messages and for a core, too, "
        "which the formula leaves out.",
    ),
    (
        facts(replace(TWO, units_per_s=160.0), ONE),
        "Data ×2: ×1.6 of 1 thread, not ×2: messages of 4.29 MiB by gloo take 23% of the step.",
    ),
    (
        facts(replace(phased("cpu,dp=2,threads=1", 150.0, 0.0), **MESSAGES), phased("cpu,threads=1", 100.0, 0.0)),
        "Data ×2: ×1.5 of 1 thread, not ×2. Its threads together spend 33% more time computing than with 1 thread. "
        "Messages of 6.2 MiB by gloo take 3% of the step.",
    ),
    (
        facts(replace(phased("cpu,tp=2,threads=1", 82.0, 0.0), **TENSOR_SENDS), phased("cpu,threads=1", 100.0, 0.0)),
        "Tensor ×2: ×0.82 of 1 thread. Messages of 4 MiB by gloo take 26% of the step. Its threads together "
        "spend 144% more time computing than with 1 thread.",
    ),
    (
        facts(replace(TWO, units_per_s=210.0), ONE),
        "Data ×2: ×2.1 of 1 thread. Messages of 4.29 MiB by gloo take 23% of the step.",
    ),
    (
        facts(replace(mode("cpu,dp=2,threads=1", 150.0), **MESSAGES), ONE),
        "Data ×2: ×1.5 of 1 thread. Messages of 6.2 MiB by gloo take 3% of the step.",
    ),
    (
        facts(mode("cpu,threads=2", 127.0), ONE),
        "2 threads: ×1.3 of 1 thread, not ×2: by Amdahl's law about 55% of the step does not split.",
    ),
    (
        facts(phased("cpu,threads=2", 127.0, 0.3), phased("cpu,threads=1", 100.0, 0.2)),
        "2 threads: ×1.3 of 1 thread, not ×2: by Amdahl's law about 55% of the step does not split. With 2 threads "
        "backward is only ×1.5 as fast, and optimizer takes ×1.2 as long.",
    ),
    (
        facts(replace(phased("cpu,threads=2", 127.0, 0.3), other_cores=0.9), phased("cpu,threads=1", 100.0, 0.2)),
        "Other programs take 0.9 of 2 cores. 2 threads: ×1.3 of 1 thread. With 2 threads backward is only "
        "×1.5 as fast, and optimizer takes ×1.2 as long.",
    ),
    (
        facts(replace(mode("cpu,threads=2", 22.0), other_cores=1.0), ONE),
        "Other programs take 1.0 of 2 cores. 2 threads: ×0.22 of 1 thread.",
    ),
    (
        facts(replace(mode("cpu,threads=8", 400.0), other_cores=0.5), ONE, cores=8),
        "8 threads: ×4.0 of 1 thread, not ×8: by Amdahl's law about 14% of the step does not split.",
    ),
    (
        facts(replace(TWO, units_per_s=65.0, other_cores=1.1), ONE),
        "Other programs take 1.1 of 2 cores. "
        "Data ×2: ×0.65 of 1 thread. Messages of 4.29 MiB by gloo take 23% of the step.",
    ),
    (
        facts(phased("cpu,threads=1", 100.0, 0.2), phased("cpu,threads=2", 127.0, 0.22)),
        "1 thread: ×0.79 of 2 threads, not ×0.50: by Amdahl's law about 55% of the step does not split. With 2 threads "
        "backward is only ×1.3 as fast, and optimizer is only ×1.2 as fast. "
        "It uses 1 of 2 cores.",
    ),
    (
        facts(phased("cpu,threads=2", 90.0, 0.3), phased("cpu,threads=1", 100.0, 0.2)),
        "2 threads are slower here, ×0.90 of 1 thread. With 2 threads backward is no faster, and optimizer takes "
        "×1.7 as long.",
    ),
    (
        facts(ONE, names_batch=True),
        "Batch 10 · 1 thread: this is what other modes at this batch size are compared with. It uses 1 of 2 cores.",
    ),
    (
        facts(ONE, names_batch=True, former=replace(mode("cpu,threads=1", 50.0), batch_size=5)),
        "Batch 10 · 1 thread: this is what other modes at this batch size are compared with. It uses 1 of 2 cores. "
        "Its rate is ×2.0 of that at batch 5.",
    ),
    (
        facts(ONE, names_batch=True, former=replace(mode("cpu,threads=1", 50.0), batch_size=5, other_cores=1.3)),
        "Batch 10 · 1 thread: this is what other modes at this batch size are compared with. It uses 1 of 2 cores.",
    ),
    (facts(mode("cpu,threads=2", 195.0), ONE), "2 threads: ×1.9 of 1 thread: nearly all of the step splits."),
    (
        facts(pipeline(0.53, (0.06, 0.94)), ONE, equal_layers=10),
        "Bubble 53%, theory 20%: the stages are unequal; the largest has 94% of the work. "
        "With 10 layers they are nearly equal, and the formula holds.",
    ),
    (
        facts(mode(BF16, 16.0), ONE, number_formats=("fp64", "fp32")),
        "bf16 is slower here: this CPU has no bf16 units, and a step takes 6.2 times as long.",
    ),
    (
        facts(mode(BF16, 16.0), ONE, number_formats=("fp64", "fp32", "bf16")),
        "bf16 is slower here: a step takes 6.2 times as long as in fp32.",
    ),
    (facts(mode(BF16, 16.0), ONE), "bf16 is slower here: a step takes 6.2 times as long as in fp32."),
    (
        facts(mode(BF16, 300.0), ONE, number_formats=("fp64", "fp32", "bf16")),
        "bf16 is faster here, ×3.0 of fp32: this CPU has bf16 units, and a number takes half the bytes.",
    ),
    (facts(mode(BF16, 300.0), ONE), "bf16 is faster here: ×3.0 of fp32."),
    (
        facts(replace(TWO, other_cores=1.42), ONE),
        "Other programs take 1.4 of 2 cores; this mode wants 2: its figures say little now.",
    ),
    (
        facts(replace(pipeline(0.66, PIECES, SHORT), other_cores=0.9)),
        "Other programs take 0.9 of 2 cores. Bubble 66%, theory 11%: 8 micro-batches are so short that their messages "
        "take longer than they save.",
    ),
    (
        facts(replace(TWO, other_cores=0.5), replace(TENSOR, other_cores=1.0)),
        "While Tensor ×2 ran, other programs took 1.0 cores. "
        "Data ×2: ×0.89 of Tensor ×2. Messages of 4.29 MiB by gloo take 23% of the step.",
    ),
    (
        facts(replace(pipeline(0.41, PIECES, SHORT), other_cores=1.1)),
        "Bubble 41%, theory 11%: other programs take 1.1 of 2 cores, and a stage without a core keeps the others "
        "waiting.",
    ),
    (
        facts(replace(pipeline(0.59, PIECES * 2, FOUR), crowd=(0.08, 4, 2)), ONE),
        "Bubble 59%, theory 20%: 4 ranks share 2 cores, so that they wait for at least 50% of the time, whatever the "
        "schedule.",
    ),
    (
        facts(replace(TWO, crowd=(0.91, 16, 2)), ONE),
        "16 ranks share 2 cores: for 91% of the time a rank is ready to compute and has no core.",
    ),
    (facts(ONE), "1 thread: this is what the run's other modes are compared with. It uses 1 of 2 cores."),
    (facts(mode("cpu,threads=2")), "2 threads: this is what the run's other modes are compared with."),
    (
        facts(replace(ONE, other_cores=0.1), mode("cpu,threads=2", 127.0)),
        "1 thread: ×0.79 of 2 threads, not ×0.50: by Amdahl's law about 55% of the step does not split. "
        "It uses 1 of 2 cores; the rest is idle.",
    ),
    (
        facts(replace(phased("cpu,threads=2", 150.0, 0.3), own_cores=OWN), phased("cpu,threads=1", 100.0, 0.2)),
        "2 threads: ×1.5 of 1 thread, not ×2. The window and the evaluator take 0.2 of 2 cores. Beyond that, by "
        "Amdahl's law, at most 25% of the step does not split. With 2 threads backward is only ×1.7 as fast, and "
        "optimizer is no faster.",
    ),
    (
        facts(replace(mode("cpu,threads=2", 177.0), own_cores=OWN), ONE),
        "2 threads: ×1.8 of 1 thread, not ×2. The window and the evaluator take 0.2 of 2 cores.",
    ),
    (
        facts(replace(mode("cpu,threads=2", 150.0), own_cores={"window": 0.02, "evaluator": 0.07}), ONE),
        "2 threads: ×1.5 of 1 thread, not ×2: by Amdahl's law about 35% of the step does not split.",
    ),
    (
        facts(replace(mode("cpu,threads=2", 150.0), own_cores=OWN), ONE, cores=4),
        "2 threads: ×1.5 of 1 thread, not ×2: by Amdahl's law about 35% of the step does not split.",
    ),
    (
        facts(ONE, replace(mode("cpu,threads=2", 150.0), own_cores={"session": 0.1, "evaluator": 0.12})),
        "1 thread: ×0.67 of 2 threads, not ×0.50. While 2 threads ran, Gearshift itself took 0.2 of 2 cores. Beyond "
        "that, by Amdahl's law, at most 25% of the step does not split.",
    ),
    (
        facts(ONE, replace(mode("cpu,threads=2", 150.0), own_cores={"session": 0.05, "evaluator": 0.1})),
        "1 thread: ×0.67 of 2 threads, not ×0.50: by Amdahl's law at most 30% of the step does not split. "
        "It uses 1 of 2 cores.",
    ),
    (
        facts(replace(phased("cpu,threads=2", 127.0, 0.3), own_cores=OWN), phased("cpu,threads=1", 100.0, 0.2)),
        "2 threads: ×1.3 of 1 thread, not ×2: by Amdahl's law at most 55% of the step does not split. With 2 threads "
        "backward is only ×1.5 as fast, and optimizer takes ×1.2 as long.",
    ),
    (
        facts(replace(TWO, units_per_s=160.0, own_cores={"evaluator": 0.2, "session": 0.02}), ONE),
        "The evaluator takes 0.2 of 2 cores. "
        "Data ×2: ×1.6 of 1 thread, not ×2: messages of 4.29 MiB by gloo take 23% of the step.",
    ),
    (
        facts(replace(TWO, own_cores={"evaluator": 0.2, "session": 0.02}), ONE),
        "Data ×2: ×0.80 of 1 thread. Messages of 4.29 MiB by gloo take 23% of the step.",
    ),
    (
        facts(replace(pipeline(0.31, (0.5, 0.5)), units_per_s=140.0, own_cores=OWN), ONE),
        "The window and the evaluator take 0.2 of 2 cores. Bubble 31%, theory 20%: the stages are equal, but they wait "
        "for messages and for a core, too, which the formula leaves out. Pipeline ×2: ×1.4 of 1 thread.",
    ),
    (
        facts(replace(pipeline(0.31, (0.5, 0.5)), units_per_s=96.0, own_cores=OWN), ONE),
        "Bubble 31%, theory 20%: the stages are equal, but they wait for messages and for a core, too, which the "
        "formula leaves out. Pipeline ×2: ×0.96 of 1 thread.",
    ),
    (
        facts(replace(TWO, own_cores=OWN), replace(mode("cpu,threads=2"), own_cores=OWN)),
        "Data ×2: ×0.80 of 2 threads. Messages of 4.29 MiB by gloo take 23% of the step.",
    ),
    (
        facts(replace(ONE, own_cores={"window": 0.12, "evaluator": 0.01}, other_cores=0.1)),
        "1 thread: this is what the run's other modes are compared with. It uses 1 of 2 cores.",
    ),
    (
        facts(replace(ONE, other_cores=1.0), replace(mode("cpu,threads=2", 10.0), other_cores=1.2)),
        "While 2 threads ran, other programs took 1.2 cores. 1 thread: ×10 of 2 threads.",
    ),
]


@pytest.mark.parametrize(("known", "text"), SAID, ids=range(len(SAID)))
def test_what_is_said(known: Facts, text: str) -> None:
    assert said(known) == text


LIMITS = [
    ("short-micro-batches", pipeline(0.205, PIECES, SHORT), pipeline(0.185, PIECES, SHORT), "more-than-theory"),
    ("more-than-theory", pipeline(0.235, (0.5, 0.5)), pipeline(0.265, (0.5, 0.5)), "as-in-theory"),
    ("unequal-stages", pipeline(0.3, (0.418, 0.582)), pipeline(0.3, (0.405, 0.595)), "more-than-theory"),
]
"""A rule, figures a little off its limit on either side, and its neighbour there."""


@pytest.mark.parametrize(("one", "here", "there", "other"), LIMITS)
def test_the_rule_that_stands_is_left_only_by_a_margin(one: str, here: ModeFacts, there: ModeFacts, other: str) -> None:
    fresh = {judge(facts(known, ONE)).rule for known in (here, there)}  # type: ignore[union-attr]
    assert fresh == {one, other}, "they lie on both sides of the limit"
    for stands in (one, other):
        for known in (here, there):
            assert judge(facts(known, ONE, said=stands)).rule == stands  # type: ignore[union-attr]
    assert judge(facts(pipeline(0.6, (0.5, 0.5)), ONE, said="as-in-theory")).rule != "as-in-theory"  # type: ignore[union-attr]


def drifted(loss: float, *, before: float = 1.46, error: float = 0.01, then: str = "cpu,threads=1") -> Facts:
    """Hogwild, and the loss before it and now."""
    now = mode("cpu,hogwild=4,threads=1", 91.0, crowd=(0.35, 4, 2))
    then_loss, now_loss = MeanLoss(parse_mode(then), before, error, 200), MeanLoss(now.mode, loss, error, 200)
    return facts(now, ONE, loss_before=then_loss, loss=now_loss)


def test_where_another_mathematics_raised_the_loss_that_is_said_first_and_cores_after() -> None:
    raised, known = "the loss went from", drifted(1.81)
    assert said(known) == (
        "Hogwild ×4: the loss went from 1.46 to 1.81, for it is not the same mathematics. Ranks write without asking, "
        "into weights that others change meanwhile: no two runs are the same. 4 ranks share 2 cores."
    )
    found = judge(known)
    assert found is not None
    assert [(str(figure.name), figure.text) for figure in found.figures[:2]] == [
        ("loss with 1 thread, mean of its last 200 steps", "1.46"),
        ("loss with Hogwild ×4, mean of the last 200 steps", "1.81"),
    ]
    back = replace(drifted(1.3), loss_after=replace(known.loss, value=1.61))  # type: ignore[type-var]
    assert "from 1.46 to 1.61" in said(back), "it has fallen since, but it rose at the shift"
    assert raised not in said(drifted(1.52)), "4 %"
    assert raised not in said(drifted(1.81, error=0.1)), "that may be chance"
    assert raised not in said(drifted(1.2)), "it fell"
    assert raised not in said(drifted(0.0, before=0.0, error=0.0))
    assert raised not in said(drifted(1.81, then="cpu,hogwild=2,threads=1")), "that drifts as well"
    assert raised in said(replace(drifted(1.52), told=found.tells)), "it stays until it is half of that"
    assert raised not in said(replace(drifted(1.49), told=found.tells))
    exact = judge(replace(known, now=TWO))
    assert exact is not None
    assert exact.rule == "sends", "whatever the loss does, of a mode that is exact it is not said"


def measured_well(known: ModeFacts, error: float) -> ModeFacts:
    return replace(known, phase_error=tuple(error if seconds else float("inf") for seconds in known.phase_s))


def split(text: str, rate: float, forward: float, backward: float, optimizer: float = 0.0) -> ModeFacts:
    shares = {"forward": forward, "backward": backward, "optimizer": optimizer}
    return mode(text, rate, phase_s=tuple(shares.get(phase, 0.0) * 10 / rate for phase in PHASES))


def test_a_phase_is_named_only_where_it_clearly_differs_and_then_stays_so() -> None:
    one, two = split("cpu,threads=1", 100.0, 0.4, 0.6), split("cpu,threads=2", 127.0, 0.4, 0.6)
    assert "forward is only ×1.3 as fast, and backward is only ×1.3 as fast." in said(
        facts(measured_well(two, 0.01), measured_well(one, 0.01))
    )
    assert "as fast" not in said(facts(measured_well(two, 0.2), measured_well(one, 0.2))), "that may be chance"
    few, many = split("cpu,threads=2", 127.0, 0.3, 0.7), split("cpu,threads=2", 127.0, 0.28, 0.72)
    assert "2 threads forward is only ×1.7 as fast, and backward is only ×1.1 as fast." in said(facts(few, one))
    assert "2 threads backward is only ×1.1 as fast." in said(facts(many, one))
    found = judge(facts(few, one))
    assert found is not None
    assert "forward is only ×1.8 as fast, and backward is only ×1.1 as fast." in said(
        facts(many, one, said="threads", named=found.named)
    )
    three = facts(split("cpu,threads=2", 127.0, 0.32, 0.34, 0.34), split("cpu,threads=1", 100.0, 0.4, 0.3, 0.3))
    assert "backward is only ×1.1 as fast, and optimizer is only ×1.1 as fast." in said(three)
    assert "forward is only ×1.6 as fast, and backward is only ×1.1 as fast." in said(
        replace(three, named=(PHASES.index("forward"),))
    )


def test_a_quicker_transport_is_named_only_where_it_was_measured() -> None:
    quick = Link(ranks=2, alpha_s=46e-6, bytes_per_s=12e9)
    assert said(facts(TWO, ONE, links={"shm": quick})).endswith("By shm they would take 0.42 ms, not 28.8 ms.")
    assert "shm" not in said(facts(TWO, ONE, links={"shm": replace(quick, ranks=4)}))
    assert "shm" not in said(facts(TWO, ONE, links={"shm": replace(quick, bytes_per_s=1e8)})), "no quicker"
    assert "gloo w" not in said(facts(TWO, ONE, links={"gloo": quick})), "it is what sends it now"
    assert "shm" not in said(facts(replace(TWO, all_reduced_bytes=None), ONE, links={"shm": quick}))
    seen = mode("cpu,dp=2,threads=1,transport=shm", 95.0, sending_share=0.04, sent_bytes=7e6)
    assert said(facts(TWO, ONE, seen, links={"shm": quick})).endswith("By shm they took 4.2 ms, not 28.8 ms.")


def test_a_code_is_compared_with_the_fastest_and_what_calls_take_is_said_where_it_is_most() -> None:
    def in_code(code: str, rate: float, **more: object) -> ModeFacts:
        text = "cpu,threads=1" if code == "torch" else f"cpu,code={code},threads=1"
        return mode(text, rate, called=f"1 thread in {code}", **more)

    few, many = (Calls(operations=120, batch_s=6e-4, sample_s=one_s) for one_s in (4.8e-4, 1.9e-4))
    own = Calls(batch_s=3e-4, sample_s=1e-4)
    python, numpy, torch = (
        in_code("python", 10.0),
        in_code("numpy", 4_000.0, calls=own),
        in_code("torch", 2_000.0, calls=few),
    )
    why = (
        " In torch about 80% of the time goes into calling operations: one sample alone takes that much of the time of "
        "all 10."
    )
    assert said(facts(numpy, python)) == ("1 thread in numpy: ×400 of python. Python makes an object of every number.")
    copied = facts(numpy, python)
    assert said(replace(copied, others=(replace(python, work_s=()),))) == said(copied), "no mode is compared with twice"
    slower = "1 thread in torch: ×200 of python, but ×0.50 of numpy."
    assert said(facts(torch, python, numpy)) == f"{slower}{why}"
    assert said(facts(replace(torch, calls=many), python, numpy)) == slower, "it is not calls that take most of it"
    unknown = " How much of the time in torch goes into calling operations was not measured."
    assert said(facts(replace(torch, calls=None), python, numpy)) == f"{slower}{unknown}"
    beside_wide = facts(in_code("numpy", 1_000.0, calls=None), torch)
    assert said(beside_wide) == "1 thread in numpy: ×0.50 of torch.", "it is asked of torch alone"
    assert said(facts(numpy, python, torch)).startswith(f"1 thread in numpy: ×400 of python, and ×2.0 of torch.{why}")
    assert said(facts(torch, numpy)).startswith(f"1 thread in torch: ×0.50 of numpy.{why}")


def test_what_was_measured_is_a_sentence_on_the_two_modes_that_the_rule_compares() -> None:
    def measured(known: Facts) -> str:
        found = judge(known)
        assert found is not None
        return str(found.measured)

    assert measured(facts(TWO, ONE)) == (
        "With Data ×2 a step takes 125 ms, and 80 samples a second are trained; with 1 thread it is 100 ms, and 100 "
        "samples a second."
    )
    assert (
        measured(facts(ONE, unit="tokens")) == "With 1 thread a step takes 100 ms, and 100 tokens a second are trained."
    )
    four = mode("cpu,threads=4", 130.0)
    two = mode("cpu,threads=2", 127.0)
    assert "; with 2 threads it is 78.7 ms, and" in measured(facts(four, TENSOR, two))
    found = judge(facts(four, TENSOR, two))
    assert found is not None
    assert found.then is two, "the rule says which: not the first whose figures are among those of the verdict"


def test_what_gearshift_takes_is_said_where_it_is_a_third_of_what_is_missing_and_else_only_in_figures() -> None:
    """The cores left, 1.79 of 2, make a step 12 % longer; at ×1.45 of ×2 it is 38 % longer, at ×1.50 33 %."""

    def told(speed: float, *, before: bool = False) -> bool:
        two = replace(mode("cpu,threads=2", 100 * speed), own_cores=OWN)
        found = judge(replace(facts(two, ONE), said="threads", told=frozenset({"own"} if before else ())))
        assert found is not None
        assert "cores left to 2 threads, at most" in [figure.name for figure in found.figures]
        assert ("The window and the evaluator take" in found.text) is ("own" in found.tells)
        return "own" in found.tells

    assert [told(speed) for speed in (1.5, 1.45, 1.38, 1.35)] == [True, False, False, False]
    assert [told(speed, before=True) for speed in (1.5, 1.45, 1.38, 1.35)] == [True, True, True, False]
    found = judge(facts(replace(ONE, own_cores=OWN)))
    assert found is not None
    assert [(figure.name, figure.text) for figure in found.figures[2:]] == [
        ("window, of one core", "17%"),
        ("evaluator, of one core", "4%"),
    ]


def test_what_does_not_split_is_told_no_more_exactly_than_rates_are_known() -> None:
    def percent(text: str, rate: float) -> str:
        return said(facts(mode(text, rate), ONE, cores=64)).partition("law ")[2].partition(" of")[0]

    assert {percent("cpu,threads=2", rate) for rate in (121.0, 122.0, 123.0)} == {"about 65%"}, "they are 65, 64 and 63"
    assert [percent("cpu,threads=32", rate) for rate in (1600.0, 1650.0)] == ["about 3%", "about 3%"]
    assert percent("cpu,threads=32", 1_000.0) == "about 7%"


def test_figures_of_a_pipeline_add_up() -> None:
    """Computing and the bubble are parts of one time, which is not that of a step by the clock."""
    found = judge(facts(pipeline(0.25, (0.03, 0.03)), ONE))
    assert found is not None
    values = {str(figure.name): figure.value for figure in found.figures}
    assert values["computing and waiting for stages"] == pytest.approx(0.03 + 0.25 * 0.04)


def test_figures_say_whether_they_were_measured() -> None:
    found = judge(facts(mode("cpu,threads=2", 127.0), ONE))
    assert found is not None
    assert [(figure.text, figure.is_measured) for figure in found.figures] == [
        ("127 /s", True),
        ("78.7 ms", True),
        ("100 /s", True),
        ("100 ms", True),
        ("55%", False),
    ]
    assert "about 55% of the step" in found.text, "sentence and figure are one number"
    found = judge(facts(replace(mode("cpu,threads=2", 150.0), own_cores=OWN), ONE))
    assert found is not None
    assert [(figure.name, figure.text, figure.is_measured) for figure in found.figures[4:]] == [
        ("window, of one core", "17%", True),
        ("evaluator, of one core", "4%", True),
        ("cores left to 2 threads, at most", "1.79", False),
        ("does not split, by Amdahl's law, at most", "25%", False),
    ]


@pytest.mark.parametrize("rate", [0.96, 0.98, 1.01, 1.04])
def test_where_rates_do_not_clearly_differ_that_is_said_and_nothing_of_what_splits(rate: float) -> None:
    one = mode("cpu,threads=1", 100.0)
    two = replace(mode("cpu,threads=2", 100 * rate), vary=0.12)
    text = said(facts(two, one))
    assert (
        text == f"2 threads: no clear difference from 1 thread (×{rate:.{2 if rate < 1 else 1}f}; steps vary by ±12%)."
    )
    assert said(facts(one, two)).startswith("1 thread: no clear difference from 2 threads (×")


def test_what_rates_may_be_off_by_decides_what_is_clear_and_once_said_it_stays_a_little_longer() -> None:
    def is_even(rate: float, off: float, told: frozenset[str] = frozenset()) -> bool:
        two = replace(mode("cpu,threads=2", rate), vary=0.3, off=off)
        found = judge(facts(two, replace(ONE, off=0.03), told=told))
        assert found is not None
        assert ("no clear difference" in found.text) is ("even" in found.tells)
        return "even" in found.tells

    assert [is_even(rate, 0.0) for rate in (94.0, 96.0, 104.0, 107.0)] == [False, True, True, False]
    assert [is_even(rate, 0.08) for rate in (90.0, 92.0, 108.0, 110.0)] == [False, True, True, False]
    assert [is_even(rate, 0.08, frozenset({"even"})) for rate in (88.0, 90.0, 110.0, 112.0)] == [
        False,
        True,
        True,
        False,
    ]


def test_operations_that_are_too_short_to_share_are_the_reason_where_they_were_counted() -> None:
    one, two = split("cpu,threads=1", 580.0, 0.3, 0.6), split("cpu,threads=2", 570.0, 0.3, 0.6)
    short, long = replace(one, operations=433), replace(one, operations=104)
    reason = "Its operations are too short to share: 0.036 ms each on average."
    assert said(facts(two, short)) == f"2 threads: no clear difference from 1 thread (×0.98). {reason}"
    slower = replace(two, units_per_s=480.0, step_s=10 / 480)
    assert said(facts(slower, short)) == f"2 threads are slower here, ×0.83 of 1 thread. {reason}"
    assert "too short" not in said(facts(slower, long)) + said(facts(two, one))
    faster = judge(facts(replace(two, units_per_s=700.0, step_s=10 / 700), short))
    assert faster is not None
    assert "too short" not in faster.text, "there it is no cause of being slower"
    assert faster.why == reason
    assert [figure.text for figure in faster.figures[-2:]] == ["433", "0.036 ms"]
    ranks = replace(split("cpu,dp=2,threads=1", 700.0, 0.4, 0.5), **MESSAGES)
    assert judge(facts(ranks, short)).why == reason  # type: ignore[union-attr]
    assert judge(facts(ranks, long)).why is None  # type: ignore[union-attr]


def varied(text: str, mean_ms: float, typical_ms: float, vary: float, **more: object) -> ModeFacts:
    """A mode whose typical step is another than its average one."""
    return mode(text, 1e4 / mean_ms, median_s=typical_ms / 1e3, vary=vary, **more)


LONE = varied("cpu,threads=1", 24.5, 24.4, 0.04)


def test_where_steps_are_interrupted_that_is_said_and_no_law_is_told_by_their_average() -> None:
    taken = {"window": 0.21, "evaluator": 0.01}
    two = varied("cpu,threads=2", 21.0, 14.7, 0.99, own_cores=taken, other_cores=0.1)
    found = judge(facts(two, LONE))
    assert found is not None
    assert found.text == (
        "2 threads: ×1.2 of 1 thread on average; half of its steps are ×1.7 and more, the others are interrupted. "
        "The window takes 0.2 of 2 cores."
    )
    told = {str(figure.name): figure.text for figure in found.figures}
    assert told["2 threads, on average"] == "×1.2"
    assert told["2 threads, a typical step"] == "×1.7"
    assert told["a typical step, 2 threads"] == "14.7 ms"
    assert told["a typical step, 1 thread"] == "24.4 ms"
    assert told["window, of one core"] == "21%"
    assert told["other programs beside 2 threads"] == "0.1"
    assert not any("Amdahl" in name for name in told)
    assert said(facts(LONE, two)).startswith(
        "1 thread: ×0.86 of 2 threads on average. With 2 threads half of the steps were ×1.7 as fast and more, the "
        "others were interrupted. While 2 threads ran, the window took 0.2 of 2 cores."
    )
    unknown = replace(two, own_cores={}, other_cores=None)
    for known in (facts(unknown, LONE), facts(two, LONE, cores=8)):  # nobody looked; or there are cores for all
        assert "the others take longer" in said(known)
    beside = said(facts(replace(two, other_cores=0.9), LONE))
    assert beside.startswith("Other programs take 0.9 of 2 cores. 2 threads: ×1.2 of 1 thread on average; half of its")


@pytest.mark.parametrize(
    ("mean_ms", "typical_ms", "vary", "is_said"),
    [
        (18.0, 14.7, 0.21, True),
        (18.0, 14.7, 0.19, False),  # steps are alike
        (17.2, 14.7, 0.40, True),
        (16.6, 14.7, 0.40, False),  # the average is near
        (26.0, 20.0, 0.40, True),
        (26.0, 20.6, 0.40, False),  # a typical step is hardly faster itself
        (21.0, 24.0, 0.40, False),  # some steps are shorter than a typical one
    ],
)
def test_interrupted_is_what_varies_by_much_and_is_clearly_faster_typically(
    mean_ms: float, typical_ms: float, vary: float, is_said: bool
) -> None:
    two = varied("cpu,threads=2", mean_ms, typical_ms, vary)
    assert ("half of its steps" in said(facts(two, LONE))) == is_said
    assert ("half of the steps" in said(facts(LONE, two))) == is_said


def test_once_interruptions_are_said_their_limits_are_kinder() -> None:
    two = varied("cpu,threads=2", 16.6, 14.7, 0.17)
    still = judge(replace(facts(two, LONE), said="threads", told=frozenset({"interrupted", "wandering"})))
    assert still is not None
    assert "half of its steps" in still.text


def test_where_steps_vary_what_does_not_split_is_of_a_typical_one_to_ten_points_and_no_phase_is_named() -> None:
    two = replace(phased("cpu,threads=2", 625.0, 0.3), median_s=15.0e-3, vary=0.3)
    one = replace(phased("cpu,threads=1", 408.0, 0.2), median_s=24.4e-3, vary=0.04)
    assert said(facts(two, one)) == (
        "2 threads: ×1.5 of 1 thread, not ×2: by Amdahl's law about 20% of a typical step does not split."
    )
    assert said(facts(one, two)).startswith(
        "1 thread: ×0.65 of 2 threads, not ×0.50: by Amdahl's law about 20% of a typical step does not split. It uses"
    )
    ours = facts(replace(two, own_cores={"window": 0.1, "evaluator": 0.05}), one)
    assert "by Amdahl's law at most 30% of a typical step does not split" in said(ours)


def test_a_share_that_was_told_stays_until_it_is_clearly_another() -> None:
    def told(typical_ms: float, before: float | None, own: dict[str, float]) -> float | None:
        two = varied("cpu,threads=2", 16.4, typical_ms, 0.3, own_cores=own)
        found = judge(replace(facts(two, LONE), said="threads", told=frozenset({"wandering"}), share=before))
        assert found is not None
        return found.share

    quiet, busy = {"window": 0.01}, {"window": 0.1, "evaluator": 0.02}  # by 16.0, 15.0, 15.6 ms: 31, 23 and 28 %
    assert [told(ms, None, quiet) for ms in (16.0, 15.0, 15.6)] == [0.3, 0.2, 0.3]
    assert [told(ms, 0.2, quiet) for ms in (15.0, 15.55, 16.0)] == [0.2, 0.2, 0.3]
    assert [told(ms, 0.3, quiet) for ms in (16.0, 15.0, 14.7)] == [0.3, 0.3, 0.2]
    assert [told(ms, None, busy) for ms in (16.0, 15.0)] == [0.4, 0.3]
    assert [told(ms, 0.4, busy) for ms in (16.0, 15.6, 14.7)] == [0.4, 0.4, 0.3], "it is at most that, still"


def test_board_headline_verdict_and_why_round_a_speed_alike() -> None:
    assert [factor(speed) for speed in (0.0022, 0.036, 0.794, 0.996, 1.153, 9.94, 9.96, 301.4)] == [
        "0.0022",
        "0.036",
        "0.79",
        "1.0",
        "1.2",
        "9.9",
        "10",
        "301",
    ]
    assert Figure(name="speed", value=1.153, unit="times").text == "×1.2"
    assert "×1.2 of 1 thread" in said(facts(mode("cpu,threads=2", 115.3), ONE))
