"""Looks at a model that brings pictures and names to one place, and what people draw or type for it.

similarity of a picture x and a name w    s(x, w) = v(x) . v(w), the cosine of the angle between the two
drawn    p(name) = softmax over ten names of 20 s
typed    the held-back pictures that are nearest to what is typed
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from engine.pictures import AnyGiven, AnyPicture, Bars, Drawing, Line, Phrase
from engine.rank.data.subject import Subject, Try
from engine.rank.looks.digits import digit_of
from engine.rank.looks.drawing import heat_map, image_grid

NEAREST, SIDE = 24, 8
SHARPNESS = 20
Spell = Callable[[Sequence[str]], Tensor]
"""Names as the model's inputs have them, (names, letters)."""


def similarities(languages: Sequence[Sequence[str]], spell: Spell) -> Callable[[Subject], AnyPicture]:
    """How near pictures of each digit lie to each name, on average over the held-back ones."""

    def draw(subject: Subject) -> AnyPicture:
        assert subject.validation is not None
        language = subject.choice(0, "Names", tuple(", ".join(names[:3]) + " …" for names in languages))
        names = languages[language.chosen]
        inputs, digits = subject.validation.first(len(subject.validation))
        found = _scores(subject, inputs[:, : SIDE * SIDE], names, spell) / SHARPNESS  # (n, 10)
        sums = torch.zeros(len(names), len(names), dtype=found.dtype).index_add_(0, digits, found)
        means = sums / torch.bincount(digits, minlength=len(names))[:, None]
        return heat_map(
            means,
            [str(digit) for digit in range(len(names))],
            names,
            row_title=Phrase("picture"),
            column_title=Phrase("name"),
            note=Phrase(
                "Mean cosine between {pictures:,} held-back pictures, by digit, and names: the largest of each row "
                "should lie on the diagonal.",
                {"pictures": len(inputs)},
            ),
            has_numbers=True,
            is_signed=True,
            choices=(language,),
        )

    return draw


def name_drawing(languages: Sequence[Sequence[str]], spell: Spell) -> Try:
    """How near what is drawn lies to each name, in each language by itself."""

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Drawing)
        digit = digit_of(given)
        picture = digit.flatten(1).to(next(subject.model.parameters()).dtype)
        scores = [_scores(subject, picture, names, spell)[0].double() for names in languages]
        chances = [one.softmax(0).nan_to_num(0.0).tolist() for one in scores]
        yield Bars(
            names=tuple(name for names in languages for name in names),
            values=tuple(chance for part in chances for chance in part),
            is_lying=True,
            seen=image_grid(digit[0], note=Phrase()),
            note=Phrase("Ten names of each language, each ten by themselves; the drawing is made as the data's were."),
        )

    return answer


def picture_name(spell: Spell, longest: int) -> Try:
    """The held-back pictures that lie nearest to a word that somebody types: to what the model reads of it."""

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Line)
        assert subject.validation is not None
        word = "".join(letter for letter in given.text.strip().lower()[:longest] if spell([letter]).any())
        if not word:
            yield Bars(
                names=("–",),
                values=(0.0,),
                note=Phrase("The model knows none of these letters: type a digit's name, in English or Chinese."),
            )
            return
        inputs, digits = subject.validation.first(len(subject.validation))
        pixels = inputs[:, : SIDE * SIDE]
        near = (_scores(subject, pixels, [word] * 10, spell)[:, 0] / SHARPNESS).topk(NEAREST)
        yield image_grid(
            pixels[near.indices].view(-1, SIDE, SIDE),
            captions=[Phrase("{near:.2f}", {"near": value}) for value in near.values.tolist()],
            note=Phrase(
                "The {count} of {pictures:,} held-back pictures that lie nearest to “{word}”, with their cosine; "
                "{often} of them are of the digit {digit}.",
                {
                    "count": NEAREST,
                    "pictures": len(pixels),
                    "word": word,
                    "digit": int(digits[near.indices].mode().values),
                    "often": int(functional.one_hot(digits[near.indices]).sum(0).max()),
                },
            ),
        )

    return answer


def _scores(subject: Subject, pixels: Tensor, names: Sequence[str], spell: Spell) -> Tensor:
    """What the model scores pictures (n, 64) with, beside each of ten names, (n, 10)."""
    letters = spell(names).flatten().to(pixels.dtype).expand(len(pixels), -1)
    return subject.forward(torch.cat([pixels, letters], dim=1))
