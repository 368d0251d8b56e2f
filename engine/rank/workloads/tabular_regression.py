"""A multilayer perceptron foretells a number: how far diabetes will have gone on in a year.

    z = (x - mean) / deviation        y^ = W2 relu(W1 z + b1) + b2        loss = (y - y^)^2        (squared error)
    R2 = 1 - sum (y - y^)^2 / sum (y - mean y)^2      1: all foretold; 0: no better than the mean

y is standardised too, by the rows to train on, so that their mean has a loss of 1. R2 is told of the rows held back.

Data: 442 patients, 10 measures each (age, sex, body mass, blood pressure, six of the blood), and how far the
disease was a year later; as carried by scikit-learn, 89 held back.
Sources: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", Nature 323, 1986; the
data: Efron, Hastie, Johnstone and Tibshirani, "Least Angle Regression", Annals of Statistics 32(2), 2004.
"""

import numpy as np
from torch import Tensor, nn
from torch.nn import functional

from engine.pictures import Phrase
from engine.rank.data.package_files import package_file
from engine.rank.data.source import Tensors
from engine.rank.data.workload import Knobs, Workload, build_mlp
from engine.rank.looks.calibration import number_calibration, residuals
from engine.rank.looks.features import Columns, feature_worth, turn_feature
from engine.rank.workloads.tabular_mlp import standardised

CARD = {
    "name": "tabular-regression",
    "title": "Tables · Regression",
    "rung": 20,
    "summary": "A multilayer perceptron foretells how far a patient's diabetes will have gone on in a year.",
    "batch_size": 32,
    "lr": 0.0003,
    "train_samples": 353,
    "validation_samples": 89,
    "looks": [
        {
            "name": "residuals",
            "title": "Residuals",
            "kind": "scatter",
            "help": "What was measured less what is foretold, patient by patient: there should be no pattern.",
        },
        {
            "name": "calibration",
            "title": "Calibration",
            "kind": "curve",
            "help": "Whether patients of whom much is foretold come to much, in groups: on the diagonal they do.",
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
            "help": "Take a held-back patient and turn one of the measures from low to high: what would be foretold?",
        },
    ],
    "metric": {"name": "R²", "kind": "number"},
    "layers": "layers",
    "widths": ["hidden"],
    "knobs": [
        {
            "name": "hidden",
            "title": "Hidden width",
            "help": "Neurons in each hidden layer: with many, it learns its few patients by heart.",
            "default": 16,
            "minimum": 4,
            "maximum": 4096,
        },
        {
            "name": "layers",
            "title": "Linear layers",
            "help": "Matrix multiplications from row to number, with a ReLU between each two; 1 is linear regression.",
            "default": 2,
            "minimum": 1,
            "maximum": 32,
        },
    ],
}

TRAIN_SAMPLES = 353
FEATURES = "age, sex, body mass index, blood pressure, cholesterol, LDL, HDL, cholesterol / HDL, triglycerides, glucose"
"""What the file's columns are, in their order; triglycerides as their logarithm."""


def build(knobs: Knobs, seed: int) -> Workload:  # noqa: ARG001 - the data and their split are the same for every seed
    """Rows of standardised measures, (samples, 10), and a standardised number each."""
    rows = np.loadtxt(package_file("sklearn", "datasets", "data", "diabetes_data_raw.csv.gz"))
    progress = np.loadtxt(package_file("sklearn", "datasets", "data", "diabetes_target.csv.gz"))
    order = np.random.default_rng(0).permutation(len(rows))
    inputs = standardised(rows[order], TRAIN_SAMPLES)
    wanted = standardised(progress[order], TRAIN_SAMPLES)  # (442,)
    train, held_back = wanted[:TRAIN_SAMPLES], wanted[TRAIN_SAMPLES:]
    variance = float(held_back.var(correction=0))
    known, gone_on = rows[order][:TRAIN_SAMPLES], progress[order][:TRAIN_SAMPLES]
    columns = Columns(FEATURES.split(", "), known.mean(0), known.std(0))
    hidden = [int(knobs["hidden"])] * (int(knobs["layers"]) - 1)

    def loss_sum(outputs: Tensor, targets: Tensor) -> Tensor:
        return functional.mse_loss(outputs[:, 0], targets, reduction="sum")

    def own_unit(values: Tensor) -> Tensor:
        return values.double() * gone_on.std() + gone_on.mean()

    def score_sum(outputs: Tensor, targets: Tensor) -> Tensor:
        return (1 - (outputs[:, 0] - targets) ** 2 / variance).sum()  # its mean over the rows held back is R2

    return Workload(
        train=Tensors(inputs[:TRAIN_SAMPLES], train),
        validation=Tensors(inputs[TRAIN_SAMPLES:], held_back),
        make_model=lambda: build_mlp([10, *hidden, 1], nn.ReLU),
        loss_sum=loss_sum,
        score_sum=score_sum,
        looks={
            "residuals": residuals(own_unit),
            "calibration": number_calibration(own_unit),
            "worth": feature_worth(columns, loss_sum),
        },
        tries={"turn": turn_feature(columns, own_unit, ["foretold"], Phrase("foretold"))},
    )
