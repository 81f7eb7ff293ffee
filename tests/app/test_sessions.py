"""Sessions as a user meets them: saved, opened, kept by themselves, offered after a close and after a kill."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu

from app.window import Window
from engine.autosaves import leftovers
from engine.figures.sheet import Pictures, Sheet
from engine.session import Session, read
from tests.app.kept import PLAYHEAD, alone, assert_worked, keeping, process, work
from tests.app.opened import settle


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where windows keep their sessions in this test."""
    return tmp_path / "sessions"


def press(window: Window) -> None:
    """Press the button of the offer, as a user does who has reached it by Tab."""
    window.offer.button.setFocus()
    QTest.keyClick(window.offer.button, Qt.Key.Key_Space)
    settle(window)


# -- a file of its own -----------------------------------------------------------------------------------------------


def test_what_was_made_is_there_again_in_another_window(tmp_path: Path) -> None:
    path = tmp_path / "study.loupe"
    with alone() as window:
        work(window)
        figure = Sheet(runs=(window.state.run,), panels=(Pictures(step=3, title="As it forms"),))
        window.figures.keep(figure)
        window.sessions.save(path)
        before = window.sessions.collect()
    with alone() as window:
        window.files.open(path)
        settle(window)
        assert_worked(window)
        after = window.sessions.collect()
        drawn, pinned = (window.state.drawing(side).trajectory for side in ("current", "pinned"))
        assert not window.banner.isVisible()
        assert not window.state.undo.canUndo()
        assert window.figures.sheet == figure
        assert window.figures.fresh
    assert after.made == before.made
    assert after.view == before.view
    for trajectory, run in ((drawn, before.run), (pinned, before.pinned)):
        assert trajectory is not None
        assert trajectory.complete
        assert trajectory.run == run


def test_the_title_says_which_session_it_is_and_whether_it_is_saved(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert window.windowTitle() == "Latent Loupe"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "study"), ""))
    QTest.keySequence(window, QKeySequence("Ctrl+Shift+S"))
    assert (tmp_path / "study.loupe").exists()
    assert window.windowTitle() == "study[*] — Latent Loupe"
    assert not window.isWindowModified()
    window.state.change("seed", latents={"seed": 3})
    assert window.isWindowModified()
    window.state.undo.undo()
    assert not window.isWindowModified()
    window.toggle_pin()
    assert window.isWindowModified()
    QTest.keySequence(window, QKeySequence("Ctrl+Shift+S"))  # without asking
    assert not window.isWindowModified()
    assert read(tmp_path / "study.loupe").pinned == window.state.pinned
    for name in ("Analysis", "Train", "Latents"):
        window.workspaces.show(name)
        assert not window.sessions.modified


def test_a_session_is_opened_by_its_content(window: Window, tmp_path: Path) -> None:
    window.state.change("seed", latents={"seed": 31})
    window.sessions.save(tmp_path / "a.json")
    window.state.change("seed", latents={"seed": 32})
    window.files.open(tmp_path / "a.json")
    assert window.state.run.latents.seed == 31
    settle(window)


def test_a_session_that_cannot_be_used_changes_nothing(window: Window, tmp_path: Path) -> None:
    window.sessions.save(tmp_path / "newer.loupe")
    content = json.loads((tmp_path / "newer.loupe").read_text(encoding="utf-8"))
    (tmp_path / "newer.loupe").write_text(json.dumps({**content, "version": 2}))
    (tmp_path / "cut.loupe").write_text(json.dumps(content)[:-40])
    window.state.change("seed", latents={"seed": 3})
    before = window.sessions.collect().made
    for name, said in (("newer.loupe", "update Latent Loupe"), ("cut.loupe", "cut short or damaged")):
        window.files.open(tmp_path / name)
        assert said in window.banner.text.text()
        assert window.sessions.collect().made == before
    settle(window)


