"""What a model says of praise where it may also say nothing: a review is left undecided where p is near a half.

undecided    1 - c < p(in praise) < c
c            the least for which nine of ten that are decided are right, over every other held-back review; what that
             comes to is told of the rest, which had no part in the choice
No review of the data is neutral, so nobody can learn what that is: this is abstention, and is called so.
Source: Chow, "On Optimum Recognition Error and Reject Tradeoff", IEEE Transactions on Information Theory 16(1), 1970.
"""

import torch
from torch import Tensor

from engine.pictures import AnyPicture, Curve, Phrase
from engine.rank.data.subject import Subject
from engine.rank.looks.drawing import floats

RIGHT, PLACES = 0.9, 50
"""The share of those decided that are to be right, and how many values of c are tried, from a half to one."""


def praise_of(outputs: Tensor) -> Tensor:
    """How likely reviews are in praise, (b,); where the model says no number: as likely as not."""
    return outputs[:, 0].double().sigmoid().nan_to_num(0.5)


def topics_of(outputs: Tensor) -> Tensor:
    """How likely reviews are about each topic, (b, topics)."""
    return outputs[:, 1:].double().softmax(1).nan_to_num(1 / (outputs.shape[1] - 1))


def threshold(subject: Subject) -> float:
    """How sure the model must be of a side to say it, c."""
    return _chosen(*_told(subject, 0))


def decided(subject: Subject) -> AnyPicture:
    """The share that is decided, and of these the share that is right, by how sure the model must be."""
    least = threshold(subject)
    praise, is_so = _told(subject, 1)
    places = _places()
    shares, right = _shares(praise, is_so, places)
    at = int((places >= least).nonzero()[0])
    return Curve(
        names=(Phrase("decided"), Phrase("right of these")),
        x=floats(places),
        y=floats(torch.stack([shares, right])),
        x_title=Phrase("how sure it must be"),
        y_title=Phrase("share"),
        highest=1.0,
        is_share=True,
        mark=least,
        note=Phrase(
            "Between {below:.0%} and {above:.0%} in praise a review is left undecided: so chosen on half of those held "
            "back that {aim:.0%} of what is decided is right. Of the other half {shares:.0%} are decided, {right:.1%} "
            "of these rightly; {all:.1%} if all are. The data have no neutral reviews: undecided is no third class.",
            {
                "below": 1 - least,
                "above": least,
                "aim": RIGHT,
                "shares": shares[at].item(),
                "right": right[at].nan_to_num(0.0).item(),
                "all": right[0].item(),
            },
        ),
    )


def _told(subject: Subject, first: int) -> tuple[Tensor, Tensor]:
    """Of every other held-back review, p(in praise) and whether it is so, (n,)."""
    assert subject.validation is not None
    inputs, targets = subject.validation.take(torch.arange(first, len(subject.validation), 2))
    return praise_of(subject.forward(inputs)), targets[:, 0] > 0


def _places() -> Tensor:
    return torch.linspace(0.5, 1.0, PLACES + 1, dtype=torch.float64)[:-1]


def _shares(praise: Tensor, is_so: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
    """By how sure one must be: the share that is decided, and the share of these that is right (of none: no number)."""
    sure, is_right = torch.maximum(praise, 1 - praise), (praise > 0.5) == is_so
    is_decided = sure >= places[:, None]  # (places, n)
    return is_decided.double().mean(1), (is_decided & is_right).sum(1) / is_decided.sum(1)


def _chosen(praise: Tensor, is_so: Tensor) -> float:
    """The least place at which enough are right; the last one where they never are."""
    places = _places()
    enough = (_shares(praise, is_so, places)[1] >= RIGHT).nonzero()
    return float(places[enough[0, 0] if len(enough) else -1])
