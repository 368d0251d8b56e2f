"""Names that a model makes up, character by character. Its outputs score what follows each, (b, t, characters).

    line = [ end of line ]                            a name begins where nothing has been read yet
    p(next) = softmax(scores at the line's end)       drawn; appended; and so on, until a line's end is drawn

A name is shown as long as the model's lines are, at most: behind it there is no place that it has learned about.
"""

from collections.abc import Callable, Collection, Iterator
from time import perf_counter

import torch
from torch import Tensor

from engine.pictures import LONGEST_TEXT, AnyGiven, AnyPicture, Phrase, Prompt, Text
from engine.rank.data.subject import Subject, Try
from engine.rank.looks.language import FULL, NO_NUMBERS, drawn, written

COUNT = 12
SEED = 1
END = 0
"""The number of a line's end."""

Look = Callable[[Subject], AnyPicture]
Spell = Callable[[list[int]], str]


def invented(places: int, text_of: Spell, known: Callable[[], Collection[str]]) -> Look:
    """A dozen names, drawn with the same dice every time: what differs is what the weights have learned since."""

    def draw(subject: Subject) -> AnyPicture:
        chance = torch.Generator().manual_seed(SEED)
        lines = torch.full((COUNT, places + 1), END)
        for place in range(places):
            scores = subject.forward(lines[:, :-1])[:, place].double()
            if not scores.isfinite().all():
                return Text(prompt="", text="", note=NO_NUMBERS)
            lines[:, place + 1] = torch.multinomial(scores.softmax(1), 1, generator=chance)[:, 0]
        names = [text_of(line[1:]).partition(text_of([END]))[0] for line in lines.tolist()]
        values: dict[str, int | float | str] = {"count": COUNT, "known": len(set(known()).intersection(names))}
        note = Phrase("{count} names, always with the same dice. {known} of them stand in the data.", values)
        return Text(prompt="", text="\n".join(names), note=note)

    return draw


def continue_names(places: int, numbers_of: Callable[[str], list[int]], text_of: Spell) -> Try:
    """Go on with the beginning of a name until it ends, then once more from there, as long as tokens are asked for.

    A text ends where a picture holds no more of it: what was typed stands there again with every name.
    """

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Prompt)
        begin = [END, *(number for number in numbers_of(given.text) if number != END)][:places]
        chance = torch.Generator().manual_seed(given.seed)
        begin_s, text, line = perf_counter(), "", begin
        for count in range(1, given.tokens + 1):
            padded = torch.tensor([line + [END] * (places - len(line))])
            scores: Tensor = subject.forward(padded)[0, len(line) - 1].double()
            if not scores.isfinite().all():
                yield Text(prompt=text_of(begin[1:]), text=text, note=NO_NUMBERS)
                return
            following = int(drawn(scores, given, chance))
            if following == END or len(line) == places:
                more, line = text_of([following, END][following == END :] + begin[1:]), begin
            else:
                more, line = text_of([following]), [*line, following]
            if len(text) + len(more) > LONGEST_TEXT:
                yield Text(prompt=text_of(begin[1:]), text=text, note=FULL)
                return
            text += more
            yield Text(prompt=text_of(begin[1:]), text=text, note=written(count, perf_counter() - begin_s))

    return answer
