"""Offers: what of the window can stand on a page, as pieces: what is seen now, and every kind of panel that suits a
Run. Called by the export dialog. It reads the window and computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, cast, get_args

from app.export.pages import Piece
from app.state import SIDES, Side, State
from app.views import shown
from app.workspaces import ANALYSIS, EXPERIMENTS, FUTURES, GUIDANCE, LATENTS, TRAIN
from engine.analysis import basemap
from engine.errors import InputError
from engine.figures import sheet
from engine.figures.panels import suits
from engine.figures.sheet import Shown
from engine.models.catalogue import ModelInfo
from engine.offers import modes_of, unsuited
from engine.run import Run

if TYPE_CHECKING:
    from app.futures import FuturesState
    from app.latents import Latents
    from app.maps import Maps, Offer
    from app.strips import Strips
    from app.training import TrainingState
    from app.window import Window
    from engine.trajectory import Trajectory

UNFINISHED = "There is no finished picture to export: wait for it, or draw it again (F5)."
UNDRAWN = "There are no finished next frames to export: wait for them, or draw them again."
UNTRAINED = "There is no loss curve to export yet: start a training."
UNMAPPED = "No map suits this model: choose or fit one on the page of the map."

PICTURES = 64
"""Pictures that a page begins with at most."""

ROWS = 4
"""Particles of a strip or of a filmstrip that a page begins with at most."""

NAMES: dict[str, str] = {
    "pictures": "Pictures",
    "filmstrip": "Filmstrip",
    "particle": "One particle",
    "plane": "Plane",
    "line": "Line",
    "norms": "Norms",
    "schedule": "Schedule",
    "modes": "Modes",
    "distances": "Distances",
    "map": "Map",
    "futures": "Next frames",
    "strip": "Strip",
    "curves": "Curves",
}
"""What people call the kinds of panels."""

_KINDS = {"grid": "pictures", "plane": "plane", "line": "line"}


def seen(window: Window) -> list[Piece]:
    """What the workspace shows now, the most important first; none where that is an experiment, which is no Run's
    picture. Raises `InputError` where nothing can be exported yet.
    """
    name, latents = window.workspaces.name, window.latents
    if name == TRAIN and window.train is not None:
        return [_losses(window.train.training)]
    if name == ANALYSIS and window.analysis is not None:
        if window.analysis.switch.value == FUTURES and window.analysis.futures is not None:
            page = window.analysis.futures
            return [_rollout(page.futures) if page.tabs.currentWidget() is page.rollout else _futures(page.futures)]
        return [] if window.analysis.switch.value == EXPERIMENTS else [_map(window.state, window.maps)]
    if name == LATENTS and latents is not None and latents.figure is not None:
        strip = list(_strip(latents))
        return [*strip, replace(_before_and_now(window.state), aside=bool(strip))]
    return list(_on_canvas(window))


def suiting(run: Run, info: ModelInfo, maps: Maps) -> Iterator[Piece]:
    """A piece of each kind of panel that can show that Run."""
    offer = next((offer for offer in maps.offers if not basemap.suits(offer.map, info)), None)
    kinds: list[tuple[sheet.AnyPanel, bool]] = [
        (sheet.Pictures(particles=_first(run, PICTURES)), True),
        (sheet.Filmstrip(), True),
        (sheet.Particle(), True),
        (sheet.Plane(), True),
        (sheet.Line(), True),
        (sheet.Norms(), True),
        (sheet.Schedule(), True),
        (sheet.Modes(), True),
        (sheet.Distances(), run.latents.group_size > 1 and not unsuited(run.guidance.kernel, info)),
        (sheet.Map(sha256=None if offer is None else fingerprint(offer)), offer is not None),
        (sheet.Futures(), True),
    ]
    for panel, there in kinds:
        if there and (panel.kind == "map" or suits(panel.kind, info)):
            yield Piece(NAMES[panel.kind], (run,), (panel,))


def drawn(state: State) -> dict[str, Trajectory]:
    """What the window has drawn already and whole, by the digest of its Run."""
    found = (state.drawing(side) for side in get_args(Side))
    return {
        each.trajectory.run.digest: each.trajectory
        for each in found
        if each.trajectory is not None and each.trajectory.complete and not each.coarse
    }


def fingerprint(offer: Offer) -> str | None:
    """The SHA-256 of a map's file, None for the one that comes with the program."""
    return None if offer.path is None else basemap.digest(offer.path)


# -- what is seen ----------------------------------------------------------------------------------------------------


def _on_canvas(window: Window) -> Iterator[Piece]:
    """What the canvas shows, the strip of levels under it, the map beside it, and what is said of the group."""
    state = window.state
    run, kind = _whole(state, "current").run, shown.kind(state.model.data_shape)
    step = _step(state, "current")
    yield _compared(window) if kind != "none" else Piece("Norms", (run,), (sheet.Norms(),))
    if window.canvas.strip.isVisible():
        particles = state.selection[:ROWS] or (0,)
        strip = sheet.Filmstrip(show=cast(Shown, state.shown), particles=particles)
        yield Piece("Levels", (run,), (strip,))
    if window.explore.beside.map is not None and window.explore.beside.map.isVisible() and window.maps.chosen:
        yield _map(state, window.maps)
    if window.workspaces.name == GUIDANCE and run.latents.group_size > 1:
        if modes_of(state.model):
            yield Piece("Modes", (run,), (sheet.Modes(step=step),))
        if not unsuited(run.guidance.kernel, state.model):
            group = (state.selection[0] if state.selection else 0) // run.latents.group_size
            yield Piece("Distances", (run,), (sheet.Distances(step=step, group=group),))
    if kind != "none":
        yield Piece("Norms", (run,), (sheet.Norms(names=(cast(Shown, window.timeline.norms.name),)),), aside=True)


