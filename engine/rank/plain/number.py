"""Numbers that know what they were computed of: differentiation by single numbers, in plain Python.

    c = a * b        c.inputs = (a, b)        c.slopes = (b.value, a.value)        dc/da = b, dc/db = a

    forward     each operation writes its result at the end of the tape
    backward    the tape is read from its end: with g = dL/dc, for all inputs of c:   a.gradient += dc/da * g

What a number was used for stands behind it on the tape, so its gradient is whole before it is passed on: that is the
chain rule, and the sum over all ways on which a number reaches the loss. Each `dc/da * g` is a term of that sum.

A sum of products, w1 x1 + ... + wn xn, is one operation here with 2 n inputs, not 2 n - 1 operations with two: that is
what matrices are made of, and ten times as fast.
Ideas: Andrej Karpathy, micrograd (2020) and microgpt (2026); Wengert, "A simple automatic derivative evaluation
program", Communications of the ACM, 1964 (the tape).
"""

import math
from collections.abc import Sequence
from operator import mul


class Number:
    """One number, what it was computed of, how steeply it follows each of these, and dL/d(it) after `backward`."""

    __slots__ = ("gradient", "inputs", "slopes", "tape", "value")

    def __init__(
        self,
        value: float,
        tape: "list[Number]",
        inputs: "tuple[Number, ...]" = (),
        slopes: tuple[float, ...] = (),
    ) -> None:
        self.value, self.tape, self.inputs, self.slopes = value, tape, inputs, slopes
        self.gradient = 0.0
        tape.append(self)

    def __add__(self, other: "Number") -> "Number":
        return Number(self.value + other.value, self.tape, (self, other), (1.0, 1.0))

    def __mul__(self, other: "Number") -> "Number":
        return Number(self.value * other.value, self.tape, (self, other), (other.value, self.value))

    def scaled(self, factor: float, shift: float = 0.0) -> "Number":
        """The number times a constant, plus another."""
        return Number(self.value * factor + shift, self.tape, (self,), (factor,))

    def power(self, exponent: float) -> "Number":
        """The number to a constant power."""
        slope = exponent * self.value ** (exponent - 1.0)
        return Number(self.value**exponent, self.tape, (self,), (slope,))

    def exp(self) -> "Number":
        """The power of e with this exponent, which is its own slope."""
        value = math.exp(self.value)
        return Number(value, self.tape, (self,), (value,))

    def log(self) -> "Number":
        """The natural logarithm of the number."""
        return Number(math.log(self.value), self.tape, (self,), (1.0 / self.value,))

    def relu(self) -> "Number":
        """The number where it is positive, else zero."""
        return Number(max(0.0, self.value), self.tape, (self,), (float(self.value > 0.0),))


def dot(weights: Sequence[Number], numbers: Sequence[Number]) -> Number:
    """The sum of products of two rows of numbers, as long as each other."""
    factors, values = tuple(w.value for w in weights), tuple(x.value for x in numbers)
    return Number(sum(map(mul, factors, values)), weights[0].tape, (*weights, *numbers), values + factors)


def total(numbers: Sequence[Number]) -> Number:
    """The sum of a row of numbers."""
    return Number(sum(x.value for x in numbers), numbers[0].tape, tuple(numbers), (1.0,) * len(numbers))


def backward(loss: Number) -> None:
    """Fill in d loss / d number as the `gradient` of every number on its tape, none of which has one yet."""
    loss.gradient = 1.0
    for number in reversed(loss.tape):
        gradient = number.gradient
        if gradient:
            for given, slope in zip(number.inputs, number.slopes, strict=True):
                given.gradient += slope * gradient


def terms(number: Number) -> list[tuple[float, float]]:
    """The terms of a number's gradient after `backward`, in the order of its uses: dL/dc of each, and dc/d(number)."""
    return [
        (user.gradient, slope)
        for user in number.tape
        for given, slope in zip(user.inputs, user.slopes, strict=True)
        if given is number
    ]
