"""A Run in PNG, npz and JSON files: it comes back exactly, and hostile files get one sentence."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine import embed
from engine.embed import png_bytes, read_run, write_png
from engine.errors import InputError
from tests.engine.tiny import run_of

RUN = run_of(latents={"seed": 2**62 + 1}, sampler={"churn": 0.1}, schedule={"rho": 5.5})
PIXELS = np.arange(12, dtype=np.uint8).reshape(3, 4)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(*chunks: bytes) -> bytes:
    """A PNG with these chunks ahead of its end; its pixels are rubbish, for none may be decoded."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IDAT", b"rubbish") + chunk(b"IEND", b"")


def itxt(text: bytes, compressed: bool = False, keyword: bytes = b"latent-loupe") -> bytes:
    return chunk(b"iTXt", keyword + b"\0" + bytes([compressed]) + b"\0\0\0" + text)


def sentence(path: Path) -> str:
    """What reading `path` is refused with."""
    with pytest.raises(InputError) as caught:
        read_run(path)
    text = str(caught.value)
    assert text.startswith(path.name) or path.name in text
    assert text.endswith(".")
    assert "\n" not in text
    return text


@pytest.mark.parametrize("compress_from", [0, 10**6])
def test_a_run_comes_back_from_a_png_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compress_from: int
) -> None:
    monkeypatch.setattr(embed, "_COMPRESS_FROM", compress_from)
    run = RUN.replace(model={"label": "σ-модель", "sha256": "b" * 64})
    path = tmp_path / "figure.png"
    write_png(path, PIXELS, run)
    assert read_run(path) == run
    assert np.array_equal(np.asarray(Image.open(path)), PIXELS)


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 3), (3, 4, 4)])
def test_pixels_are_enlarged_by_whole_factors(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    written = np.asarray(Image.open(io.BytesIO(png_bytes(pixels, RUN, scale=3))))
    assert written.shape == (9, 12, *shape[2:])
    for row in range(3):
        assert np.array_equal(written[row::3, row::3], pixels)


def test_equal_runs_give_equal_bytes() -> None:
    assert png_bytes(PIXELS, RUN) == png_bytes(PIXELS, RUN)


def test_a_run_json_and_a_run_npz_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(RUN.to_json())
    np.savez(tmp_path / "run.npz", x0=np.zeros(3), run=np.array(RUN.to_json()))
    # Told apart by content, not by name.
    (tmp_path / "run.txt").write_bytes(png_bytes(PIXELS, RUN))
    for name in ("run.json", "run.npz", "run.txt"):
        assert read_run(tmp_path / name) == RUN


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (png_with(), "holds no Run"),
        (png_with(itxt(b"{}", keyword=b"comment")), "holds no Run"),
        (png_with(itxt(b"{}")), "model"),
        (png_with(itxt(b"\xff\xfe\xff")), "neither a Run nor a checkpoint"),
        (png_with(itxt(b"[" * 100_000)), "neither a Run nor a checkpoint"),
        (png_with(itxt(b"not zlib", compressed=True)), "damaged"),
        (png_with(itxt(b"{}")[:-4] + b"\0\0\0\0"), "damaged"),
        (png_with(struct.pack(">I4s", 2**31 - 1, b"iTXt")), "too large"),
        (png_with(struct.pack(">I4s", 2**31 - 1, b"zTXt")), "cut short"),
        (png_with(struct.pack(">I4s", 5000, b"iTXt") + b"latent-loupe\0"), "cut short"),
        (b"\x89PNG\r\n\x1a\n", "cut short"),
        (b"PK\x03\x04 rubbish", "holds no Run"),
        (b"", "neither a Run nor a checkpoint"),
        (b"\x00\x01\x02", "neither a Run nor a checkpoint"),
        (b"\xff\xd8\xff\xe0 a photograph", "neither a Run nor a checkpoint"),
        (b"notes", "choose a run.json, a PNG or run.npz that Latent Loupe wrote, or a .safetensors file"),
        (b'{"version": 1,}', "line 1 column 15"),
        (b'{"format": "latent-loupe checkpoint", "version": 1, "kind": "mlp"}', "put its .safetensors beside it"),
        (b'{"version": 2}', "update Latent Loupe"),
    ],
)
def test_hostile_files_are_refused_in_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "file.png"
    path.write_bytes(content)
    assert says in sentence(path)


def test_every_cut_of_a_png_is_refused_or_whole(tmp_path: Path) -> None:
    content = png_bytes(PIXELS, RUN)
    end_of_run = content.index(b"IDAT") - 4
    path = tmp_path / "cut.png"
    for size in range(end_of_run):
        path.write_bytes(content[:size])
        sentence(path)
    path.write_bytes(content[:end_of_run])
    assert read_run(path) == RUN


def test_a_text_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "LIMIT", 10_000)
    path = tmp_path / "bomb.png"
    path.write_bytes(png_with(itxt(zlib.compress(b" " * 1_000_000), compressed=True)))
    assert "unpacks to over" in sentence(path)


def npz_of(header: bytes) -> bytes:
    """A run.npz whose array has that header."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("run.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    return file.getvalue()


def npz_with(header_shape: tuple[int, ...], dtype: str, data: bytes) -> bytes:
    file, content = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": dtype, "fortran_order": False, "shape": header_shape})
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("run.npy", content.getvalue() + data)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        npz_with((10**12,), "<f8", b""),
        npz_with((), "<U1000000000", b""),
        npz_with((), "<U10", b"short"),
        npz_with((), "|O", b"cos\nsystem\n"),
        npz_of(b"{" + 9000 * b"("),
        npz_of(9000 * b"-" + b"1"),
        npz_of(b"{[]: 1}"),
    ],
)
def test_hostile_npz_allocates_and_runs_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run.npz"
    path.write_bytes(content)
    assert "holds no Run" in sentence(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "cannot be read" in sentence(tmp_path / "nowhere.png")
    assert "cannot be read" in sentence(tmp_path)
