"""Missing: models that a session names and that are not on offer: a stand-in for each, and the search for it.

Owned by `sessions`. Where each checkpoint was opened last is kept in the user's own settings, never in a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal

from app.bridge import Bridge
from app.state import State
from engine.errors import InputError
from engine.models.catalogue import MNIST, ModelInfo
from engine.session import KnownModel
from engine.worker import ENDS, Event, Lane, Task

if TYPE_CHECKING:
    from engine.models import Model
    from engine.models.search import Searched

OPENED = "checkpoints"
"""The group of settings that says, by SHA-256, where a checkpoint was opened last."""

KIND = "missing"
"""What a stand-in says for its kind."""


def stand_in(known: KnownModel) -> ModelInfo:
    """What a Run has for its model until that is found: it draws nothing but a sentence."""
    label = known.reference.label

    def build() -> Model:
        raise InputError(sentence(known))

    return ModelInfo(
        label,
        label,
        known.data_shape,
        "to be found",
        "Not found on this computer so far.",
        KIND,
        known.reference,
        build,
    )


def sentence(*missing: KnownModel) -> str:
    """What to do about models that are not on offer."""
    names = " and ".join(f"{known.reference.label!r} ({known.reference.sha256[:8]})" for known in missing)
    if any(known.reference.label == MNIST for known in missing):
        return f"{names} needs MNIST: choose its folder under File, Use MNIST, and the Run is drawn."
    were, checkpoints, runs = (
        ("was", "its checkpoint", "Run is") if len(missing) == 1 else ("were", "their checkpoints", "Runs are")
    )
    return f"{names} {were} not found on this computer: open {checkpoints}, and the {runs} drawn."


class Missing(QObject):
    """Looks for models; the state gets those that are found, and each takes its stand-in's place."""

    ended = Signal(object)  # tuple[KnownModel, ...]: those that were looked for and not found

    def __init__(self, state: State, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._state, self._bridge = state, bridge
        self._wanted: tuple[KnownModel, ...] = ()
        state.models_changed.connect(self._supply)

    def remember(self, model: ModelInfo, path: Path) -> None:
        """That model was opened from there."""
        QSettings().setValue(f"{OPENED}/{model.reference.sha256}", str(path.absolute()))

    def look_for(self, wanted: Sequence[KnownModel], folders: Sequence[Path]) -> None:
        """Look for those where they were opened last, then in these folders."""
        self._wanted = tuple(wanted)
        if not wanted:
            return
        references = [known.reference for known in wanted]
        stored = {each.sha256: QSettings().value(f"{OPENED}/{each.sha256}") for each in references}
        opened = {sha256: Path(str(path)) for sha256, path in stored.items() if path}

        def work(_: Task) -> Iterator[Searched]:
            from engine.models.search import search

            yield from search(references, opened, folders)

        self._bridge.submit(Lane.JOBS, "search", work, self._handle, f"looking for {references[0].label}")

    def _handle(self, event: Event) -> None:
        if event.kind == "item":
            self._bridge.advance(event.id, event.payload.done, event.payload.total)
            if event.payload.found:
                self._state.add_models(*event.payload.found)
        if event.kind in ENDS:
            left = tuple(each for each in self._wanted if self._state.find_model(each.reference.sha256) is None)
            self._wanted = ()
            self.ended.emit(left)

    def _supply(self) -> None:
        """Put models that are on offer now in the place of their stand-ins, and draw their Runs."""
        state = self._state
        for model in (state.model, state.pinned_model):
            found = None if model is None or model.kind != KIND else state.find_model(model.reference.sha256)
            if found is not None:
                state.supply(found)
