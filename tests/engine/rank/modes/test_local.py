"""Local SGD: an H-th of the traffic, a gap that is counted, and a loss that falls all the same."""

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from engine.config.catalogue import offered_modes
from engine.config.mode_text import parse_mode
from engine.config.roles import is_exact
from engine.config.spec import make_spec
from engine.events.states import StateSaved
from engine.metrics.segment_sums import moved_bytes
from engine.record.states import last_state
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


def test_a_state_is_the_mean_of_all(watch: Watch, tmp_path: Path) -> None:
    """Ranks that have never met when the run ends are saved as those are that meet right then, and that a state was
    written on the way, which is a matter of the clock, makes no difference."""
    states = []
    for every in (1000, 40):
        directory = tmp_path / str(every)
        mode = f"cpu,dp=2,local={every},precision=fp64"
        run = watch(make_spec("digits-mlp", mode=mode, batch_size=50, steps=40), directory=directory)
        if every == 1000:
            run.session.run_until(20)
            run.until(lambda m: isinstance(m, StateSaved) and m.step == 20)
        run.session.play()
        run.status("finished")
        run.session.close()
        saved = last_state(directory)
        assert saved is not None
        states.append({k: v for k, v in load_file(directory / saved.name).items() if k.startswith("model.")})
    assert states[0].keys() == states[1].keys()
    for name, weight in states[0].items():
        np.testing.assert_allclose(weight, states[1][name], rtol=1e-12, atol=1e-15, err_msg=name)
