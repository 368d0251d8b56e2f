"""What a network says of an utterance, some numbers a moment, when a person makes one of them higher or lower.

turned    p(man) with x[t, k] + d at every moment t         d such that the mean of x[., k] goes from -3 to 3
          deviations off the mean of all; how the number rises and falls along the utterance stays as it was
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from engine.pictures import AnyGiven, AnyPicture, Choice, Curve, Phrase, Turned
from engine.rank.data.source import Source
from engine.rank.data.subject import Subject, Try
from engine.rank.looks.drawing import floats

PLACES, FAR, TOLD = 61, 3.0, 3
"""Places of a curve, deviations off the mean at its ends, and men that are told of, or drawn."""


def turn_voice(train: Source) -> Try:
    """Whose voice a held-back utterance is taken for as one of its numbers is higher or lower; others may be, too.

    Utterances are (n, t, numbers). Moments of zeros are silence, and stay so.
    """
    means = _means(train.first(len(train))[0])
    own, spread = means.mean(0), means.std(0, correction=0)

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Turned)
        assert subject.validation is not None
        count, numbers = len(subject.validation), len(own)
        sample, number = min(given.sample, count - 1), min(given.feature, numbers - 1)
        heard, man = subject.validation.take(torch.tensor([sample]))
        as_it_was = _chances(subject, heard)[0]
        for other, value in given.values.items():
            if other < numbers:
                heard = _moved(heard, other, own[other] + value * spread[other])
        places = own[number] + spread[number] * torch.linspace(-FAR, FAR, PLACES)
        lines = _chances(subject, _moved(heard.repeat(PLACES, 1, 1), number, places))
        drawn = lines.amax(0).topk(min(TOLD, lines.shape[1])).indices.sort().values
        place = _means(heard)[0, number].item()
        yield Curve(
            names=tuple(Phrase("man {number}", {"number": one + 1}) for one in drawn.tolist()),
            x=floats(places),
            y=floats(lines[:, drawn].T),
            x_title=Phrase("mean of coefficient {number}", {"number": number + 1}),
            y_title=Phrase("probability"),
            highest=1.0,
            is_share=True,
            mark=place,
            note=Phrase(
                "Man {man} said this. With coefficient {number} at {place:.2f} it is taken for: {now}; as it was said, "
                "for: {before}. Drawn are the {drawn} men who are likeliest somewhere.",
                {
                    "man": int(man) + 1,
                    "number": number + 1,
                    "place": place,
                    "now": _likeliest(_chances(subject, heard)[0]),
                    "before": _likeliest(as_it_was),
                    "drawn": len(drawn),
                },
            ),
            choices=(
                Choice(title="Utterance", options=tuple(str(one + 1) for one in range(count)), chosen=sample),
                Choice(title="Coefficient", options=tuple(str(one + 1) for one in range(numbers)), chosen=number),
            ),
        )

    return answer


def _chances(subject: Subject, utterances: Tensor) -> Tensor:
    """How likely each man is, (n, men)."""
    return subject.forward(utterances).double().softmax(1).nan_to_num(0.0)


def _is_heard(utterances: Tensor) -> Tensor:
    """Where there is sound, (n, t): silence has zeros alone."""
    return (utterances != 0).any(2)


def _means(utterances: Tensor) -> Tensor:
    """The mean of each number over what is heard of an utterance, (n, t, numbers) -> (n, numbers)."""
    return utterances.sum(1) / _is_heard(utterances).sum(1, keepdim=True).clamp(min=1)


def _moved(utterances: Tensor, number: int, mean: Tensor) -> Tensor:
    """Utterances, (n, t, numbers), with one number higher or lower all along, so that it has this mean: () or (n,)."""
    moved = utterances.clone()
    moved[:, :, number] += (mean - _means(utterances)[:, number])[:, None] * _is_heard(utterances)
    return moved


def _likeliest(chances: Tensor) -> str:
    """The men that are likeliest, by number."""
    values, order = chances.topk(min(TOLD, len(chances)))
    pairs = zip(order.tolist(), values.tolist(), strict=True)
    return ", ".join(f"{man + 1} ({chance:.0%})" for man, chance in pairs)
