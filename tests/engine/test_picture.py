"""Picture: from a file or a data set to x0 and back, carried by every file that carries a Run."""
# spec: A1

from __future__ import annotations

import runpy
import shlex
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine import attachments, cli, picture, recipe
from engine.data import items
from engine.embed import png_bytes, read_run, write_png
from engine.errors import InputError
from engine.execute import execute, record
from engine.latents.draw import draw
from engine.models import catalogue
from engine.noise import Noise
from engine.output import write_npz
from engine.run import PictureReference, Run
from tests.engine.test_output import TinyPictures
from tests.engine.tiny import run_of

SHAPE = (3, 6, 4)


def pixels(shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("shape", [(3, 6, 4), (1, 6, 4), (1, 1024, 2)])
def test_pixels_come_back_as_values_of_the_engine(shape: tuple[int, ...]) -> None:
    kept = picture.keep(pixels(shape), "p")
    values = picture.values(kept, shape)
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, pixels(shape) / 127.5 - 1)
    assert picture.keep(pixels(shape), "p") == kept


def test_a_file_of_the_models_size_is_taken_as_it_is(tmp_path: Path) -> None:
    Image.fromarray(pixels().transpose(1, 2, 0)).save(tmp_path / "own.png")
    kept, done = picture.of_file(tmp_path / "own.png", SHAPE)
    assert (kept, done) == (picture.keep(pixels(), "own.png"), "")


def test_another_size_is_cropped_about_the_middle_and_said(tmp_path: Path) -> None:
    wide = np.zeros((20, 80), np.uint8)
    wide[:, 30:50] = 255
    Image.fromarray(wide).save(tmp_path / "wide.bmp")
    kept, done = picture.of_file(tmp_path / "wide.bmp", (1, 10, 10))
    assert done == "80 × 20 pixels, cropped about the middle and resampled to 10 × 10."
    np.testing.assert_array_equal(picture.values(kept, (1, 10, 10))[..., 1:-1], 1.0)  # the filter reaches outside


@pytest.mark.parametrize("name", ["a\\b.png", "a\nb.png", "x" * 240 + ".png"])
def test_any_name_of_a_file_makes_a_label(tmp_path: Path, name: str) -> None:
    kept = picture.keep(pixels(), name)
    assert kept.label.isprintable()
    assert len(kept.label) <= 200


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\nrubbish", b"\xff\xd8\xff\xe0 no photograph"])
def test_what_is_no_picture_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(content)
    assert not picture.is_plain(path)
    with pytest.raises(InputError, match=r"^x\.png cannot be read as a picture \(.+\): choose a PNG or a JPEG\.$"):
        picture.of_file(path, SHAPE)
    with pytest.raises(InputError, match=r"^none\.png cannot be read"):
        picture.of_file(tmp_path / "none.png", SHAPE)


def test_a_picture_is_plain_unless_it_carries_a_run(tmp_path: Path) -> None:
    plain, carrying, jpeg = (tmp_path / name for name in ("plain", "carrying.png", "photo.jpg"))
    Image.fromarray(pixels()[0]).save(plain, "PNG")
    Image.fromarray(pixels()[0]).save(jpeg)
    write_png(carrying, pixels()[0], run_of())
    assert [picture.is_plain(path) for path in (plain, jpeg, carrying, tmp_path, tmp_path / "none")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    cut = tmp_path / "cut.png"
    cut.write_bytes(plain.read_bytes()[:50])
    with pytest.raises(InputError, match="cut short"):
        picture.is_plain(cut)


@pytest.mark.parametrize("shape", [(3, 4, 6), (1, 6, 4)])
def test_a_picture_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"'p' was made for a model of another shape than .*: choose it again"):
        picture.values(picture.keep(pixels(), "p"), shape)


def test_models_of_points_have_no_pictures() -> None:
    with pytest.raises(InputError, match="by models of pictures only"):
        picture.values(picture.keep(pixels(), "p"), (2,))


@pytest.mark.parametrize("content", [b"rubbish", b"\x89PNG\r\n\x1a\nrubbish", b""])
def test_a_hostile_attachment_is_refused_where_it_is_drawn(content: bytes) -> None:
    reference = PictureReference(label="p", sha256=attachments.put(content))
    with pytest.raises(InputError, match=r"^The picture 'p' is damaged: choose it again\.$"):
        picture.values(reference, SHAPE)


