"""Session parts: what of the window a session keeps, and how it is put back. Called by `sessions`.

Some of it belongs to panels that are built when they are first shown: each such part waits until then.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from app.masks import MaskSet
from app.missing import stand_in
from app.state import State
from app.views.timeline import SPEEDS
from app.workspaces import EXPERIMENTS
from engine.errors import InputError
from engine.models.catalogue import ModelInfo
from engine.run import STARTS_ALONE, Run, explain
from engine.session import MOST_SELECTED, Editing, Experiment, KnownModel, Layout, Masks, Session, View
from engine.training.config import Training

if TYPE_CHECKING:
    from app.editing import Editing as Edited
    from app.experiments_page import ExperimentsPage
    from app.futures import FuturesState
    from app.maps import FitPlan, Maps
    from app.training import TrainingState
    from app.window import Window


@dataclass(frozen=True)
class Part:
    """A field of a session that something of the window holds, which is there or not yet: `read` from it, `put` back.

    `put` may raise `InputError`.
    """

    find: Callable[[Window], Any | None]
    read: Callable[[Any], Any]
    put: Callable[[Any, Any], None]


def collect(window: Window, before: Session | None, waiting: frozenset[str]) -> Session:
    """What the window holds; of what is not built yet, or is `waiting` to be put back, what `before` said."""
    state = window.state
    parts = {
        name: part.read(thing) if thing is not None and name not in waiting else getattr(before, name, None)
        for name, part in PARTS.items()
        for thing in [part.find(window)]
    }
    pinned = None if state.beside else state.pinned
    models = [_known(state.run, state.model)]
    if pinned is not None and state.pinned_model is not None and pinned.model.sha256 != state.run.model.sha256:
        models.append(_known(pinned, state.pinned_model))
    return Session.model_validate(
        {
            "models": tuple(models),
            "run": state.run,
            "pinned": pinned,
            "beside": state.beside,
            "masks": Masks(masks=state.masks.masks, name=state.masks.name),
            "figure": window.figures.sheet,
            "view": _view(window),
            "layout": _layout(window),
            **parts,
        }
    )


def put_back(window: Window, session: Session) -> tuple[KnownModel, ...]:
    """Let the window hold what the session says, but for `PARTS`, without a step of undo; the models to be looked for.

    A Run above the limit waits to be started by hand.
    """
    state, run, pinned = window.state, session.run, session.pinned
    window.timeline.stop()
    model = _model(state, session, run)
    state.pin(None)
    state.hold(run if _large(run, model) else None)
    state.set_run("open a session", run, model)
    state.set_masks("open a session", MaskSet(session.masks.masks, session.masks.name))
    models = [model]
    if session.beside:
        state.set_beside(True)
    elif pinned is not None:
        models.append(_model(state, session, pinned))
        state.pin(pinned, models[-1], held=_large(pinned, models[-1]))
    state.undo.clear()
    _look(window, session.view)
    _lay_out(window, session.layout)
    window.figures.keep(session.figure)
    wanted = {info.reference.sha256 for info in models if state.find_model(info.reference.sha256) is None}
    return tuple(known for known in session.models if known.reference.sha256 in wanted)


def put_parts(window: Window, session: Session, waiting: frozenset[str]) -> frozenset[str]:
    """Put back those of the waiting parts that can be by now; those that wait on. What cannot be is said."""
    left = set(waiting)
    for name in waiting:
        part, value = PARTS[name], getattr(session, name)
        thing = part.find(window)
        if value is None or thing is not None:
            left.discard(name)
        if value is not None and thing is not None:
            try:
                part.put(thing, value)
            except InputError as error:
                window.complain(str(error))
    return frozenset(left)


# -- the Runs --------------------------------------------------------------------------------------------------------


def _known(run: Run, info: ModelInfo) -> KnownModel:
    return KnownModel(reference=run.model, data_shape=info.data_shape)


def _model(state: State, session: Session, run: Run) -> ModelInfo:
    """The model of the Run, or what stands for it until it is found."""
    return state.find_model(run.model.sha256) or stand_in(session.model(run.model.sha256))


def _large(run: Run, model: ModelInfo) -> bool:
    return run.cost(model.data_shape) > STARTS_ALONE


# -- where one looks -------------------------------------------------------------------------------------------------


def _view(window: Window) -> View:
    state, choices, timeline = window.state, window.canvas.choices, window.timeline
    return View.model_validate(
        {
            "workspace": window.workspaces.name,
            "page": EXPERIMENTS if window.analysis is None else window.analysis.page,
            "shown": state.shown,
            "playhead": state.playhead,
            "selection": state.selection[:MOST_SELECTED],
            "overlays": tuple(name for name, box in choices.overlays.items() if box.isChecked()),
            "levels": choices.levels.isChecked(),
            "map": window.explore.beside.wanted,
            "norm": timeline.norm.currentText(),
            "speed": SPEEDS[timeline.speed.currentIndex()],
            "loop": timeline.loop.isChecked(),
        }
    )


def _look(window: Window, view: View) -> None:
    state, choices, timeline = window.state, window.canvas.choices, window.timeline
    window.workspaces.show(view.workspace)
    if window.analysis is not None:
        window.analysis.show(view.page)
    state.show(view.shown)
    state.set_playhead(view.playhead)
    state.select(view.selection)
    for name, box in choices.overlays.items():
        box.setChecked(name in view.overlays)
    choices.levels.setChecked(view.levels)
    if window.explore.beside.wanted != view.map:
        window.explore.beside.toggle()
    timeline.norm.setCurrentIndex(max(0, timeline.norm.findText(view.norm)))
    if view.speed in SPEEDS:
        timeline.speed.setCurrentIndex(SPEEDS.index(view.speed))
    timeline.loop.setChecked(view.loop)


def _layout(window: Window) -> Layout:
    widths = () if window.folded else tuple(window.panels.sizes())
    return Layout(widths=widths, heights=tuple(window.explore.middle.sizes()))


def _lay_out(window: Window, layout: Layout) -> None:
    if sum(layout.widths) and len(layout.widths) == window.panels.count():
        window.panels.setSizes(list(layout.widths))
    if sum(layout.heights) and len(layout.heights) == window.explore.middle.count():
        window.explore.middle.setSizes(list(layout.heights))


# -- the parts -------------------------------------------------------------------------------------------------------


def _read_editing(editing: Edited) -> Editing:
    return Editing(**{name: getattr(editing, name) for name in Editing.model_fields})


def _put_editing(editing: Edited, value: Editing) -> None:
    fields = value.model_dump()
    editing.set_tool(**{name: fields.pop(name) for name in ("tool", "size", "soft")})
    editing.configure(**fields)


def _read_experiment(page: ExperimentsPage) -> Experiment:
    study = page.studies.chosen
    return Experiment(name=study.experiment.name, plan=study.plan.model_dump(mode="json"))


def _put_experiment(page: ExperimentsPage, value: Experiment) -> None:
    study = next((study for study in page.studies.all if study.experiment.name == value.name), None)
    if study is None:
        raise InputError(f"The session's experiment {value.name!r:.60} is not known here: choose another.")
    try:
        plan = type(study.plan).model_validate_json(json.dumps(value.plan))
    except ValidationError as error:
        raise InputError(explain(error, f"The session's plan of {value.name}")) from error
    page.studies.choose(study)
    if not study.busy and plan != study.plan:
        study.apply(plan)


def _read_map(maps: Maps) -> str | None:
    path = maps.chosen.path if maps.chosen is not None else None
    return None if path is None else path.name


def _put_map(maps: Maps, name: str) -> None:
    offer = next((offer for offer in maps.offers if offer.path is not None and offer.path.name == name), None)
    if offer is not None:
        maps.choose(offer)


def _read_futures(futures: FuturesState) -> dict[str, Any]:
    content: dict[str, Any] = futures.choices.model_dump(mode="json")
    return content


def _put_futures(futures: FuturesState, value: dict[str, Any]) -> None:
    try:
        choices = type(futures.choices).model_validate_json(json.dumps(value))
    except ValidationError as error:
        raise InputError(explain(error, "The session's futures")) from error
    if choices.cost > STARTS_ALONE:
        raise InputError(f"The session's futures are large ({choices.latents.count:,}): set their number again.")
    futures.apply(choices)


def _put_training(training: TrainingState, value: Training) -> None:
    if training.editable:
        training.take(value)


def _editing(window: Window) -> Edited | None:
    return None if window.latents is None else window.latents.editing


def _experiments(window: Window) -> ExperimentsPage | None:
    return None if window.analysis is None else window.analysis.experiments


def _maps(window: Window) -> Maps | None:
    return window.maps if window.maps.loaded else None


def _plan(window: Window) -> FitPlan | None:
    page = None if window.analysis is None else window.analysis.map
    return None if page is None else page.plan


def _futures(window: Window) -> FuturesState | None:
    page = None if window.analysis is None else window.analysis.futures
    return None if page is None else page.futures


def _training(window: Window) -> TrainingState | None:
    return None if window.train is None else window.train.training


PARTS: dict[str, Part] = {
    "editing": Part(_editing, _read_editing, _put_editing),
    "experiment": Part(_experiments, _read_experiment, _put_experiment),
    "map": Part(_maps, _read_map, _put_map),
    "fit": Part(_plan, lambda plan: plan.settings, lambda plan, settings: plan.apply(settings)),
    "futures": Part(_futures, _read_futures, _put_futures),
    "training": Part(_training, lambda training: training.config, _put_training),
}
"""What is found, read and put back one by one, by the name of the field."""
