"""Maps: where features lie on them, their files, and the one that comes with the program."""
# spec: A3

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import load as read_arrays
from safetensors.numpy import save_file
from scipy.spatial.distance import cdist

import assets
from engine.analysis import basemap, classifier
from engine.analysis.basemap import NEIGHBOURS, Basemap, bundled, load, save, suits
from engine.errors import InputError
from engine.models.catalogue import named
from engine.settings.maps import MapSettings

FOLDER = Path(assets.__file__).parent


def made(count: int = 60, width: int = 5, seed: int = 0, **about: Any) -> Basemap:
    """A map of items at random."""
    generator = np.random.default_rng(seed)
    return Basemap(
        "made",
        MapSettings(**{"features": "values", **about}),
        generator.normal(size=(count, width)).astype(np.float32),
        generator.normal(size=(count, 2)).astype(np.float32),
        generator.integers(-1, 2, size=count).astype(np.int16),
        ("one", "two"),
        np.arange(count),
        2 * count,
    )


def looped(known: Basemap, row: NDArray[Any], metric: str) -> NDArray[Any]:
    """Where a row lies, by the definition."""
    apart = cdist(row[None].astype(np.float32), known.features.astype(np.float64), metric)[0]
    if metric in ("cosine", "correlation"):
        apart = np.sqrt(2 * apart)  # the chord between two directions
    nearest = sorted(range(len(apart)), key=lambda item: apart[item])[:NEIGHBOURS]
    weights = [1 / apart[item] for item in nearest]
    place = sum(w * known.coordinates[item].astype(np.float64) for w, item in zip(weights, nearest, strict=True))
    return np.asarray(place / sum(weights))


# -- placing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "reference"),
    [("euclidean", "euclidean"), ("cosine", "cosine"), ("manhattan", "cityblock"), ("correlation", "correlation")],
)
def test_a_row_lies_between_its_nearest(metric: str, reference: str) -> None:
    known = made(metric=metric)
    rows = np.random.default_rng(1).normal(size=(20, 5))
    expected = [looped(known, row, reference) for row in rows]
    np.testing.assert_allclose(known.place(rows), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
def test_what_equals_a_reference_lies_on_it(metric: str) -> None:
    known = made(metric=metric)
    np.testing.assert_array_equal(known.place(known.features), known.coordinates)


def test_of_references_that_are_equal_it_lies_in_the_middle() -> None:
    known = made(20)
    known.features[1] = known.features[0]
    expected = known.coordinates[:2].mean(axis=0)
    np.testing.assert_allclose(known.place(known.features[:1])[0], expected, rtol=1e-6)


def test_far_from_0_near_points_are_still_told_apart() -> None:
    known = made(400, 3)
    far = dataclasses.replace(known, features=(known.features * np.float32(0.01) + np.float32(1000)))
    rows = far.features[:50] + np.float32(1e-3)
    expected = [looped(far, row, "euclidean") for row in rows]
    np.testing.assert_allclose(far.place(rows), expected, rtol=1e-5, atol=1e-5)


def test_what_is_not_finite_has_no_place_and_leaves_the_others_theirs() -> None:
    known = made()
    rows = np.random.default_rng(1).normal(size=(4, 5))
    expected = known.place(rows)
    rows[1, 2], rows[3, 0] = np.nan, 1e300
    placed = known.place(rows)
    assert np.isnan(placed[[1, 3]]).all()
    np.testing.assert_array_equal(placed[[0, 2]], expected[[0, 2]])


def test_many_rows_are_placed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    known, rows = made(), np.random.default_rng(1).normal(size=(50, 5))
    together = known.place(rows)
    monkeypatch.setattr(basemap, "_BLOCK", 7 * NEIGHBOURS * 5)
    np.testing.assert_allclose(known.place(rows), together, rtol=1e-9)


def test_of_few_references_all_count_and_of_none_nothing_is_asked() -> None:
    known = made(4)
    np.testing.assert_allclose(known.place(np.zeros((1, 5)))[0], looped(known, np.zeros(5), "euclidean"), rtol=1e-6)
    assert known.place(np.zeros((0, 5))).shape == (0, 2)


def test_other_features_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\[N, 5\], not \[3, 4\]"):
        made().place(np.zeros((3, 4)))


def test_a_row_without_direction_has_a_place_all_the_same() -> None:
    for metric in ("cosine", "correlation"):
        assert np.isfinite(made(metric=metric).place(np.zeros((1, 5)))).all()


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 40), width=st.integers(1, 6))
def test_a_place_is_inside_its_neighbours_and_knows_no_order(seed: int, count: int, width: int) -> None:
    known = made(count, width, seed)
    generator = np.random.default_rng(seed + 1)
    rows, order = generator.normal(size=(6, width)), generator.permutation(count)
    placed = known.place(rows)
    nearest = cdist(rows.astype(np.float32), known.features).argsort(axis=1)[:, :NEIGHBOURS]
    for angle in np.linspace(0, np.pi, 7):  # a convex hull is the part that all directions leave
        along = np.array([np.cos(angle), np.sin(angle)])
        reach = known.coordinates[nearest] @ along
        assert (placed @ along >= reach.min(axis=1) - 1e-9).all()
        assert (placed @ along <= reach.max(axis=1) + 1e-9).all()
    turned = dataclasses.replace(
        known, features=known.features[order], coordinates=known.coordinates[order], labels=known.labels[order]
    )
    np.testing.assert_allclose(turned.place(rows), placed, rtol=1e-6, atol=1e-6)
    alone = np.concatenate([known.place(row[None]) for row in rows])
    np.testing.assert_allclose(alone, placed, rtol=1e-6, atol=1e-6)


