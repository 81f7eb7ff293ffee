"""Configurations: what is read, and the one sentence for what cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.errors import InputError
from engine.training.config import parse, read
from tests.engine.training.small import config

CONFIGS = sorted((Path(__file__).parents[3] / "training" / "configs").glob("*.toml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_what_comes_with_the_program_is_readable(path: Path) -> None:
    training = read(path)
    assert training.name == path.stem
    assert training.title
    assert training.description
    assert training.batch % training.microbatch == 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"network": {"kind": "unet", "channels": -8}}, "network.channels: should be greater than or equal to 8"),
        ({"network": {"kind": "unet", "patch": 3}}, "network.patch: should be 1, 2, 4 or 8"),
        ({"network": {"kind": "unet", "multipliers": [1, 0]}}, "network.multipliers.1: "),
        ({"network": {"kind": "tree"}}, "network: 'kind' should be one of 'unet', 'mlp', not 'tree'"),
        ({"network": {"width": 8}}, "network: 'kind' is missing"),
        ({"data": "faces"}, "data: should be a group of fields"),
        ({"colour": 1}, "colour: "),
        ({"data": {"name": "horizontal", "p_right": 1.5}}, "data.p_right: should be less than or equal to 1"),
        ({"data": {"name": "folder"}}, "data.path: is missing: add it"),
        ({"data": {"name": "folder", "path": "here", "size": 4}}, "data.size: should be greater than or equal to 8"),
        ({"steps": 0}, "steps: should be greater than or equal to 1"),
        ({"steps": "many"}, "steps: "),
        ({"loss": {"name": "ddpm", "betas": "Low"}}, "loss.betas: 'Low' is not known; choose one of: Celeb256"),
        ({"loss": {"name": "ddpm", "betas": {"kind": "scaled linear", "steps": 0}}}, "loss.betas.steps: should be "),
        ({"loss": {"name": "ddpm", "weighting": "heavy"}}, "loss.weighting: should be 'simple', 'score'"),
        ({"loss": {"name": "edm", "deviation": 0}}, "loss.deviation: should be greater than 0"),
        ({"microbatch": 24}, "microbatch: must divide batch (32)"),
        ({"name": "../else"}, "name: must begin with a letter or a digit"),
        ({"optimiser": {"learning_rate": float("nan")}}, "optimiser.learning_rate: "),
    ],
)
def test_rubbish_is_refused_by_the_key_and_what_it_allows(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as refused:
        config(**changes)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_configuration_is_refused_in_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    for content, says in ((b"steps = ", "is not TOML"), (b"\xff\xfe", "is not TOML"), (b"steps = 1", "name: ")):
        broken.write_bytes(content)
        with pytest.raises(InputError, match=says):
            read(broken)
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "absent.toml")


def test_a_configuration_survives_json() -> None:
    training = config(network={"kind": "unet", "blocks": [1, 1, 1]})
    assert parse(training.model_dump(mode="json")) == training
