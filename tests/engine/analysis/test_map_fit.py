"""Fitting maps: what UMAP is given, what becomes of what it gives, and what makes no map."""
# spec: A3

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from engine.analysis import map_fit, reference
from engine.analysis.basemap import content
from engine.analysis.map_data import NOWHERE, Source, read
from engine.analysis.map_fit import STAGES, fit, normalised
from engine.errors import InputError
from engine.settings.maps import MapSettings


@pytest.fixture
def laid_out(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What UMAP was given; in its place the first two features are the embedding, NaN where `lost` says."""
    given: dict[str, Any] = {"lost": []}

    def fitted(rows: np.ndarray, settings: MapSettings, progress: Callable[[float], None]) -> SimpleNamespace:
        given.update(rows=rows, settings=settings)
        progress(0.5)
        embedding = rows[:, :2] * 3 + 7
        embedding[given["lost"]] = np.nan
        return SimpleNamespace(embedding_=embedding)

    monkeypatch.setattr(map_fit, "fitted", fitted)
    return given


def particles(folder: Path, x0: np.ndarray) -> Source:
    np.save(folder / "x0.npy", x0)
    return Source(folder / "x0.npy")


PARTICLES = MapSettings(data="particles", features="values")
CLOUD = np.random.default_rng(0).normal(size=(80, 3))


def test_values_are_compared_as_they_are_and_the_plane_is_normalised(tmp_path: Path, laid_out: dict[str, Any]) -> None:
    told: list[tuple[float, str]] = []
    made = fit(PARTICLES, particles(tmp_path, CLOUD), lambda share, what: told.append((share, what)))
    np.testing.assert_array_equal(laid_out["rows"], CLOUD.astype(np.float32))
    np.testing.assert_array_equal(made.features, laid_out["rows"])
    centred = CLOUD[:, :2] - CLOUD[:, :2].mean(axis=0)
    np.testing.assert_allclose(made.coordinates, centred / np.sqrt(np.square(centred).mean()), atol=1e-5)
    assert (made.about, made.total, len(made), made.label) == (PARTICLES, 80, 80, "particles")
    assert [what for _, what in told] == [*STAGES]
    assert [share for share, _ in told] == [*list(STAGES.values())[:3], (1 + STAGES["epochs"]) / 2]


def test_what_is_like_nothing_else_is_left_out(tmp_path: Path, laid_out: dict[str, Any]) -> None:
    laid_out["lost"] = [0, 5]
    made = fit(PARTICLES, particles(tmp_path, CLOUD))
    assert len(made) == 78
    assert made.numbers.tolist() == [i for i in range(80) if i not in (0, 5)]
    assert np.isfinite(made.coordinates).all()
    laid_out["lost"] = list(range(75))
    with pytest.raises(InputError, match=r"^Only 5 items are like any other: choose another metric"):
        fit(PARTICLES, particles(tmp_path, CLOUD))


def test_pictures_go_with_their_items(tmp_path: Path, laid_out: dict[str, Any]) -> None:
    laid_out["lost"] = [1]
    x0 = np.random.default_rng(0).uniform(-1, 1, size=(30, 1, 4, 4))
    made = fit(PARTICLES, particles(tmp_path, x0))
    assert made.pictures is not None
    np.testing.assert_array_equal(made.pictures[1, 0], np.floor((x0[2, 0] + 1) * 127.5 + 0.5).astype(np.uint8))


def test_digits_are_compared_by_the_classifiers_features(laid_out: dict[str, Any]) -> None:
    settings = MapSettings(data="handwritten-digits", count=50)
    made = fit(settings)
    x0 = torch.from_numpy(read(settings, NOWHERE).x0)
    np.testing.assert_array_equal(made.features, reference.features(x0).astype(np.float32))
    assert made.names == tuple("0123456789")


def test_the_classifier_knows_digits_alone(laid_out: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="these items are 3 × 32 × 32: choose the features values"):
        fit(MapSettings(data="faces", count=50))


@pytest.mark.parametrize(
    ("x0", "sentence"),
    [
        (CLOUD[:15], "There are 15 items, and 16 are needed"),
        (CLOUD[[*range(15)] * 4], "Of 60 items only 15 differ, and 16 that do are needed"),
        (np.ones((60, 3)), "Of 60 items only 1 differ"),
        (np.full((60, 3), np.nan), "not finite"),
    ],
)
def test_what_makes_no_map_is_refused(x0: np.ndarray, sentence: str, tmp_path: Path, laid_out: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=sentence):
        fit(PARTICLES, particles(tmp_path, x0))
    assert "rows" not in laid_out


def test_just_enough_items_make_a_map(tmp_path: Path, laid_out: dict[str, Any]) -> None:
    assert len(fit(PARTICLES, particles(tmp_path, CLOUD[:16]))) == 16
    few = PARTICLES.model_copy(update={"neighbours": 2})
    assert len(fit(few, particles(tmp_path, CLOUD[: map_fit.FEWEST]))) == map_fit.FEWEST


def test_others_are_normalised_like_the_map() -> None:
    like = np.array([[1.0, 5.0], [3.0, 5.0], [2.0, 5.0], [2.0, 5.0]])
    np.testing.assert_allclose(normalised(np.array([[2.5, 5.5]]), like), [[1.0, 1.0]])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_umap_lays_out_classes_apart_the_same_each_time(tmp_path: Path) -> None:
    centres = np.eye(4)[np.arange(120) % 4] * 10
    source = particles(tmp_path, centres + np.random.default_rng(0).normal(size=(120, 4)))
    told: list[float] = []
    made = fit(PARTICLES, source, lambda share, what: told.append(share))
    assert content(fit(PARTICLES, source)) == content(made)
    assert content(fit(PARTICLES.model_copy(update={"seed": 1}), source)) != content(made)
    assert told == sorted(told)
    assert len(told) > 4
    assert told[-1] == 1
    apart = np.linalg.norm(made.coordinates[:, None] - made.coordinates, axis=2)
    nearest = apart.argsort(axis=1)[:, 1:6]
    assert (nearest % 4 == np.arange(120)[:, None] % 4).all()
