"""A Sheet in every kind of file: read back from each, harmless to those who read the file, refused where damaged."""

from __future__ import annotations

import base64
import io
import os
import zlib
from pathlib import Path
from xml.etree import ElementTree

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.embed import read_run
from engine.errors import InputError
from engine.figures import carried, draw
from engine.figures.data import as_csv, as_npz
from engine.figures.figure import Curve, Figure, Lines
from engine.figures.make import Made
from engine.figures.sheet import Curves, Norms, Paper, Series, Sheet
from engine.run import LIMIT
from tests.engine.figures.test_encode import encoded, frames
from tests.engine.tiny import run_of

RUN = run_of(latents={"seed": 7})
SHEET = Sheet(runs=(RUN,), panels=(Norms(title='braces {} "quotes" σ\n\\'),), paper=Paper(width=60))
CURVES = Sheet(panels=(Curves(series=(Series(label="loss", x=(1.0,), y=(2.0,)),)),))
FIGURE = Figure("", [Lines("", "", "", [Curve("", [1, 2], [1, 2])])])
MADE = Made(FIGURE, ({"x": np.arange(3)},))
FILES = {
    **{kind: draw.draw(FIGURE, kind, SHEET.paper) for kind in ("pdf", "svg", "png")},
    **{kind: encoded(kind, frames(2)) for kind in ("gif", "apng", "mp4")},
    "csv": as_csv(MADE),
    "npz": as_npz(MADE),
}


def written(folder: Path, kind: str, sheet: Sheet = SHEET) -> Path:
    path = folder / f"figure.{kind}"
    path.write_bytes(carried.embed(kind, FILES[kind], sheet))
    return path


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_of_file_carries_its_sheet_and_its_run(kind: str, tmp_path: Path) -> None:
    path = written(tmp_path, kind)
    assert carried.read(path) == SHEET
    assert read_run(path) == RUN
    (tmp_path / "plain").write_bytes(FILES[kind])
    assert carried.read(tmp_path / "plain") is None


@pytest.mark.parametrize("kind", FILES)
def test_a_figure_without_a_run_is_read_and_gives_no_run(kind: str, tmp_path: Path) -> None:
    path = written(tmp_path, kind, CURVES)
    assert carried.read(path) == CURVES
    with pytest.raises(InputError, match=r"holds (no|a figure of curves without a) Run"):
        read_run(path)


def test_others_read_the_files_as_before(tmp_path: Path) -> None:
    for kind, count in {"png": 1, "gif": 2, "apng": 2}.items():
        with Image.open(written(tmp_path, kind)) as picture, Image.open(io.BytesIO(FILES[kind])) as plain:
            assert getattr(picture, "n_frames", 1) == count
            for index in range(count):
                picture.seek(index)
                plain.seek(index)
                assert (np.asarray(picture.convert("RGB")) == np.asarray(plain.convert("RGB"))).all()
    with av.open(str(written(tmp_path, "mp4"))) as film:
        assert len(list(film.decode(video=0))) == 1 + 5
    ElementTree.parse(written(tmp_path, "svg"))
    assert written(tmp_path, "csv").read_text().splitlines()[0] == "panel,name,index0,value"
    table = np.genfromtxt(
        written(tmp_path, "csv"), delimiter=",", names=True, comments="#", dtype=None, encoding="utf-8"
    )
    assert table["value"].tolist() == [0, 1, 2]
    with np.load(written(tmp_path, "npz")) as arrays:
        assert set(arrays) == {"a_x", "run", "sheet"}


def test_the_update_of_a_pdf_points_at_what_is_there(tmp_path: Path) -> None:
    pdf = written(tmp_path, "pdf").read_bytes()
    start = int(pdf.rsplit(b"startxref", 1)[1].split()[0])
    assert pdf[start:].startswith(b"xref\n")
    number, place = int(pdf[start:].split()[1]), int(pdf[start:].split()[3])
    assert pdf[place:].startswith(b"%d 0 obj\n<< /Creator (Latent Loupe) /Keywords (latent-loupe:figure:" % number)
    before = int(pdf[start:].rsplit(b"/Prev", 1)[1].split()[0])
    assert pdf[before:].startswith(b"xref\n")


@pytest.mark.parametrize("kind", FILES)
def test_no_file_says_who_or_where(kind: str, tmp_path: Path) -> None:
    content = written(tmp_path, kind).read_bytes()
    every = content + b"".join(
        zlib.decompressobj().decompress(content[at:])
        for at in range(len(content) - 1)
        if content[at] == 0x78 and content[at + 1] in (0x01, 0x5E, 0x9C, 0xDA) and _inflates(content[at:])
    )
    names = {str(Path.home()), os.environ.get("USER", ""), os.uname().nodename, str(tmp_path), os.getcwd()}
    assert [name for name in names if len(name) > 4 and name.encode() in every] == []


def _inflates(data: bytes) -> bool:
    try:
        zlib.decompressobj().decompress(data)
    except zlib.error:
        return False
    return True


def _packed(content: bytes) -> bytes:
    return base64.b64encode(zlib.compress(content))


def _marked(packed: bytes) -> bytes:
    return carried.MARK + b"%08x:" % zlib.crc32(packed) + packed + b":"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (carried.MARK, "is damaged"),
        (carried.MARK + b"00000000:AAAA:", "checksum"),
        (_marked(b"!!!"), "is damaged"),
        (_marked(b"AAAA"), "is damaged"),
        (_marked(_packed(b" " * (LIMIT + 1))), "unpacks to over 64 MiB"),
        (_marked(_packed(b'{"panels": []}')), "panels"),
        (_marked(_packed(b'{"version": 99}')), "update Latent Loupe"),
        (_marked(_packed(b"[" * 9999)), "is damaged"),
    ],
)
def test_what_is_damaged_or_hostile_is_refused_in_one_sentence(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "figure.svg"
    path.write_bytes(b"<svg>" + content)
    with pytest.raises(InputError, match=sentence) as refused:
        carried.read(path)
    assert "\n" not in str(refused.value)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(kind=st.sampled_from(list(FILES)), data=st.data())
def test_a_file_with_a_wrong_byte_or_an_end_cut_off_is_read_or_refused(
    kind: str, data: st.DataObject, tmp_path: Path
) -> None:
    content = bytearray(written(tmp_path, kind).read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    (tmp_path / "wrong").write_bytes(content[: data.draw(st.integers(place, len(content)))])
    for read in (carried.read, read_run):
        try:
            found = read(tmp_path / "wrong")
        except InputError:
            continue
        assert found in (None, SHEET, RUN)


def test_a_mark_across_two_readings_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "pdf")
    for size in (7, 19, 20, 64):
        monkeypatch.setattr(carried, "_READ", size)
        assert carried.read(path) == SHEET
