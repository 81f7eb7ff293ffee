"""Sheets as files: each kind, the same bytes from a script in another process, films that end with the page."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from engine import models
from engine.errors import InputError, Interrupted
from engine.figures import carried, film, script, write
from engine.figures.make import make
from engine.figures.material import Material, gather
from engine.figures.sheet import Curves, Film, Norms, Paper, Pictures, Schedule, Series, Sheet, Strip, parse
from engine.models.catalogue import named
from engine.run import Run

RUN = Run(model=named("ring").reference).replace(latents={"count": 4}, schedule={"steps": 3})
SHEET = Sheet(
    runs=(RUN,),
    panels=(Norms(names=("x",), title="quotes \"\"\" ''' {braces} \\ and\nlines"), Schedule()),
    paper=Paper(width=60, font=5, dpi=60),
    film=Film(rate=4, hold=0.5),
)
STILL = Sheet(panels=(Curves(series=(Series(label="loss", x=(1.0, 2.0), y=(2.0, 1.0)),)),))


def gathered(sheet: Sheet) -> Material:
    *_, material = gather(sheet, lambda run: models.find(run.model), lambda info: info.build())
    assert isinstance(material, Material)
    return material


@pytest.fixture(scope="module")
def material() -> Material:
    return gathered(SHEET)


def content(sheet: Sheet, material: Material, kind: str) -> bytes:
    *shares, made = write.content(sheet, material, kind)
    assert shares == sorted(shares)
    assert all(isinstance(share, float) and 0 < share < 1 for share in shares)
    assert isinstance(made, bytes)
    return made


@pytest.mark.parametrize("kind", [kind for kind in write.KINDS if kind != "py"])
def test_every_kind_has_the_same_bytes_again_and_carries_the_sheet(
    kind: str, material: Material, tmp_path: Path
) -> None:
    made = content(SHEET, material, kind)
    assert made == content(SHEET, gathered(SHEET), kind)
    (tmp_path / "figure").write_bytes(made)
    assert carried.read(tmp_path / "figure") == SHEET


@pytest.mark.slow
def test_the_script_makes_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    written = write.to_file(SHEET, tmp_path / "made.py")
    done = subprocess.run(
        [sys.executable, written.name], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=100
    )
    assert done.stdout.split() == [f"{script.name(SHEET)}.{kind}" for kind in ("pdf", "png")]
    for kind in ("pdf", "png"):
        shown = write.to_file(SHEET, tmp_path / f"here.{kind}")
        assert shown.read_bytes() == (tmp_path / f"{script.name(SHEET)}.{kind}").read_bytes()


def test_a_script_holds_nothing_but_values() -> None:
    compiled = compile(script.of(SHEET), "script", "exec")
    names: dict[str, object] = {}
    source = script.of(SHEET).split("parse(\n")[1].split("\n)\n")[0]
    exec(f"value = (\n{source}\n)", {"__builtins__": {}}, names)
    assert parse(names["value"]) == SHEET  # type: ignore[arg-type]
    assert compiled.co_names[:2] == ("__doc__", "engine.figures")


def test_films_have_a_frame_a_step_and_end_with_the_page(material: Material) -> None:
    with Image.open(io.BytesIO(content(SHEET, material, "apng"))) as shown:
        assert shown.n_frames == RUN.schedule.steps + 1
        shown.seek(shown.n_frames - 1)
        end = np.asarray(shown.convert("RGB"))
    with av.open(io.BytesIO(content(SHEET, material, "mp4"))) as video:
        played = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
    assert len(played) == RUN.schedule.steps + 2  # half a second of the last
    at_last = tuple(panel.model_copy(update={"step": RUN.schedule.steps}) for panel in SHEET.panels)
    png = content(SHEET.model_copy(update={"panels": at_last}), material, "png")
    page = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    assert (end == page).all()
    height, width = page.shape[:2]
    assert np.abs(played[-1][:height, :width].astype(int) - page).mean() < 3


def test_axes_stay_where_they_are_from_frame_to_frame(material: Material) -> None:
    norms = SHEET.model_copy(update={"panels": SHEET.panels[:1]})
    ink = [frame.max(2) < 100 for frame in film.frames(norms, material)]  # axes and texts, but no curve
    assert ink[0].any()
    assert all((each == ink[0]).all() for each in ink)


def test_columns_of_a_strip_are_frames() -> None:
    runs = tuple(RUN.replace(latents={"seed": seed}) for seed in range(3))
    strip = Strip(columns=(0, 1, 2), captions=("a", "b", "c"))
    sheet = Sheet(runs=runs, panels=(strip, Pictures()), film=Film(over="columns"))
    shown = [each.panels[0] for each in film.sheets(sheet, Material((), (), ()))]
    assert [(panel.columns, panel.captions) for panel in shown if isinstance(panel, Strip)] == [
        ((0,), ("a",)),
        ((1,), ("b",)),
        ((2,), ("c",)),
    ]


def test_what_does_not_move_and_what_is_too_long_are_refused(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="nothing that changes"):
        film.sheets(STILL, Material((), (), ()))
    monkeypatch.setattr(film, "MOST_FRAMES", 3)
    with pytest.raises(InputError, match="4 frames, over 3: choose a Run of fewer steps"):
        film.sheets(SHEET, material)


def test_a_film_stops_where_it_is_interrupted(material: Material) -> None:
    asked = iter([False, False, True])
    work = write.content(SHEET, material, "gif", lambda: next(asked))
    with pytest.raises(Interrupted):
        list(work)


def test_the_numbers_are_exact_in_both_files(material: Material, tmp_path: Path) -> None:
    made = make(SHEET, material)
    csv, npz = (write.to_file(SHEET, tmp_path / f"numbers.{kind}") for kind in ("csv", "npz"))
    lines = [line.split(",") for line in csv.read_text().splitlines()[1:-1]]
    with np.load(npz) as arrays:
        for letter, data in zip("ab", made.data, strict=True):
            for name, array in data.items():
                assert (arrays[f"{letter}_{name}"] == array).all()
                values = [line[-1] for line in lines if line[:2] == [letter, name]]
                assert np.array(values, array.dtype).tolist() == np.asarray(array).ravel().tolist()
        assert parse(str(arrays["sheet"])) == SHEET
        assert json.loads(str(arrays["run"]))["latents"]["count"] == 4


def test_other_suffixes_are_refused_and_no_file_is_replaced(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="end its name in one of pdf, svg"):
        write.to_file(STILL, tmp_path / "figure.jpg")
    (tmp_path / "figure.svg").write_text("mine")
    assert write.to_file(STILL, tmp_path / "figure.svg").name == "figure-2.svg"
    assert (tmp_path / "figure.svg").read_text() == "mine"
