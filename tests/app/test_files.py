"""Opening and saving: Runs from JSON and PNG, checkpoints, rubbish, recent files, drops. # spec: -"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog

from app.export.dialog import FigureDialog
from app.state import Drawing
from app.window import Window
from engine import checkpoints, models
from engine.embed import read_run
from engine.figures import carried
from engine.figures.sheet import Norms, Sheet
from engine.models.mixture import Mixture
from engine.run import Run
from tests.app.exported import export_dialog, save
from tests.app.opened import settle


def drop(window: Window, path: Path) -> None:
    """Let go of a file above the window."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(event)


def test_an_exported_png_brings_the_run_back(window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window.state.change("churn", sampler={"churn": 3.0}, latents={"seed": 5})
    settle(window)
    exported = window.state.run
    save(export_dialog(window), tmp_path / "figure.png", monkeypatch)
    assert read_run(tmp_path / "figure.png") == exported
    window.state.change("seed", latents={"seed": 77})
    window.files.open(tmp_path / "figure.png")
    assert window.state.run == exported
    settle(window)
    drawn = window.state.drawing("current").trajectory
    assert drawn is not None
    assert drawn.run.digest == exported.digest


def test_what_is_not_finished_is_not_exported(window: Window) -> None:
    window.state.set_drawing("current", Drawing(running=True))
    window.export()
    assert "no finished picture" in window.banner.text.text()
    assert window.findChild(FigureDialog) is None


def test_a_figure_of_a_model_that_is_not_here_is_refused(window: Window, tmp_path: Path) -> None:
    strange = window.state.run.replace(model={"sha256": "0" * 64, "label": "theirs"})
    sheet = Sheet(runs=(strange,), panels=(Norms(),))
    (tmp_path / "numbers.csv").write_bytes(carried.embed("csv", b"panel,name,value\n", sheet))
    window.files.open(tmp_path / "numbers.csv")
    assert "open its checkpoint first" in window.banner.text.text()
    assert window.figures.sheet is None


def test_a_run_may_follow_the_checkpoint_it_needs(window: Window, tmp_path: Path) -> None:
    paths = []
    for name, place in (("one", 1.0), ("two", 2.0)):
        paths.append(
            checkpoints.save(tmp_path / f"{name}.safetensors", Mixture([[place]], [[[0.01]]], [1.0], label=name))
        )
    run = Run(model=models.load(paths[1]).reference).replace(latents={"seed": 8})
    (tmp_path / "run.json").write_text(run.to_json())
    for path in (*paths, tmp_path / "run.json"):
        window.files.open(path)
    settle(window)
    assert {"one", "two"} <= {info.name for info in window.state.models}
    assert window.state.run == run
    assert not window.banner.isVisible()


def test_a_saved_run_is_opened_again_and_can_be_undone(window: Window, tmp_path: Path) -> None:
    window.files.save_run(tmp_path / "run.json", window.state.run.replace(latents={"seed": 9}))
    window.files.open(tmp_path / "run.json")
    assert window.state.run.latents.seed == 9
    window.state.undo.undo()
    assert window.state.run.latents.seed == 0


def test_a_run_is_opened_where_the_user_is_if_it_is_drawn_there(window: Window, tmp_path: Path) -> None:
    run = window.state.run.replace(latents={"count": 4}, guidance={"k_pg": 2.0})
    window.files.save_run(tmp_path / "run.json", run)
    for begun, ended in (("Guidance", "Guidance"), ("Train", "Explore"), ("Explore", "Explore")):
        window.workspaces.show(begun)
        window.files.open(tmp_path / "run.json")
        assert window.workspaces.name == ended
        assert window.state.run == run
    settle(window)


def test_a_run_of_an_unknown_model_is_refused_with_its_name(window: Window, tmp_path: Path) -> None:
    stranger = window.state.run.replace(model={"label": "my model", "sha256": "ab" * 32})
    (tmp_path / "run.json").write_text(stranger.to_json())
    before = window.state.run
    window.files.open(tmp_path / "run.json")
    assert window.state.run == before
    assert "my model" in window.banner.text.text()
    assert window.banner.isVisible()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.json", b"{"),
        ("x.json", b'{"version": 99}'),
        ("x.json", b'{"version": 1, "model": {"label": "a", "sha256": "b"}}'),
        ("x.png", b"\x89PNG\r\n\x1a\nrubbish"),
        ("x.png", b""),
        ("x.safetensors", b"\xff" * 64),
        ("x.safetensors", b"\x80\x04pickle"),
        ("x.txt", b"hello"),
        ("x.pt", b"hello"),
        ("x.ckpt", b"hello"),
        ("x/notes.txt", b"a folder of something else"),
    ],
)
def test_rubbish_gives_one_sentence_and_changes_nothing(
    window: Window, tmp_path: Path, name: str, content: bytes
) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    before, drawn = window.state.run, window.state.drawing("current").trajectory
    window.files.open(file if file.parent == tmp_path else file.parent)
    settle(window)
    assert window.banner.isVisible()
    text = window.banner.text.text()
    assert text.startswith("x")
    assert text.endswith(".")
    assert "\n" not in text
    assert window.state.run == before
    assert window.state.drawing("current").trajectory is drawn


