"""Folders of pictures: what is in them comes out, whatever lies beside it."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data import folder
from engine.data.folder import Folder
from engine.data.sets import DataSet
from engine.errors import InputError

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def put(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (40, 30)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


def draw(pictures: Folder, count: int = 64, seed: int = 0) -> np.ndarray:
    return pictures.draw(np.random.default_rng(seed), count)


def colours(x: np.ndarray) -> set[tuple[int, ...]]:
    """The colours in the middle of pictures [N, 3, h, w], as bytes rounded to tens: JPEG is not exact."""
    middle = (x[:, :, x.shape[2] // 2, x.shape[3] // 2] + 1) * 127.5
    return {tuple(np.rint(pixel / 10).astype(int).tolist()) for pixel in middle}


# spec: D7
def test_pictures_of_any_size_and_place_become_one_batch(tmp_path: Path) -> None:
    put(tmp_path / "a.png", RED, (7, 50))
    put(tmp_path / "train" / "cat" / "b.JPG", GREEN, (300, 200))
    put(tmp_path / "train" / "dog" / "c.webp", BLUE, (33, 33))
    Image.new("L", (20, 20), 100).save(tmp_path / "grey.bmp")
    (tmp_path / "labels.csv").write_text("a.png,1\n")
    (tmp_path / "._a.png").write_bytes(b"what another system leaves")
    pictures = Folder(tmp_path, 16)
    assert pictures.names == ["a.png", "grey.bmp", "train/cat/b.JPG", "train/dog/c.webp"]
    x = draw(pictures)
    assert x.shape == (64, 3, 16, 16)
    assert x.dtype == np.float32
    assert colours(x) == {(26, 0, 0), (0, 26, 0), (0, 0, 26), (10, 10, 10)}
    assert not pictures.skipped
    assert draw(Folder(tmp_path, 16, grey=True)).shape == (64, 1, 16, 16)


def test_the_middle_square_is_kept(tmp_path: Path) -> None:
    wide = np.zeros((10, 30, 3), dtype=np.uint8)
    wide[:, 10:20] = 255
    Image.fromarray(wide).save(tmp_path / "wide.png")
    Image.fromarray(wide.transpose(1, 0, 2)).save(tmp_path / "tall.png")
    assert (draw(Folder(tmp_path, 10)) == 1).all()


def test_batches_follow_from_the_generator_alone(tmp_path: Path) -> None:
    for value in range(12):
        put(tmp_path / f"{value}.png", (20 * value, 0, 0))
    (tmp_path / "5.png").write_bytes(b"damaged")
    first, second = Folder(tmp_path, 8), Folder(tmp_path, 8)
    draw(first, seed=1)
    np.testing.assert_array_equal(draw(first), draw(second))
    assert (draw(first) != draw(second, seed=1)).any()


def test_mean_and_deviation_are_measured_on_a_sample(tmp_path: Path) -> None:
    put(tmp_path / "white.png", (255, 255, 0))
    put(tmp_path / "black.png", (0, 255, 0))
    pictures = Folder(tmp_path, 4)
    mean, deviation = DataSet(pictures.data_shape, None, lambda *which: (pictures.draw(*which), None)).measure()
    assert mean == pytest.approx((0, 1, -1), abs=0.05)
    assert deviation == pytest.approx(1 / np.sqrt(3), abs=0.01)


def test_unreadable_files_are_skipped_and_reported(tmp_path: Path) -> None:
    put(tmp_path / "good.png", RED)
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(file, "JPEG")
    (tmp_path / "cut.jpg").write_bytes(file.getvalue()[:2000])
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "folder.png").mkdir()
    Image.new("F", (8, 8)).save(tmp_path / "floats.tif")
    (tmp_path / "script.jpg").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    pictures = Folder(tmp_path, 8)
    assert colours(draw(pictures)) == {(26, 0, 0)}
    assert set(pictures.skipped) == {"cut.jpg", "empty.png", "text.png", "gone.png", "floats.tif", "script.jpg"}
    assert "truncated" in pictures.skipped["cut.jpg"]
    assert "not a file" in pictures.skipped["gone.png"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    put(tmp_path / "good.png", RED)
    os.mkfifo(tmp_path / "pipe.png")
    pictures = Folder(tmp_path, 8)
    draw(pictures)
    assert list(pictures.skipped) == ["pipe.png"]


def test_decompression_bombs_are_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    def claims(width: int, height: int) -> bytes:
        header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
        return (
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
        )

    (tmp_path / "huge.png").write_bytes(claims(2**31 - 1, 2**31 - 1))
    (tmp_path / "large.png").write_bytes(claims(2**13, 2**13 + 1))
    put(tmp_path / "z.png", RED)
    pictures = Folder(tmp_path, 8)
    draw(pictures)
    assert set(pictures.skipped) == {"huge.png", "large.png"}
    assert "8192 x 8193 pixels, more than 67,108,864" in pictures.skipped["large.png"]


def test_sixteen_bits_are_not_cut(tmp_path: Path) -> None:
    Image.fromarray(np.full((8, 8), 65535 // 2, dtype=np.uint16)).save(tmp_path / "grey.png")
    assert draw(Folder(tmp_path, 8, grey=True)) == pytest.approx(0, abs=0.01)


def test_a_picture_stands_as_its_camera_says(tmp_path: Path) -> None:
    pixels = np.zeros((32, 32, 3), dtype=np.uint8)
    pixels[:16] = 255  # the upper half, which orientation 3 puts below
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.fromarray(pixels).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    x = draw(Folder(tmp_path, 16), 1)
    assert x[0, :, :6].max() < -0.9
    assert x[0, :, 10:].min() > 0.9


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "is not a folder"),
        (lambda path: path.write_text("a file"), "is not a folder"),
        (lambda path: path.mkdir(), "holds no pictures .*: choose another folder"),
        (lambda path: (path.mkdir(), (path / "a.png").touch()), "1 pictures, none of which can be read"),
    ],
    ids=["missing", "file", "empty", "all damaged"],
)
def test_a_folder_without_pictures_is_refused(tmp_path: Path, make: object, message: str) -> None:
    make(tmp_path / "own")  # type: ignore[operator]
    with pytest.raises(InputError, match=message):
        Folder(tmp_path / "own", 8)


@pytest.mark.parametrize(("room", "again"), [(20, 0), (5, 15), (0, 20)])
def test_what_there_is_room_for_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, again: int
) -> None:
    for value in range(20):
        put(tmp_path / f"{value}.png", (value, 0, 0))
    monkeypatch.setattr(folder, "KEPT", room * 3 * 8 * 8)
    read: list[str] = []
    whole = folder.Image.open
    monkeypatch.setattr(folder.Image, "open", lambda path, **own: (read.append(path.name), whole(path, **own))[1])
    pictures = Folder(tmp_path, 8)
    assert read == ["0.png"]  # not all of them, to begin with
    monkeypatch.setattr(folder, "_READERS", 1)  # or two threads may find room for one picture
    first = draw(pictures, 400)
    read.clear()
    assert np.array_equal(draw(pictures, 400), first)
    assert len(set(read)) == again


def test_a_link_may_lead_to_another_picture_of_the_folder_and_nowhere_else(tmp_path: Path) -> None:
    put(tmp_path / "own" / "one.png", (1, 0, 0))
    put(tmp_path / "secret.png", (2, 0, 0))
    (tmp_path / "own" / "inside.png").symlink_to("one.png")
    (tmp_path / "own" / "out.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "own" / "up.png").symlink_to("../secret.png")
    pictures = Folder(tmp_path / "own", 8)
    assert set(np.unique(draw(pictures, 200)[:, 0])) == {np.float32(1 / 127.5 - 1)}
    assert pictures.skipped == dict.fromkeys(("out.png", "up.png"), "it is a link that leaves the folder")


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="there os.walk has no depth at which it ends")
def test_folders_in_folders_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(1100):
        os.mkdir("d")
        os.chdir("d")
    monkeypatch.chdir(tmp_path)
    try:
        with pytest.raises(InputError, match="folders in folders without end"):
            Folder(tmp_path / "d", 8)
    finally:
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)
