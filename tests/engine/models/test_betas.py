"""Variance schedules against their formulas and against the published figures."""
# spec: T2

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from engine.models.betas import PRESETS, Betas, CosineBetas, LinearBetas, levels

ANY: TypeAdapter[LinearBetas | CosineBetas] = TypeAdapter(Betas)


def test_scaled_means_linear_in_the_root() -> None:
    plain, scaled = (LinearBetas(kind=kind, steps=5, first=0.01, last=0.09) for kind in ("linear", "scaled linear"))
    assert plain.values == pytest.approx([0.01, 0.03, 0.05, 0.07, 0.09])
    assert np.sqrt(scaled.values) == pytest.approx([0.1, 0.15, 0.2, 0.25, 0.3])


def test_levels_follow_from_what_is_kept_of_the_data() -> None:
    betas = np.array([0.1, 0.5, 0.2])
    kept = np.array([0.9, 0.45, 0.36])
    assert levels(betas) == pytest.approx(np.sqrt((1 - kept) / kept))
    assert levels(np.array([1e-12])) == pytest.approx([1e-6])


def test_the_cosine_keeps_a_squared_cosine() -> None:
    betas = CosineBetas(steps=100).values
    kept = np.cumprod(1 - betas)
    t = np.arange(1, 101) / 100
    expected = np.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2 / math.cos(0.008 / 1.008 * math.pi / 2) ** 2
    assert kept[:-1] == pytest.approx(expected[:-1])
    assert betas.max() == 0.999


@pytest.mark.parametrize(
    ("name", "sigma", "kept"),
    [("Low1DMix", 2.24, 0.166), ("Low2DSymMix", 36.1, 7.7e-4), ("Celeb64", 157, 4.0e-5), ("AFHQ256Exp", 6e8, 3e-18)],
)
def test_the_presets_end_where_they_are_known_to(name: str, sigma: float, kept: float) -> None:
    last = levels(PRESETS[name].values)[-1]
    assert last == pytest.approx(sigma, rel=0.05)
    assert 1 / (1 + last**2) == pytest.approx(kept, rel=0.15)


def test_a_preset_is_named_or_written_out() -> None:
    assert ANY.validate_python("Low1DMix") is PRESETS["Low1DMix"]
    written = PRESETS["Low1DMix"].model_dump(mode="json")
    assert ANY.validate_python(written) == PRESETS["Low1DMix"]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("Low1D", "choose one of: Celeb256"),
        ({"kind": "square"}, "kind"),
        ({"kind": "linear", "steps": 4001}, "steps"),
        ({"kind": "linear", "last": 1.0}, "last"),
        ({"kind": "linear", "last": 0.9}, "leaves nothing of the data"),
        ({"kind": "cosine", "first": 0.1}, "first"),
    ],
)
def test_rubbish_is_refused(value: object, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        ANY.validate_python(value)