def test_a_run_above_the_limit_waits_on_either_side(tmp_path: Path) -> None:
    large = {"latents": {"count": 1_000_000}, "schedule": {"steps": 5000}}
    with alone() as window:
        kept = window.sessions.collect()
    run = kept.run.replace(**large)
    session = kept.model_copy(update={"run": run, "pinned": run.replace(latents={"seed": 1})})
    beside = kept.model_copy(update={"run": run.replace(latents={"seed": 2}), "beside": True})
    for number, each in enumerate((session, beside)):
        (tmp_path / f"{number}.loupe").write_text(each.to_json(), encoding="utf-8")
        with alone() as window:
            window.files.open(tmp_path / f"{number}.loupe")
            settle(window)
            for side in ("current", "pinned"):
                drawing = window.state.drawing(side)
                assert drawing.trajectory is None
                assert drawing.mend == "Draw"
                assert "press Draw" in str(drawing.error)


def test_a_session_names_no_user_and_no_place(tmp_path: Path) -> None:
    with alone() as window:
        work(window)
        for name in ("Analysis", "Train"):
            window.workspaces.show(name)
        window.sessions.save(tmp_path / "study.loupe")
        window.sessions.save(tmp_path / "study.loupe")
    content = (tmp_path / "study.loupe").read_bytes().lower()
    for word in (str(Path.home()), getpass.getuser(), str(tmp_path), "study.loupe"):
        assert f'{word}"'.lower().encode() not in content
        assert f"{word}/".lower().encode() not in content


@pytest.mark.slow
def test_the_parts_of_workspaces_come_back_when_they_are_first_shown(tmp_path: Path) -> None:
    with alone() as window:
        for name in ("Train", "Analysis"):
            window.workspaces.show(name)
        assert window.train is not None
        assert window.analysis is not None
        assert window.analysis.experiments is not None
        window.train.training.change("steps", steps=123)
        studies = window.analysis.experiments.studies
        study = next(each for each in studies.all if each.experiment.name == "solver-orders")
        studies.choose(study)
        for page in ("Map", "Futures"):
            window.analysis.show(page)
        assert window.analysis.map is not None
        assert window.analysis.futures is not None
        window.analysis.map.plan.change("count", count=777)
        window.analysis.futures.futures.change("number", number=5)
        window.workspaces.show("Explore")
        window.sessions.save(tmp_path / "study.loupe")
    QSettings().clear()
    with alone() as window:
        window.files.open(tmp_path / "study.loupe")
        assert window.train is None
        window.sessions.save(tmp_path / "again.loupe")  # what waits is not lost
        window.workspaces.show("Train")
        window.workspaces.show("Analysis")
        assert window.train is not None
        assert window.train.training.config.steps == 123
        assert window.analysis is not None
        for page in ("Experiments", "Map", "Futures"):
            window.analysis.show(page)
        assert window.analysis.experiments is not None
        assert window.analysis.experiments.studies.chosen.experiment.name == "solver-orders"
        assert window.analysis.map is not None
        assert window.analysis.map.plan.settings.count == 777
        assert window.analysis.futures is not None
        assert window.analysis.futures.futures.choices.number == 5
    kept, again = (read(tmp_path / name) for name in ("study.loupe", "again.loupe"))
    assert again.made == kept.made


# -- by itself -------------------------------------------------------------------------------------------------------


def test_a_window_that_was_never_touched_offers_nothing(home: Path) -> None:
    for _ in range(2):
        with keeping(home) as window:
            assert not window.offer.isVisible()
            settle(window)
    assert leftovers(home) == []


def test_after_a_close_one_button_goes_on_where_one_left_off(home: Path) -> None:
    with keeping(home) as window:
        work(window)
    with keeping(home) as window:
        assert "Continue where you left off" in window.offer.text.text()
        assert window.offer.button.text() == "Continue"
        assert window.offer.button.toolTip()
        press(window)
        assert not window.offer.isVisible()
        assert_worked(window)
        assert leftovers(home) == []  # it is open
    assert len(leftovers(home)) == 1  # in the same place


def test_an_offer_that_was_dismissed_is_not_made_again_and_stays_in_the_menu(home: Path) -> None:
    with keeping(home) as window:
        work(window)
    with keeping(home) as window:
        QTest.mouseClick(window.offer.close_button, Qt.MouseButton.LeftButton)
        assert not window.offer.isVisible()
    with keeping(home) as window:
        assert not window.offer.isVisible()
        (entry,) = earlier(window)
        entry.trigger()
        settle(window)
        assert_worked(window)


