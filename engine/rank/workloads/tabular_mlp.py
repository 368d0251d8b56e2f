"""A multilayer perceptron tells from a table's row to which class it belongs: a tumour's, or a wine's.

    z = (x - mean) / deviation                 of each column, over the rows to train on; each has a unit of its own
    p = softmax(W2 relu(W1 z + b1) + b2)       loss = -log p[class]        (cross-entropy)

Data, as carried by scikit-learn; a fifth of the rows is held back:
    breast cancer    569 tumours, 30 measures of their cells; malignant or benign (Street, Wolberg, Mangasarian, 1993)
    wine             178 wines, 13 chemical measures; from which of three growers (Aeberhard, Coomans, de Vel, 1992)
Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", Nature 323, 1986.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.pictures import Phrase
from engine.rank.data.package_files import package_file
from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload, build_mlp
from engine.rank.looks.calibration import calibration
from engine.rank.looks.classes import confusion
from engine.rank.looks.features import Columns, feature_worth, turn_feature

CARD = {
    "name": "tabular-mlp",
    "title": "Tables · MLP",
    "rung": 30,
    "summary": "A multilayer perceptron learns from rows of real measurements whether a tumour is malignant.",
    "batch_size": 32,
    "lr": 0.001,
    "train_samples": 455,
    "validation_samples": 114,
    "looks": [
        {
            "name": "confusion",
            "title": "Confusion matrix",
            "kind": "heat map",
            "help": "How often each class (row) of the held-back rows is taken for each (column).",
        },
        {
            "name": "calibration",
            "title": "Calibration",
            "kind": "curve",
            "help": "How often what the model says with a probability is so: on the diagonal it means what it says.",
        },
        {
            "name": "worth",
            "title": "Feature worth",
            "kind": "bars",
            "help": "By how much the loss rises where a feature is hidden behind its mean.",
        },
    ],
    "tries": [
        {
            "name": "turn",
            "title": "Turn a feature",
            "kind": "turned",
            "help": "Take a held-back row and turn one of its features from low to high: what would the model say?",
        },
    ],
    "layers": "layers",
    "widths": ["hidden"],
    "knobs": [
        {
            "name": "table",
            "title": "Table",
            "help": "What the rows are of: tumours of the breast (30 measures, 2 classes) or wines (13 and 3).",
            "default": "breast cancer",
            "choices": ["breast cancer", "wine"],
            "means": {"train_samples": [455, 142], "validation_samples": [114, 36]},
        },
        {
            "name": "hidden",
            "title": "Hidden width",
            "help": "Neurons in each hidden layer: work grows with its square.",
            "default": 32,
            "minimum": 4,
            "maximum": 4096,
        },
        {
            "name": "layers",
            "title": "Linear layers",
            "help": "Matrix multiplications from row to class scores, with a ReLU between each two.",
            "default": 3,
            "minimum": 1,
            "maximum": 32,
        },
    ],
}

FILES = {"breast cancer": "breast_cancer.csv", "wine": "wine_data.csv"}
CLASSES = {"breast cancer": ("malignant", "benign"), "wine": ("grower 1", "grower 2", "grower 3")}
CELLS = (
    "radius, texture, perimeter, area, smoothness, compactness, concavity, concave points, symmetry, fractal dimension"
)
WINES = (
    "alcohol, malic acid, ash, alcalinity of ash, magnesium, total phenols, flavanoids, nonflavanoid phenols, "
    "proanthocyanins, colour intensity, hue, OD280/OD315, proline"
)
FEATURES = {
    "breast cancer": [f"{kind} {name}" for kind in ("mean", "error of", "worst") for name in CELLS.split(", ")],
    "wine": WINES.split(", "),
}
"""What the files' columns are, in their order; of tumours the mean over the cells, its error, the largest three."""


def standardised(rows: np.ndarray, train: int) -> torch.Tensor:
    """Columns with mean 0 and deviation 1 over the first `train` rows."""
    return torch.from_numpy(((rows - rows[:train].mean(0)) / rows[:train].std(0)).astype(np.float32))


def build(knobs: Knobs, seed: int) -> Workload:  # noqa: ARG001 - the data and their split are the same for every seed
    """Rows of standardised measures, (samples, columns), and their classes."""
    kind = str(knobs["table"])
    path = package_file("sklearn", "datasets", "data", FILES[kind])
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    table = table[np.random.default_rng(0).permutation(len(table))]
    train = len(table) * 4 // 5
    rows = standardised(table[:, :-1], train)
    classes = torch.from_numpy(table[:, -1].astype(np.int64))
    hidden = [int(knobs["hidden"])] * (int(knobs["layers"]) - 1)
    columns = Columns(FEATURES[kind], table[:train, :-1].mean(0), table[:train, :-1].std(0))

    def loss_sum(outputs: Tensor, wanted: Tensor) -> Tensor:
        return functional.cross_entropy(outputs, wanted, reduction="sum")

    return Workload(
        train=Tensors(rows[:train], classes[:train]),
        validation=Tensors(rows[train:], classes[train:]),
        make_model=lambda: build_mlp([rows.shape[1], *hidden, int(classes.max()) + 1], nn.ReLU),
        loss_sum=loss_sum,
        score_sum=lambda outputs, wanted: (outputs.argmax(1) == wanted).sum(),
        looks={
            "confusion": confusion(CLASSES[kind]),
            "calibration": calibration,
            "worth": feature_worth(columns, loss_sum),
        },
        tries={
            "turn": turn_feature(
                columns,
                lambda outputs: outputs.double().softmax(1),
                CLASSES[kind],
                Phrase("probability"),
            )
        },
    )
