"""A model of language writes on, so that people see what it has learned.

    line = prompt, as long as those it is trained on
    p(next) = softmax(scores of the line's last place / temperature)      temperature 0.8: a little bolder than it is
    drawn by (seed, step); the line loses its first character and has this one as its last; so on, for 200 characters

It costs 200 passes of one line, more than a whole validation of a small model. So it is not done in every look (see
`WritingPace`), and it ends when its time is over: then the text is shorter.
"""

from collections.abc import Callable
from time import perf_counter, thread_time

import numpy as np
import torch
from torch import nn

from engine.events.evaluator import TextSample
from engine.rank.data.workload import Writing
from engine.rank.step.precision import Precision

CHARACTERS = 200
TEMPERATURE = 0.8
WORK_S = 0.3
"""So long a core may write, or as long as it validated where that took longer."""
WAITS = 10
"""Where others want the core, it takes at most so many times that by the clock."""
SHARE = 100
"""A text is written so many times as seldom as it took: of the looks' fiftieth, half at most."""
CLOCK_SHARE = 4
"""And of the clock a quarter at most, where others want the core: validation waits meanwhile."""
FIRST_S = 1.0


class WritingPace:
    """When the next text is due: soon and ever more rarely at first, for a model changes most when it begins."""

    def __init__(self) -> None:
        self._first_s: float | None = None
        self._next_s = 0.0

    def is_due(self, now_s: float) -> bool:
        """Whether it is time for another text."""
        return now_s >= self._next_s

    def wrote(self, begin_s: float, end_s: float, work_s: float) -> None:
        """Note when a text was begun and ended, and for how long a core worked for it."""
        self._first_s = begin_s if self._first_s is None else self._first_s
        self._next_s = begin_s + min(
            FIRST_S + begin_s - self._first_s, max(SHARE * work_s, CLOCK_SHARE * (end_s - begin_s))
        )


@torch.inference_mode()
def write(
    model: nn.Module,
    precision: Precision,
    writing: Writing,
    draw: tuple[int, int],
    work_s: float,
    is_wanted: Callable[[], bool],
) -> TextSample:
    """What the model goes on with after the prompt; `draw` is the run's seed and the step whose weights these are.

    It writes for `work_s` of a core at most, and no longer than it is wanted. A model whose scores are no numbers
    writes nothing more.
    """
    chance = torch.Generator().manual_seed(int(np.random.SeedSequence(draw).generate_state(1)[0]))
    line, written = writing.prompt[None], list[torch.Tensor]()
    end_s, end_work_s = perf_counter() + WAITS * work_s, thread_time() + work_s
    while len(written) < CHARACTERS and is_wanted() and perf_counter() < end_s and thread_time() < end_work_s:
        with precision.forward():
            scores = model(line)[0, -1]
        chances = (scores.double() / TEMPERATURE).softmax(0)
        if not chances.isfinite().all():
            break
        written.append(torch.multinomial(chances, 1, generator=chance))
        line = torch.cat([line[:, 1:], written[-1][None]], 1)
    text = writing.text_of(torch.cat(written)) if written else ""
    return TextSample(at_s=0.0, step=draw[1], prompt=writing.text_of(writing.prompt), text=text)
