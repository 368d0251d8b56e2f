"""Two towers: a person's vector from a table, an item's from the words that stand on it; the likeness is their product.

    p        = P[user]                                    (b, f)
    q_i      = sum over the n words w on item i of V[w] / sqrt(n)         b_i = the same sum of c[w]
    score(user, i) = p . q_i + b_i                        (b, items)

A table has a row of its own for each item and knows nothing of one that nobody has chosen yet. Here an item is the sum
of what stands on it, so one that came in today has a vector as well: what others with its words have taught. What the
words do not say, it cannot know. (Yi et al. score against what else is in the batch, and correct for how often each
item comes to be there; here are few items, so the softmax is over all of them, and there is nothing to correct.)

Who holds what, where two ranks share the model: of P the upper and the lower half of the people, of V and c the upper
and the lower half of the words; what a rank has no row of, it takes as zeros, and the sum is what both go on with.

Source: Yi et al., "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations", RecSys 2019.
"""

import torch
from torch import Tensor, nn

SPREAD = 0.1  # of fresh vectors
SPLITS = {"items.words": "embedding", "items.renown": "embedding"}
"""How ranks share the tower of items, where it is called `items`."""


class Titles(nn.Module):
    """The tower of items, and the product with people."""

    spelled: Tensor
    share: Tensor

    def __init__(self, spelled: Tensor, words: int, factors: int) -> None:
        """`spelled` (items, longest) are the numbers of the words on each item, below `words`; 0 stands for none."""
        super().__init__()
        self.words = nn.Embedding(words, factors)
        self.renown = nn.Embedding(words, 1)
        nn.init.normal_(self.words.weight, std=SPREAD)
        nn.init.zeros_(self.renown.weight)
        is_word = spelled > 0
        share = is_word / is_word.sum(1, keepdim=True).clamp(min=1).sqrt()
        self.register_buffer("spelled", spelled, persistent=False)
        self.register_buffer("share", share[:, :, None].to(torch.get_default_dtype()), persistent=False)

    def items(self) -> tuple[Tensor, Tensor]:
        """Where each item lies, (items, factors), and what it has by itself, (items,)."""
        factors = (self.share * self.words(self.spelled)).sum(1)
        renown = (self.share * self.renown(self.spelled)).sum((1, 2))
        return factors, renown

    def forward(self, people: Tensor) -> Tensor:
        """People's vectors, (b, factors), become scores of all items, (b, items)."""
        factors, renown = self.items()
        return people @ factors.T + renown
