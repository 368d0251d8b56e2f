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
from torch import nn
from torch.nn import functional

from engine.rank.data.package_files import package_file
from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload, build_mlp

CARD = {
    "name": "tabular-mlp",
    "title": "Tables · MLP",
    "summary": "A multilayer perceptron learns from rows of real measurements whether a tumour is malignant.",
    "batch_size": 32,
    "lr": 0.001,
    "train_samples": 455,
    "validation_samples": 114,
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


def standardised(rows: np.ndarray, train: int) -> torch.Tensor:
    """Columns with mean 0 and deviation 1 over the first `train` rows."""
    return torch.from_numpy(((rows - rows[:train].mean(0)) / rows[:train].std(0)).astype(np.float32))


def build(knobs: Knobs, seed: int) -> Workload:  # noqa: ARG001 - the data and their split are the same for every seed
    """Rows of standardised measures, (samples, columns), and their classes."""
    path = package_file("sklearn", "datasets", "data", FILES[str(knobs["table"])])
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    table = table[np.random.default_rng(0).permutation(len(table))]
    train = len(table) * 4 // 5
    rows = standardised(table[:, :-1], train)
    classes = torch.from_numpy(table[:, -1].astype(np.int64))
    hidden = [int(knobs["hidden"])] * (int(knobs["layers"]) - 1)
    return Workload(
        train=Tensors(rows[:train], classes[:train]),
        validation=Tensors(rows[train:], classes[train:]),
        make_model=lambda: build_mlp([rows.shape[1], *hidden, int(classes.max()) + 1], nn.ReLU),
        loss_sum=lambda outputs, wanted: functional.cross_entropy(outputs, wanted, reduction="sum"),
        score_sum=lambda outputs, wanted: (outputs.argmax(1) == wanted).sum(),
    )
