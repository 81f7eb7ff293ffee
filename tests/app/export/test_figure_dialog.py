"""The figure dialog in the window: opened by Ctrl+E, changed, saved, and the same figure again from its file."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from app.window import Window
from engine.figures import carried, sheet
from tests.app.exported import activate, calm, click, export_dialog, save, type_into
from tests.app.opened import opened, settle, wait


def proportion(dialog: object) -> float:
    """Height by width of the page that is seen."""
    seen = dialog.page.seen  # type: ignore[attr-defined]
    assert seen is not None
    return float(seen.pixels.shape[0] / seen.pixels.shape[1])


def test_the_same_figure_again_from_its_file(qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened() as window:
        window.state.change("count", latents={"count": 4, "seed": 3})
        settle(window)
        window.state.set_playhead(9)
        dialog = export_dialog(window)
        before = proportion(dialog)
        dialog.paper.preset.choice.setFocus()
        type_into(dialog.paper.width_row.box, "85")
        calm(dialog)
        assert "85 × " in dialog.paper.size_text.text()
        assert proportion(dialog) != before
        first = save(dialog, tmp_path / "first.pdf", monkeypatch)
        assert first.startswith(b"%PDF")
        run = window.state.run
        window.state.undo.clear()
    with opened() as window:
        window.files.open(tmp_path / "first.pdf")
        settle(window)
        assert (window.state.run, window.state.playhead) == (run, 9)
        again = export_dialog(window)
        assert again.draft.sheet.paper.width == 85
        assert save(again, tmp_path / "second.pdf", monkeypatch) == first
        window.state.undo.clear()


def test_a_film_that_is_cancelled_leaves_nothing(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = export_dialog(window)
    click(dialog.formats.rows[1].segments.buttons["gif"])
    calm(dialog)
    assert dialog.player.text.text() == "frame 23 of 23"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "film.gif"), ""))
    click(dialog.save_button)
    told: list[int] = []
    window.state.activity_changed.connect(lambda activities: told.extend(each.done for each in activities))
    wait(lambda: any(told))
    click(dialog.stop)
    settle(window)
    assert list(tmp_path.glob("*.gif")) == []
    assert dialog.save_button.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    activate(window)
    QTest.keyClick(window, Qt.Key.Key_Home)
    assert window.state.playhead == 0


def test_panels_are_added_moved_and_removed(window: Window) -> None:
    dialog = export_dialog(window)
    panels = dialog.panels
    panels.menu.aboutToShow.emit()
    actions = {action.text(): action for action in panels.menu.actions()}
    assert {"Norms", "Schedule", "Filmstrip", "Modes"} <= set(actions)
    assert "Plane" not in actions
    actions["Schedule"].trigger()
    calm(dialog)
    assert [panel.kind for panel in dialog.draft.sheet.panels] == ["pictures", "schedule"]
    assert panels.list.currentRow() == 1
    QTest.keyClick(panels.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [panel.kind for panel in dialog.draft.sheet.panels] == ["schedule", "pictures"]
    QTest.keyClick(panels.list, Qt.Key.Key_Delete)
    assert [panel.kind for panel in dialog.draft.sheet.panels] == ["pictures"]
    assert not panels.remove.isEnabled()
    assert window.figures.sheet == dialog.draft.sheet


def test_what_cannot_be_drawn_is_said_where_the_page_would_be(window: Window) -> None:
    dialog = export_dialog(window)
    row = dialog.panels.rows.findChild(type(dialog.panels.rows.many), "particles")
    assert row is dialog.panels.rows.many
    type_into(row.line, "0-3, 77")
    calm(dialog)
    assert "77" in dialog.page.sentence
    type_into(row.line, "0-2")
    calm(dialog)
    assert dialog.page.sentence == ""
    assert dialog.draft.chosen == sheet.Pictures(particles=(0, 1, 2))
    type_into(row.line, "2-x")
    assert "ranges" in row.note.text()


def test_a_pinned_run_stands_beside_and_comes_back_from_the_file(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.state.change("few", latents={"count": 3})
    settle(window)
    window.toggle_pin()
    pinned = window.state.pinned
    window.state.change("churn", sampler={"churn": 4.0})
    settle(window)
    dialog = export_dialog(window)
    assert dialog.draft.sheet.runs == (window.state.run, pinned)
    save(dialog, tmp_path / "compared.png", monkeypatch)
    found = carried.read(tmp_path / "compared.png")
    assert found == dialog.draft.sheet
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    window.toggle_pin()
    window.state.change("seed", latents={"seed": 8})
    window.files.open(tmp_path / "compared.png")
    assert (window.state.run, window.state.pinned) == (found.runs[0], pinned)


def test_what_has_no_run_is_no_film(window: Window) -> None:
    dialog = export_dialog(window)
    click(dialog.formats.rows[1].segments.buttons["mp4"])
    series = sheet.Series(label="loss", x=(1.0, 2.0), y=(3.0, 1.0))
    dialog.begin(sheet.Sheet(panels=(sheet.Curves(series=(series,)),)))
    calm(dialog)
    assert dialog.kind == "pdf"
    assert dialog.page.sentence == ""
    assert not dialog.formats.rows[1].segments.buttons["mp4"].isEnabled()
    assert not dialog.player.isVisible()


def test_the_page_is_copied_and_as_a_script_too(window: Window) -> None:
    dialog = export_dialog(window)
    click(dialog.copy_button)
    settle(window)
    copied = QGuiApplication.clipboard().mimeData()
    assert copied.data("image/svg+xml").contains(b"<svg")
    assert copied.hasImage()
    click(dialog.script)
    compile(QGuiApplication.clipboard().text(), "script", "exec")


def test_another_step_makes_another_figure_and_the_last_one_can_be_had_back(window: Window) -> None:
    dialog = export_dialog(window)
    type_into(dialog.paper.rows["title"].line, "Kept")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert export_dialog(window).draft.sheet.paper.title == "Kept"
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    activate(window)
    QTest.keyClick(window, Qt.Key.Key_Left)
    assert export_dialog(window).draft.chosen == sheet.Pictures(step=21)
    click(dialog.last)
    assert dialog.draft.sheet.paper.title == "Kept"
    click(dialog.over)
    assert dialog.draft.chosen == sheet.Pictures(step=21)


def test_what_cannot_be_written_is_said_and_the_dialog_stays(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    dialog = export_dialog(window)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "file" / "a.pdf"), ""))
    click(dialog.save_button)
    settle(window)
    assert "cannot be written" in dialog.note.text()
    assert dialog.isVisible()


def test_everything_has_a_name_and_a_tooltip(window: Window) -> None:
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QSlider

    dialog = export_dialog(window)
    for kind in (QAbstractButton, QComboBox, QLineEdit, QSlider):
        for control in dialog.findChildren(kind):
            around = control.parentWidget()
            assert around is not None
            named = control.accessibleName() or around.accessibleName()
            told = control.toolTip() or around.toolTip()
            if control.objectName() != "qt_spinbox_lineedit" and control.isVisible():
                assert named, control
                assert told, control


def test_the_name_that_is_suggested_can_be_one(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = export_dialog(window)
    offered: list[str] = []

    def ask(_: object, __: str, name: str, ___: str) -> tuple[str, str]:
        offered.append(name)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    series = sheet.Series(label="loss", x=(1.0, 2.0), y=(3.0, 1.0))
    dialog.begin(sheet.Sheet(panels=(sheet.Curves(title="a/b: c", series=(series,)),)))
    click(dialog.save_button)
    assert Path(offered[0]).name == "a-b- c.pdf"
