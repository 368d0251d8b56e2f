"""Who looks in idle time stands aside while somebody waits: all would wait for a thread that is put off."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from torch.nn.modules.module import register_module_forward_pre_hook

from engine.ipc.orders import Look, Try
from engine.ipc.reports import Looked, Tried
from engine.pictures import AnyPicture, Line, Text
from engine.rank.evaluator import evaluator as evaluator_module
from engine.rank.evaluator.evaluator import Evaluator, rest_when_others_work
from tests.engine.rank.evaluator.test_look_costs import evaluator

LIMIT_S = 20.0
__all__ = ["evaluator"]


def test_no_look_goes_on_while_somebody_waits_for_an_answer(
    evaluator: Evaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: Any = evaluator._control
    is_asked, may_answer, stands_aside = threading.Event(), threading.Event(), threading.Event()
    hooks = []

    def answer(*_: object) -> Iterator[AnyPicture]:
        is_asked.set()
        assert may_answer.wait(LIMIT_S)
        yield Text(prompt="", text="to be")

    def noted_stand_aside() -> None:
        if not may_answer.is_set():
            stands_aside.set()
        own_stand_aside()

    own_stand_aside = evaluator.tries.stand_aside
    monkeypatch.setattr(evaluator.tries, "stand_aside", noted_stand_aside)
    monkeypatch.setattr(
        evaluator_module,
        "register_module_forward_pre_hook",
        lambda hook: hooks.append(register_module_forward_pre_hook(hook)),
    )
    look = Look(number=0, step=0, precision="fp32", gently=True, writes=True, validates=True)
    evaluator.newest = 0
    evaluator.look(look)  # on another thread than that which stands aside
    evaluator._plain.tries["wait"] = answer
    evaluator._own.workload.tries["wait"] = answer
    told.reports.clear()

    def look_in_idle_time() -> None:
        rest_when_others_work(evaluator.tries)
        evaluator.look(look)

    evaluator.tries.ask(Try(number=5, name="wait", given=Line(text="or not")))
    assert is_asked.wait(LIMIT_S)
    looks = threading.Thread(target=look_in_idle_time)
    looks.start()
    try:
        assert stands_aside.wait(LIMIT_S)
    finally:
        may_answer.set()
        looks.join(LIMIT_S)
        evaluator.tries._brisk.shutdown()
        for hook in hooks:
            hook.remove()
    kinds = [type(report) for report in told.reports if isinstance(report, Tried | Looked)]
    assert kinds == [Tried, Tried, Looked]
