"""A model of language writes on, so that people see what it has learned.

    p(next) = softmax(scores of what follows the line / temperature)      temperature 0.8: a little bolder than it is
    drawn by (seed, step), appended to the line; so on, for 200 tokens, each told as it comes

A model that keeps what it has read (`Writing.reading`) reads the prompt once, and then one token after the other: with
11 M weights 3.5 ms each, where a pass of the whole line takes 64. However, 200 of these too cost more than all else in
a look. So a text has a clock of its own (`engine/session/look_pace.py`), and ends when its time is over: then it is
shorter.
"""

from collections.abc import Iterator
from time import perf_counter, thread_time

import numpy as np
import torch

from engine.events.evaluator import TextSample
from engine.rank.data.subject import Subject
from engine.rank.data.workload import Writing
from engine.rank.looks.language import anew, continued

TOKENS = 200
TEMPERATURE = 0.8
WORK_S = 0.075
"""So long a core may write."""
MOST_S = 8.0
"""And so long by the clock, where others want the core: what is due next waits for it."""


def write(subject: Subject, writing: Writing, draw: tuple[int, int]) -> Iterator[TextSample]:
    """What the model goes on with after the prompt, longer by a token each time.

    `draw` is the run's seed and the step whose weights these are. It writes for `WORK_S` of a core at most, and no
    longer than it is wanted. A model whose scores are no numbers writes nothing more.
    """
    chance = torch.Generator().manual_seed(int(np.random.SeedSequence(draw).generate_state(1)[0]))
    scores_of = anew(subject, writing.context) if writing.reading is None else writing.reading(subject)
    end_s, end_work_s = perf_counter() + MOST_S, thread_time() + WORK_S
    prompt, text = writing.text_of(writing.prompt), ""
    following = continued(
        writing.prompt,
        writing.context,
        scores_of,
        lambda scores: torch.multinomial((scores / TEMPERATURE).softmax(0), 1, generator=chance),
    )
    for _ in range(TOKENS):
        if not subject.is_wanted() or perf_counter() >= end_s or thread_time() >= end_work_s:
            return
        token = next(following, None)
        if token is None:
            return
        text += writing.text_of(token)
        yield TextSample(at_s=0.0, step=draw[1], prompt=prompt, text=text, is_over=False)
