"""What people try on the model: answered at once, for somebody waits, by the same weights to the answer's end.

    "tries"    at normal priority: whole short answers, and the beginning of long ones
    "rest"     what of an answer takes longer than `BRISK_S` of a core, at a lower priority: training goes before

The thread that looks takes new weights into its model whenever a snapshot comes. So an answer has a model of its own,
into which it takes those last looked at. If just then newer ones are taken in (in idle time: that may last), it is
answered by what it has.

Only one thread of a process runs Python at a time. Where others want the core, one that works in idle time may be put
off just as it is that one, and then all wait for it. So while somebody waits it stands aside (`stand_aside`).
"""

import contextlib
import copy
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import perf_counter, thread_time

import torch

from engine.ipc.control import Control
from engine.ipc.orders import Try
from engine.ipc.reports import Tried
from engine.pictures import AnyPicture, Phrase
from engine.rank.evaluator.ending import or_end
from engine.rank.evaluator.looks import checked, failed
from engine.rank.evaluator.seen import Seen

BRISK_S = 0.5
"""So long a core works for an answer before training does."""
LOWER_PRIORITY = 10
EVERY_S = 0.05
"""A long answer is told so often at most."""


class Tries:
    """At most one answer at a time; another question ends it."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._own: Seen | None = None
        self._taken: Seen | None = None
        """What the own weights were taken from."""
        self._newest = -1
        self._offered: Seen | None = None
        self._has_seen = threading.Event()
        self.taking_in = threading.Lock()
        """Held by who writes into the model of what is offered."""
        self._nobody_waits = threading.Event()
        self._nobody_waits.set()
        self._brisk = ThreadPoolExecutor(1, "tries")
        self._rest = ThreadPoolExecutor(1, "rest", initializer=_step_back)

    def offer(self, seen: Seen) -> None:
        """From now on these are the weights last looked at."""
        self._offered = seen
        self._has_seen.set()

    def stand_aside(self) -> None:
        """Return once nobody waits for an answer, or the rest of it goes behind training."""
        self._nobody_waits.wait()

    def ask(self, order: Try) -> None:
        """Answer it, beside what else goes on, and end the answer that is under way."""
        self._newest = order.number if order.name else -1
        if order.name:
            self._brisk.submit(or_end, self._control, partial(self._begin, order))

    def _begin(self, order: Try) -> None:
        self._has_seen.wait()
        seen = self._take()
        name, given = order.name, order.given
        answer = seen.workload.tries.get(name)
        if answer is None or given is None:
            self._tell(order, seen, None, Phrase("Nothing called {name} can be tried here.", {"name": name}), last=True)
            return
        subject = seen.subject((), lambda: self._newest == order.number)
        self._nobody_waits.clear()
        try:
            self._go_on(order, seen, answer(subject, given), brisk=True)
        finally:
            self._nobody_waits.set()

    @torch.no_grad()
    def _go_on(self, order: Try, seen: Seen, answers: Iterator[AnyPicture], *, brisk: bool) -> None:
        begin_work_s, told_s = thread_time(), perf_counter()
        picture: AnyPicture | None = None
        is_first = brisk
        try:
            for answer in answers:
                picture = answer
                if self._newest != order.number:
                    break
                now_s = perf_counter()
                if is_first or now_s - told_s > EVERY_S:
                    self._tell(order, seen, checked(answer), Phrase(), last=False)
                    told_s, picture, is_first = now_s, None, False
                if brisk and thread_time() - begin_work_s > BRISK_S:
                    go_on = partial(self._go_on, order, seen, answers, brisk=False)
                    self._rest.submit(or_end, self._control, go_on)
                    return
            last = checked(picture) if picture is not None else None
        except Exception as error:  # whatever a workload's file does wrong
            problem = failed("{name} could not be tried ({error}).", order.name, error)
            self._tell(order, seen, None, problem, last=True)
            return
        self._tell(order, seen, last, Phrase(), last=True)

    def _take(self) -> Seen:
        """The weights last looked at, in the model of our own; or what is in it, while newer ones are on their way."""
        assert self._offered is not None
        own = self._own
        if self._taken is self._offered and own is not None:
            return own
        if not self.taking_in.acquire(blocking=own is None):
            assert own is not None
            return own
        try:
            offered = self._offered
            if own is not None and own.workload is offered.workload:
                own.model.load_state_dict(offered.model.state_dict())
                self._own = offered._replace(model=own.model)
            else:
                self._own = offered._replace(model=copy.deepcopy(offered.model))
            self._taken = offered
            return self._own
        finally:
            self.taking_in.release()

    def _tell(self, order: Try, seen: Seen, picture: AnyPicture | None, problem: Phrase, *, last: bool) -> None:
        self._control.report(Tried(number=order.number, step=seen.step, picture=picture, problem=problem, is_last=last))


def _step_back() -> None:
    """From now on the calling thread goes behind whoever trains, but is not starved."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWER_PRIORITY)
