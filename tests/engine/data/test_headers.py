"""Headers of pictures: what would keep a decoder busy is refused, and every picture that is one is not."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from engine.data import headers
from engine.data.folder import FORMATS
from tests.hostile.bombs import BOMBS


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_pictures_pass(tmp_path: Path, form: str, mode: str) -> None:
    Image.new(mode, (70, 50)).save(tmp_path / "picture", form)
    headers.check(tmp_path / "picture")


def test_a_progressive_jpeg_passes(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.effect_noise((64, 64), 50).convert("RGB").save(file, "JPEG", progressive=True)
    assert file.getvalue().count(b"\xff\xda") > 5
    (tmp_path / "picture").write_bytes(file.getvalue())
    headers.check(tmp_path / "picture")


@pytest.mark.parametrize(
    "head",
    [
        b"P1 2 2 0 1 1 0",
        b"P4\n8 8\n\0\0",
        b"P6\n# made by hand\n#\n 8\t8 # sizes\n255\n",
        b"P5 8 8 65535\n",
        b"not one",
        b"",
    ],
)
def test_headers_of_ppm_and_other_texts_pass(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "picture").write_bytes(head)
    headers.check(tmp_path / "picture")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"P6 #" + b"x" * 5000, "header is too long"),
        (b"P4 " + b"#\n" * 5000 + b"8 8\n", "header is too long"),
        (b"P5 8 8" + b" " * 5000 + b"255\n", "header is too long"),
        (BOMBS["PNG of 200,000 chunks"](), "more than 16,384 parts"),
        (BOMBS["JPEG of 8,000 pixels a side in 2,000 scans"](), "more than 64 times"),
    ],
    ids=["a comment", "comments", "blanks", "chunks", "scans"],
)
def test_what_would_take_long_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    (tmp_path / "picture").write_bytes(content)
    with pytest.raises(ValueError, match=problem):
        headers.check(tmp_path / "picture")


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "picture").open("wb") as file:
        file.truncate(headers.LARGEST + 1)
    with pytest.raises(ValueError, match="over 1 GiB"):
        headers.check(tmp_path / "picture")
