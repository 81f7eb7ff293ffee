"""What follows from other settings of a configuration."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.controls.training.fitting import AT_ONCE, POINTS, microbatch, suited
from engine.data.sets import DATASETS
from engine.training.config import DDPMLoss, Training


@given(batch=st.integers(1, 65_536), kind=st.sampled_from(sorted(AT_ONCE)))
def test_a_micro_batch_is_the_largest_part_that_is_allowed(batch: int, kind: str) -> None:
    part = microbatch(batch, kind)
    assert batch % part == 0
    assert part <= AT_ONCE[kind]
    assert all(batch % larger for larger in range(part + 1, AT_ONCE[kind] + 1))


@pytest.mark.parametrize(
    ("batch", "kind", "part"), [(64, "unet", 4), (7, "unet", 1), (1024, "mlp", 256), (90, "mlp", 90)]
)
def test_micro_batches_known_by_heart(batch: int, kind: str, part: int) -> None:
    assert microbatch(batch, kind) == part


def test_sets_of_points_are_known_by_the_shape_of_their_examples() -> None:
    for name in ("faces", "mixture", "s-curve-2d"):
        assert (len(DATASETS[name].model_validate({"name": name}).open().data_shape) == 1) == (name in POINTS)


def test_a_change_brings_what_follows_and_nothing_else() -> None:
    config = Training.model_validate({"name": "new", "data": {"name": "faces"}, "batch": 64, "microbatch": 4})
    assert suited(config, steps=5) == {"steps": 5, "microbatch": 4}
    assert suited(config, batch=6) == {"batch": 6, "microbatch": 3}
    assert config.replace(**suited(config, data={"name": "mixture"}, batch=512)).batch == 512


def test_the_name_follows_the_data_until_it_is_given() -> None:
    faces = Training.model_validate({"name": "faces", "data": {"name": "faces"}, "microbatch": 4})
    assert suited(faces, data={"name": "mixture"})["name"] == "mixture"
    assert "name" not in suited(faces, data={"name": "faces"})
    assert "name" not in suited(faces.replace(name="mine"), data={"name": "mixture"})


def test_a_loss_of_ddpm_stays_when_the_network_does_not() -> None:
    config = Training.model_validate(
        {"name": "new", "data": {"name": "faces"}, "loss": {"name": "ddpm", "weighting": "bound"}}
    )
    assert config.replace(**suited(config, data={"name": "mixture"})).loss == DDPMLoss(weighting="bound")
