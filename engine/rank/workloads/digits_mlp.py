"""The lecture's own example: a multilayer perceptron reads handwritten digits.

    x (b, 64) -> relu(W1 x + b1) (b, 512) -> ... -> p = softmax(W6 h5 + b6) (b, 10)      loss = -log p[class]

Data: the UCI digits that scikit-learn carries: 1,437 to train on, each of them 16 times, turned, moved and enlarged as
(seed, sample) says, for as they are they are learnt within seconds; and 360 held back, unchanged.
Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", Nature 323, 1986.
"""

from torch import Tensor, nn
from torch.nn import functional

from engine.rank.data.digits import TRAIN_SAMPLES, pictures, varied
from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload, build_mlp
from engine.rank.looks.classes import confusion, wrong_examples
from engine.rank.looks.digits import NAMES, read_digit
from engine.rank.looks.kernels import first_weights
from engine.rank.looks.occlusion import occlusion

CARD = {
    "name": "digits-mlp",
    "title": "Digits · MLP",
    "rung": 40,
    "summary": "A multilayer perceptron with cross-entropy learns to read 1,797 real handwritten digits.",
    "batch_size": 512,
    "lr": 0.001,
    "optimizer": "sgd",
    "train_samples": 22_992,
    "validation_samples": 360,
    "training": "Copies of digits that are trained on are turned, moved and enlarged; digits held back are as they "
    "are, and easier: their loss may lie well below.",
    "looks": [
        {
            "name": "weights",
            "title": "First layer's weights",
            "kind": "image grid",
            "help": "What each neuron of the first layer looks for in the picture: blue adds to it, orange takes away.",
        },
        {
            "name": "confusion",
            "title": "Confusion matrix",
            "kind": "heat map",
            "help": "How often each digit (row) of the held-back samples is taken for each (column).",
        },
        {
            "name": "wrong",
            "title": "Wrong examples",
            "kind": "image grid",
            "help": "Held-back digits that are misread, with what was said and what they are.",
        },
        {
            "name": "occlusion",
            "title": "What it hangs on",
            "kind": "image grid",
            "help": "By how much the answer changes where a patch of a digit is empty: blue places speak for it.",
        },
    ],
    "tries": [
        {
            "name": "draw",
            "title": "Draw a digit",
            "kind": "drawing",
            "help": "Draw a digit: the model says at once how likely each of the ten is.",
        },
    ],
    "layers": "layers",
    "widths": ["hidden"],
    "knobs": [
        {
            "name": "hidden",
            "title": "Hidden width",
            "help": "Neurons in each hidden layer: work grows with its square.",
            "default": 512,
            "minimum": 4,
            "maximum": 8192,
        },
        {
            "name": "layers",
            "title": "Linear layers",
            "help": "Matrix multiplications from image to class scores, with a ReLU between each two.",
            "default": 6,
            "minimum": 1,
            "maximum": 32,
        },
        {
            "name": "side",
            "title": "Image side",
            "help": "The digits are 8 pixels wide; 28 enlarges them to 784 inputs.",
            "default": 8,
            "choices": [8, 28],
            "unit": "px",
        },
        {
            "name": "copies",
            "title": "Copies of each",
            "help": "How often each digit is there to train on, each time turned, moved and enlarged; 1: as it is. "
            "16 take 6 MiB in each rank, 69 MiB where the side is 28.",
            "default": 16,
            "before": 1,
            "choices": [1, 4, 16],
            "means": {"train_samples": [1_437, 5_748, 22_992]},
        },
    ],
}

FAR = 2.0
"""How far a copy is changed: by up to 20 degrees, two pixels, a fifth of the size."""


def _make_model(sizes: list[int]) -> nn.Module:
    """The layers, with first weights as large as ReLU wants them (He et al., ICCV 2015).

    With PyTorch's own a signal shrinks to a hundredth on its way through six layers, and the loss stands still at
    first.
    """
    model = build_mlp(sizes, nn.ReLU)
    for layer in list(model.children())[:-1:2]:
        nn.init.kaiming_normal_(layer.get_parameter("weight"), nonlinearity="relu")
    return model


def build(knobs: Knobs, seed: int) -> Workload:
    """Digits as flat pixels, (samples, side * side) in 0..1. All copies are made here: a step only takes its rows."""
    images, targets = pictures()  # (1797, 1, 8, 8), (1797,)
    side, copies = int(knobs["side"]), int(knobs["copies"])

    def flat(square: Tensor) -> Tensor:
        """Pictures (n, 1, 8, 8) as inputs, (n, side * side)."""
        return (square if side == 8 else functional.interpolate(square, size=(side, side), mode="bilinear")).flatten(1)

    train = images[:TRAIN_SAMPLES]
    if copies > 1:
        train = varied(train.repeat(copies, 1, 1, 1), seed, FAR)
    hidden = [int(knobs["hidden"])] * (int(knobs["layers"]) - 1)
    return Workload(
        train=Tensors(flat(train), targets[:TRAIN_SAMPLES].repeat(copies)),
        validation=Tensors(flat(images[TRAIN_SAMPLES:]), targets[TRAIN_SAMPLES:]),
        make_model=lambda: _make_model([side * side, *hidden, 10]),
        loss_sum=lambda outputs, classes: functional.cross_entropy(outputs, classes, reduction="sum"),
        score_sum=lambda outputs, classes: (outputs.argmax(1) == classes).sum(),
        looks={
            "weights": first_weights(side),
            "confusion": confusion(NAMES),
            "wrong": wrong_examples(NAMES, side, side),
            "occlusion": occlusion(NAMES, side),
        },
        tries={"draw": read_digit(flat)},
    )
