"""Pages: a Sheet with a panel more, without one, or with its panels in another order. Called by the export dialog.

A Run stands in a Sheet once, and only while a panel shows it; the first one stays the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.figures.sheet import AnyPanel, Curves, Pictures, Sheet, Strip
from engine.run import Run


@dataclass(frozen=True)
class Piece:
    """Panels that can be put on a page, by what people call them, and the Runs whose places they name. One that stands
    `aside` is not what a page begins with.
    """

    name: str
    runs: tuple[Run, ...]
    panels: tuple[AnyPanel, ...]
    aside: bool = False


def sheet_of(pieces: Sequence[Piece], **fields: Any) -> Sheet:
    """A Sheet of those pieces, one at least, but for what stands aside."""
    first, *others = (piece for piece in pieces if not piece.aside)
    sheet = Sheet(runs=first.runs, panels=first.panels, **fields)
    for piece in others:
        sheet = with_piece(sheet, piece)
    return sheet


def with_piece(sheet: Sheet, piece: Piece) -> Sheet:
    """The Sheet with the panels of that piece at its end. Raises `pydantic.ValidationError` for too many."""
    runs = list(sheet.runs)
    runs += [run for run in dict.fromkeys(piece.runs) if run not in runs]
    panels = (_renumbered(panel, lambda place: runs.index(piece.runs[place])) for panel in piece.panels)
    return changed(sheet, runs=tuple(runs), panels=(*sheet.panels, *panels))


def without(sheet: Sheet, place: int) -> Sheet:
    """The Sheet without the panel at that place, of two at least."""
    return _pruned(changed(sheet, panels=sheet.panels[:place] + sheet.panels[place + 1 :]))


def with_panel(sheet: Sheet, place: int, panel: AnyPanel) -> Sheet:
    """The Sheet with that panel in place of the one that was there. Raises `pydantic.ValidationError`."""
    return changed(sheet, panels=(*sheet.panels[:place], panel, *sheet.panels[place + 1 :]))


def moved(sheet: Sheet, place: int, to: int) -> Sheet:
    """The Sheet with the panel of one place at another."""
    panels = list(sheet.panels)
    panels.insert(to, panels.pop(place))
    return changed(sheet, panels=tuple(panels))


def changed(sheet: Sheet, **fields: Any) -> Sheet:
    """A validated copy; a dict for "paper" or "film" changes its named fields. Raises `pydantic.ValidationError`."""
    content: dict[str, Any] = dict(sheet)
    for name, value in fields.items():
        content[name] = type(content[name])(**{**dict(content[name]), **value}) if isinstance(value, dict) else value
    return Sheet(**content)


def _pruned(sheet: Sheet) -> Sheet:
    """The Sheet without Runs that no panel shows."""
    shown = sorted({place for panel in sheet.panels for place in panel.runs})
    panels = tuple(_renumbered(panel, shown.index) for panel in sheet.panels)
    return changed(sheet, runs=tuple(sheet.runs[place] for place in shown), panels=panels)


def _renumbered(panel: AnyPanel, number: Callable[[int], int]) -> AnyPanel:
    """The panel with other places of its Runs."""
    if isinstance(panel, Curves):
        return panel
    if isinstance(panel, Strip):
        return panel.model_copy(update={"columns": tuple(number(place) for place in panel.columns)})
    places = {"run": number(panel.run)}
    if isinstance(panel, Pictures) and panel.against is not None:
        places["against"] = number(panel.against)
    return panel.model_copy(update=places)
