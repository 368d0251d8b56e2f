"""The GPT of names in numpy: whole matrices at a time, and every derivative written out by hand.

    forward     y = x W^T                     for each line of it,
    backward    dx = dy W,  dW = dy^T x       its derivative stands in `backward`, from the last line to the first

    e = E[character] + P[place]                  p = softmax(W3 norm(z))       norm(x) = x / sqrt(mean(x^2) + 1e-5)
    h = e + O attention(norm(e))                 loss = -log p[next], the mean over the characters of a name
    z = h + W2 relu(W1 norm(h))

The same model is `gpt_python.py`, one number at a time, and `gpt_torch.py`, where torch finds the derivatives. `d_y` is
dL/dy, of the shape of y: b names, t places, w numbers, s in a head.
Sources: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", Nature, 1986; Karpathy,
microgpt, 2026; Radford et al., 2019 (GPT-2).
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

Array = np.ndarray

NOT_ASKED = -1
SMALL = 1e-5


class Found(NamedTuple):
    """Gradients by weights' name; of matrices, y = W x, too, the dL/dy (b, t, n) and x (b, t, m) they are made of.

    dL/dW[i, j] is the sum of dL/dy[..., i] * x[..., j] over all names and places.
    """

    gradients: dict[str, Array]
    factors: dict[str, tuple[Array, Array]]


def forward(
    weights: Mapping[str, Array], inputs: Array, targets: Array, heads: int
) -> tuple[float, Callable[[], dict[str, Array]]]:
    """The sum of the losses of all names, and what gives the gradients of that sum, by weights' name.

    `inputs` and `targets` are names as numbers of characters, (b, t): what is read, and what follows.
    """
    loss_sum, backward = _forward(weights, inputs, targets, heads)
    return loss_sum, lambda: backward().gradients


def terms_of(
    weights: Mapping[str, Array], inputs: Array, targets: Array, weight: tuple[str, int, int], heads: int
) -> tuple[float, list[tuple[float, float]]]:
    """The gradient of one weight W[i, j] of a matrix, by (name, i, j), and its terms in the order of the characters.

    Each is dL/dy[i] and x[j], where y = W x.
    """
    name, row, column = weight
    found = _forward(weights, inputs, targets, heads)[1]()
    d_y, x = found.factors[name]
    is_asked = targets != NOT_ASKED
    pairs = zip(d_y[is_asked, row].tolist(), x[is_asked, column].tolist(), strict=True)
    return float(found.gradients[name][row, column]), list(pairs)


def _forward(
    weights: Mapping[str, Array], inputs: Array, targets: Array, heads: int
) -> tuple[float, Callable[[], Found]]:
    table, places, ask, out, grow, shrink, head = (weights[name] for name in NAMES)
    width = table.shape[1]
    size = width // heads
    e = table[inputs] + places[: inputs.shape[1]]  # (b, t, w)
    n1, scale1 = _norm(e)  # (b, t, w), (b, t, 1)
    q, k, v = (n1 @ ask.T).reshape(*inputs.shape, heads, 3, size).transpose(3, 0, 2, 1, 4)  # each (b, heads, t, s)
    scores = q @ k.swapaxes(2, 3) * size**-0.5  # (b, heads, t, t)
    scores[..., np.triu(np.ones(scores.shape[2:], bool), 1)] = -np.inf  # none looks ahead
    shares = _softmax(scores)
    heard = (shares @ v).swapaxes(1, 2).reshape(e.shape)  # (b, t, w)
    h = e + heard @ out.T
    n2, scale2 = _norm(h)
    inner = np.maximum(n2 @ grow.T, 0.0)  # (b, t, 4 w)
    z = h + inner @ shrink.T
    n3, scale3 = _norm(z)
    chances = _softmax(n3 @ head.T)  # (b, t, characters)
    is_asked = targets != NOT_ASKED  # (b, t)
    weighs = (is_asked / is_asked.sum(1, keepdims=True)).astype(e.dtype)  # (b, t): a name's characters together 1
    right = *np.nonzero(is_asked), targets[is_asked]
    loss_sum = -float((weighs[is_asked] * np.log(chances[right])).sum())

    def backward() -> Found:
        d_scores3 = chances.copy()
        d_scores3[right] -= 1.0  # p - 1 for the right character, p for all others
        d_scores3 *= weighs[:, :, None]
        d_z = _norm_back(d_scores3 @ head, n3, scale3)
        d_inner = (d_z @ shrink) * (inner > 0.0)
        d_h = d_z + _norm_back(d_inner @ grow, n2, scale2)
        d_heard = (d_h @ out).reshape(*inputs.shape, heads, size).swapaxes(1, 2)  # (b, heads, t, s)
        d_v = shares.swapaxes(2, 3) @ d_heard
        d_shares = d_heard @ v.swapaxes(2, 3)  # (b, heads, t, t)
        d_scores = shares * (d_shares - (d_shares * shares).sum(3, keepdims=True)) * size**-0.5
        d_q, d_k = d_scores @ k, d_scores.swapaxes(2, 3) @ q
        d_asked = np.stack([d_q, d_k, d_v]).transpose(1, 3, 2, 0, 4).reshape(*inputs.shape, 3 * width)
        d_e = d_h + _norm_back(d_asked @ ask, n1, scale1)
        d_table = np.zeros_like(table)
        np.add.at(d_table, inputs, d_e)
        d_places = np.zeros_like(places)
        d_places[: inputs.shape[1]] = d_e.sum(0)
        factors = {  # of each y = x W^T
            "block.ask.weight": (d_asked, n1),
            "block.out.weight": (d_h, heard),
            "block.grow.weight": (d_inner, n2),
            "block.shrink.weight": (d_z, inner),
            "head.out.weight": (d_scores3, n3),
        }
        products = {name: _flat(d_y).T @ _flat(x) for name, (d_y, x) in factors.items()}
        return Found({NAMES[0]: d_table, NAMES[1]: d_places, **products}, factors)

    return loss_sum, backward


NAMES = (
    "embed.characters.weight",  # (characters, w)
    "embed.places",  # (t, w)
    "block.ask.weight",  # (3 w, w): head by head its q, k and v
    "block.out.weight",  # (w, w)
    "block.grow.weight",  # (4 w, w)
    "block.shrink.weight",  # (w, 4 w)
    "head.out.weight",  # (characters, w)
)


def _norm(x: Array) -> tuple[Array, Array]:
    """Vectors (..., w) of the same direction whose mean square is 1, and what each was multiplied by, (..., 1)."""
    scale = ((x * x).mean(-1, keepdims=True) + SMALL) ** -0.5
    return x * scale, scale


def _norm_back(d_y: Array, y: Array, scale: Array) -> Array:
    """The gradient before a norm: of what is behind it, without its part along y, for lengths are lost there."""
    d_x: Array = scale * (d_y - y * (d_y * y).mean(-1, keepdims=True))
    return d_x


def _flat(x: Array) -> Array:
    """The vectors of all names and places below each other: (b, t, n) -> (b t, n)."""
    return x.reshape(-1, x.shape[2])


def _softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    shares: Array = powers / powers.sum(-1, keepdims=True)
    return shares
