"""A session whose model is not on offer: found where it was moved to, or said, and drawn when it is opened."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from app.missing import sentence
from app.window import Window
from engine.checkpoints import save
from engine.models.catalogue import MNIST
from engine.models.mixture import Mixture
from engine.run import ModelReference
from engine.session import KnownModel
from tests.app.kept import alone
from tests.app.opened import settle


def checkpoint(folder: Path, name: str, centre: float) -> Path:
    """A model of two modes in the plane, one of them there."""
    model = Mixture([[centre, 0.0], [-1.0, 0.0]], [[[0.01, 0.0], [0.0, 0.01]]] * 2, [0.5, 0.5], label=name)
    return save(folder / f"{name}.safetensors", model)


def make(folder: Path) -> Path:
    """A session with `mine` current and `yours` pinned, from checkpoints in that folder."""
    session = folder / "session" / "study.loupe"
    with alone() as window:
        for name, centre in (("yours", 3.0), ("mine", 2.0)):
            window.files.open(checkpoint(folder / "models", name, centre))
            settle(window)
            window.state.change("seed", latents={"seed": 4, "count": 5})
            if name == "yours":
                window.toggle_pin()
            settle(window)
        window.state.select((1, 3))
        window.sessions.save(session)
    return session


def move(folder: Path, name: str, to: Path) -> None:
    """Move a checkpoint."""
    to.mkdir(exist_ok=True)
    for suffix in (".safetensors", ".json"):
        shutil.move(folder / "models" / f"{name}{suffix}", to / f"renamed-{name}{suffix}")


def drawn(window: Window) -> list[str]:
    """The labels of the Runs that are drawn, current and pinned."""
    trajectories = [window.state.drawing(side).trajectory for side in ("current", "pinned")]
    return [each.run.model.label for each in trajectories if each is not None and each.complete]


@pytest.mark.slow
def test_checkpoints_are_found_where_they_were_opened_last(tmp_path: Path) -> None:
    session = make(tmp_path)
    with alone() as window:
        window.files.open(session)
        settle(window)
        assert drawn(window) == ["mine", "yours"]
        assert not window.banner.isVisible()
        assert not window.sessions.modified


def test_checkpoints_are_found_beside_the_session_by_another_name(tmp_path: Path) -> None:
    session = make(tmp_path)
    QSettings().clear()  # another user
    for name in ("mine", "yours"):
        move(tmp_path, name, session.parent)
    with alone() as window:
        window.files.open(session)
        settle(window)
        assert drawn(window) == ["mine", "yours"]
        assert not window.banner.isVisible()


def test_all_the_rest_opens_and_the_run_comes_to_life_when_its_checkpoint_is_opened(tmp_path: Path) -> None:
    session = make(tmp_path)
    QSettings().clear()
    away = tmp_path / "away"
    move(tmp_path, "mine", away)
    move(tmp_path, "yours", session.parent)
    with alone() as window:
        window.files.open(session)
        settle(window)
        text = window.banner.text.text()
        assert window.banner.isVisible()
        assert "'mine'" in text
        assert "open its checkpoint" in text
        assert "yours" not in text
        assert drawn(window) == ["yours"]
        assert "'mine'" in str(window.state.drawing("current").error)
        assert window.controls.model.choice.placeholderText() == "mine"
        assert window.state.selection == (1, 3)
        before = window.sessions.collect()
        window.sessions.save(session)  # nothing of it is lost while the model is
        window.state.change("seed", latents={"seed": 9})
        window.files.open(away / "renamed-mine.safetensors")
        settle(window)
        assert drawn(window) == ["mine", "yours"]
        assert window.state.run.latents.seed == 9
        window.state.undo.undo()
        settle(window)
        assert drawn(window) == ["mine", "yours"]
        assert window.sessions.collect().made == before.made


@pytest.mark.slow
def test_a_search_that_is_cancelled_says_what_is_missing(tmp_path: Path) -> None:
    session = make(tmp_path)
    QSettings().clear()
    for name in ("mine", "yours"):
        move(tmp_path, name, tmp_path / "away")
    with alone() as window:
        window.files.open(session)
        window.cancel()
        settle(window)
        assert "were not found" in window.banner.text.text()


def test_what_is_said_names_all_and_what_to_do() -> None:
    mine, yours, digits = (
        KnownModel(reference=ModelReference(label=label, sha256=letter * 64), data_shape=(2,))
        for label, letter in (("mine", "a"), ("yours", "b"), (MNIST, "c"))
    )
    assert sentence(mine) == (
        "'mine' (aaaaaaaa) was not found on this computer: open its checkpoint, and the Run is drawn."
    )
    assert sentence(mine, yours).startswith("'mine' (aaaaaaaa) and 'yours' (bbbbbbbb) were not found")
    assert "Use MNIST" in sentence(digits)
