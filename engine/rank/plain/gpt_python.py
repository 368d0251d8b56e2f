"""The GPT of names in plain Python: lists of numbers, one after the other, and nothing else.

    names -> characters -> vectors (lists of w numbers) -> scores -> loss        forward(weights, inputs, targets)
                                                                 <- gradients     (by `engine/rank/plain/number.py`)

    e = E[character] + P[place]                  p = softmax(W3 norm(z))       norm(x) = x / sqrt(mean(x^2) + 1e-5)
    h = e + O attention(norm(e))                 loss = -log p[next], the mean over the characters of a name
    z = h + W2 relu(W1 norm(h))

The same model is `gpt_numpy.py`, whole matrices at a time, and `gpt_torch.py`; a test holds all three to the same
losses and gradients. Numbers of Python are doubles, whatever weights are kept in.
Ideas: Andrej Karpathy, microgpt (2026); Radford et al., 2019 (GPT-2); Zhang and Sennrich, "Root Mean Square Layer
Normalization", NeurIPS 2019.
"""

import gc
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.rank.plain.number import Number, backward, dot, terms, total

Vector = list[Number]
Matrix = list[Vector]
Listed = Any  # a tensor or an array: `tolist()` gives its numbers as lists

NOT_ASKED = -1  # the target of a place behind a name's end
SMALL = 1e-5


def forward(
    weights: Mapping[str, Listed], inputs: Listed, targets: Listed, heads: int
) -> tuple[float, Callable[[], dict[str, list[list[float]]]]]:
    """The sum of the losses of all names, and what gives the gradients of that sum, by weights' name.

    `inputs` and `targets` are names as numbers of characters, (b, t): what is read, and what follows.
    """
    numbers, loss = _computed(weights, inputs, targets, heads)

    def gradients() -> dict[str, list[list[float]]]:
        backward(loss)
        found = {name: [[number.gradient for number in row] for row in matrix] for name, matrix in numbers.items()}
        loss.tape.clear()  # numbers and tape hold each other: else they would wait for who collects garbage
        return found

    return loss.value, gradients


def terms_of(
    weights: Mapping[str, Listed], inputs: Listed, targets: Listed, weight: tuple[str, int, int], heads: int
) -> tuple[float, list[tuple[float, float]]]:
    """The gradient of one weight W[i, j] of a matrix, by (name, i, j), and its terms in the order of the characters.

    Each is dL/dy[i] and x[j], where y = W x.
    """
    numbers, loss = _computed(weights, inputs, targets, heads)
    backward(loss)
    name, row, column = weight
    number = numbers[name][row][column]
    found = number.gradient, terms(number)
    loss.tape.clear()
    return found


def _computed(
    weights: Mapping[str, Listed], inputs: Listed, targets: Listed, heads: int
) -> tuple[dict[str, Matrix], Number]:
    """Each weight as numbers at the beginning of a tape, and the sum of the losses at its end."""
    tape: list[Number] = []
    collects = gc.isenabled()
    gc.disable()  # nothing on the tape is garbage, and to look for some as it grows took as long as to compute
    try:
        numbers = {key: [[Number(x, tape) for x in row] for row in of.tolist()] for key, of in weights.items()}
        return numbers, _loss(numbers, inputs.tolist(), targets.tolist(), heads)
    finally:
        if collects:
            gc.enable()


def _loss(numbers: Mapping[str, Matrix], inputs: list[list[int]], targets: list[list[int]], heads: int) -> Number:
    """The sum of the losses of all names."""
    losses = []
    for characters, wanted in zip(inputs, targets, strict=True):
        asked = sum(target != NOT_ASKED for target in wanted)  # what stands behind a name's end is not computed at all
        scores = _scores(numbers, characters[:asked], heads)  # (t, characters)
        surprises = [_surprise(row, target) for row, target in zip(scores, wanted, strict=False)]
        losses.append(total(surprises).scaled(1.0 / asked))
    return total(losses)


def _scores(numbers: Mapping[str, Matrix], characters: Sequence[int], heads: int) -> list[Vector]:
    """What may follow each character of one name: (t) -> (t, characters)."""
    found, past = [], list[Vector]()
    for place, character in enumerate(characters):
        e = _sum(numbers["embed.characters.weight"][character], numbers["embed.places"][place])  # (w)
        h = _sum(e, _linear(numbers["block.out.weight"], _attention(numbers, _norm(e), past, heads)))  # (w)
        inner = [x.relu() for x in _linear(numbers["block.grow.weight"], _norm(h))]  # (4 w)
        z = _sum(h, _linear(numbers["block.shrink.weight"], inner))  # (w)
        found.append(_linear(numbers["head.out.weight"], _norm(z)))  # (characters)
    return found


def _attention(numbers: Mapping[str, Matrix], x: Vector, past: list[Vector], heads: int) -> Vector:
    """What a character hears from those up to it, (w) -> (w): head by head the mean of their v, weighted by q k.

    `past` has q, k and v of those before: it grows by this character's.
    """
    size = len(x) // heads
    asked = _linear(numbers["block.ask.weight"], x)  # (3 w): head by head its q, k and v
    past.append(asked)
    heard: Vector = []
    for begin in range(0, 3 * len(x), 3 * size):
        q, k, v = (slice(begin + part * size, begin + (part + 1) * size) for part in range(3))
        scores = [dot(asked[q], before[k]).scaled(size**-0.5) for before in past]  # (t so far)
        shares = _softmax(scores)
        heard += [dot(shares, values) for values in zip(*(before[v] for before in past), strict=True)]  # (size)
    return heard


def _linear(rows: Matrix, x: Vector) -> Vector:
    """A matrix times a vector: (n, m), (m) -> (n)."""
    return [dot(row, x) for row in rows]


def _sum(x: Vector, y: Vector) -> Vector:
    return [a + b for a, b in zip(x, y, strict=True)]


def _norm(x: Vector) -> Vector:
    """A vector of the same direction whose mean square is 1: (w) -> (w)."""
    scale = dot(x, x).scaled(1.0 / len(x), SMALL).power(-0.5)
    return [a * scale for a in x]


def _softmax(scores: Vector) -> Vector:
    _, powers = _powers(scores)
    share = total(powers).power(-1.0)
    return [power * share for power in powers]


def _surprise(scores: Vector, target: int) -> Number:
    """The loss of one character: -log softmax(scores)[target] = log(sum of e^scores) - scores[target]."""
    highest, powers = _powers(scores)
    return total(powers).log() + scores[target].scaled(-1.0, highest)


def _powers(scores: Vector) -> tuple[float, Vector]:
    """The highest score, and e^(score - highest) of each: that constant cancels, and no power becomes too large."""
    highest = max(score.value for score in scores)
    return highest, [score.scaled(1.0, -highest).exp() for score in scores]
