"""Looks at a model that recommends items to people, and picks of which it makes a list.

score(p, i) = p . q_i + b_i              recall@k: how often a choice held back is among the k best
map     items by the two directions in which their q differ most (principal components)
picks   who has chosen the items S, and nothing else, is p = (n C + I)^-1 sum over S of (q_j - m)
        m, C: mean and covariance of q, item by item as likely as softmax(b) has it
        = one step of Newton's method, from p = 0, up to log p(S | p) - |p|^2 / 2
why     p . q_i = sum over S of (q_j - m) (n C + I)^-1 q_i: what each pick adds to the score of i
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from engine.pictures import AnyGiven, AnyPicture, Choice, Curve, HeatMap, Phrase, Picks, Scatter
from engine.rank.data.subject import Subject, Try
from engine.rank.looks.drawing import floats, heat_map
from engine.rank.models.towers import Titles

MOST_SHOWN, LISTED, MOST_PICKS = 50, 10, 12
Look = Callable[[Subject], AnyPicture]


def recall_by_length(fresh: Callable[[Tensor, Tensor], Tensor], often: Tensor, *, has_new: bool) -> Look:
    """Recall at every length of the list, beside that of a list by how `often` items were chosen, (items,).

    `fresh` leaves of scores, (b, items), beside what was chosen, (b, 2), those that can be recommended.
    """
    other = Phrase("its kind is chosen most" if has_new else "most chosen for everybody")

    def draw(subject: Subject) -> AnyPicture:
        most = min(MOST_SHOWN, len(often))
        found = torch.zeros(2, most, dtype=torch.float64)
        choices = 0
        for _, wanted, scores in subject.slices():
            for row, score in enumerate((scores.float(), often.expand(len(scores), -1))):
                best = fresh(score, wanted).topk(most, dim=1).indices
                found[row] += (best == wanted[:, :1]).double().sum(0)
            choices += len(wanted)
        recall = found.cumsum(1) / choices
        return Curve(
            names=(Phrase("model"), other),
            x=floats(torch.arange(1, most + 1)),
            y=floats(recall),
            x_title=Phrase("k: length of the list"),
            y_title=Phrase("recall@k"),
            is_share=True,
            note=Phrase(
                "Of {choices:,} choices held back {model:.1%} are among the ten best, {often:.1%} among the ten most "
                "chosen."
                if not has_new
                else "Of {choices:,} choices of new items {model:.1%} are among the ten best of these, {often:.1%} "
                "among the ten of whose kind known ones are chosen most.",
                {"choices": choices, "model": recall[0, 9].item(), "often": recall[1, 9].item()},
            ),
        )

    return draw


def item_map(names: Sequence[str], group: Tensor, groups: Sequence[Phrase], shown: Tensor) -> Look:
    """Items where their factors put them, the `shown` ones by number, by group (items,)."""

    def draw(subject: Subject) -> AnyPicture:
        factors = _items(subject.model)[0].nan_to_num(0.0, 0.0, 0.0)  # (items, factors)
        centred = factors - factors.mean(0)
        _, sizes, directions = torch.linalg.svd(centred, full_matrices=False)
        flat = centred @ directions[:2].T  # (items, 2); one factor alone has no second direction
        y = flat[:, 1] if flat.shape[1] > 1 else torch.zeros(len(flat))
        kept = (sizes[:2].square().sum() / sizes.square().sum().clamp(min=1e-12)).item()
        return Scatter(
            x=floats(flat[shown, 0]),
            y=floats(y[shown]),
            group=bytes(group[shown].tolist()),
            groups=tuple(groups),
            names=tuple(names[number] for number in shown.tolist()),
            x_title=Phrase("first direction"),
            y_title=Phrase("second direction"),
            note=Phrase(
                "{shown:,} items, {factors} factors each, along the two directions in which items differ most "
                "(principal components): {kept:.0%} of what they differ by.",
                {"shown": len(shown), "factors": factors.shape[1], "kept": kept},
            ),
        )

    return draw


def recommend_to_picks(names: Sequence[str]) -> Try:
    """A list for somebody who has chosen some items, and what each of these adds to the score of each on the list."""

    def answer(subject: Subject, given: AnyGiven) -> Iterator[AnyPicture]:
        assert isinstance(given, Picks)
        factors, renown = _items(subject.model)
        picked = [item for item in dict.fromkeys(given.items) if item < len(names)][:MOST_PICKS]
        likely = renown.softmax(0)
        mean = likely @ factors
        centred = factors - mean
        spread = centred.T @ (likely[:, None] * centred)  # C
        inverse = torch.linalg.inv(len(picked) * spread + torch.eye(len(mean), dtype=spread.dtype))
        adds = centred[picked] @ inverse @ factors.T  # (picks, items)
        scores = renown + adds.sum(0)
        best = scores.index_fill(0, torch.tensor(picked, dtype=torch.int64), -torch.inf).topk(LISTED).indices
        table = torch.cat([scores[best][None], renown[best][None], adds[:, best]]).T
        yield _list(table, [names[number] for number in best.tolist()], names, len(picked))

    return answer


def _list(table: Tensor, listed: Sequence[str], names: Sequence[str], picks: int) -> HeatMap:
    words = (
        "The ten best for who has picked these {picks}, and why: a score is the sum of what the item has by itself and "
        "of what each pick adds."
    )
    none = "Pick some: until then the list is by what each item has by itself."
    return heat_map(
        table,
        listed,
        ("score", "itself", *(f"pick {number + 1}" for number in range(picks))),
        row_title=Phrase("for you"),
        column_title=Phrase(""),
        note=Phrase(words if picks else none, {"picks": picks}),
        has_numbers=True,
        is_signed=True,
        choices=(Choice(title="Item", options=tuple(names)),),
    )


def _items(model: nn.Module) -> tuple[Tensor, Tensor]:
    """Where each item lies, (items, factors), and what it has by itself, (items,)."""
    items = model.get_submodule("items")
    assert isinstance(items, nn.Linear | Titles)
    factors, renown = (items.weight, items.bias) if isinstance(items, nn.Linear) else items.items()
    return factors.detach().double(), renown.detach().double()
