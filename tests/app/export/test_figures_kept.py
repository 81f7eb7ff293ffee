"""The figure in work: kept, fresh until the window shows something else, and in a session. # spec: -"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.figures import Figures
from engine.errors import InputError
from engine.figures.sheet import Norms, Paper, Sheet
from tests.app.views.stage import staged


def test_it_is_fresh_until_something_else_is_seen(qapp: object) -> None:
    state = staged()
    figures, told = Figures(state, state), list[Sheet | None]()
    figures.changed.connect(lambda: told.append(figures.sheet))
    sheet = Sheet(runs=(state.run,), panels=(Norms(),), paper=Paper(width=85))
    figures.keep(sheet)
    figures.keep(sheet)
    assert told == [sheet]
    moves: list[Callable[[], None]] = [
        lambda: state.set_playhead(1),
        lambda: state.pin(state.run, state.model),
        lambda: state.show("x"),
    ]
    for move in moves:
        figures.keep(sheet)
        assert figures.fresh
        move()
        assert not figures.fresh
    assert figures.sheet == sheet
    state.undo.clear()


def test_a_session_brings_it_back(qapp: object) -> None:
    state = staged()
    figures, other = Figures(state, state), Figures(state, state)
    assert figures.to_dict() is None
    figures.keep(Sheet(runs=(state.run,), panels=(Norms(step=2),)))
    other.from_dict(figures.to_dict())
    assert (other.sheet, other.fresh) == (figures.sheet, True)
    with pytest.raises(InputError, match="the session"):
        other.from_dict({"panels": []})
    other.from_dict(None)
    assert other.sheet is None
