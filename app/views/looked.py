"""Looked: the right of the page of futures: the future, or the frame of a rollout, that is looked at, large, with what
was measured of it, and its Run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.controls.group import Column, Group
from app.futures import FuturesState, Looked
from app.state import State
from app.views.images import image
from app.views.numerals import significant
from app.views.pace import Pace
from app.views.panel import Readings
from app.views.plate import Plate
from app.views.recipe import RunText
from app.views.training import push_button
from engine.analysis.places import went

if TYPE_CHECKING:
    from engine.analysis.futures import Futures

LARGEST = 260
"""Points of the picture's side at most."""

OPEN_TIP = "Draw its Run in Explore with this particle selected. (Enter, or a double click on it)"

TIP = "The frame as it was drawn, and under it what was measured of it."


class LookedView(Column):
    """The picture, its numbers and the button that opens it; below, the Run as text."""

    def __init__(self, futures: FuturesState, state: State, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._futures = futures
        self.picture = Plate("Future", TIP, LARGEST, 0)
        self.true = Plate("The true next frame", "How the sequence itself goes on.", LARGEST // 2, 0)
        self.readings = Readings()
        self.open = push_button("Open in Explore", OPEN_TIP)
        self.recipe = RunText("the frame looked at", state.message)
        self.recipe.header.setChecked(False)
        group = Group("Looked at")
        group.header.setToolTip("Show or hide the frame that is looked at.")
        for widget in (self.picture, self.readings, self.open, self.true):
            group.body.addWidget(widget)
        self.stack("What is looked at", group, self.recipe)
        self.setMinimumWidth(200)
        self.open.clicked.connect(futures.open_wanted)
        self._pace = Pace(self, self._show)
        for signal in (
            futures.forecast_changed,
            futures.rollout_changed,
            futures.looked_changed,
            futures.played_changed,
        ):
            signal.connect(self._pace.ask)
        self._show()

    def _show(self) -> None:
        futures, large = self._futures, self._futures.large
        seen, forecast = futures.seen(large), futures.forecast
        self.picture.rename(self._name(large))
        self.picture.show_image(None if seen is None else image(seen[1]))
        true = None if forecast is None else forecast.true(large.level or 0)
        self.true.show_image(None if true is None else image(true))
        self.readings.show_rows([] if seen is None else self._rows(large))
        self.open.setEnabled(seen is not None)
        self.recipe.show_run(None if seen is None else seen[0])

    def _name(self, looked: Looked) -> str:
        if looked.level is None:
            return f"Future {looked.particle}"
        forecast = self._futures.forecast
        last = 0 if forecast is None or forecast.last is None else forecast.last
        return f"Rollout, frame {last + 1 + looked.level}, particle {looked.particle}"

    def _rows(self, looked: Looked) -> list[tuple[str, Sequence[str]]]:
        """What was measured of it."""
        futures, forecast = self._futures, self._futures.forecast
        assert forecast is not None  # something is seen
        measured = forecast.futures if looked.level is None else None
        level = None if looked.level is None or futures.rolled is None else futures.rolled.levels[looked.level]
        found = measured or level
        if found is None:
            return []
        row, column = found.centroids[looked.particle].tolist()
        moved = went(*forecast.move(row, column))
        rows: list[tuple[str, Sequence[str]]] = [
            ("moved, px", [moved]),
            ("centroid x, y, px", [f"{significant(column)}, {significant(-row)}"]),
            ("quality Q", [significant(float(found.quality[looked.particle]))]),
        ]
        if measured is not None:
            rows.append(("place", [_place(measured, looked.particle)]))
        return rows


def _place(futures: Futures, particle: int) -> str:
    """Which place it is in: "2 of 9, 12 %"."""
    for number, place in enumerate(futures.places):
        if particle in place.members:
            return f"{number + 1} of {len(futures.places)}, {100 * place.share:.0f} %"
    return "none: cannot be read"
