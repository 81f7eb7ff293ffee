"""Layout: groups of pictures stand in frames of their own. # spec: G1"""

from __future__ import annotations

import math
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, QSize

from app.views.layout import GAP, HEAD, PAD, arrange

SIDES = st.integers(8, 100)
SPACES = st.integers(200, 1500)


@given(st.integers(1, 60), st.integers(1, 20), SIDES, SIDES, SPACES, SPACES)
def test_each_group_has_its_pictures_inside_a_frame_that_touches_no_other(
    count: int, group: int, width: int, height: int, across: int, down: int
) -> None:
    layout = arrange(count, QSize(width, height), QSize(across, down), group=group)
    groups = math.ceil(count / group)
    frames = [layout.frame(number) for number in range(groups)]
    assert all(frame.left() >= 0 and frame.right() < across for frame in frames)
    assert frames[-1].bottom() < max(down, layout.height)
    for one, other in combinations(frames, 2):
        assert not one.adjusted(0, 0, GAP - 1, GAP - 1).intersects(other)
    for particle in range(count):
        room = frames[particle // group].adjusted(PAD, PAD + HEAD, -PAD, -PAD)
        assert room.contains(layout.cell(particle))
        assert layout.at(layout.cell(particle).center()) == particle


@given(st.integers(1, 60), st.integers(0, 20), SPACES, SPACES, st.integers(0, 400), st.integers(0, 400))
def test_the_rows_in_sight_are_those_that_meet_it(
    count: int, group: int, across: int, down: int, top: int, height: int
) -> None:
    layout = arrange(count, QSize(32, 32), QSize(across, down), group=group)
    sight = QRect(0, top, across, height + 1)
    seen = layout.between(top, top + height, count)
    assert seen == sorted(set(seen))
    assert set(seen) <= set(range(count))
    assert {p for p in range(count) if layout.cell(p).intersects(sight)} <= set(seen)


def test_between_pictures_and_beside_them_there_is_nobody() -> None:
    layout = arrange(12, QSize(32, 32), QSize(600, 500), group=6)
    first = layout.cell(0)
    assert layout.at(first.topLeft() - QPoint(1, 0)) is None
    assert layout.at(first.bottomRight() + QPoint(GAP // 2, 0)) is None
    assert layout.at(layout.frame(1).topLeft()) is None
    assert layout.at(QPoint(-5, -5)) is None


def test_without_groups_there_is_one_block_and_no_frame() -> None:
    layout = arrange(12, QSize(32, 32), QSize(600, 500))
    assert (layout.block, layout.across, layout.framed) == (12, 1, False)


def test_a_sheet_that_follows_has_the_groups_of_the_other() -> None:
    leader = arrange(24, QSize(32, 32), QSize(900, 600), group=6)
    other = arrange(24, QSize(32, 32), QSize(500, 900), like=leader)
    assert (other.columns, other.across, other.block, other.framed) == (leader.columns, leader.across, 6, True)