def test_a_classs_name_stands_over_its_midst_whatever_lies_far_off() -> None:
    known = made(40)
    known.labels[:] = [1] * 20 + [-1] * 20
    known.coordinates[:20] = np.random.default_rng(2).uniform(-1, 1, size=(20, 2)) + np.array([5, 3])
    known.coordinates[0] = (9, 90)
    ((label, (across, top)),) = known.crowns().items()
    assert label == 1
    assert across == pytest.approx(np.median(known.coordinates[:20, 0]))
    assert top == known.coordinates[1:20, 1].max()


# -- what it suits ---------------------------------------------------------------------------------------------------


def test_digits_suit_a_map_of_digits_and_points_one_of_as_many_values() -> None:
    assert suits(bundled(), named("digits")) == ""
    assert suits(bundled(), named("digits-ideal")) == ""
    assert "draws 3 × 32 × 32: fit a map" in suits(bundled(), named("faces"))
    assert "draws 2: fit a map" in suits(bundled(), named("ring"))
    assert suits(made(width=2), named("ring")) == ""
    assert "compares 5 values" in suits(made(), named("ring"))


# -- files -----------------------------------------------------------------------------------------------------------


def assert_same(one: Basemap, other: Basemap) -> None:
    for field in dataclasses.fields(Basemap):
        a, b = getattr(one, field.name), getattr(other, field.name)
        np.testing.assert_array_equal(a, b)
        assert getattr(a, "dtype", None) == getattr(b, "dtype", None)


@pytest.mark.parametrize("pictured", [True, False])
def test_a_map_comes_back_from_its_file(tmp_path: Path, pictured: bool) -> None:
    pixels = np.random.default_rng(0).integers(256, size=(60, 3, 4, 5), dtype=np.uint8) if pictured else None
    known = dataclasses.replace(made(metric="cosine"), pictures=pixels)
    assert_same(load(save(known, tmp_path / "map.safetensors")), known)


def test_no_file_is_written_over(tmp_path: Path) -> None:
    first = save(made(), tmp_path / "map.safetensors")
    assert save(made(), tmp_path / "map.safetensors") == first
    assert save(made(seed=1), first).name == "map-2.safetensors"
    assert_same(load(first), made())


def test_half_precision_is_read_as_float32() -> None:
    arrays = read_arrays(basemap.content(made(), np.float16))
    assert arrays["features"].dtype == np.float16
    np.testing.assert_allclose(arrays["features"], made().features, rtol=1e-3, atol=1e-6)


ARRAYS = {name: getattr(made(), name) for name in ("features", "coordinates", "labels", "numbers")}
HEADER = {"label": "made", "about": MapSettings(features="values").model_dump(), "names": ["one", "two"], "total": 120}


