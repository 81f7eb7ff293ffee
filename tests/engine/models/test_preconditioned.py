"""Preconditioned networks: the formulas, precision, checkpoints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from engine.checkpoints import open_checkpoint, save
from engine.errors import InputError
from engine.execute import execute
from engine.models.learned import build
from engine.models.networks import MLPSettings, PreconditionedSettings, UNetSettings
from engine.models.preconditioned import Preconditioned
from engine.run import Run

SIGMA_DATA, MEAN = 0.3, -0.9


def settings(**changes: Any) -> PreconditionedSettings:
    base: dict[str, Any] = {
        "network": UNetSettings(channels=8),
        "data_shape": (1, 32, 32),
        "mean": (MEAN,),
        "sigma_data": SIGMA_DATA,
    }
    return PreconditionedSettings(**(base | changes))


def model(**changes: Any) -> Preconditioned:
    """A model whose zero weights are drawn, too."""
    torch.manual_seed(0)
    network = build(settings(**changes))
    for weight in network.parameters():
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.05)
    return Preconditioned(settings(**changes), network)


# spec: T1
@pytest.mark.parametrize("sigma", [0.01, 1.0, 50.0])
def test_denoised_is_karras_formula_about_the_mean(sigma: float) -> None:
    ours, x = model(), torch.randn(3, 1, 32, 32)
    root = (sigma**2 + SIGMA_DATA**2) ** 0.5
    inner = ours.network((x - MEAN) / root, torch.full((3,), sigma).log() / 4)
    expected = MEAN + (SIGMA_DATA / root) ** 2 * (x - MEAN) + sigma * SIGMA_DATA / root * inner
    assert torch.allclose(ours.denoise(x, sigma), expected, atol=1e-5)
    assert torch.allclose(ours.denoise(x, torch.full((3,), sigma)), expected, atol=1e-5)


def test_a_fresh_network_is_the_best_linear_denoiser() -> None:
    fresh = Preconditioned(settings(), build(settings()))
    generator = torch.Generator().manual_seed(0)
    x0 = MEAN + SIGMA_DATA * torch.randn(20, 1, 32, 32, generator=generator)
    x = x0 + 0.5 * torch.randn(x0.shape, generator=generator)
    error = (fresh.denoise(x, 0.5) - x0).square().mean().item()
    assert error == pytest.approx((0.5 * SIGMA_DATA) ** 2 / (0.5**2 + SIGMA_DATA**2), rel=0.02)


# spec: T4
def test_the_condition_reaches_the_picture() -> None:
    conditional = model(cond_shape=(3, 32, 32))
    x, cond = torch.randn(2, 1, 32, 32), torch.randn(2, 3, 32, 32)
    out = conditional.denoise(x, 1.0, cond)
    assert out.shape == x.shape
    assert not torch.allclose(conditional.denoise(x, 1.0, cond.flip(1)), out)


def test_double_precision_agrees_with_single() -> None:
    ours, x = model(), torch.randn(2, 1, 32, 32, dtype=torch.float64)
    double = ours.denoise(x, 2.0)
    assert double.dtype == torch.float64
    assert ours.dtype == next(ours.network.parameters()).dtype == torch.float32
    error = (ours.denoise(x.float(), 2.0) - double).abs().max()
    assert 0 < error < 1e-4


@pytest.mark.parametrize("halved", [False, True])
@pytest.mark.parametrize("points", [False, True])
def test_a_checkpoint_gives_the_same_model(points: bool, halved: bool, tmp_path: Path) -> None:
    made = model(network=MLPSettings(width=8), data_shape=(2,), mean=(0.0, 1.0)) if points else model()
    made = made.snapshot("half") if halved else Preconditioned(made.settings, made.network, "whole")
    opened = open_checkpoint(save(tmp_path / "model", made, provenance={"command": "a test"}))
    assert isinstance(opened, Preconditioned)
    assert opened.reference == made.reference
    assert opened.settings.sigma_data == SIGMA_DATA
    assert {array.dtype.name for array in opened.arrays.values()} == {"float16" if halved else "float32"}
    x = torch.randn(4, *made.data_shape)
    assert torch.equal(opened.denoise(x, 1.0), made.denoise(x, 1.0))
    steps = list(execute(Run(model=opened.reference), opened))
    assert steps[-1].x.isfinite().all()


def test_a_snapshot_does_not_follow_the_training() -> None:
    trained = model()
    snapshot = trained.snapshot("then")
    before = snapshot.arrays["head.weight"].copy()
    with torch.no_grad():
        trained.network.get_parameter("head.weight").add_(1)
    assert (snapshot.arrays["head.weight"] == before).all()
    assert trained.snapshot("now").reference.sha256 != snapshot.reference.sha256


def test_a_checkpoint_of_another_size_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "model", model())
    configuration = path.with_suffix(".json")
    content = json.loads(configuration.read_text())
    for changed, says in (
        ({"channels": 16}, r"another shape: 121 \(.*, …\)"),
        ({"kind": "mlp", "width": 8, "layers": 1}, "kind"),
    ):
        configuration.write_text(json.dumps(content | {"network": {"kind": "unet"} | changed}))
        with pytest.raises(InputError, match=says):
            open_checkpoint(path)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"mean": (0.0, 0.0)}, "mean: has 2 values for 1 channels"),
        ({"cond_shape": (3, 16, 16)}, "cond_shape"),
        ({"sigma_min": 100.0}, "sigma_min"),
        ({"data_shape": (1, 30, 30)}, "network.multipliers: .*multiples of 8, not 30x30"),
        ({"network": UNetSettings(attention=(5,))}, r"network.attention: 5 .*choose from \[16, 8, 4\]"),
        ({"network": UNetSettings(blocks=(1,))}, "network.blocks: has 1 values for 3"),
        ({"network": MLPSettings()}, "network.kind"),
    ],
)
def test_settings_that_do_not_fit_are_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        settings(**changes)