def test_a_png_cut_short_inside_is_damaged() -> None:
    whole = attachments.get(picture.keep(pixels((3, 64, 64)), "p").sha256)
    reference = PictureReference(label="p", sha256=attachments.put(whole[: len(whole) // 2]))
    with pytest.raises(InputError, match="damaged"):
        picture.values(reference, (3, 64, 64))


# -- in a Run ----------------------------------------------------------------------------------------------------------


def started(count: int = 3, **groups: object) -> tuple[Run, torch.Tensor]:
    """A Run that starts from a picture, and its x0."""
    kept = picture.keep(pixels((1, 4, 4)), "p.png")
    run = run_of(latents={"count": count, "picture": kept}, **groups)
    return run, torch.from_numpy(picture.values(kept, (1, 4, 4)))


@pytest.mark.parametrize("own", [None, torch.linspace(0.1, 40, 9, dtype=torch.float64)])
@pytest.mark.parametrize("sampler", ["heun", "noising"])
def test_every_sampler_starts_at_the_picture_and_its_particles_own_noise(
    sampler: str, own: torch.Tensor | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TinyPictures, "levels", own)
    run, x0 = started(sampler={"name": sampler}, schedule={"sigma_max": 2.0})
    first = next(execute(run, TinyPictures()))
    n = draw(Noise(run.latents.seed), 3, (1, 4, 4), torch.float64, x0.device)
    assert torch.equal(first.x, x0 + 2.0 * n)


def test_noising_without_a_picture_says_what_it_needs() -> None:
    with pytest.raises(InputError, match=r"Noising \(forward\) needs a picture"):
        next(execute(run_of(sampler={"name": "noising"}), TinyPictures()))


def test_whatever_carries_the_run_carries_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, x0 = started(sampler={"name": "noising"})
    *_, trajectory = record(run, TinyPictures())
    (tmp_path / "run.json").write_text(run.to_json(), encoding="utf-8")
    (tmp_path / "run.png").write_bytes(png_bytes(pixels()[0], run))
    write_npz(tmp_path / "run.npz", trajectory, recorded=False)
    for name in ("run.json", "run.png", "run.npz"):
        monkeypatch.setattr(attachments, "_stored", {})
        again = read_run(tmp_path / name)
        assert again == run
        assert again.latents.picture is not None
        assert torch.equal(torch.from_numpy(picture.values(again.latents.picture, (1, 4, 4))), x0)


def test_the_script_carries_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = catalogue.named("digits-ideal")
    kept, _ = picture.of_item(info, 17)
    run = Run(model=info.reference).replace(
        latents={"count": 2, "picture": kept}, schedule={"steps": 3}, sampler={"name": "noising"}
    )
    (tmp_path / "script.py").write_text(recipe.as_python(run), encoding="utf-8")
    monkeypatch.setattr(attachments, "_stored", {})
    monkeypatch.chdir(tmp_path)
    runpy.run_path("script.py")
    with np.load(f"run-{run.digest[:12]}.npz") as saved:
        np.testing.assert_allclose(saved["x0"], [picture.values(kept, info.data_shape)] * 2, rtol=0, atol=1e-13)


NOISED = ["sample", "--model", "digits-ideal", "--sampler", "noising", "--steps", "2", "--count", "1", "--out"]


def test_the_command_line_takes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "photo.png", str(tmp_path / "run.npz")
    Image.fromarray(np.full((32, 64), 51, np.uint8)).save(path)
    assert cli.main([*NOISED, out, "--picture", str(path)]) == 0
    told = capsys.readouterr().err
    assert told == f"{path}: 64 × 32 pixels, cropped about the middle and resampled to 32 × 32.\n"
    with np.load(out) as arrays:
        np.testing.assert_allclose(arrays["x0"], 51 / 127.5 - 1, rtol=0, atol=1e-13)
    carried = read_run(Path(out)).latents.picture
    assert carried is not None
    assert carried.label == "photo.png"


def test_the_command_of_a_recipe_finds_the_item_again(tmp_path: Path) -> None:
    info, out = catalogue.named("digits-ideal"), str(tmp_path / "run.npz")
    kept, _ = picture.of_item(info, 17)
    run = Run(model=info.reference).replace(
        latents={"count": 1, "picture": kept}, schedule={"steps": 2}, sampler={"name": "noising"}
    )
    _, *words = shlex.split(recipe.as_command(run))
    assert cli.main([*words, "--out", out]) == 0
    assert read_run(Path(out)) == run


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--picture", "nowhere.png"], "nowhere.png cannot be read as a picture (it is not a file): choose"),
        (["--picture", "digits 1797"], "There is no picture 1797 of digits"),
        ([], "needs a picture"),
    ],
)
def test_the_command_line_refuses_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: list[str], says: str
) -> None:
    assert cli.main([*NOISED, str(tmp_path / "run.npz"), *given]) == 2
    told = capsys.readouterr().err
    assert says in told
    assert told.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_recipe_names_the_picture() -> None:
    run, _ = started(sampler={"name": "noising"})
    assert recipe.title(run).endswith("noising 6 · seed 0 · p.png")
    assert "Picture    p.png\n" in recipe.as_text(run)
    assert recipe.as_command(run).endswith("--count 3 --picture p.png --steps 6 --sampler noising")
    assert "icture" not in recipe.as_text(run_of())
    none = run.replace(latents={"picture": None})
    assert recipe.difference(none, run) == " | picture p.png"
    other = run.replace(latents={"picture": PictureReference(label="p.png", sha256="0" * 64)})
    assert recipe.difference(run, other) == (
        f"picture p.png ({run.latents.picture.sha256[:8]}) | picture p.png (00000000)"  # type: ignore[union-attr]
    )


def test_an_item_that_is_not_at_hand_is_refused() -> None:
    ring = catalogue.named("ring")
    assert items.of(ring) is None
    with pytest.raises(InputError, match="The data that ring was made of are not at hand"):
        picture.of_item(ring, 0)
