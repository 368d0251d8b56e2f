"""What the panel Devices says of the machine, as its last sample has it."""

from pytestqt.qtbot import QtBot

from gui.look.view import PlotView
from gui.model.store import Store
from gui.panels.devices import DevicesPanel
from tests.messages import sample

MIB = 2**20


def figures_of(store: Store, qtbot: QtBot) -> dict[str, str]:
    panel = DevicesPanel(PlotView())
    qtbot.addWidget(panel)
    panel.refresh(store)
    return {row.name: row.figure for _, rows in panel._rows._groups for row in rows}


def test_what_goes_between_processes_of_one_machine_is_no_network(qtbot: QtBot) -> None:
    store = Store()
    store.feed([sample(1.0, memory_total_bytes=1, network_bytes_per_s=1_305 * MIB, loopback_bytes_per_s=650 * MIB)])
    shown = figures_of(store, qtbot)
    assert (shown["loopback"], shown["network"]) == ("650 MiB/s", "5 MiB/s")


def test_where_the_system_does_not_tell_them_apart_all_of_it_is_the_network(qtbot: QtBot) -> None:
    store = Store()
    store.feed([sample(1.0, memory_total_bytes=1, network_bytes_per_s=7 * MIB)])
    shown = figures_of(store, qtbot)
    assert shown["network"] == "7 MiB/s"
    assert "loopback" not in shown
