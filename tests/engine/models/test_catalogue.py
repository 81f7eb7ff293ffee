"""The catalogue: what is offered, under which hash, without torch; and `load` and `find`."""
# spec: D5, D6, D1

from __future__ import annotations

import gzip
import json
import math
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import models
from engine.checkpoints import FORMAT, KINDS, content_hash, save
from engine.data import mnist
from engine.errors import InputError
from engine.execute import execute
from engine.models import catalogue
from engine.models.mixture import Mixture
from engine.run import ModelReference, Run

LEARNED = ["mixture-1d-ddpm", "s-curve-2d", "symmetric-2d-ddpm"]
NAMES = ["digits-ideal", "ring", "symmetric-2d", "asymmetric-2d", "shifted-2d", "bimodal-2d", "mixture-1d"]


@pytest.fixture(autouse=True)
def without_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not the machine has MNIST beside the checkout."""
    monkeypatch.setattr(mnist, "find", lambda folder=None: None)


def write_mnist(folder: Path, zipped: bool, seed: int = 0) -> Path:
    """Eleven pictures of noise as MNIST's training files."""
    rng = np.random.default_rng(seed)
    pictures = struct.pack(">4I", 0x803, 11, 28, 28) + rng.integers(0, 256, 11 * 784, dtype=np.uint8).tobytes()
    labels = struct.pack(">2I", 0x801, 11) + bytes(i % 10 for i in range(11))
    folder.mkdir(parents=True)
    for name, content in (("train-images-idx3-ubyte", pictures), ("train-labels-idx1-ubyte", labels)):
        if zipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)
    return folder


def test_the_bundled_models() -> None:
    assert [info.name for info in catalogue.bundled()] == NAMES
    assert {info.kind for info in catalogue.bundled()} <= set(KINDS)
    assert len({info.reference.sha256 for info in catalogue.bundled()}) == len(NAMES)


@pytest.mark.parametrize("name", [*NAMES, *LEARNED])
def test_each_is_what_its_entry_says_and_can_be_sampled(name: str) -> None:
    info = catalogue.named(name)
    model = models.load(name)
    assert (model.reference, model.data_shape, model.kind) == (info.reference, info.data_shape, info.kind)
    assert info.reference.label == name
    run = Run(model=info.reference).replace(schedule={"steps": 3}, latents={"count": 2})
    last = list(execute(run, model))[-1]
    assert last.x.shape == (2, *info.data_shape)


@pytest.mark.parametrize("name", NAMES)
def test_the_hash_is_that_of_the_models_content(name: str) -> None:
    model = models.load(name)
    content = {"kind": model.kind, "data_shape": list(model.data_shape)}
    assert content_hash(content, model.arrays) == catalogue.named(name).reference.sha256


def learned() -> list[str]:
    return [info.name for info in catalogue.learned()]


def test_trained_models_come_after_the_exact_ones() -> None:
    assert set(LEARNED) <= set(learned())
    assert [info.name for info in catalogue.offered()] == [*NAMES, *learned()]
    for info in catalogue.learned():
        assert info.title != info.name
        assert info.description.endswith(".")
        assert info.source.startswith("trained on ")


