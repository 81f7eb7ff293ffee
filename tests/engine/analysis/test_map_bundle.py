"""How the bundled map is made and measured, and that it follows from MNIST."""
# spec: A3

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from engine.analysis import basemap, map_bundle, map_data, map_fit
from engine.analysis.basemap import bundled, load
from engine.analysis.map_data import NOWHERE
from engine.data import digits, mnist
from engine.settings.maps import MapSettings
from tests.engine.data.test_mnist import REAL, write

COUNT = 200


def flat(rows: np.ndarray) -> np.ndarray:
    """The first two of the features, in place of what UMAP makes of them."""
    return rows[:, :2].astype(np.float64)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MNIST with 200 test digits, and no UMAP."""
    frames, labels = (part[:COUNT] for part in digits.bundled())
    write(tmp_path / "mnist", frames[:, 0, 8:-8, 8:-8], labels, "t10k")
    monkeypatch.setattr(mnist, "find", lambda: tmp_path / "mnist")

    def fitted(rows: np.ndarray, settings: MapSettings, progress: Callable[[float], None]) -> SimpleNamespace:
        return SimpleNamespace(embedding_=flat(rows), transform=flat)

    monkeypatch.setattr(map_fit, "fitted", fitted)


@pytest.mark.usefixtures("small")
def test_it_is_written_with_what_it_is_worth(tmp_path: Path) -> None:
    settings = MapSettings(count=120)
    map_bundle.make(tmp_path, settings)
    made = load(tmp_path / f"{basemap.ASSET}.safetensors")
    told = json.loads((tmp_path / f"{basemap.ASSET}.json").read_text())
    assert told["sha256"] == hashlib.sha256((tmp_path / told["file"]).read_bytes()).hexdigest()
    assert (made.about, made.total, len(made), made.pictures) == (settings, COUNT, 120, None)
    assert told["settings"] == settings.model_dump()
    assert told["quality"]["others placed"] == COUNT - 120
    assert 0.5 < told["quality"]["trustworthiness"] < 1


def test_quality_is_what_a_loop_counts(small: None) -> None:
    made, everyone = map_fit.fit(MapSettings(count=120)), map_data.read(MapSettings(count=COUNT), NOWHERE)
    told = map_bundle.quality(made, everyone)
    others = sorted({*range(COUNT)} - {*made.numbers.tolist()})
    rows = map_fit.features(everyone, made.about)[others]
    placed, exact = made.place(rows), map_fit.normalised(flat(rows), flat(made.features))
    off = np.linalg.norm(placed - exact, axis=1) / np.ptp(made.coordinates, axis=0).max()
    between = told["distance between the two, in widths of the map"]
    np.testing.assert_allclose([between["mean"], between["median"]], [off.mean(), np.median(off)], atol=1e-3)
    hits = []
    for point, number in zip(placed, others, strict=True):
        nearest = np.linalg.norm(made.coordinates - point, axis=1).argsort()[:15]
        hits.append(np.bincount(made.labels[nearest]).argmax() == everyone.labels[number])
    share = told["share whose 15 nearest on the plane are mostly of their own class"]["placed"]
    assert share == pytest.approx(np.mean(hits), abs=1e-3)
    counts = [int((everyone.labels[others] == label).sum()) for label in range(10)]
    by_class = list(told["placed, by class"].values())
    assert np.dot(by_class, counts) / len(others) == pytest.approx(share, abs=1e-3)


def test_without_mnist_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(mnist, "find", lambda: None)
    assert map_bundle.main() == 2
    assert "LATENT_LOUPE_DATA" in capsys.readouterr().err


@pytest.mark.skipif(REAL is None, reason="MNIST is not here")
def test_the_bundled_items_follow_from_mnist() -> None:
    known = bundled()
    items = map_data.read(known.about, NOWHERE)
    np.testing.assert_array_equal(items.numbers, known.numbers)
    np.testing.assert_array_equal(items.labels, known.labels)
    np.testing.assert_allclose(map_fit.features(items, known.about), known.features, rtol=2e-3, atol=2e-3)
