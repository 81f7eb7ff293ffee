"""The digit classifier that comes with the program."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

import assets
from engine.analysis import classifier
from engine.analysis.classifier import Classifier, DigitNetwork, load, pack, unpack
from engine.analysis.frechet import distance, fit
from engine.data import digits, mnist
from engine.training.classifier import confusion

FOLDER = Path(assets.__file__).parent
PROVENANCE = json.loads((FOLDER / f"{classifier.ASSET}.json").read_text(encoding="utf-8"))


def frames(count: int = 300) -> tuple[torch.Tensor, np.ndarray]:
    """Bundled digits, which are not MNIST's, in [-1, 1], and their labels."""
    pictures, labels = digits.bundled()
    return torch.from_numpy(pictures[:count]).float() / 127.5 - 1, labels[:count]


def share_read(x: torch.Tensor, labels: np.ndarray, masked: bool = True) -> float:
    return float((load(masked).probabilities(x).argmax(dim=1).cpu().numpy() == labels).mean())


# spec: T7
@pytest.mark.skipif(mnist.find() is None, reason="needs MNIST")
def test_the_test_digits_are_read() -> None:
    folder = mnist.find()
    assert folder is not None
    counts = confusion(load(), *mnist.framed(folder, "test"))
    assert counts.sum() == 10_000
    assert counts.trace() >= 9_900
    stated = PROVENANCE["accuracy on MNIST's 10,000 test digits"]["masked by Otsu's threshold"]
    assert counts.trace() / 10_000 == pytest.approx(stated, abs=0.0005)
    np.testing.assert_array_equal([list(map(int, row.split())) for row in PROVENANCE["counts"]], counts)


def test_digits_of_other_writers_are_read_masked_or_not() -> None:
    x, labels = frames()
    assert share_read(x, labels) > 0.9
    assert share_read(x, labels, masked=False) > 0.9


def test_a_background_that_is_nearly_black_does_no_harm() -> None:
    x, labels = frames()
    grey = (x + 0.2).clamp(-1, 1) + 0.1 * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    assert share_read(grey, labels) > share_read(x, labels) - 0.05


def test_what_is_no_digit_is_not_read_with_confidence() -> None:
    noise = torch.randn(100, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    empty = torch.full((1, 1, 32, 32), -1.0)
    for x in (empty, -empty, noise, empty + 0.05 * noise, empty + 0.3 * noise):
        assert (load().probabilities(x).amax(dim=1) > 0.9).float().mean() <= 0.02


def test_probabilities_are_those_of_each_frame_alone() -> None:
    x, _ = frames(40)
    together = load().probabilities(x.double())
    assert together.shape == (40, 10)
    assert together.dtype == torch.float32
    assert together.sum(dim=1).cpu().numpy() == pytest.approx(1, abs=1e-5)
    torch.testing.assert_close(load().probabilities(x[7:9]), together[7:9], rtol=1e-4, atol=1e-6)
    assert load().probabilities(x[:0]).shape == (0, 10)


def test_values_beyond_the_range_are_cut_and_the_margin_is_not_read() -> None:
    x, _ = frames(20)
    beyond = 3 * x
    beyond[:, :, :3] = -2
    torch.testing.assert_close(load().features(beyond), load().features(beyond.clamp(-1, 1)))
    spotted = x.clone()
    spotted[:, :, 0, 0] = 1
    torch.testing.assert_close(load(masked=False).features(spotted), load(masked=False).features(x))


def test_features_have_the_gradient_that_differences_show() -> None:
    x = frames(3)[0].double() * 0.5
    x.requires_grad_()
    weights = torch.randn(classifier.FEATURES, generator=torch.Generator().manual_seed(0)).to(load().features(x).device)
    value = (load(masked=False).features(x) @ weights).sum()
    (gradient,) = torch.autograd.grad(value, x)
    assert gradient.dtype == torch.float64
    direction = torch.randn(x.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    ahead, behind = ((load(masked=False).features(x.detach() + s * direction) @ weights).sum() for s in (1e-2, -1e-2))
    expected = (gradient * direction).sum().item()
    assert (ahead - behind).item() / 2e-2 == pytest.approx(expected, rel=0.02, abs=1e-3)
    assert load().features(x).requires_grad
    assert not load().probabilities(x).requires_grad


def test_features_tell_digits_from_others() -> None:
    x, labels = frames(1200)
    features = load().features(x).cpu().numpy()
    halves = fit(features[::2]), fit(features[1::2])
    assert 3 * distance(*halves) < distance(halves[0], fit(features[labels < 5]))


def test_frames_of_another_shape_are_refused() -> None:
    for shape in ((2, 3, 32, 32), (2, 1, 28, 28), (1, 32, 32)):
        with pytest.raises(ValueError, match="frames must be"):
            load().probabilities(torch.zeros(shape))


def test_stored_tensors_make_the_same_network_again() -> None:
    torch.manual_seed(0)
    network = DigitNetwork()
    tensors = pack(network)
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    x, _ = frames(20)
    first, second = Classifier(unpack(tensors)).probabilities(x), Classifier(network).probabilities(x)
    torch.testing.assert_close(first, second, atol=1e-3, rtol=1e-2)
    with pytest.raises(RuntimeError, match=r"head\.bias"):
        unpack({name: tensor for name, tensor in tensors.items() if name != "head.bias"})


def test_the_weights_are_those_that_the_provenance_describes() -> None:
    content = (FOLDER / PROVENANCE["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == PROVENANCE["sha256"]
    assert len(content) < 2**20