def assets(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`folder` in the place of assets/, with one trained model in it: the path of its JSON."""
    shutil.copy(catalogue._ASSETS / "s-curve-2d.safetensors", folder)
    path = Path(shutil.copy(catalogue._ASSETS / "s-curve-2d.json", folder))
    monkeypatch.setattr(catalogue, "_ASSETS", folder)
    monkeypatch.setattr(catalogue, "learned", catalogue.learned.__wrapped__)
    return path


def test_a_list_reads_no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = assets(tmp_path, monkeypatch)
    path.with_suffix(".safetensors").unlink()
    (tmp_path / "notes.json").write_text("[]")
    assert learned() == ["s-curve-2d"]
    with pytest.raises(InputError, match=r"s-curve-2d\.safetensors is missing"):
        catalogue.named("s-curve-2d").build()


def test_weights_are_checked_against_the_identity_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = assets(tmp_path, monkeypatch)
    model = models.load("s-curve-2d")
    assert model.reference == catalogue.named("s-curve-2d").reference
    weights = path.with_suffix(".safetensors")
    content = bytearray(weights.read_bytes())
    content[-2] ^= 1
    weights.write_bytes(content)
    with pytest.raises(InputError, match=r"s-curve-2d.safetensors is not what s-curve-2d.json was written for"):
        models.load("s-curve-2d")


def test_a_model_without_its_identity_is_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = assets(tmp_path, monkeypatch)
    content = json.loads(path.read_text())
    del content["sha256"]
    path.write_text(json.dumps(content))
    assert learned() == []
    assert models.load(path).data_shape == (2,)


def test_the_ring_is_ten_gaussians_on_the_unit_circle() -> None:
    ring = models.load("ring")
    assert isinstance(ring, Mixture)
    centres = [(math.cos(2 * math.pi * k / 10), math.sin(2 * math.pi * k / 10)) for k in range(10)]
    np.testing.assert_allclose(ring.arrays["means"], centres, atol=1e-15)
    np.testing.assert_array_equal(ring.arrays["covariances"], np.tile(0.005 * np.eye(2), (10, 1, 1)))
    assert set(ring.arrays["weights"]) == {0.1}


@pytest.mark.parametrize(
    ("name", "centres", "deviations"),
    [
        ("symmetric-2d", {(5, 5), (5, -5), (-5, 5), (-5, -5)}, [math.sqrt(0.1)] * 4),
        ("asymmetric-2d", {(3, 3), (5, -5), (-5, 5), (-5, -5)}, [math.sqrt(0.1)] * 4),
        ("shifted-2d", {(10, 0)}, [1]),
        ("bimodal-2d", {(7.5, 0), (-7.5, 0)}, [1, 1]),
        ("mixture-1d", {(-1.25,), (-0.25,), (1.5,)}, [0.25, 0.333, 0.1667]),
    ],
)
def test_the_other_mixtures(name: str, centres: set[tuple[float, ...]], deviations: list[float]) -> None:
    model = models.load(name)
    assert isinstance(model, Mixture)
    assert {tuple(mean) for mean in model.arrays["means"].tolist()} == centres
    expected = np.array(deviations)[:, None, None] ** 2 * np.eye(model.data_shape[0])
    np.testing.assert_allclose(model.arrays["covariances"], expected)
    np.testing.assert_allclose(model.arrays["weights"], 1 / len(centres))


def test_the_catalogue_needs_no_torch() -> None:
    code = "import sys; from engine.models import catalogue; catalogue.offered(); sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["rung", "", "digit"])
def test_an_unknown_name_is_answered_with_the_names(name: str) -> None:
    with pytest.raises(InputError) as error:
        models.load(name)
    assert all(known in str(error.value) for known in NAMES)


def test_a_missing_mnist_is_asked_for() -> None:
    with pytest.raises(InputError, match="LATENT_LOUPE_DATA"):
        models.load("digits-ideal-mnist")


@pytest.mark.parametrize("path", [Path("ring"), "./ring", "nowhere/ring", "ring.safetensors", "ring.json", "ring.pt"])
def test_anything_like_a_path_is_one(path: str | Path) -> None:
    with pytest.raises(InputError, match=r"is missing|does not exist"):
        models.load(path)


def test_a_model_is_found_by_its_hash_alone() -> None:
    ring = catalogue.named("ring")
    assert models.find(ModelReference(label="renamed", sha256=ring.reference.sha256)) is ring
    stranger = ModelReference(label="ring", sha256="0" * 64)
    assert models.find(stranger) is None
    mixture = Mixture([[0.0]], [[[1.0]]], [1], label="mine")
    opened = catalogue.describe(mixture, "mine.safetensors")
    assert models.find(mixture.reference) is None
    assert models.find(mixture.reference, [opened]) is opened
    assert opened.build() is mixture
    assert (opened.name, opened.kind, opened.source) == ("mine", "mixture", "mine.safetensors")


def test_each_says_the_levels_that_its_model_knows() -> None:
    for info in catalogue.offered():
        model = info.build()
        assert (info.sigma_min, info.sigma_max) == (model.sigma_min, model.sigma_max), info.name
        again = catalogue.describe(model, "a file")
        assert (again.sigma_min, again.sigma_max) == (info.sigma_min, info.sigma_max)


class TestWithMnist:
    @pytest.fixture(autouse=True)
    def without_mnist(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """In place of the outer fixture: only the folder that the test makes."""
        monkeypatch.setenv(mnist.FOLDER, str(tmp_path / "data"))

    @pytest.mark.parametrize("zipped", [True, False])
    def test_it_is_offered_and_drawn(self, tmp_path: Path, zipped: bool) -> None:
        write_mnist(tmp_path / "data" / "mnist", zipped)
        info = catalogue.offered()[len(NAMES)]
        assert info.name == "digits-ideal-mnist"
        model = models.load(info.name)
        assert model.reference == info.reference
        x = torch.randn(2, 1, 32, 32)
        assert model.denoise(x, 1.0)[:, 0, :8].eq(-1).all()

    def test_its_hash_tells_contents_apart_and_not_their_packing(self, tmp_path: Path) -> None:
        folders = [
            write_mnist(tmp_path / "zipped", True),
            write_mnist(tmp_path / "plain", False),
            write_mnist(tmp_path / "other", True, seed=1),
        ]
        first, second, third = (catalogue.offered(folder)[len(NAMES)].reference.sha256 for folder in folders)
        assert first == second
        assert first != third

    def test_a_file_of_no_content_is_not_offered(self, tmp_path: Path) -> None:
        folder = tmp_path / "data"
        folder.mkdir()
        (folder / "train-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8b")
        assert [info.name for info in catalogue.offered()] == [*NAMES, *learned()]


def test_models_of_the_trainings_here_are_offered_and_broken_ones_left_out() -> None:
    home = catalogue.TRAININGS / "mine"
    save(home / "mine-20", catalogue.named("ring").build(), provenance={"source": "trained on a ring"})
    (home / "broken.json").write_text(f'{{"format": "{FORMAT}"}}')
    (home / "other.json").write_text("{}")
    info = catalogue.offered()[-1]
    assert (info.name, info.source) == ("mine-20", "trained on a ring")
    assert catalogue.named("mine-20").build().reference == info.reference
    assert "broken" not in [other.name for other in catalogue.offered()]
