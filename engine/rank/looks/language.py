"""Looks at a model of language, and how it continues what somebody types. Its outputs score what follows each token.

    attention map      A[i, j] = softmax over j of q_i k_j / sqrt(s): how much character i hears of character j
    loss by position   mean over held-back lines of -log p[next], at each place of a line
    continue           p(next) = softmax(scores / temperature) over the top-k likeliest; drawn; appended; and so on

A line shorter than the context stands at its beginning: none looks ahead, so what stands behind it does not matter. A
line that has outgrown the context loses the oldest quarter of it: then who remembers what it has read begins anew only
once in so many tokens.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from time import perf_counter, thread_time

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.pictures import LONGEST_TEXT, AnyGiven, AnyPicture, Curve, Phrase, Prompt, Text
from engine.rank.data.subject import Scores, Subject, Try
from engine.rank.looks.drawing import floats, heat_map

SHOWN = 32
"""Tokens of a line whose attention is drawn."""
LINES = 8
APART = 16
"""Lines that pass through the model together are so far from each other among those held back."""
WORK_S = 0.3
"""After so long a core takes up no more lines."""
LONGEST_ROW, LONGEST_COLUMN = 8, 3
HEARS = "How much each character (row) hears of those up to it: each row sums to 1."
HEARS_PIECES = "How much each piece of a word (row) hears of those up to it: each row sums to 1."
CUT = "…"
"""What stands before a text whose beginning is not read any more."""
NO_NUMBERS = Phrase("What the model says of the next token are no numbers any more: training has diverged.")
WRITTEN, WRITTEN_ONE = "{n:,} tokens, {rate:,.0f} tokens/s.", "One token, {rate:,.0f} tokens/s."
FULL = Phrase("The text ends here: no more than {most:,} characters of one are shown.", {"most": LONGEST_TEXT})
LOST = 4
"""A line that has outgrown the context loses one part in so many of it."""

Look = Callable[[Subject], AnyPicture]
Weights = Callable[[nn.Module, Tensor], Tensor]
"""What a block makes of the vectors that come into it, (1, t, width): its attention, (1, heads, t, t)."""


def attention(blocks: Sequence[str], heads: int, weights: Weights, text_of: Callable[[Tensor], str]) -> Look:
    """The attention of one head of one of the blocks, by name, over the beginning of a held-back line."""

    def draw(subject: Subject) -> AnyPicture:
        assert subject.validation is not None
        layer = subject.choice(0, "Layer", tuple(str(number + 1) for number in range(len(blocks))))
        head = subject.choice(1, "Head", tuple(str(number + 1) for number in range(heads)))
        count = min(LINES, len(subject.validation))
        line = subject.choice(2, "Line", tuple(str(number + 1) for number in range(count)))
        inputs, _ = subject.validation.take(torch.tensor([line.chosen]))
        block = subject.model.get_submodule(blocks[layer.chosen])
        vectors = subject.inputs_of(block, inputs).to(next(block.parameters()).dtype)
        found = weights(block, vectors)[0, head.chosen, :SHOWN, :SHOWN]
        tokens = [text_of(token) for token in inputs[0, :SHOWN].split(1)]
        return heat_map(
            found,
            [_name(token, LONGEST_ROW) for token in tokens],
            [_name(token, LONGEST_COLUMN) for token in tokens],
            relation=Phrase("hears"),
            note=Phrase(HEARS if all(len(token) == 1 for token in tokens) else HEARS_PIECES),
            choices=(layer, head, line),
        )

    return draw


def _name(token: str, longest: int) -> str:
    """A token as it stands on the side of a picture: blanks and ends of lines are seen, and what is long is cut."""
    seen = "".join(letter if letter.isprintable() and letter != " " else "␣" for letter in token)
    return seen if len(seen) <= longest else seen[: longest - 1] + "…"


def loss_by_position(subject: Subject) -> AnyPicture:
    """The loss at each place of a line, over held-back lines: how much it helps to have read more.

    Over all of them, or where that takes longer than `WORK_S`, over some from all parts of the text: others wait.
    """
    assert subject.validation is not None
    sums, lines, begin_work_s = torch.zeros(0, dtype=torch.float64), 0, thread_time()
    for first in range(APART):
        numbers = torch.arange(first, len(subject.validation), APART)
        if not len(numbers) or (lines and thread_time() - begin_work_s > WORK_S):
            break
        inputs, wanted = subject.validation.take(numbers)
        scores = subject.forward(inputs)
        losses = functional.cross_entropy(scores.flatten(0, 1).float(), wanted.flatten(), reduction="none")
        found = losses.double().view_as(wanted).sum(0)
        sums, lines = found if not lines else sums + found, lines + len(wanted)
    return Curve(
        names=(Phrase("loss"),),
        x=floats(torch.arange(1, len(sums) + 1)),
        y=floats(sums / lines),
        x_title=Phrase("place in the line"),
        y_title=Phrase("loss"),
        note=Phrase("The mean of {lines:,} held-back lines: further on, more has been read.", {"lines": lines}),
    )


def continue_text(
    context: int,
    numbers_of: Callable[[str], Tensor],
    text_of: Callable[[Tensor], str],
    reading: Callable[[Subject], Scores] | None = None,
) -> Try:
    """Go on with a text, token by token, as long as a picture holds it. What the model has read of it stands before.

    `numbers_of` spells it in the model's numbers, (t,); `text_of` back again.

    `reading` gives whoever scores what follows one line after the other: without it, each is passed through the whole
    model.
    """

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Prompt)
        typed = numbers_of(given.text or "\n")
        line = typed[-context:]
        prompt = (CUT if len(line) < len(typed) else "") + text_of(line) if given.text else ""
        chance = torch.Generator().manual_seed(given.seed)
        scores_of = anew(subject, context) if reading is None else reading(subject)
        begin_s, text, count = perf_counter(), "", 0
        following = continued(line, context, scores_of, lambda scores: drawn(scores, given, chance))
        for count, token in enumerate(islice(following, given.tokens), 1):
            more = text_of(token)
            if len(text) + len(more) > LONGEST_TEXT:  # of pieces of words, so many tokens may be longer
                yield Text(prompt=prompt, text=text, note=FULL)
                return
            text += more
            yield Text(prompt=prompt, text=text, note=written(count, perf_counter() - begin_s))
        if count < given.tokens:
            yield Text(prompt=prompt, text=text, note=NO_NUMBERS)

    return answer


def written(count: int, seconds: float) -> Phrase:
    """What is said of a text of so many tokens, at least one."""
    return Phrase(WRITTEN_ONE if count == 1 else WRITTEN, {"n": count, "rate": count / seconds})


def continued(line: Tensor, context: int, scores_of: Scores, draw: Callable[[Tensor], Tensor]) -> Iterator[Tensor]:
    """The numbers of the tokens that follow a line, (t,), one after the other, (1,), without end.

    Each is drawn of the scores of what may follow, (tokens,), in float64. Scores that are no numbers end it.
    """
    while (scores := scores_of(line).double()).isfinite().all():
        following = draw(scores)
        yield following
        line = torch.cat([line, following])
        if len(line) > context:
            line = line[-(context - context // LOST) :]


def anew(subject: Subject, context: int) -> Scores:
    """Each line is passed through the whole model, which takes lines of `context` tokens alone."""

    def scores_of(line: Tensor) -> Tensor:
        return subject.forward(functional.pad(line, (0, context - len(line)))[None])[0, len(line) - 1]

    return scores_of


def drawn(scores: Tensor, given: Prompt, chance: torch.Generator) -> Tensor:
    """The number of the next token, (1,)."""
    if not given.temperature:
        return scores.argmax(0, keepdim=True)
    if given.top_k:
        least = scores.topk(min(given.top_k, len(scores))).values[-1]
        scores = scores.masked_fill(scores < least, float("-inf"))
    return torch.multinomial((scores / given.temperature).softmax(0), 1, generator=chance)
