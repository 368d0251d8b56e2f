"""The tour goes through every technique of the menu, and its table compares them."""

from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from engine.config.cards import techniques
from engine.config.hardware import DeviceReport
from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec
from engine.events.run import RunFinished, SegmentSummary
from gui.cli.tour import print_table, run_tour, tour_modes
from gui.window.window import FIRST_SIZE
from tests.conftest import bare_report

CPU, GPU = (DeviceReport(device=device, name="", available=True, precisions=("fp32",)) for device in ("cpu", "cuda:0"))


def test_no_technique_is_left_out() -> None:
    modes = [parse_mode(mode) for mode in tour_modes(bare_report(CPU, GPU), make_spec("digits-mlp"))]
    written = {card.key for card in techniques().values() if card.option and card.option.role == "language"}
    assert {card.key for mode in modes for card in mode.cards} == techniques().keys() - {""} - written
    assert [mode.device for mode in modes].count("cuda:0") == 1
    assert modes[0] == modes[-1] == parse_mode("cpu,threads=1")


def test_the_table_says_how_many_times_as_fast(capsys: pytest.CaptureFixture[str]) -> None:
    def row(segment: int, samples_per_s: float | None) -> SegmentSummary:
        return SegmentSummary(
            segment=segment,
            mode="cpu,pp=2" if segment else "cpu,threads=1",
            steps=9,
            samples_per_s=samples_per_s,
            median_step_s=None,
            final_loss=None,
        )

    rows = (row(0, 200.0), row(1, 350.0), row(2, None))
    print_table(
        RunFinished(at_s=0.0, step=27, segments=rows, final_loss=None, validation_loss=None, validation_metric=None)
    )
    lines = capsys.readouterr().out.strip().splitlines()
    assert [line.split()[-2] for line in lines[1:]] == ["1.00×", "1.75×", "n/a"]
    assert len({len(line) for line in lines}) == 1  # columns stand under each other


@pytest.mark.slow
def test_a_short_tour_leaves_a_picture_a_record_and_a_table(
    qapp: QApplication, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_tour(qapp, tmp_path, modes=["cpu,threads=1", "cpu,threads=2"], segment_s=0.3) == 0
    said = capsys.readouterr().out
    assert QImage(str(tmp_path / "gearshift.png")).size() == FIRST_SIZE
    assert said.count("×\n") == 0
    rows = [line for line in said.splitlines() if line.startswith("Single process")]
    assert [row.split(" · ")[2] for row in rows] == ["1 thread", "2 threads"]
    record = Path(said.splitlines()[-1].split(":")[1].strip())
    assert (record / "run.toml").is_file()
