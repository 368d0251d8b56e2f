"""What is counted is said by its name, wherever a rate or an axis is: samples, or tokens."""

import msgspec
from pytestqt.qtbot import QtBot

from engine.config.spec import make_spec
from engine.events.ranks import RankInfo
from engine.events.run import StatusChanged
from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.loss import LossPanel
from gui.panels.throughput import ThroughputPanel
from gui.text.read_out import ReadOutWords
from tests.messages import batch, begin


def run_of(workload: str) -> Store:
    """A run of that workload, under way."""
    store = Store()
    store.begin("runs/live")
    store.take_over(make_spec(workload), is_replay=False)
    ranks = (RankInfo(rank=0, pid=1, device="cpu", threads=1, holds="", parameter_bytes=0, flops_per_unit=2e6),)
    segment = msgspec.structs.replace(begin(0, 0, 0.0), ranks=ranks)
    store.feed([segment, StatusChanged(at_s=0.0, status="running", step=0), batch(0, 400)])
    return store


def test_under_the_mouse_the_rate_is_that_of_the_line_first(qtbot: QtBot) -> None:
    store = Store()
    store.begin("runs/live")
    steps = batch(0, 9)
    steps.rows["seconds"], steps.rows["samples"] = 1.0, 10
    steps.rows["samples"][-1] = 8_494  # a single step that is far from the line
    store.feed([begin(0, 0, 0.0), steps])
    words = ReadOutWords()
    assert words.values_at(store.live, "step", 99.0, 0.0)[-1] == "about 10 samples/s (just then 8,494)"
    assert words.values_at(store.live, "step", 7.0, 0.0)[-1] == "about 10 samples/s"


def test_panels_count_in_the_units_of_the_workload(qtbot: QtBot) -> None:
    loss, throughput = LossPanel(PlotView()), ThroughputPanel(PlotView())
    for panel in (loss, throughput):
        qtbot.addWidget(panel)
    for workload, unit in (("text-attention", "tokens"), ("digits-mlp", "samples")):
        store = run_of(workload)
        assert store.live.unit == unit
        for panel in (loss, throughput):
            panel.refresh(store)
        assert store.live.flops_per_s == 2e6 * (store.live.samples_per_s or 0)
        assert f"{unit}/s" in throughput._legend._forms("throughput")[0]
        assert throughput._now.text().endswith(" GFLOP/s")
        assert loss._axis.itemText(2) == unit
        assert loss._words.place("samples", 1234.0, loss._axis.itemText(2)).endswith(f" {unit}")
        assert any(f" {unit}/s" in part for part in loss._words.values_at(store.live, "step", 200.0, 0.0))


def test_where_runs_count_different_things_each_curve_says_what_and_no_axis_claims_one_for_all(qtbot: QtBot) -> None:
    view = PlotView()
    loss, throughput = LossPanel(view), ThroughputPanel(view)
    view.set(x_kind="samples")
    store = run_of("digits-mlp")
    for run_id, workload in (("runs/tokens", "text-gpt"), ("runs/samples", "spirals")):
        other = run_of(workload).live
        other.run_id = run_id
        store.lay_beside(other)
    for panel in (loss, throughput):
        qtbot.addWidget(panel)
        panel.refresh(store)
        assert panel._plot.x_name.text() == "units"
    titles = [throughput._legend.title(name) for name in ("throughput", "runs/tokens", "runs/samples")]
    assert titles == ["digits-mlp · samples/s", "text-gpt · tokens/s", "spirals · samples/s"]
    del store.runs["runs/tokens"]
    for panel in (loss, throughput):
        panel.refresh(store)
        assert panel._plot.x_name.text() == "samples"
    assert throughput._legend.title("runs/samples") == "spirals"