def written(path: Path, header: Any = HEADER, **arrays: Any) -> Path:
    """A file of a map, with some of its arrays changed or, where None, left out."""
    kept = {name: array for name, array in {**ARRAYS, **arrays}.items() if array is not None}
    save_file(kept, path, {"latent-loupe map": json.dumps(header)})
    return path


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"labels": None}, "does not hold the arrays"),
    ({"more": np.zeros(60)}, "does not hold the arrays"),
    ({"features": np.zeros((60, 5))}, "does not hold the arrays"),
    ({"features": np.zeros((59, 5), np.float32)}, "does not hold the arrays"),
    ({"coordinates": np.zeros((60, 3), np.float32)}, "does not hold the arrays"),
    ({"coordinates": np.zeros(60, np.float32)}, "does not hold the arrays"),
    ({"features": np.full((60, 5), np.nan, np.float32)}, "not finite"),
    ({"coordinates": np.full((60, 2), np.inf, np.float32)}, "not finite"),
    ({"coordinates": np.full((60, 2), 3e38, np.float32)}, "coordinates that no map has"),
    ({"labels": np.full(60, 2, np.int16)}, "labels without names"),
    ({"labels": np.full(60, -2, np.int16)}, "labels without names"),
    ({"numbers": np.full(60, -1)}, "counts its items wrongly"),
    ({"header": {**HEADER, "total": 59}}, "counts its items wrongly"),
    ({"header": {**HEADER, "about": MapSettings().model_dump()}}, "5 features where the classifier has 128"),
    ({"header": {**HEADER, "about": {"data": "everything"}}}, "about.data: "),
    ({"header": {**HEADER, "label": ""}}, "label: "),
    ({"header": {**HEADER, "version": 2}}, "version: "),
    ({"header": [1]}, "should be a JSON object"),
    ({"pictures": np.zeros((60, 2, 4, 4), np.uint8)}, "neither grey nor RGB"),
    ({"features": np.zeros((60, 0), np.float32)}, "60 items"),
    ({name: array[:0] for name, array in ARRAYS.items()}, "0 items"),
]


@pytest.mark.parametrize(("change", "sentence"), WRONG)
def test_what_is_no_map_is_refused_in_a_sentence(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    path = written(tmp_path / "map.safetensors", **change)
    with pytest.raises(InputError, match=sentence) as refused:
        load(path)
    assert str(refused.value).startswith("map.safetensors")
    assert str(refused.value).endswith(".")


def test_what_people_read_is_one_line_of_some_letters(tmp_path: Path) -> None:
    header = {**HEADER, "label": "a\nb/c", "names": ["\x1b[31m", "x" * 1000]}
    read = load(written(tmp_path / "map.safetensors", header))
    assert (read.label, read.names) == ("a_b_c", ("_[31m", "x" * 200))


def test_the_stand_in_for_those_files_is_a_map(tmp_path: Path) -> None:
    assert_same(load(written(tmp_path / "map.safetensors")), made())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not a whole safetensors file"),
        (b"abc", "not a whole safetensors file"),
        (basemap.content(made())[:-1], "not a whole safetensors file"),
        (struct.pack("<Q", 2**40) + b"{}", "header is too long"),
        (struct.pack("<Q", 2) + b"{}", "is no map"),
        (Path(FOLDER / "digit-features.safetensors").read_bytes(), "is no map"),
    ],
)
def test_other_files_are_refused_in_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "map.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        load(path)


@pytest.mark.parametrize(("name", "enough"), [("MOST_ITEMS", 60), ("MOST_VALUES", 300), ("_LARGEST", 10_000)])
def test_what_claims_too_much_is_not_read(
    name: str, enough: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "map.safetensors")
    monkeypatch.setattr(basemap, name, enough)
    assert len(load(path)) == 60
    monkeypatch.setattr(basemap, name, min(enough - 1, 1000))
    with pytest.raises(InputError, match=r"60 items|over 0 MiB"):
        load(path)


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "missing", ""):
        with pytest.raises(InputError, match=r"is not a file|cannot be read"):
            load(tmp_path / name)


# -- the bundled one -------------------------------------------------------------------------------------------------


def test_the_bundled_map_says_what_it_is_and_belongs_to_the_classifier() -> None:
    told = json.loads((FOLDER / f"{basemap.ASSET}.json").read_text())
    content = (FOLDER / f"{basemap.ASSET}.safetensors").read_bytes()
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    assert len(content) < 1_150_000
    weights = (FOLDER / f"{classifier.ASSET}.safetensors").read_bytes()
    assert told["classifier sha256"] == hashlib.sha256(weights).hexdigest()
    assert basemap.CLASSIFIED == classifier.FEATURES
    known = bundled()
    assert known.about == MapSettings() == MapSettings(**told["settings"])
    assert (len(known), known.total, known.pictures) == (4000, 10_000, None)
    assert known.numbers.max() < known.total


def test_classes_lie_together_on_the_bundled_map() -> None:
    known = bundled()
    np.testing.assert_allclose(known.coordinates.mean(axis=0), 0, atol=1e-5)
    assert np.square(known.coordinates).mean() == pytest.approx(1, abs=1e-5)
    some = slice(0, 400)
    apart = np.linalg.norm(known.coordinates[some, None] - known.coordinates, axis=2)
    nearest = known.labels[apart.argsort(axis=1)[:, 1 : 1 + NEIGHBOURS]]
    assert (nearest == known.labels[some, None]).mean() > 0.9
