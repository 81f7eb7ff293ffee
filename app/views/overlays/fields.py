"""Fields: what the worker computed of densities and scores, kept for the views that ask. Made by `canvas.Canvas`."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QObject, Signal

from app.state import State
from engine.analysis.field import Field, FieldRequest

KEPT = 256
"""Fields kept at hand; one of the plane takes about 80 KiB."""


class Fields(QObject):
    """Answers at once from what is kept, and asks for the rest: first what is in sight, then what may be soon."""

    arrived = Signal()

    def __init__(self, state: State, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._kept: OrderedDict[FieldRequest, Field] = OrderedDict()
        self._wants: dict[str, list[FieldRequest]] = {}
        self._asked: FieldRequest | None = None
        state.field_arrived.connect(self._keep)

    def want(self, view: str, requests: list[FieldRequest]) -> Field | None:
        """The first of `requests` if it is at hand. It is asked for otherwise, and the others when nothing else is."""
        self._wants[view] = requests
        field = self._kept.get(requests[0])
        if field is not None:
            self._kept.move_to_end(requests[0])
        if field is None and self._asked != requests[0]:
            self._ask(requests[0])
        elif self._asked is None:
            self._ask_next()
        return field

    def forget(self, view: str) -> None:
        """That view wants nothing any more."""
        self._wants.pop(view, None)

    def _ask_next(self) -> None:
        urgent = [requests[0] for requests in self._wants.values()]
        later = [request for requests in self._wants.values() for request in requests[1:]]
        self._asked = None
        missing = next((request for request in [*urgent, *later] if request not in self._kept), None)
        if missing is not None:
            self._ask(missing)

    def _ask(self, request: FieldRequest) -> None:
        self._asked = request
        self._state.field_wanted.emit(request)

    def _keep(self, field: Field) -> None:
        self._kept[field.request] = field
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self.arrived.emit()
        if field.request == self._asked:
            self._ask_next()
