"""The evaluator: a process beside the ranks that looks at snapshots of the weights. Training never waits for it.

    ranks      step | step | copy | step | step | ...            they copy their part when told to, and go on
    snapshot                   W
    evaluator                    W -> text, validation, picture  at low priority: on what the ranks leave of the cores

It has a model of its own on the CPU, whole, one thread, and takes the snapshot's weights into it: no technique has a
part in that, so it sees the weights as the lecture's own program would. What is asked of the model between two looks is
answered by the weights last looked at.

    main thread    receives orders; does itself only what somebody waits for (the last look of a run)
    "looks"        everything else, at low priority: what nobody else wants of a core, and 1.7 % of one where all do
    "tries"        what a person tries (`tries.py`)

A thread's priority can be lowered for good without a privilege, but not raised again: hence the second thread.
"""

import contextlib
import copy
import importlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import perf_counter, thread_time
from typing import NamedTuple, NoReturn

import msgspec
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook

from engine.config.cards import workloads
from engine.events.evaluator import Surface
from engine.ipc.control import Control
from engine.ipc.orders import Ask, Evaluate, Look, Try, Watch
from engine.ipc.reports import Answered, Evaluating, Looked, Wrote
from engine.rank.data.workload import Workload, Writing
from engine.rank.evaluator.ending import or_end
from engine.rank.evaluator.looks import draw
from engine.rank.evaluator.seen import Seen
from engine.rank.evaluator.tries import Tries
from engine.rank.evaluator.validation import in_passing, validate, whole
from engine.rank.evaluator.writing import write
from engine.rank.state.snapshot import SnapshotReader
from engine.rank.step.precision import MASTER, Precision

LOW_PRIORITY = 18
"""Beside a thread that never rests Linux gives it 18 parts of 1,042, 1.7 % of a core. SCHED_IDLE would have 0.3 %:
half a minute for each text where the threads of a rank train, which never rest."""
CPU = torch.device("cpu")
EVERY_S = 0.2
"""A text that is being written is told so often at most."""


class Own(NamedTuple):
    """What the evaluator looks with: data and a whole model in a number format."""

    dtype: torch.dtype
    workload: Workload
    model: nn.Module