def test_a_missing_file_is_said_and_dismissed(window: Window, tmp_path: Path) -> None:
    window.files.open(tmp_path / "nothing.json")
    assert "nothing.json" in window.banner.text.text()
    window.banner.hide()
    assert not window.banner.isVisible()


def test_a_checkpoint_is_opened_chosen_and_drawn(window: Window, tmp_path: Path) -> None:
    from engine.models.mixture import Mixture

    model = Mixture([[1.0, 0.0], [-1.0, 0.0]], [[[0.01, 0.0], [0.0, 0.01]]] * 2, [0.5, 0.5])
    path = checkpoints.save(tmp_path / "twins.safetensors", model)
    drop(window, path)
    settle(window)
    assert window.state.run.model == model.reference or window.state.run.model.sha256 == model.reference.sha256
    drawn = window.state.drawing("current").trajectory
    assert drawn is not None
    assert drawn.complete
    assert drawn[drawn.last].x.abs().max() < 2
    assert window.state.drawing("current").error is None
    window.files._list_recent()
    assert [action.text() for action in window.files._recent.actions()] == [path.name]
    window.state.undo.undo()
    settle(window)
    assert window.state.model.name == "digits-ideal"


@pytest.mark.parametrize("dropped", [True, False])
def test_a_folder_of_diffusers_opens_and_samples(
    window: Window, tmp_path: Path, dropped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.engine.foreign import pipeline

    folder = tmp_path / "butterflies"
    pipeline(folder)
    window.state.change("few", latents={"count": 3}, schedule={"steps": 4})
    if dropped:
        drop(window, folder)
    else:
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
        window.files.ask_open_folder()
    settle(window)
    assert window.state.model.name == "butterflies"
    drawing = window.state.drawing("current")
    assert drawing.error is None
    assert drawing.trajectory is not None
    assert drawing.trajectory.complete
    assert drawing.trajectory[4].x.shape == (3, 1, 8, 12)
    assert window.files._paths() == [str(folder)]
    window.bridge.save_checkpoint(tmp_path / "ours.safetensors")
    settle(window)
    assert models.load(tmp_path / "ours.safetensors").reference == window.state.run.model


def test_a_state_dictionary_is_converted_and_chosen(window: Window, tmp_path: Path) -> None:
    import torch

    mixture = Mixture([[1.0, 0.0]], [[[0.01, 0.0], [0.0, 0.01]]], [1.0], label="from torch")
    checkpoints.save(tmp_path / "model", mixture).unlink()
    torch.save({name: torch.from_numpy(array) for name, array in mixture.arrays.items()}, tmp_path / "model.pt")
    window.files.open(tmp_path / "model.pt")
    settle(window)
    assert window.state.run.model == mixture.reference
    assert window.state.drawing("current").error is None


def test_the_current_model_is_saved_as_a_checkpoint(window: Window, tmp_path: Path) -> None:
    ring = next(info for info in window.state.models if info.name == "ring")
    window.state.set_run("ring", Run(model=ring.reference), ring)
    settle(window)
    window.bridge.save_checkpoint(tmp_path / "ring.safetensors")
    settle(window)
    again = models.load(tmp_path / "ring.safetensors")
    assert again.reference.sha256 == ring.reference.sha256


def test_a_large_run_from_a_file_waits_to_be_started(window: Window, tmp_path: Path) -> None:
    large = window.state.run.replace(latents={"count": 200_000})
    (tmp_path / "large.json").write_text(large.to_json())
    window.files.open(tmp_path / "large.json")
    settle(window)
    window.state.change("seed", latents={"seed": 1})  # a small change does not start it either
    settle(window)
    drawing = window.state.drawing("current")
    assert drawing.trajectory is None
    assert drawing.error is not None
    assert "200,000" in drawing.error
    assert drawing.mend == "Draw"
    window.state.undo.undo()
    window.state.undo.undo()
    settle(window)
    assert window.state.drawing("current").error is None
