"""What maps are made of: items by number from every kind of data, and what is no such data."""
# spec: A3

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from engine.analysis import map_data
from engine.analysis.basemap import Basemap
from engine.analysis.map_data import FACES, NOWHERE, Items, Source, picture, read
from engine.data import digits, faces, mnist
from engine.errors import InputError
from engine.settings.maps import MapSettings
from tests.engine.data.test_mnist import write


def chosen(data: str, source: Source = NOWHERE, count: int = 60, seed: int = 0) -> Items:
    return read(MapSettings.model_validate({"data": data, "count": count, "seed": seed}), source)


def mapped(items: Items, data: str) -> Basemap:
    """A map of items, wherever they lie."""
    about = MapSettings.model_validate({"data": data})
    nowhere = np.zeros((len(items.x0), 2), np.float32)
    own = (items.labels, items.names, items.numbers, items.total, items.pictures)
    return Basemap(items.label, about, nowhere, nowhere, *own)


def bytes_of(x0: np.ndarray) -> np.ndarray:
    return np.rint((x0 + 1) * 127.5).astype(np.uint8)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """MNIST with a hundred test digits in place of 10,000."""
    pictures = np.random.default_rng(0).integers(0, 256, (100, 28, 28), dtype=np.uint8)
    write(tmp_path / "mnist", pictures, np.arange(100, dtype=np.uint8) % 10, "t10k")
    monkeypatch.setattr(mnist, "find", lambda: tmp_path / "mnist")
    return digits.frame(digits.shrink(pictures))


# -- data sets -------------------------------------------------------------------------------------------------------


def test_mnists_test_digits_keep_their_numbers_and_classes(written: np.ndarray) -> None:
    items = chosen("mnist")
    assert (len(items.x0), items.total, items.label) == (60, 100, "MNIST's test digits")
    assert (np.diff(items.numbers) > 0).all()
    np.testing.assert_array_equal(bytes_of(items.x0), written[items.numbers])
    np.testing.assert_array_equal(items.labels, items.numbers % 10)
    known = mapped(items, "mnist")
    np.testing.assert_array_equal(picture(known, 7), written[items.numbers[7]])


def test_without_mnist_its_pictures_are_missing_and_a_sentence_says_so(
    written: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = mapped(chosen("mnist"), "mnist")
    monkeypatch.setattr(mnist, "find", lambda: None)
    assert picture(known, 0) is None
    with pytest.raises(InputError, match="MNIST was not found"):
        chosen("mnist")


def test_a_smaller_mnist_than_the_maps_has_no_such_picture(written: np.ndarray) -> None:
    known = mapped(chosen("mnist"), "mnist")
    known.numbers[0] = 9_999
    assert picture(known, 0) is None


def test_a_seed_chooses_and_chooses_the_same_again() -> None:
    one, same, other = (chosen("handwritten-digits", seed=seed).numbers for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_the_bundled_digits_are_all_there_where_more_are_wanted() -> None:
    items = chosen("handwritten-digits", count=5000)
    frames, labels = digits.bundled()
    assert items.total == len(items.x0) == len(frames)
    np.testing.assert_array_equal(items.labels, labels)
    np.testing.assert_array_equal(picture(mapped(items, "handwritten-digits"), 11), frames[11])


def test_faces_are_of_the_class_that_is_seen() -> None:
    items = chosen("faces", count=100)
    seen = faces.measure(items.x0)
    np.testing.assert_array_equal(items.labels, (seen.sunglasses > 0.5) + 2 * (seen.smile > 0.5))
    assert items.names == FACES
    np.testing.assert_array_equal(picture(mapped(items, "faces"), 5), bytes_of(items.x0[5]))


# -- folders ---------------------------------------------------------------------------------------------------------


def put(path: Path, grey: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (20, 20), grey).save(path)


def test_a_folders_classes_are_the_folders_in_it(tmp_path: Path) -> None:
    for place, name in enumerate(("cats/a.png", "cats/deep/b.png", "dogs/c.png", "d.png")):
        put(tmp_path / name, 10 * place)
    (tmp_path / "cats/e.png").write_bytes(b"no picture")
    items = chosen("folder", Source(tmp_path, size=8, grey=True))
    assert (items.total, items.names, items.label) == (5, ("cats", "dogs"), tmp_path.name)
    assert items.x0.shape == (4, 1, 8, 8)
    assert items.pictures is not None
    assert dict(zip(items.pictures[:, 0, 0, 0].tolist(), items.labels.tolist(), strict=True)) == {
        0: 0,
        10: 0,
        20: 1,
        30: -1,
    }
    np.testing.assert_array_equal(picture(mapped(items, "folder"), 2), items.pictures[2])
    assert chosen("folder", Source(tmp_path, size=8)).x0.shape == (4, 3, 8, 8)


def test_of_too_many_folders_none_is_a_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_data, "_MOST_NAMES", 1)
    put(tmp_path / "cats/a.png", 1)
    put(tmp_path / "dogs/b.png", 2)
    items = chosen("folder", Source(tmp_path))
    assert (items.names, items.labels.tolist()) == ((), [-1, -1])


def test_a_folder_of_which_nothing_can_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "a.png", 1)

    def lose(total: int, settings: MapSettings) -> np.ndarray:
        (tmp_path / "a.png").unlink()
        return np.arange(total)

    monkeypatch.setattr(map_data, "_chosen", lose)
    with pytest.raises(InputError, match=r"^None of 1 pictures of .* choose another folder\.$"):
        chosen("folder", Source(tmp_path))


