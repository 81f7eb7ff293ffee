"""The sheet of a rollout: films as rows, a tree with children about their parents, all within the width."""

# spec: A5

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from app import theme
from app.futures import Rolled, Work
from app.views.rollout_sheet import SMALLEST
from engine.rollout import RolloutSettings
from tests.app.futured import NextFrames, futured, settle


@pytest.mark.parametrize(
    ("depth", "start", "branches"), [(1, 1, 1), (4, 4, 1), (12, 3, 1), (3, 2, 2), (4, 1, 4), (7, 1, 2)]
)
def test_frames_stand_apart_and_fit_the_width(qtbot: QtBot, depth: int, start: int, branches: int) -> None:
    with futured(qtbot, shown=False) as desk:
        settings, sheet = RolloutSettings(depth=depth, start=start, branches=branches), desk.page.rollout.sheet
        desk.futures.set_rolled(Rolled(settings), Work(running=True))
        sheet.fit(QSize(460, 400))
        places = [sheet.true(level) for level in range(-1, depth)]
        for level, count in enumerate(settings.counts):
            places += [sheet.place(level, particle) for particle in range(count)]
        assert not any(a.intersects(b) for number, a in enumerate(places) for b in places[:number])
        assert all(place.right() < 460 and place.bottom() < sheet.minimumHeight() for place in places)
        assert min(place.width() for place in places) >= SMALLEST


def test_children_stand_about_their_parent(qtbot: QtBot) -> None:
    with futured(qtbot, shown=False) as desk:
        desk.futures.set_rolled(Rolled(RolloutSettings(depth=3, start=2, branches=3)), Work(running=True))
        sheet = desk.page.rollout.sheet
        sheet.fit(QSize(600, 400))
        for level in (0, 1):
            for particle in range(2 * 3**level):
                children = [sheet.place(level + 1, 3 * particle + branch).center().y() for branch in range(3)]
                assert abs(sum(children) / 3 - sheet.place(level, particle).center().y()) <= 1


def test_levels_to_come_are_hatched_and_the_sequence_itself_stands_above(qtbot: QtBot) -> None:
    with futured(qtbot, NextFrames()) as desk:
        desk.page.tabs.setCurrentWidget(desk.page.rollout)
        desk.futures.change("rollout", rollout={"depth": 2, "start": 1})
        desk.futures.start_wanted.emit()
        settle(qtbot, desk)
        futures, sheet = desk.futures, desk.page.rollout.sheet
        rolled = futures.rolled
        assert rolled is not None
        futures.set_rolled(Rolled(rolled.settings, levels=rolled.levels[:1]), Work(running=True))
        qtbot.waitUntil(lambda: desk.page.rollout.done.text() == "1 of 2 frames")
        seen = sheet.grab().toImage()
        coming = sheet.place(1, 0)
        inside = {seen.pixelColor(coming.left() + x, coming.center().y()).name() for x in range(4, 20)}
        assert theme.scheme().line in inside
        true = futures.forecast.true(0)  # type: ignore[union-attr]
        assert true is not None
        row, column = divmod(int(true.argmax()), 32)
        place = sheet.true(0)
        scale = place.width() / 32
        shown = seen.pixelColor(place.left() + round((column + 0.5) * scale), place.top() + round((row + 0.5) * scale))
        assert shown.red() > 150
