"""A GPT small enough to be written three times: number by number in Python, by matrices in numpy, and in torch.

    h  = E[character] + P[place]                            names -> characters -> vectors of w = heads * s numbers
    h' = h + O softmax(Q K^T / sqrt(s) + mask) V            Q, K, V linear in norm(h), by heads; none looks ahead
    z  = h' + W2 relu(W1 norm(h'))                          norm(x) = x / sqrt(mean(x^2) + 1e-5)
    p(next) = softmax(W3 norm(z))                           loss = -log p[next], the mean over a name's characters

    code=python    loss.backward() of numbers that know what they were computed of    `engine/rank/plain/gpt_python.py`
    code=numpy     whole matrices; every derivative written out by hand               `engine/rank/plain/gpt_numpy.py`
    code=torch     torch finds the derivatives                                        `engine/rank/plain/gpt_torch.py`

A sample is the name of a function or class in Python's library, between two ends of a line: each of its characters and
the end behind it is asked for. What stands behind that is not; a short name counts as much as a long one.
Ideas: Andrej Karpathy, micrograd (2020), microgpt (2026); Radford et al., 2019 (GPT-2); Zhang and Sennrich, "Root Mean
Square Layer Normalization", NeurIPS 2019.
"""

from functools import partial

import torch
from torch import Tensor

from engine.rank.data import python_names
from engine.rank.data.python_names import ALPHABET, COUNT, HELD_BACK, LONGEST
from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload
from engine.rank.looks.language import attention
from engine.rank.looks.names import continue_names, invented
from engine.rank.looks.terms import gradient_terms
from engine.rank.plain import gpt_numpy, gpt_python, gpt_torch
from engine.rank.plain.gpt_python import NOT_ASKED

CARD = {
    "name": "gpt-in-plain-python",
    "title": "Names · Plain GPT",
    "rung": 80,
    "summary": "The same small GPT in plain Python, in numpy and in torch learns to make up names of functions.",
    "batch_size": 16,
    "lr": 0.01,
    "train_samples": 2_000,
    "validation_samples": 300,
    "unit": "names",
    "code": ["python", "numpy"],
    "looks": [
        {
            "name": "terms",
            "title": "One weight's gradient",
            "kind": "heat map",
            "help": "The terms of the sum that is one weight's gradient, one a character, and its value by each code.",
        },
        {
            "name": "names",
            "title": "Names it makes up",
            "kind": "text",
            "help": "Names drawn character by character, always with the same dice: only the weights differ.",
        },
        {
            "name": "attention",
            "title": "Attention map",
            "kind": "heat map",
            "help": "Which characters each character hears, in one head of one layer: the darker, the more.",
        },
    ],
    "tries": [
        {
            "name": "continue",
            "title": "Continue a name",
            "kind": "prompt",
            "help": "Type the beginning of a name: the model goes on with it, in several ways.",
        },
    ],
    "metric": {"name": "perplexity", "kind": "perplexity"},
    "layers": 3,
    "widths": ["heads"],
    "knobs": [
        {
            "name": "heads",
            "title": "Heads",
            "help": "Each looks for something else in the characters so far; ranks that share the model divide them.",
            "default": 4,
            "minimum": 1,
            "maximum": 16,
        },
        {
            "name": "head_width",
            "title": "Width of a head",
            "help": "Numbers a head compares characters by; heads times this is the model's width.",
            "default": 4,
            "minimum": 1,
            "maximum": 32,
        },
    ],
}

PLACES = LONGEST + 1
"""Of a name: at each of them a character is asked for, at the last one its end."""
MATRICES = ("block.out", "block.ask", "block.grow", "block.shrink", "head.out")


def lines() -> tuple[Tensor, Tensor]:
    """All names as numbers: what is read at each place, and what follows, (names, t) each."""
    read = torch.zeros(COUNT, PLACES, dtype=torch.int64)
    follows = torch.full((COUNT, PLACES), NOT_ASKED)
    for row, name in enumerate(python_names.names()):
        numbers = torch.tensor(python_names.numbers_of(f"\n{name}\n"))
        read[row, : len(numbers) - 1], follows[row, : len(numbers) - 1] = numbers[:-1], numbers[1:]
    return read, follows


def build(knobs: Knobs, seed: int) -> Workload:  # noqa: ARG001 - the names are the same for every seed
    """Names of characters by number, (samples, t), and the same moved on by one."""
    heads, size = int(knobs["heads"]), int(knobs["head_width"])
    read, follows = lines()
    train, held_back = slice(0, COUNT - HELD_BACK), slice(COUNT - HELD_BACK, COUNT)
    terms = {"python": partial(gpt_python.terms_of, heads=heads), "numpy": partial(gpt_numpy.terms_of, heads=heads)}
    return Workload(
        train=Tensors(read[train], follows[train]),
        validation=Tensors(read[held_back], follows[held_back]),
        make_model=partial(gpt_torch.make_model, len(ALPHABET), PLACES, heads, size),
        layers=("embed", "block", "head"),
        splits={
            "embed.characters": "embedding",
            "block.ask": "heads",
            "block.out": "row",
            "block.grow": "column",
            "block.shrink": "row",
            "head.out": "column",
        },
        heads=heads,
        loss_sum=gpt_torch.loss_sum,
        score_sum=gpt_torch.score_sum,
        code={"python": partial(gpt_python.forward, heads=heads), "numpy": partial(gpt_numpy.forward, heads=heads)},
        looks={
            "terms": gradient_terms(MATRICES, gpt_torch.loss_sum, terms, python_names.text_of, NOT_ASKED),
            "names": invented(PLACES, python_names.text_of, python_names.names),
            "attention": attention(
                ["block"], heads, gpt_torch.attention_of, lambda part: python_names.text_of(part.tolist())
            ),
        },
        tries={"continue": continue_names(PLACES, python_names.numbers_of, python_names.text_of)},
    )