# -- particles -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["npz", "npy", "safetensors"])
@pytest.mark.parametrize("shape", [(2,), (1, 4, 4), (3, 4, 4)])
def test_particles_are_all_taken_as_they_are(tmp_path: Path, kind: str, shape: tuple[int, ...]) -> None:
    x0 = np.random.default_rng(0).uniform(-1, 1, size=(70, *shape))
    path = tmp_path / f"run.{kind}"
    if kind == "npz":
        np.savez(path, x0=x0, x_T=-x0)
    elif kind == "npy":
        np.save(path, x0)
    else:
        save_file({"x0": x0}, path)
    items = chosen("particles", Source(path))
    np.testing.assert_array_equal(items.x0, x0.astype(np.float32))
    assert (items.total, items.names, set(items.labels.tolist())) == (70, (), {-1})
    shown = picture(mapped(items, "particles"), 3)
    assert (shown is None) == (len(shape) == 1)
    if shown is not None:
        np.testing.assert_array_equal(shown, np.floor((x0[3] + 1) * 127.5 + 0.5).astype(np.uint8))


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        chosen("particles", Source(path))
    assert str(error.value).endswith(".")
    return str(error.value)


@pytest.mark.parametrize(
    ("x0", "sentence"),
    [
        (np.ones(5), "holds no particles"),
        (np.ones((5, 2), int), "holds no particles"),
        (np.ones((0, 2)), "holds no particles"),
        (np.full((5, 2), np.nan), "not finite"),
        (np.array([[object()]]), "cannot be read as particles"),
    ],
)
def test_what_are_no_particles_is_refused(tmp_path: Path, x0: np.ndarray, sentence: str) -> None:
    np.savez(tmp_path / "run.npz", x0=x0)
    assert sentence in refused(tmp_path / "run.npz")


def test_damaged_and_missing_files_are_refused(tmp_path: Path) -> None:
    assert "is missing" in refused(tmp_path / "run.npz")
    assert "is missing" in refused(tmp_path)
    for name in ("run.npz", "run.npy", "run.safetensors"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 and no more")
        assert "cannot be read as particles" in refused(tmp_path / name)
    np.savez(tmp_path / "other.npz", y=np.ones((5, 2)))
    assert "x0" in refused(tmp_path / "other.npz")


def test_what_claims_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x0.npy", "w") as file:
        np.lib.format.write_array(file, np.zeros((2000, 2)))
    for name, limit, sentence in (
        ("MOST_ITEMS", 1999, "give 1,999 at most"),
        ("MOST_VALUES", 3999, "more than a map holds, 3,999 values"),
        ("_LARGEST", 5000, "its x0 is over"),
        ("_LARGEST", 100, "give fewer particles"),
    ):
        monkeypatch.setattr(map_data, name, limit)
        assert sentence in refused(path)
        monkeypatch.undo()
    assert len(chosen("particles", Source(path)).x0) == 2000
