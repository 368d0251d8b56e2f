"""What a crew will take of memory is said before it takes it, and what does not fit is refused in a sentence."""

import tracemalloc
from collections.abc import Callable

import psutil
import pytest
import torch

from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.errors import RequestError
from engine.events.ranks import RankFailed
from engine.events.run import SegmentStarted
from engine.rank import memory_need
from engine.rank.plain import gpt_python
from engine.rank.workloads import digits_mlp, gpt_in_plain_python, text_gpt
from engine.rows import StepBatch
from tests.conftest import Watched
from tests.engine.rank.modes.beside_plain import losses_and_ranks

Watch = Callable[..., Watched]
FURTHER = ("cpu,threads=1", "cpu,pp=2")
KNOBS = {"hidden": 2048, "layers": 4, "side": 8, "copies": 1}
WEIGHTS_BYTES = 4 * (64 * 2048 + 2 * 2048**2 + 2048 * 10 + 3 * 2048 + 10)


def needed(mode: str, optimizer: str = "adam", batch_size: int = 256, hidden: int = 2048) -> int:
    workload = digits_mlp.build(KNOBS | {"hidden": hidden}, 0)
    sizes = memory_need.sizes_of(workload, torch.float32)
    return memory_need.bytes_needed(sizes, parse_mode(mode), optimizer, batch_size)


def test_the_sum_follows_the_formula() -> None:
    one = needed("cpu,threads=1") - memory_need.OWN_BYTES
    assert 4 * WEIGHTS_BYTES + 3 * WEIGHTS_BYTES <= one < 8 * WEIGHTS_BYTES + 2**24
    assert needed("cpu,threads=1", "sgd") == needed("cpu,threads=1") - 2 * WEIGHTS_BYTES
    assert needed("cpu,dp=4") > 1.9 * needed("cpu,dp=2") - 3 * WEIGHTS_BYTES
    assert needed("cpu,fsdp=4", hidden=8192) < needed("cpu,dp=4", hidden=8192)
    assert needed("cpu,dp=2", batch_size=100_000) > needed("cpu,dp=2") + 99_000 * 2048 * 4


def test_what_accumulating_and_recomputing_save_is_counted() -> None:
    def activations(mode: str) -> int:
        return needed(mode, batch_size=8_000) - needed(mode, batch_size=0)

    plain = activations("cpu,threads=1")
    assert activations("cpu,threads=1,accumulate=4") == pytest.approx(plain / 4, rel=0.01)
    assert activations("cpu,dp=2,accumulate=4") == pytest.approx(2 * plain / 8, rel=0.01)
    # 4 layers in runs of two: of the first both hidden layers' values, with ReLU's, twice; and what enters the second.
    assert activations("cpu,threads=1,recompute=on") == pytest.approx(8_000 * (2 * 4 + 1) * 4 * 2048, rel=0.01)
    assert activations("cpu,threads=1,accumulate=4,recompute=on") < 0.26 * activations("cpu,threads=1,recompute=on")


@pytest.mark.parametrize("mode", ["cpu,threads=1", "cpu,threads=1,accumulate=4", "cpu,threads=1,recompute=on"])
def test_activations_are_no_more_than_was_counted_and_not_much_less(watch: Watch, mode: str) -> None:
    knobs = {"hidden": 64, "layers": 8}
    _, (rank,) = losses_and_ranks(watch, mode, 512)  # fp64
    assert rank.held is not None
    measured = rank.held.activation_bytes - 512 * (64 + 1) * 8  # images and labels are there whole
    sizes = memory_need.sizes_of(digits_mlp.build(knobs | {"side": 8, "copies": 1}, 0), torch.float64)
    counted = memory_need.bytes_needed(sizes, parse_mode(mode), "adam", 512)
    counted -= memory_need.bytes_needed(sizes, parse_mode(mode), "adam", 0)
    print(f"{mode}: {counted:,} counted, {measured:,} kept for backward at most")
    assert measured < counted < 5 * measured  # a layer's values, ReLU's and both gradients are counted; one is kept


