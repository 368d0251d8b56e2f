"""What is looked at in a model on the way through it is of who looks, whoever else uses the model meanwhile."""

from threading import Thread

import pytest
import torch
from torch import Tensor, nn

from engine.rank.data.subject import Subject


@pytest.mark.parametrize("see", [Subject.inputs_of, Subject.outputs_of])
def test_what_another_question_has_pass_through_the_model_is_not_taken_for_ones_own(see: object) -> None:
    model = nn.Sequential(nn.Identity(), nn.Identity())

    def forward(inputs: Tensor) -> Tensor:
        other = Thread(target=model, args=(torch.zeros(1),))  # somebody who does not wait asks something else
        other.start()
        other.join()
        outputs: Tensor = model(inputs)
        return outputs

    subject = Subject(model, None, forward)
    assert see(subject, model[1], torch.ones(2)).tolist() == [1.0, 1.0]  # type: ignore[operator]