def _compared(window: Window) -> Piece:
    """The canvas: of pictures A, B and their difference in one panel, of points A and B in a panel each."""
    state = window.state
    kind, run = shown.kind(state.model.data_shape), _whole(state, "current").run
    name, runs = f"{NAMES[_KINDS[kind]]} at step {state.index('current')}", [run]
    if state.pinned_model is not None and shown.kind(state.pinned_model.data_shape) == kind:
        runs.append(_whole(state, "pinned").run)
    if kind != "grid":
        sides = list(zip(range(len(runs)), reversed(SIDES), strict=False))
        return Piece(name, tuple(runs), tuple(_points(window, place, side) for place, side in reversed(sides)))
    compared = len(set(runs)) > 1
    panel = sheet.Pictures(
        run=int(compared),
        against=0 if compared else None,
        show=cast(Shown, state.shown),
        step=_step(state, "pinned" if compared else "current"),
        particles=_first(run, PICTURES),
    )
    return Piece(name, tuple(dict.fromkeys(runs)), (panel,))


def _points(window: Window, place: int, side: Side) -> sheet.AnyPanel:
    """The plane or the line of one side, with the overlays that are switched on."""
    state, on = window.state, window.canvas.choices.overlays
    step = _step(state, side)
    if state.model.data_shape == (1,):
        return sheet.Line(run=place, step=step)
    return sheet.Plane(
        run=place,
        step=step,
        density=on["density"].isChecked(),
        arrows=on["score"].isChecked(),
        paths=on["paths"].isChecked(),
    )


def _before_and_now(state: State) -> Piece:
    """The pictures before the edits, now, and the change; without edits only those now."""
    now, step = _whole(state, "current").run, _step(state, "current")
    before = now.unedited
    if before == now:
        return Piece("Pictures", (now,), (sheet.Pictures(step=step, particles=_first(now, PICTURES)),))
    panel = sheet.Pictures(run=1, against=0, step=step, particles=_first(now, PICTURES))
    return Piece("Before, now and the change", (now, before), (panel,))


def _strip(latents: Latents) -> Iterator[Piece]:
    """The strip, where it is drawn."""
    strip = latents.strips.strip
    if strip is None or not latents.strips.complete:
        return
    runs = tuple(dict.fromkeys(column.run for column in strip.columns))
    captions = tuple(_caption(latents.strips, place) for place in range(len(strip.columns)))
    columns = tuple(runs.index(column.run) for column in strip.columns)
    panel = sheet.Strip(columns=columns, captions=captions, particles=strip.particles[:ROWS])
    yield Piece("Strip", runs, (panel,))


def _caption(strips: Strips, place: int) -> str:
    """What stands over a column, with how alike its pictures are to the chosen ones where that was measured."""
    assert strips.strip is not None  # one is drawn
    column, found = strips.strip.columns[place], strips.correlation(place)
    alike = "" if found is None else f"r {found.pairs:.2f}, shuffled {found.shuffled:.2f}"
    return "\n".join(filter(None, (column.caption, column.note, alike)))


def _map(state: State, maps: Maps) -> Piece:
    run = _whole(state, "current").run
    if maps.chosen is None:
        raise InputError(maps.unsuited or UNMAPPED)
    panel = sheet.Map(step=_step(state, "current"), sha256=fingerprint(maps.chosen))
    return Piece("Map", (run,), (panel,))


def _futures(futures: FuturesState) -> Piece:
    forecast = futures.forecast
    if forecast is None or forecast.run is None or not forecast.complete:
        raise InputError(UNDRAWN)
    return Piece("Next frames", (forecast.run,), (sheet.Futures(),))


def _rollout(futures: FuturesState) -> Piece:
    """Its levels as columns: the films, or of a tree the first path."""
    if futures.rolled is None or not futures.rolled.complete:
        raise InputError(UNDRAWN)
    levels, settings = futures.rolled.levels, futures.rolled.settings
    particles = range(min(settings.start, ROWS) if settings.branches == 1 else 1)
    captions = tuple(f"frame {level.index + 1}" for level in levels)
    panel = sheet.Strip(columns=tuple(range(len(levels))), captions=captions, particles=tuple(particles))
    return Piece("Rollout", tuple(level.run for level in levels), (panel,))


def _losses(training: TrainingState) -> Piece:
    report = training.report
    if report is None or not report.curve.steps.size:
        raise InputError(UNTRAINED)
    x = tuple(report.curve.steps.astype(float).tolist())
    series = (
        sheet.Series(label="loss", x=x, y=tuple(report.curve.loss.tolist())),
        sheet.Series(label="running mean", x=x, y=tuple(report.curve.smooth.tolist())),
    )
    panel = sheet.Curves(title=training.config.name, x_label="step", y_label="loss", series=series, log_y=True)
    return Piece("Loss", (), (panel,))


# -- what the pieces are made of -------------------------------------------------------------------------------------


def _whole(state: State, side: Side) -> Trajectory:
    """What is drawn on that side. Raises `InputError` where it is not finished."""
    drawing = state.drawing(side)
    if drawing.trajectory is None or not drawing.trajectory.complete or drawing.coarse:
        raise InputError(UNFINISHED)
    return drawing.trajectory


def _step(state: State, side: Side) -> int | None:
    """The step under the playhead on that side, None for the last."""
    index = state.index(side)
    return None if index == _whole(state, side).last else index


def _first(run: Run, most: int) -> tuple[int, ...] | None:
    """The first particles of a Run that has more than `most`, else all."""
    return tuple(range(most)) if run.latents.count > most else None
