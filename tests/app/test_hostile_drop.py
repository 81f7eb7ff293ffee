"""Hostile files let go above the window: a sentence above the canvas, and the window goes on."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.window import Window
from engine.checkpoints import pickles
from tests.app.opened import settle
from tests.app.test_files import drop
from tests.hostile.cases import prepare
from tests.hostile.kinds import KINDS
from tests.hostile.nasties import NASTIES
from tests.hostile.payloads import SPRUNG

GAP = 1.0
"""CPU seconds for which the window's thread may be away at once."""

PLACES = {"run.json": 0, "PNG with a Run": 0, "run.npz": 0, "checkpoint": 1, "session": 0, "figure": 0}
"""The kinds in whose place the nasties are put, one after the other, and which file of theirs it is."""

BY_HAND = [name for name, nasty in NASTIES.items() if not nasty.large]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pipes and devices as Linux has them")


@pytest.mark.parametrize("nasties", [BY_HAND[::5], pytest.param(BY_HAND, marks=pytest.mark.slow)], ids=["few", "all"])
def test_each_ends_as_a_sentence_or_opened_and_the_window_stays_fluent(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nasties: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pickles, "CONVERTED", tmp_path / "converted")
    away: dict[str, float] = {}
    for number, nasty in enumerate(nasties):
        place = list(PLACES)[number % len(PLACES)]
        kind = KINDS[place]
        folder = tmp_path / str(number)
        folder.mkdir()
        path = prepare(kind, f"{nasty} @ {PLACES[place]}", 0, folder)
        window.banner.hide()
        before, began = window.state.run, time.thread_time()
        if path.exists():
            drop(window, path)
        else:  # what is not there cannot be let go of
            window.files.open(path)
        away[f"{nasty} as {kind.name}"] = time.thread_time() - began
        settle(window)
        said = window.banner.text.text()
        assert not window.banner.isHidden() or window.state.run != before, (nasty, kind.name)
        assert window.banner.isHidden() or (said.isprintable() and str(folder) not in said), (nasty, said)
        assert window.state.drawing("current").error is None, (nasty, kind.name)
    QApplication.processEvents()
    assert not (tmp_path / SPRUNG).exists()
    assert not {name: seconds for name, seconds in away.items() if seconds >= GAP}


def test_a_files_name_is_no_markup(window: Window, tmp_path: Path) -> None:
    (tmp_path / "<b>bold<b>.json").write_text("{")
    drop(window, tmp_path / "<b>bold<b>.json")
    assert window.banner.text.textFormat() == Qt.TextFormat.PlainText
    assert "<b>bold<b>.json" in window.banner.text.text()
