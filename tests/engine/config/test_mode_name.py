"""The mode in a few words: one name for one mode."""

import pytest

from engine.config.catalogue import modes_that_fit
from engine.config.mode_text import parse_mode
from engine.config.spec import make_spec


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cpu,threads=1", "1 thread"),
        ("cpu,threads=2", "2 threads"),
        ("cuda:0,precision=bf16", "cuda:0 bf16"),
        ("cpu,dp=2", "Data ×2"),
        ("cpu,dp=2,threads=1", "Data ×2"),
        ("cpu,dp=2,threads=3", "Data ×2 3 threads each"),
        ("cpu,dp=2,transport=shm", "Data ×2 shm"),
        ("cpu,pp=2,microbatches=8,schedule=gpipe", "Pipeline ×2 m=8 gpipe"),
        ("cpu,dp=2,tp=2", "Data ×2 Tensor ×2"),
        ("cpu,dp=2,zero=1", "Data ×2 ZeRO 1"),
        ("cpu,threads=1,accumulate=4,recompute=on", "1 thread accumulate 4 recompute"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert parse_mode(text).name == name


def test_modes_that_differ_have_names_that_differ() -> None:
    modes = modes_that_fit("digits-mlp", make_spec("digits-mlp").knobs, 1, 4, precision="fp32")
    assert len({mode.name for mode in modes}) == len(modes) > 20
