"""Looks at a model that guesses what is missing in a text, and gaps that somebody leaves.

guess = argmax of the scores at a gap        said with p = softmax(scores)[guess]
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional

from engine.pictures import AnyGiven, AnyPicture, Line, Phrase, Text
from engine.rank.data.subject import Subject, Try
from engine.rank.looks.drawing import floats

LINES, LIKELIEST, TOLD = 8, 3, 4
BLANK, TYPED, CUT = "▯", "_", "…"
"""How a gap is shown, how it is typed, and how what is too long ends."""


def guessed_gaps(gap: int, text_of: Callable[[Tensor], str]) -> Callable[[Subject], AnyPicture]:
    """Held-back lines with their gaps, what the model puts into them, and what stood there. `gap` is its number."""

    def draw(subject: Subject) -> AnyPicture:
        assert subject.validation is not None
        text, weights, right, gaps = "", list[float](), 0, 0
        inputs, wanted = subject.validation.first(LINES)
        said = subject.forward(inputs).argmax(2)
        for line, guess, true in zip(inputs, said, wanted, strict=True):
            is_gap = line == gap
            hits = (guess == true) & is_gap
            right, gaps = right + int(hits.sum()), gaps + int(is_gap.sum())
            for shown, marked in (
                (_spelled(torch.where(is_gap, 0, line), is_gap, text_of), torch.zeros(len(line))),
                (_guessed(torch.where(is_gap, guess, line), is_gap, text_of), hits.float() - (is_gap & ~hits).float()),
                (_spelled(torch.where(is_gap, true, line), None, text_of), torch.zeros(len(line))),
            ):
                text += shown + "\n"
                weights += [*marked.tolist(), 0.0]
            text += "\n"
            weights.append(0.0)
        note = Phrase(
            "Three rows a line: with its gaps; as guessed (blue is right, orange wrong); as it was. Of these {gaps} "
            "gaps {right} are guessed rightly.",
            {"gaps": gaps, "right": right},
        )
        return Text(prompt="", text=text, weights=floats(torch.tensor(weights)), note=note)

    return draw


def fill_in(context: int, gap: int, numbers_of: Callable[[str], Tensor], text_of: Callable[[Tensor], str]) -> Try:
    """What a model puts into the gaps of a line that somebody types; each _ is a gap of one character.

    What is longer than the model's lines is cut, and is seen to be.
    """

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Line)
        typed, end = given.text[:context], CUT if len(given.text) > context else ""
        numbers = numbers_of(typed)
        is_gap = torch.tensor([character == TYPED for character in typed], dtype=torch.bool)
        line = functional.pad(torch.where(is_gap, gap, numbers), (0, context - len(typed)))  # line ends behind it
        chances = subject.forward(line[None])[0, : len(typed)].double().softmax(1).nan_to_num(0.0)
        sure, guess = chances.max(1)
        told = [_words(chances[place], text_of) for place in is_gap.nonzero()[:TOLD, 0].tolist()]
        words = (
            Phrase("The surer the deeper. Likeliest, gap by gap: {told}.", {"told": "; ".join(told)})
            if told
            else Phrase("Type a line, with _ for each character that is to be guessed.")
        )
        yield Text(
            prompt="",
            text=_guessed(torch.where(is_gap, guess, numbers), is_gap, text_of) + end,
            weights=floats(functional.pad(torch.where(is_gap, sure, 0.0), (0, len(end)))),
            note=words,
        )

    return answer


def _words(chances: Tensor, text_of: Callable[[Tensor], str]) -> str:
    best = chances.topk(LIKELIEST)
    pairs = zip(best.indices, best.values.tolist(), strict=True)
    spelled = [(_spelled(number[None], None, text_of).replace(" ", "␣"), chance) for number, chance in pairs]
    return ", ".join(f"{character} {chance:.0%}" for character, chance in spelled)


def _guessed(numbers: Tensor, is_gap: Tensor, text_of: Callable[[Tensor], str]) -> str:
    """Each number's character; a blank that was put into a gap is seen."""
    pairs = zip(_spelled(numbers, None, text_of), is_gap.tolist(), strict=True)
    return "".join("␣" if blank and character == " " else character for character, blank in pairs)


def _spelled(numbers: Tensor, is_gap: Tensor | None, text_of: Callable[[Tensor], str]) -> str:
    """Each number's character, one place each; gaps as boxes, a line's end as an arrow."""
    text = text_of(numbers).replace("\n", "↵")
    if is_gap is None:
        return text
    return "".join(BLANK if blank else character for character, blank in zip(text, is_gap.tolist(), strict=True))