def test_what_plain_python_keeps_of_every_product_is_counted() -> None:
    workload = gpt_in_plain_python.build({"heads": 4, "head_width": 8}, 0)
    weights = {name: weight.detach().numpy() for name, weight in workload.make_model().named_parameters()}
    inputs, targets = workload.train.first(4)
    tracemalloc.start()
    _, gradients = gpt_python.forward(weights, inputs.numpy(), targets.numpy(), heads=4)
    gradients()
    _, taken = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    sizes = memory_need.sizes_of(workload, torch.float32)
    with_names, without = (
        memory_need.bytes_needed(sizes, parse_mode("cpu,threads=1,code=python"), "adam", names) for names in (4, 0)
    )
    print(f"{with_names - without:,} counted, {taken:,} taken at most")
    assert taken < with_names - without < 4 * taken


def test_what_fits_just_so_is_let_in_and_no_more() -> None:
    mode = parse_mode("cpu,dp=2")
    memory_need.check(950, 1_001, mode)
    with pytest.raises(RequestError, match="for 2 ranks, "):
        memory_need.check(952, 1_001, mode)


@pytest.mark.slow
@pytest.mark.parametrize(
    "mode",
    [
        *(pytest.param(f"cpu,{mode}", marks=pytest.mark.long) for mode in ("threads=1", "pp=2")),
        "cpu,dp=2",
        "cpu,fsdp=2",
    ],
)
def test_no_more_is_taken_than_was_stated(watch: Watch, mode: str) -> None:
    run = watch(make_spec("digits-mlp", knobs=KNOBS, mode=mode, optimizer="adam"))
    run.session.play()
    run.until(lambda m: isinstance(m, SegmentStarted))
    for _ in range(3):
        run.until(lambda m: isinstance(m, StepBatch))
    crew = run.session._run.crews.crew
    assert crew is not None
    evaluator = run.session._run.evaluation.process
    assert evaluator is not None
    taken = sum(psutil.Process(p.pid).memory_full_info().pss for p in (*crew.processes, evaluator))
    stated = needed(mode) + memory_need.evaluator_bytes(memory_need.sizes_of(digits_mlp.build(KNOBS, 0), torch.float32))
    assert taken < stated + 300 * 2**20  # the fork server's pages, which were there before


def test_an_evaluator_takes_memory_for_what_passes_through_one_layer_however_many_there_are() -> None:
    sizes = memory_need.sizes_of(text_gpt.build({"size": 124.0}, 0), torch.float32)
    numbers = 17 * 800  # of a token in one block: norms, q, k and v, what is heard, the MLP and what is added
    block, beside = 64 * 512 * 4 * numbers, 4 * sizes.weight_bytes
    assert beside + block < memory_need.evaluator_bytes(sizes) < beside + 3 * block
    small = memory_need.sizes_of(text_gpt.build({"size": 0.8}, 0), torch.float32)
    assert memory_need.evaluator_bytes(small) > 4 * small.weight_bytes + 64 * 128 * 4 * 17 * 128


def test_the_largest_gpt_trains_where_its_state_fits() -> None:
    """One line a step: 0.5 GiB of weights, four times that with gradients and Adam's state, and its evaluator."""
    sizes = memory_need.sizes_of(text_gpt.build({"size": 124.0}, 0), torch.float32)
    needed_bytes = memory_need.bytes_needed(sizes, parse_mode("cpu,threads=1"), "adam", 1)
    assert needed_bytes + memory_need.evaluator_bytes(sizes) < 14 * 2**30


def test_a_model_that_does_not_fit_is_refused_before_anything_is_taken(watch: Watch) -> None:
    run = watch(make_spec("digits-mlp", knobs={"hidden": 8192, "layers": 32}))
    before = psutil.virtual_memory().available
    run.session.play()
    while not (failed := [m for m in run.session.take() if isinstance(m, RankFailed)]):
        run.session.wait(1.0)
    assert "GiB are free. Take a smaller model or batch" in failed[0].reason
    assert "Traceback" not in failed[0].details
    assert before - psutil.virtual_memory().available < 2**30
