"""Local SGD: an H-th of the traffic, a gap that is counted, and a loss that falls all the same."""

from engine.config.catalogue import offered_modes
from engine.config.mode_text import parse_mode
from engine.config.roles import is_exact
from engine.config.spec import make_spec
from engine.metrics.segment_sums import moved_bytes
from tests.conftest import bare_report
from tests.engine.rank.modes.beside_plain import Watch, beside_plain, losses_and_ranks


def test_traffic_falls_by_the_steps_between_two_meetings(watch: Watch) -> None:
    sent, apart = [], []
    for mode in ("cpu,dp=2", "cpu,dp=2,local=2", "cpu,dp=2,local=8"):
        _, ranks = losses_and_ranks(watch, mode)
        sent.append(sum(moved_bytes(entry) for entry in ranks[0].traffic))
        apart.append(sum(rank.counts.get("apart", 0) for rank in ranks))
    print(sent, apart)
    assert sent == [sent[0], sent[0] / 2, sent[0] / 8]
    assert apart[0] == 0 < apart[1] < apart[2]


def test_it_is_another_mathematics_and_says_so(watch: Watch) -> None:
    assert not is_exact(parse_mode("dp=2,local=8"))
    offer = next(offer for offer in offered_modes(bare_report()) if offer.mode == "cpu,dp=2,local=8")
    assert "not exact: Ranks step by gradients of their own samples" in offer.remark
    beside = beside_plain(watch, "cpu,dp=2,local=8")
    assert 1e-6 < beside.difference < 0.5


def test_a_shift_takes_up_the_mean_of_all(watch: Watch) -> None:
    """Ranks that never met go on as one model, whose loss is no worse than theirs was."""
    run = watch(make_spec("digits-mlp", mode="cpu,dp=2,local=1000", batch_size=50, steps=80, lr=0.003))
    run.session.run_until(40)
    run.until(lambda m: getattr(m, "status", "") == "paused" and m.step == 40)
    run.session.shift("cpu,threads=1")
    run.session.play()
    run.status("finished")
    losses = run.losses()
    before, after = (sum(losses[step] for step in range(*steps)) / 10 for steps in ((30, 40), (40, 50)))
    print(before, after)
    assert after < before
