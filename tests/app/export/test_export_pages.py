"""A Sheet with panels added, moved and taken away: each panel goes on to show the Runs that it showed before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.export import pages
from app.export.pages import Piece
from engine.figures.sheet import AnyPanel, Curves, Norms, Paper, Pictures, Series, Sheet, Strip
from engine.run import Run
from tests.engine.tiny import run_of

RUNS = tuple(run_of(latents={"seed": seed}) for seed in range(4))
CURVES = Curves(series=(Series(label="loss", x=(1.0, 2.0), y=(3.0, 4.0)),))


def shown(sheet: Sheet) -> list[tuple[str, tuple[Run, ...]]]:
    """Each panel's kind with the Runs it shows."""
    return [(panel.kind, tuple(sheet.runs[place] for place in panel.runs)) for panel in sheet.panels]


@st.composite
def pieces(draw: st.DrawFn) -> Piece:
    """One panel of some of the Runs."""
    runs = tuple(draw(st.permutations(RUNS)))[: draw(st.integers(1, len(RUNS)))]
    last = len(runs) - 1
    strip = Strip(columns=tuple(range(len(runs))))
    panels: list[AnyPanel] = [Norms(run=last), Pictures(run=last, against=0), strip, CURVES]
    return Piece("a piece", runs, (draw(st.sampled_from(panels)),))


@given(st.lists(pieces(), min_size=1, max_size=5), st.data())
def test_panels_show_the_same_runs_wherever_they_stand(given: list[Piece], data: st.DataObject) -> None:
    sheet = pages.sheet_of(given)
    expected = [(p.panels[0].kind, tuple(p.runs[place] for place in p.panels[0].runs)) for p in given]
    assert shown(sheet) == expected
    assert len(set(sheet.runs)) == len(sheet.runs)
    place, to = (data.draw(st.integers(0, len(given) - 1)) for _ in range(2))
    expected.insert(to, expected.pop(place))
    sheet = pages.moved(sheet, place, to)
    assert shown(sheet) == expected
    if len(given) > 1:
        sheet, _ = pages.without(sheet, to), expected.pop(to)
        assert shown(sheet) == expected
        assert set(sheet.runs) == {run for _, runs in expected for run in runs}


def test_what_stands_aside_is_not_what_a_page_begins_with() -> None:
    norms = Piece("Norms", RUNS[:1], (Norms(),), aside=True)
    sheet = pages.sheet_of([Piece("Loss", (), (CURVES,)), norms], paper=Paper(width=85))
    assert [panel.kind for panel in sheet.panels] == ["curves"]
    assert sheet.paper.width == 85


def test_what_is_out_of_range_is_refused() -> None:
    sheet = Sheet(runs=RUNS[:1], panels=(Norms(),))
    assert pages.changed(sheet, paper={"width": 90.0}).paper == Paper(width=90.0)
    with pytest.raises(ValidationError, match="from 20 to 1000 mm"):
        pages.changed(sheet, paper={"width": 2000.0})
    with pytest.raises(ValidationError, match="24 items"):
        pages.with_piece(sheet, Piece("many", RUNS[:1], (Norms(),) * 24))
