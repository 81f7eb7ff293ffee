"""The features of MNIST that come with the program, and how they are made."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load as read_arrays

import assets
from engine.analysis import classifier, frechet, reference
from engine.data import digits, mnist

FOLDER = Path(assets.__file__).parent


def bundled(start: int, stop: int) -> torch.Tensor:
    """scikit-learn's digits as frames in [-1, 1]."""
    return torch.from_numpy(digits.bundled()[0][start:stop]).float() / 127.5 - 1


# spec: S14
def test_it_says_what_it_is_and_belongs_to_the_classifier() -> None:
    told = json.loads((FOLDER / f"{reference.ASSET}.json").read_text())
    content = (FOLDER / f"{reference.ASSET}.safetensors").read_bytes()
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    assert len(content) < 200_000
    weights = (FOLDER / f"{classifier.ASSET}.safetensors").read_bytes()
    assert told["classifier sha256"] == hashlib.sha256(weights).hexdigest()


def test_the_covariance_is_one_and_floors_fall_like_one_over_the_count() -> None:
    kept = reference.load()
    covariance = kept.gaussian.covariance
    assert kept.gaussian.mean.shape == (classifier.FEATURES,)
    np.testing.assert_allclose(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > -1e-9
    assert kept.floor(1000) == pytest.approx(5.0, abs=0.01)
    assert kept.floor(1000) > kept.floor(1500) > kept.floor(2000)
    assert kept.floor(100) / kept.floor(1000) == pytest.approx(10, rel=0.1)


def test_digits_are_nearer_to_it_than_what_is_none() -> None:
    kept, frames = reference.load(), bundled(0, 200)
    own = kept.distance(frames)
    assert kept.floor(200) < own < kept.distance(frames.flip(2)) < kept.distance(torch.full_like(frames, -1))


def test_features_do_not_depend_on_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    together = reference.features(bundled(0, 7))
    monkeypatch.setattr(reference, "_BATCH", 3)
    np.testing.assert_allclose(reference.features(bundled(0, 7)), together, rtol=1e-5, atol=1e-5)


def test_it_is_made_of_the_training_digits_and_its_floors_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = {"train": slice(0, 60), "test": slice(60, 100)}
    monkeypatch.setattr(mnist, "framed", lambda _, split: (digits.bundled()[0][parts[split]], None))
    monkeypatch.setattr(reference, "COUNTS", (10, 40))
    reference.make(tmp_path, tmp_path)
    arrays = read_arrays((tmp_path / f"{reference.ASSET}.safetensors").read_bytes())
    gaussian = frechet.fit(reference.features(bundled(0, 60)))
    np.testing.assert_allclose(arrays["mean"], gaussian.mean)
    np.testing.assert_allclose(arrays["covariance"], gaussian.covariance)
    assert arrays["counts"].tolist() == [10, 40]
    everyone = frechet.distance(frechet.fit(reference.features(bundled(60, 100))), gaussian)
    assert arrays["floors"][1] == pytest.approx(everyone, rel=1e-6)
    assert arrays["floors"][0] > everyone


@pytest.mark.slow
def test_the_bundled_ones_follow_from_mnist(tmp_path: Path) -> None:
    source = mnist.find()
    if source is None:
        pytest.skip("MNIST is not here")
    reference.make(tmp_path, source)
    made = read_arrays((tmp_path / f"{reference.ASSET}.safetensors").read_bytes())
    kept = reference.load()
    np.testing.assert_allclose(made["mean"], kept.gaussian.mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(made["covariance"], kept.gaussian.covariance, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(made["floors"], kept.floors, rtol=1e-3)


def test_without_mnist_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(mnist, "find", lambda: None)
    assert reference.main() == 2
    assert "LATENT_LOUPE_DATA" in capsys.readouterr().err
