"""Masks as files and in other sizes: round trips, what is refused and how, hostile bytes."""
# spec: L3

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from engine import attachments
from engine import mask as masks
from engine.errors import InputError
from engine.mask import Mask
from engine.settings.references import MaskReference

ANY_MASK = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=20))
RANDOM: Mask = np.random.default_rng(0).integers(0, 256, (12, 9)).astype(np.uint8)
in_a_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)


@given(ANY_MASK)
@in_a_folder
def test_a_mask_goes_through_a_file_unchanged(tmp_path: Path, mask: Mask) -> None:
    path = tmp_path / "mask.png"
    masks.write(path, masks.keep(mask, "any"))
    assert np.array_equal(masks.of_file(path, mask.shape), mask)


def test_kept_masks_are_read_by_their_values_and_cannot_be_written_to() -> None:
    reference = masks.keep(RANDOM, "eyes/left")
    assert reference.label == "eyes_left"
    assert np.array_equal(masks.values(reference, (3, 12, 9)), RANDOM / 255)
    assert not masks.read(reference).flags.writeable
    with pytest.raises(InputError, match="9 × 12 and the model's pictures are 8 × 8: resample it"):
        masks.values(reference, (3, 8, 8))
    with pytest.raises(InputError, match="for models of pictures"):
        masks.values(reference, (2,))


def test_a_file_of_another_size_is_resampled_only_by_choice(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.fromarray(RANDOM).save(path)
    with pytest.raises(InputError, match=r"'large.png' is 9 × 12 and the model's pictures are 4 × 6: resample it"):
        masks.of_file(path, (6, 4))
    assert np.array_equal(masks.of_file(path, (6, 4), resample=True), masks.resampled(RANDOM, 6, 4))
    assert np.array_equal(masks.of_file(path), RANDOM)


def picture(mode: str, pixels: np.ndarray) -> Image.Image:
    """A picture of those pixels, in that mode."""
    return Image.fromarray(np.ascontiguousarray(pixels, np.uint8), mode)


BLACK_OPAQUE = np.concatenate([np.zeros((12, 9, 3), np.uint8), np.full((12, 9, 1), 255, np.uint8)], 2)
PAINT = np.concatenate([np.full((12, 9, 3), (200, 30, 30)), RANDOM[..., None]], 2)
GREYS = np.stack([RANDOM, np.full((12, 9), 51)], 2)


@pytest.mark.parametrize(
    ("mode", "pixels", "expected"),
    [
        ("RGB", RANDOM[..., None].repeat(3, 2), RANDOM),
        ("RGBA", BLACK_OPAQUE, RANDOM * 0),
        ("RGBA", PAINT, RANDOM),
        ("LA", GREYS, np.floor(RANDOM / 5 + 0.5)),
        ("LA", np.zeros((12, 9, 2)), RANDOM * 0),
    ],
    ids=["colour", "black", "paint on nothing", "translucent", "nothing"],
)
def test_lightness_is_the_mask_and_what_is_transparent_is_not(
    tmp_path: Path, mode: str, pixels: np.ndarray, expected: np.ndarray
) -> None:
    path = tmp_path / "picture.png"
    picture(mode, pixels).save(path)
    assert np.array_equal(masks.of_file(path, (12, 9)), expected)


@pytest.mark.parametrize("suffix", ["tiff", "bmp", "gif", "webp", "pgm"])
def test_other_formats_are_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mask.{suffix}"
    Image.fromarray(RANDOM).save(path, lossless=True)
    assert np.array_equal(masks.of_file(path, (12, 9)), RANDOM)


def test_grey_of_sixteen_bits_keeps_its_range(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray(RANDOM.astype(np.uint16) * 257).save(path)
    assert np.array_equal(masks.of_file(path), RANDOM)


@given(ANY_MASK, st.integers(1, 30), st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_resampling_stays_between_the_least_and_the_greatest(mask: Mask, height: int, width: int) -> None:
    other = masks.resampled(mask, height, width)
    assert other.dtype == np.uint8
    assert other.shape == (height, width)
    assert mask.min() <= other.min()
    assert other.max() <= mask.max()


def test_smaller_is_the_mean_over_areas_and_the_same_size_the_same() -> None:
    blocks = RANDOM.reshape(4, 3, 3, 3).mean((1, 3))
    assert np.abs(masks.resampled(RANDOM, 4, 3) - blocks).max() <= 1  # rounded once each way
    assert np.array_equal(masks.resampled(RANDOM, 12, 9), RANDOM)
    half: Mask = np.array([[0, 255]], np.uint8)
    assert masks.resampled(half, 1, 4).tolist() == [[0, 64, 191, 255]]


def huge(mode: int = 0) -> bytes:
    """A PNG of a few bytes that claims to be of 60,000 × 60,000 pixels."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, mode, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(10_000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


@pytest.mark.parametrize("content", [huge(), huge(2), b"", b"rubbish", b"\x89PNG\r\n\x1a\n"])
def test_bombs_and_rubbish_are_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hostile.png"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"hostile.png cannot be read as a mask \(.*\): choose a PNG or a JPEG."):
        masks.of_file(path, (8, 8), resample=True)
    with pytest.raises(InputError, match=r"The mask 'hostile' is .*: choose it again\."):
        masks.read(MaskReference(label="hostile", sha256=attachments.put(content)))


@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=30))
@in_a_folder
def test_damaged_pngs_are_read_or_refused_with_a_sentence(tmp_path: Path, place: int, junk: bytes) -> None:
    file = io.BytesIO()
    Image.fromarray(RANDOM).save(file, "PNG")
    content = bytearray(file.getvalue())
    place %= len(content)
    content[place : place + len(junk)] = junk
    path = tmp_path / "damaged.png"
    path.write_bytes(content)
    reference = MaskReference(label="damaged", sha256=attachments.put(bytes(content)))
    assert {outcome(masks.of_file, path), outcome(masks.read, reference)} <= {"read", "refused"}


def outcome(read: Callable[[Any], Mask], what: object) -> str:
    """What became of an attempt to read a mask."""
    try:
        return "read" if read(what).ndim == 2 else "no mask"
    except InputError as error:
        return "refused" if str(error).endswith(".") else str(error)


def test_what_is_no_file_or_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it is not a file"):
        masks.of_file(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"mask.png cannot be written"):
        masks.write(tmp_path / "file" / "mask.png", masks.keep(RANDOM, "random"))
    with pytest.raises(InputError, match="not here"):
        masks.write(tmp_path / "mask.png", MaskReference(label="lost", sha256="0" * 64))
    assert not (tmp_path / "mask.png").exists()
