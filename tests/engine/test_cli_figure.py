"""`latent-loupe figure`: of a Run and of a figure, every option, and one sentence for what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli import main
from engine.figures import carried
from engine.figures.sheet import Film, Norms, Paper, Plane, Schedule, Sheet
from engine.models.catalogue import named
from engine.run import Run

RUN = Run(model=named("ring").reference).replace(latents={"count": 4}, schedule={"steps": 3})


@pytest.fixture
def run(tmp_path: Path) -> str:
    path = tmp_path / "run.json"
    path.write_text(RUN.to_json())
    return str(path)


def test_a_run_becomes_a_figure_of_what_its_model_draws(
    run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "figure.svg"
    assert (
        main(["figure", run, "--out", str(out), "--width", "3.3in", "--font", "6", "--columns", "2", "--letters"]) == 0
    )
    assert capsys.readouterr().out == f"{out}\n"
    assert carried.read(out) == Sheet(
        runs=(RUN,),
        panels=(Plane(), Norms()),
        paper=Paper(width=3.3, unit="in", font=6, columns=2, letters=True),
    )


def test_a_figure_is_drawn_as_it_was_and_as_the_options_change_it(run: str, tmp_path: Path) -> None:
    first, again, other = tmp_path / "first.png", tmp_path / "again.png", tmp_path / "film.gif"
    panels = ["--panel", "schedule", "--panel", "norms"]
    assert main(["figure", run, "--out", str(first), *panels, "--dpi", "50", "--width", "60"]) == 0
    assert main(["figure", str(first), "--out", str(again)]) == 0
    assert again.read_bytes() == first.read_bytes()
    assert main(["figure", str(again), "--out", str(other), "--film", "steps", "--rate", "5", "--step", "2"]) == 0
    changed = carried.read(other)
    assert changed is not None
    assert changed.panels == (Schedule(step=2), Norms(step=2))
    assert changed.paper == Paper(width=60, dpi=50)
    assert changed.film == Film(rate=5)


def test_a_figure_runs_again_as_a_run(run: str, tmp_path: Path) -> None:
    assert main(["figure", run, "--out", str(tmp_path / "figure.pdf"), "--panel", "norms"]) == 0
    assert main(["run", str(tmp_path / "figure.pdf"), "--out", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again" / "run.json").read_text() == RUN.to_json()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--out", "figure.jpg"], "end its name in one of pdf"),
        (["--out", "figure.pdf", "--width", "wide"], "is no width"),
        (["--out", "figure.pdf", "--width", "2m"], "is no width"),
        (["--out", "figure.pdf", "--width", "5mm"], "width should be from 20 to 1000 mm"),
        (["--out", "figure.pdf", "--font", "99"], "font"),
        (["--out", "figure.pdf", "--panel", "pictures"], "."),
        (["--out", "figure.pdf", "--panel", "curves"], "invalid choice"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    options: list[str],
    sentence: str,
    run: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["figure", run, *options]) == 2
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.json"]


def test_a_run_that_takes_long_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "long.json"
    path.write_text(RUN.replace(latents={"count": 1_000_000}, schedule={"steps": 1000}).to_json())
    assert main(["figure", str(path), "--out", str(tmp_path / "figure.pdf")]) == 2
    assert "add --yes" in capsys.readouterr().err
    assert main(["figure", str(path), "--out", str(tmp_path / "figure.py")]) == 0
