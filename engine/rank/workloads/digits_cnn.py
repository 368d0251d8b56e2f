"""A convolutional network reads handwritten digits that are never twice in the same place.

    f1 = relu(K1 * x)      (b, 1, 8, 8) -> (b, c, 8, 8)            * : each 3 x 3 patch with each kernel
    f2 = relu(K2 * f1)     -> (b, 2c, 8, 8)    p2 = max over 2 x 2 -> (b, 2c, 4, 4)
    f3 = relu(K3 * p2)     -> (b, 4c, 4, 4)    p3 = max over 2 x 2 -> (b, 4c, 2, 2)
    p(class) = softmax(W relu(V p3))           loss = -log p[class]

The ideas of AlexNet at teaching size: convolution, ReLU, pooling, and augmentation. Each digit stands in the training
data 16 times, each time turned, moved and enlarged a little by what (seed, sample) says: no slice of a batch has a part
in that, so every mode sees the same pictures. (AlexNet's dropout would not do: it draws by slice.)

Data: the UCI digits that scikit-learn carries, as `digits-mlp` has them; 360 of 1,797 are held back, unchanged.
Source: Krizhevsky, Sutskever, Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", NeurIPS 2012.
"""

from collections import OrderedDict

from torch import nn
from torch.nn import functional

from engine.rank.data.digits import TRAIN_SAMPLES, pictures, varied
from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload
from engine.rank.looks.classes import confusion, wrong_examples
from engine.rank.looks.digits import NAMES, read_digit
from engine.rank.looks.kernels import feature_maps, first_kernels
from engine.rank.looks.occlusion import occlusion

CARD = {
    "name": "digits-cnn",
    "title": "Digits · CNN",
    "rung": 50,
    "summary": "A convolutional network learns to read handwritten digits that are turned, moved and enlarged.",
    "batch_size": 128,
    "lr": 0.001,
    "train_samples": 22_992,
    "validation_samples": 360,
    "training": "Digits that are trained on are turned, moved and enlarged; those held back are as they are, and "
    "easier: their loss may lie well below.",
    "looks": [
        {
            "name": "filters",
            "title": "Filters",
            "kind": "image grid",
            "help": "The kernels of the first convolution: blue adds, orange takes away.",
        },
        {
            "name": "maps",
            "title": "Feature maps",
            "kind": "image grid",
            "help": "Where each kernel of a layer finds in one held-back digit what it looks for.",
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
    "layers": 5,
    "widths": ["hidden"],
    "knobs": [
        {
            "name": "channels",
            "title": "Channels",
            "help": "Kernels of the first convolution; the second has twice as many, the third four times.",
            "default": 16,
            "minimum": 2,
            "maximum": 128,
        },
        {
            "name": "hidden",
            "title": "Hidden width",
            "help": "Neurons between the last pictures and the class scores.",
            "default": 64,
            "minimum": 4,
            "maximum": 4096,
        },
        {
            "name": "augment",
            "title": "Augmentation",
            "help": "How far a digit is turned, moved and enlarged: 1 is up to 10 degrees, a pixel, a tenth.",
            "default": 1.0,
            "minimum": 0.0,
            "maximum": 3.0,
        },
    ],
}

CONVOLUTIONS = ("conv1", "conv2", "conv3")
VARIANTS = 16  # how often each digit stands in the training data, each time changed in another way


def build(knobs: Knobs, seed: int) -> Workload:
    """Digits as pictures, (samples, 1, 8, 8) in 0..1."""
    images, targets = pictures()  # (1797, 1, 8, 8), (1797,)
    train = varied(images[:TRAIN_SAMPLES].repeat(VARIANTS, 1, 1, 1), seed, float(knobs["augment"]))
    channels, hidden = int(knobs["channels"]), int(knobs["hidden"])

    def make_model() -> nn.Module:
        def convolution(inputs: int, outputs: int) -> list[nn.Module]:
            return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]

        parts = {
            "conv1": nn.Sequential(*convolution(1, channels)),  # (b, 1, 8, 8) -> (b, c, 8, 8)
            "conv2": nn.Sequential(*convolution(channels, 2 * channels), nn.MaxPool2d(2)),  # -> (b, 2c, 4, 4)
            "conv3": nn.Sequential(*convolution(2 * channels, 4 * channels), nn.MaxPool2d(2)),  # -> (b, 4c, 2, 2)
            "hidden": nn.Sequential(nn.Flatten(), nn.Linear(16 * channels, hidden), nn.ReLU()),  # -> (b, hidden)
            "classes": nn.Linear(hidden, 10),  # -> (b, 10)
        }
        return nn.Sequential(OrderedDict(parts))

    return Workload(
        train=Tensors(train, targets[:TRAIN_SAMPLES].repeat(VARIANTS)),
        validation=Tensors(images[TRAIN_SAMPLES:], targets[TRAIN_SAMPLES:]),
        make_model=make_model,
        layers=("conv1", "conv2", "conv3", "hidden", "classes"),
        splits={"hidden.1": "column", "classes": "row"},
        loss_sum=lambda outputs, wanted: functional.cross_entropy(outputs, wanted, reduction="sum"),
        score_sum=lambda outputs, wanted: (outputs.argmax(1) == wanted).sum(),
        looks={
            "filters": first_kernels,
            "maps": feature_maps(CONVOLUTIONS),
            "confusion": confusion(NAMES),
            "wrong": wrong_examples(NAMES, 8, 8),
            "occlusion": occlusion(NAMES, 8),
        },
        tries={"draw": read_digit(lambda pictures: pictures)},
    )