class Evaluator:
    """Looks at snapshots and answers questions, each with a report."""

    def __init__(self, order: Evaluate, control: Control, snapshot: int) -> None:
        spec = order.spec
        torch.set_num_threads(1)
        self._control = control
        self._origin_s = order.origin_s
        self._snapshot = SnapshotReader(snapshot)
        self._plain: Workload = importlib.import_module(workloads()[spec.workload].module).build(spec.knobs, spec.seed)
        self._in_passing = in_passing(self._plain)
        """The samples that every look but the last is validated on: found now, for looks have little of a core."""
        self._own = self._in_format(MASTER["fp32"])
        """Changed as one: while a look in idle time has another format built, the last look of a run may come here."""
        self._seen: Seen | None = None
        self._seed = spec.seed
        self.tries = Tries(control)
        self.watched: Watch | None = None
        """The look that is drawn of every snapshot."""
        self.newest = -1
        """The number of the look that was asked for last: those before it are out of date."""

    def describe(self) -> Evaluating:
        """What can be computed of a snapshot, and the pictures that take none."""
        workload = self._plain
        points = () if workload.points is None else (workload.points(perf_counter() - self._origin_s),)
        has_looks = workload.validation is not None or workload.surface is not None or bool(workload.looks)
        return Evaluating(has_looks=has_looks, pictures=points)

    def look(self, order: Look) -> None:
        """Take in the snapshot, and report what it says of the validation split, with a picture if there is one.

        Raises:
            ValueError: what lies in the memory is no snapshot of this model.
        """
        begin_s, begin_work_s = perf_counter(), thread_time()
        own = self._own
        if MASTER[order.precision] != own.dtype:
            own = self._own = self._in_format(MASTER[order.precision])
        _, workload, model = own
        if not order.gently:  # one of its own: whoever looks in idle time may not be done with the other yet
            model = copy.deepcopy(model)
        with self.tries.taking_in if order.gently else contextlib.nullcontext():
            self._snapshot.read_into(model)
        precision = Precision(order.precision, CPU)
        seen = self._seen = Seen(order.step, workload, model, precision)
        self.tries.offer(seen)
        writing_s = 0.0
        if workload.writing is not None and (order.writes or not order.gently):
            writing_s = self._write(order, workload.writing)
        samples = self._in_passing if order.gently else whole(workload)
        wanted = samples if order.validates else samples[:0]
        found = validate(model, workload, precision, wanted, lambda: self.newest == order.number)
        if found is None:
            return
        pictures: tuple[Surface, ...] = ()
        if workload.surface is not None and workload.surface_inputs is not None:
            outputs = seen.outputs(workload.surface_inputs)
            pictures = (workload.surface(outputs, order.step, perf_counter() - self._origin_s),)
        if not order.gently:  # once it is told, the evaluator ends
            self.draw(self.watched)
        self._control.report(
            Looked(
                number=order.number,
                step=order.step,
                loss_sum=found.loss_sum,
                score_sum=found.score_sum,
                units=found.units,
                held_back=workload.validation.count(whole(workload)) if workload.validation is not None else 0,
                pictures=pictures,
                seconds=perf_counter() - begin_s,
                work_s=thread_time() - begin_work_s,
                writing_s=writing_s,
            )
        )
        if order.gently:
            self.draw(self.watched)

    def draw(self, watched: Watch | None) -> None:
        """Report the picture that somebody watches, unless nobody does any more."""
        if watched is not None and watched.look and watched is self.watched and self._seen is not None:
            self._control.report(draw(watched, self._seen, lambda: watched is self.watched))

    def _write(self, order: Look, writing: Writing) -> float:
        """Report what the model seen last writes, while it does; for how many seconds a core worked for it."""
        assert self._seen is not None
        begin_s = thread_time()
        told_s, text = 0.0, None
        subject = self._seen.subject((), lambda: self.newest == order.number)
        for text in write(subject, writing, (self._seed, order.step)):
            if perf_counter() - told_s > EVERY_S:
                self._control.report(Wrote(number=order.number, text=text))
                told_s = perf_counter()
        if text is not None:
            self._control.report(Wrote(number=order.number, text=msgspec.structs.replace(text, is_over=True)))
        return thread_time() - begin_s

    def answer(self, order: Ask) -> None:
        """Report what the model says of samples of the validation split, beside what is right."""
        seen, samples = self._seen, order.samples
        source = self._plain.validation
        outputs: Tensor | None = None
        targets: Tensor | None = None
        problem, values = "", dict[str, int | str]()
        if seen is None:
            problem = "No weights have been looked at yet: ask again when the first validation is there."
        elif source is None or seen.workload.validation is None or not len(source):
            problem = "This workload has no validation split, so there are no samples to ask about."
        elif any(not 0 <= sample < len(source) for sample in samples):
            problem = "The validation split has the samples 0 to {last:,}; asked was {samples}."
            values = {"last": len(source) - 1, "samples": ", ".join(map(str, samples))}
        else:
            inputs, targets = seen.workload.validation.take(torch.tensor(samples, dtype=torch.int64))
            outputs = seen.outputs(inputs)
        self._control.report(
            Answered(
                number=order.number,
                step=seen.step if seen is not None else -1,
                outputs=_rows(outputs),
                targets=_rows(targets),
                problem=problem,
                values=values,
            )
        )

    def _in_format(self, dtype: torch.dtype) -> "Own":
        """Data and a fresh model in a number format; a snapshot gives the model its weights."""
        return Own(dtype, self._plain.to(CPU, dtype), self._plain.make_model().to(CPU, dtype).eval())


def evaluate(order: Evaluate, control: Control, snapshot: int) -> NoReturn:
    """Live as the evaluator of a run; `snapshot` is a descriptor. It ends with the session, or with an error raised."""
    evaluator = Evaluator(order, control, snapshot)
    looks = ThreadPoolExecutor(1, "looks", initializer=partial(rest_when_others_work, evaluator.tries))
    control.report(evaluator.describe())
    while True:
        match control.direct.get():
            case Look() as look:
                evaluator.newest = look.number
                if look.gently:
                    looks.submit(or_end, control, partial(evaluator.look, look))
                else:
                    evaluator.look(look)
            case Ask() as ask:
                looks.submit(or_end, control, partial(evaluator.answer, ask))
            case Watch() as watch:
                evaluator.watched = watch
                looks.submit(or_end, control, partial(evaluator.draw, watch))
            case Try() as one:
                evaluator.tries.ask(one)
            case other:
                raise AssertionError(f"{other} is no order for an evaluator")


def rest_when_others_work(tries: Tries) -> None:
    """From now on the calling thread gets what nobody else wants of a core, and where all do, a little of one.

    Before each part of a model it stands aside while somebody waits for an answer.
    """
    own = threading.get_ident()

    def before_a_part(*_: object) -> None:
        if threading.get_ident() == own:
            tries.stand_aside()

    register_module_forward_pre_hook(before_a_part)
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOW_PRIORITY)


def _rows(tensor: Tensor | None) -> tuple[tuple[float, ...], ...]:
    if tensor is None:
        return ()
    return tuple(map(tuple, tensor.double().reshape(len(tensor), -1).tolist()))
