"""Sequences by number: always the same, of either source, and open exactly where more than one next frame occurs."""
# spec: D2 D3 D4 A5

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data import digits, idx, mnist, moving, sequences
from engine.data.sequences import Sequences
from engine.errors import InputError
from engine.models.catalogue import ModelInfo, named
from tests.engine.data.test_mnist import LABELS, write

CIRCLE = named("circle")
NUMBERS = st.integers(0, sequences.COUNT - 1)
GIVEN = {"circle": 1, "free-directions": 3, "horizontal": 3}


@pytest.fixture(autouse=True)
def bundled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The digits are those that come with the program, on every machine."""
    monkeypatch.setattr(mnist, "find", lambda: None)


def model(kind: str) -> ModelInfo:
    return replace(CIRCLE, data=kind, cond_shape=(GIVEN[kind], 32, 32))


def of(kind: str) -> Sequences:
    found = sequences.of(model(kind))
    assert found is not None
    return found


def walks(kind: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Places [count, T, 2] of squares as large as a digit's room, read from the frames, and `open` [count, T]."""
    picked = [of(kind).pick(number) for number in range(count)]
    frames = np.stack([each.frames for each in picked])
    rows, columns = ((frames > 0).any(axis=axis).argmax(axis=-1) for axis in (3, 2))
    return np.stack([rows, columns], axis=-1) - moving.WALL, np.array([each.open for each in picked])


@pytest.fixture
def squares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequences, "pictures", lambda of: np.full((1, 16, 16), 255, np.uint8))


def followers(places: np.ndarray, opened: np.ndarray) -> tuple[dict[bytes, set[bytes]], dict[bytes, set[bool]]]:
    """What comes after two places, after one where it is the first, and what `open` says of them."""
    after: dict[bytes, set[bytes]] = defaultdict(set)
    said: dict[bytes, set[bool]] = defaultdict(set)
    for walk, each in zip(places.astype(np.int8), opened, strict=True):
        for t in range(len(walk) - 1):
            seen = walk[max(0, t - 1) : t + 1].tobytes()
            after[seen].add(walk[t + 1].tobytes())
            said[seen].add(bool(each[t]))
    return after, said


@pytest.mark.parametrize("kind", ["circle", "horizontal"])
@pytest.mark.usefixtures("squares")
def test_it_is_open_exactly_where_several_next_frames_occur(kind: str) -> None:
    after, said = followers(*walks(kind, 300))
    assert len(after) == {"circle": 1, "horizontal": 13}[kind]
    for seen, nexts in after.items():
        assert said[seen] == {len(nexts) > 1}
    assert len(after[bytes(2)]) == {"circle": 8, "horizontal": 2}[kind]


@pytest.mark.usefixtures("squares")
def test_free_directions_are_open_at_the_wall_and_after_the_first_frame_alone() -> None:
    """Also where the step away from one wall will be cut at another: what is drawn at a wall is never one outcome."""
    places, opened = walks("free-directions", 1000)
    wall: np.ndarray = np.any(moving.at_wall(places), axis=2)
    assert opened[:, 0].all()
    assert np.array_equal(opened[:, 1:], wall[:, 1:])
    before, here, then = places[:, :-2], places[:, 1:-1], places[:, 2:]
    closed = ~opened[:, 1:-1]
    straight = np.clip(2 * here - before, -moving.WALL, moving.WALL)
    assert np.array_equal(then[closed], straight[closed])
    assert closed.sum() > 3000
    after: dict[tuple[int, ...], list[tuple[int, ...]]] = defaultdict(list)
    at = wall[:, 1:-1]
    for place, following in zip(here[at].tolist(), then[at].tolist(), strict=True):
        after[tuple(place)].append(tuple(following))
    often = [nexts for nexts in after.values() if len(nexts) >= 15]
    assert len(often) > 30
    assert {len(set(nexts)) for nexts in often} <= set(range(2, 8)), "three ways out of a corner, seven off one wall"


@pytest.mark.usefixtures("squares")
def test_the_next_frame_of_a_horizontal_walk_that_is_not_open_is_what_its_velocity_says() -> None:
    places, opened = walks("horizontal", 300)
    column = places[..., 1]
    before, here, then = column[:, :-2], column[:, 1:-1], column[:, 2:]
    closed = ~opened[:, 1:-1]
    bounced = np.where(abs(here) == moving.WALL, before, 2 * here - before)
    assert np.array_equal(then[closed], bounced[closed])
    assert (places[..., 0] == 0).all()


