"""Training the digit classifier, on bundled digits for a moment."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.analysis.classifier import ASSET, Classifier, pack
from engine.data import digits, mnist
from engine.errors import InputError
from engine.training import classifier
from engine.training.classifier import Settings, confusion, make, train

SHORT = Settings(epochs=1, batch=64)


def bundled(start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
    frames, labels = digits.bundled()
    return frames[start:stop], labels[start:stop]


def test_weights_follow_from_the_seed() -> None:
    before = torch.get_rng_state()
    first, again, other = (pack(train(*bundled(0, 128), replace(SHORT, seed=seed))) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["head.weight"], other["head.weight"])


# spec: T7
def test_it_learns() -> None:
    network = train(*bundled(0, 512), replace(SHORT, epochs=4))
    counts = confusion(Classifier(network), *bundled(1000, 1500))
    assert counts.sum() == 500
    assert counts.trace() > 350


def test_a_confusion_counts_by_label_and_by_what_is_read() -> None:
    class Always(Classifier):
        def __init__(self) -> None:
            """Reads a 3 everywhere."""

        def probabilities(self, x: torch.Tensor) -> torch.Tensor:
            return torch.eye(10)[[3] * len(x)]

    frames, labels = bundled(0, 100)
    counts = confusion(Always(), frames, labels)
    np.testing.assert_array_equal(counts[:, 3], np.bincount(labels, minlength=10))
    assert counts.sum() == 100


def test_augmented_digits_are_shifted_noisy_and_masked_half_of_the_time() -> None:
    frames = torch.zeros(400, 1, 32, 32)
    frames[:, :, 8:24, 8:24] = 1
    torch.manual_seed(0)
    shown = classifier._augmented(frames, Settings(shift=1, noise=0))
    assert shown.shape == (400, 1, 16, 16)
    sums = {int(value) for value in shown.sum(dim=(1, 2, 3))}
    assert sums == {256, 256 - 16, 256 - 31}
    noisy = classifier._augmented(0.5 * frames + 0.1, Settings(shift=0, noise=0.02))
    clean = (noisy[:, 0, 0, 0] == 0).float().mean().item()
    assert clean == 0
    dark = classifier._augmented(
        torch.where(torch.eye(32).bool(), 1.0, 0.1).expand(400, 1, 32, 32), Settings(noise=0.05)
    )
    masked = (dark.flatten(1).quantile(0.5, dim=1) == 0).float().mean().item()
    assert masked == pytest.approx(0.5, abs=0.1)


def test_what_is_spoilt_is_dark_or_noisy_or_in_pieces() -> None:
    frames = torch.zeros(2000, 1, 32, 32)
    frames[:, :, 8:24, 8:24] = torch.rand(16, 16, generator=torch.Generator().manual_seed(0)) + 1
    frames /= frames.max()
    torch.manual_seed(0)
    spoilt = classifier._spoilt(frames)
    assert spoilt.shape == frames.shape
    assert spoilt.min() >= 0
    assert spoilt.max() <= 1
    assert (spoilt.flatten(1) == 0).all(dim=1).float().mean().item() == pytest.approx(0.25, abs=0.04)
    quiet = spoilt[(spoilt[:, 0, :8] == 0).all(dim=(1, 2)) & (spoilt[:, 0, 8, 8] > 0.1)][:, 0, 8:24, 8:24]
    assert len(quiet) > 300
    assert not torch.allclose(quiet[0] / quiet[0].amax(), frames[0, 0, 8:24, 8:24])
    torch.testing.assert_close(blocks(quiet), blocks(frames[:1, 0, 8:24, 8:24]).expand(len(quiet), -1))


def blocks(digits: torch.Tensor) -> torch.Tensor:
    """The sums of the 4x4 blocks of [N, 16, 16], relative to the brightest pixel, in rising order: [N, 16]."""
    sums = digits.unflatten(2, (4, 4)).unflatten(1, (4, 4)).sum(dim=(2, 4)).flatten(1)
    return sums.sort(dim=1).values / digits.amax(dim=(1, 2))[:, None]


@pytest.fixture
def small_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "find", lambda: Path("anywhere"))
    monkeypatch.setattr(mnist, "framed", lambda folder, split="train": bundled(0, 128))


@pytest.mark.usefixtures("small_mnist")
def test_what_is_written_says_where_it_comes_from(tmp_path: Path) -> None:
    make(tmp_path, Settings(epochs=1, batch=64))
    content = json.loads((tmp_path / f"{ASSET}.json").read_text(encoding="utf-8"))
    assert content["settings"]["epochs"] == 1
    assert 0 <= content["accuracy on MNIST's 10,000 test digits"]["not masked"] <= 1
    assert sum(int(count) for row in content["counts"] for count in row.split()) == 128
    assert {path.name for path in tmp_path.iterdir()} == {f"{ASSET}.json", f"{ASSET}.safetensors"}


def test_without_mnist_a_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "find", lambda: None)
    with pytest.raises(InputError, match="LATENT_LOUPE_DATA"):
        make(tmp_path, SHORT)
    assert not list(tmp_path.iterdir())