def earlier(window: Window) -> list[QAction]:
    """The entries under File, Earlier sessions."""
    menus = [menu for menu in window.findChildren(QMenu) if menu.title() == "Earlier sessions"]
    menus[0].aboutToShow.emit()
    return menus[0].actions()


@pytest.mark.slow
def test_after_a_kill_in_the_middle_of_work_everything_is_offered_back(home: Path, tmp_path: Path) -> None:
    with process(home, tmp_path / "own") as killed:
        try:
            assert killed.stdout is not None
            assert killed.stdout.readline() == "kept\n"
        finally:
            killed.kill()
    with keeping(home) as window:
        assert "ended unexpectedly" in window.offer.text.text()
        assert window.offer.button.text() == "Restore"
        press(window)
        assert_worked(window)
        drawn = window.state.drawing("current").trajectory
        assert drawn is not None
        assert drawn.complete
        assert drawn.run == window.state.run
    (left,) = leftovers(home)
    assert not left.killed


def test_two_that_were_left_are_both_offered_newest_first(home: Path) -> None:
    for seed in (41, 42):
        with keeping(home) as window:
            window.offer.hide()
            window.state.change("seed", latents={"seed": seed})
            settle(window)
    for left in leftovers(home):
        left.path.with_suffix(".lock").touch()  # as after a kill
    with keeping(home) as window:
        QTest.mouseClick(window.offer.close_button, Qt.MouseButton.LeftButton)
        assert "ended unexpectedly" in window.offer.text.text()
        assert window.offer.isVisible()
        press(window)
        assert window.state.run.latents.seed == 41
        (entry,) = earlier(window)
        entry.trigger()
        assert window.state.run.latents.seed == 42
        (entry,) = earlier(window)  # what was open before is kept in its place
        entry.trigger()
        assert window.state.run.latents.seed == 41
        settle(window)


def test_two_windows_at_once_keep_what_each_has(home: Path) -> None:
    with keeping(home) as one, keeping(home) as two:
        one.state.change("seed", latents={"seed": 51})
        two.state.change("seed", latents={"seed": 52})
        for window in (one, two):
            settle(window)
            assert window.sessions.autosave is not None
            window.sessions.autosave.flush()
        assert leftovers(home) == []
    assert {left.read().run.latents.seed for left in leftovers(home)} == {51, 52}


def test_opening_another_session_keeps_what_was_open(home: Path, tmp_path: Path) -> None:
    with keeping(home) as window:
        window.sessions.save(tmp_path / "a.loupe")
        window.state.change("seed", latents={"seed": 61})
        window.files.open(tmp_path / "a.loupe")
        assert window.state.run.latents.seed == 0
        (left,) = leftovers(home)
        assert left.read().run.latents.seed == 61
        settle(window)


def test_a_named_session_with_changes_goes_on_under_its_name(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "study.loupe"
    with keeping(home) as window:
        window.state.change("seed", latents={"seed": 71})
        window.sessions.save(path)
        window.state.change("seed", latents={"seed": 72})
        settle(window)
    assert read(path).run.latents.seed == 71
    with keeping(home) as window:
        assert "study" in window.offer.text.text()
        press(window)
        assert window.state.run.latents.seed == 72
        assert window.windowTitle() == "study[*] — Latent Loupe"
        assert window.isWindowModified()
        window.sessions.ask_save()
        assert not window.isWindowModified()
    assert read(path).run.latents.seed == 72
    with keeping(home) as window:
        press(window)
        assert not window.isWindowModified()


def test_a_damaged_autosave_is_said_and_set_aside(home: Path) -> None:
    with keeping(home) as window:
        work(window)
    (left,) = leftovers(home)
    left.path.write_bytes(left.path.read_bytes()[:500])
    with keeping(home) as window:
        before = window.state.run
        press(window)
        assert "set aside" in window.banner.text.text()
        assert window.state.run == before
    assert len(list(home.glob("*.damaged"))) == 1


def test_what_is_written_last_is_what_is_seen(home: Path) -> None:
    with keeping(home) as window:
        work(window)
        window.state.set_playhead(PLAYHEAD + 1)
        kept: Session = window.sessions.collect()
    (left,) = leftovers(home)
    assert left.read() == kept