# -- by number ---------------------------------------------------------------------------------------------------------


@given(kind=st.sampled_from(sorted(GIVEN)), number=NUMBERS)
def test_a_number_is_one_sequence_with_its_own_digit(kind: str, number: int) -> None:
    one, again = of(kind).pick(number), of(kind).pick(number)
    assert one.frames.shape == (2 if kind == "circle" else 16, 32, 32)
    assert one.frames.dtype == np.uint8
    assert np.array_equal(one.frames, again.frames)
    assert one.open == again.open
    assert len(one.open) == len(one.frames)
    digit = sequences.pictures("bundled")[number % 1797]
    ink = np.sort(digit[digit > 0])
    assert all(np.array_equal(np.sort(frame[frame > 0]), ink) for frame in one.frames)


@pytest.mark.parametrize("number", [-1, sequences.COUNT])
def test_a_number_beyond_is_refused(number: int) -> None:
    with pytest.raises(InputError, match=rf"^There is no sequence {number}: choose one from 0 to 9,999\.$"):
        of("circle").pick(number)


def test_mnist_where_it_is_and_the_bundled_digits_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    assert sequences.source() == "bundled"
    framed = digits.bundled()[0]
    assert np.array_equal(digits.frame(sequences.pictures("bundled")), framed)
    with pytest.raises(InputError, match=f"^MNIST was not found: name .* {mnist.FOLDER}"):
        sequences.pictures("mnist")
    write(tmp_path, drawn, LABELS, "t10k")
    monkeypatch.setattr(mnist, "find", lambda: tmp_path)
    assert (sequences.source(), of("circle").source) == ("mnist", "mnist")
    assert np.array_equal(sequences.pictures("mnist"), digits.shrink(drawn))
    first = of("circle").pick(7).frames[0]
    assert np.array_equal(first, digits.frame(digits.shrink(drawn[[2]]))[0, 0])


def test_test_digits_that_cannot_be_read_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, np.zeros((5, 28, 28), np.uint8), LABELS)
    monkeypatch.setattr(mnist, "find", lambda: tmp_path)
    with pytest.raises(InputError, match="lacks t10k-images-idx3-ubyte: put MNIST's four files there"):
        of("circle").pick(0)


@pytest.mark.skipif(mnist.find() is None, reason="needs MNIST")
def test_the_real_test_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    folder = mnist.find()
    assert folder is not None
    expected = digits.shrink(idx.read(mnist.images(folder, "test"), 3)[:3])
    assert np.array_equal(sequences.pictures("mnist")[:3], expected)
    assert len(sequences.pictures("mnist")) == sequences.COUNT


# -- names -------------------------------------------------------------------------------------------------------------


@given(
    kind=st.sampled_from(sorted(GIVEN)),
    source=st.sampled_from(sorted(sequences.LABELS)),
    number=st.integers(0, 10**9 - 1),
    first=st.integers(0, 20),
)
def test_a_name_leads_back_to_its_frames(kind: str, source: sequences.Source, number: int, first: int) -> None:
    found = replace(of(kind), source=source)
    assert found.place(found.name(number, first)) == (number, first)


def test_what_frames_are_called() -> None:
    horizontal, circle = (replace(of(kind), source="mnist") for kind in ("horizontal", "circle"))
    assert horizontal.name(7, 3) == "horizontal 7, frames 3 to 5"
    assert circle.name(7, 0) == "circle 7, frame 0"
    assert of("circle").name(7, 0) == "circle 7, frame 0 of scikit-learn's digits"
    assert of("circle").place(circle.name(7, 0)) is None, "other digits"


@pytest.mark.parametrize(
    "name",
    ["", "circle", "circle 7", "circle 7, frame 0 ", "circle 07, frame 0", "ring 7, frame 0", "circle 7, frames"],
)
def test_other_names_are_none(name: str) -> None:
    assert replace(of("circle"), source="mnist").place(name) is None


def test_only_models_of_next_frames_have_sequences() -> None:
    assert sequences.of(named("ring")) is None
    assert sequences.of(named("digits-ideal")) is None
    assert sequences.of(replace(CIRCLE, cond_shape=None)) is None
    assert sequences.of(replace(CIRCLE, data_shape=(1, 16, 16))) is None
    assert [(of(kind).label, of(kind).given) for kind in GIVEN] == list(GIVEN.items())
