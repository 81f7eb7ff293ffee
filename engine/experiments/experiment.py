"""What an experiment is: settings, cells keyed by their Run, a measurement of each, a figure of all. No torch here.

Kept by every experiment in `EXPERIMENTS`; carried out by `runner`, for the command line and for the window alike.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from engine.figures.figure import Figure
from engine.run import ModelReference, Run
from engine.settings import Frozen

if TYPE_CHECKING:
    from engine.models import Model

Value = float | int | str | None
"""What stands in a table: None where there is nothing to say, never NaN."""

Plan = TypeVar("Plan", bound=Frozen)


@dataclass(frozen=True)
class Cell:
    """One measurement: a Run, and where it stands in the table, `place`, a column's name to its value there."""

    run: Run
    place: Mapping[str, Value]


@dataclass(frozen=True)
class Measured:
    """What was measured of a cell: `values`, a column's name to its value, a PNG that carries the cell's Run, or None,
    and `series`, numbers from step 0 on by the series' name, None where a step has none. The same for the same cell, to
    the bit: no times.
    """

    values: Mapping[str, Value]
    picture: bytes | None = field(default=None, repr=False)
    series: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A cell of the table, `measured` None while it is still to come, and the `key` it is kept under."""

    key: str
    cell: Cell
    measured: Measured | None = None

    @property
    def columns(self) -> dict[str, Value]:
        """Place and values by their column's name."""
        return {**self.cell.place, **(self.measured.values if self.measured else {})}


@dataclass(frozen=True)
class Compared:
    """A number that was published beside the same one here, as text, each with its error where there is one.

    `note` says why they differ.
    """

    what: str
    published: str
    here: str
    note: str = ""


@dataclass(frozen=True)
class Context:
    """What a measurement may use: models by their reference (raises `InputError` where one is not here), and whether it
    is asked to stop.
    """

    load: Callable[[ModelReference], Model]
    interrupted: Callable[[], bool] = lambda: False


class Experiment(ABC, Generic[Plan]):
    """A question, asked in cells. Frozen settings of type `Plan` say which; their fields have titles and descriptions.

    `name` is the word on the command line, `title` and `description` (one line) are for people, `source` says where the
    question comes from, `version` grows when a measurement changes its meaning: cells of another version are measured
    again. `places` and `values` are the columns of the table in order, `units` the unit of some of them; `series` are
    the names of what is measured over the steps, the level itself among them where it should stand in the file;
    `over` names what they run over, where that is not the steps.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    source: ClassVar[str]
    version: ClassVar[int] = 1
    places: ClassVar[tuple[str, ...]]
    values: ClassVar[tuple[str, ...]]
    series: ClassVar[tuple[str, ...]] = ()
    over: ClassVar[str] = "step"
    units: ClassVar[Mapping[str, str]] = {}
    plan: Plan
    """The settings by default; `quick` is the smaller honest version, two minutes on two cores at most."""
    quick: Plan

    @abstractmethod
    def cells(self, plan: Plan) -> Sequence[Cell]:
        """The cells, in the order in which they are carried out and stand in the table. Fast, without torch."""

    @abstractmethod
    def measure(self, cell: Cell, plan: Plan, context: Context) -> Generator[float, None, Measured]:
        """Yields the share done, 0 to 1, after each piece of work (a step of sampling, say); returns what was measured.

        Raises `InputError`, `Interrupted`.
        """

    def batches(self, cells: Sequence[Cell], plan: Plan) -> list[Sequence[Cell]]:
        """`cells`, those still to come in their order, each in one of the batches that `measure_together` is given."""
        return [[cell] for cell in cells]

    def measure_together(
        self, cells: Sequence[Cell], plan: Plan, context: Context
    ) -> Generator[float, None, Sequence[Measured]]:
        """As `measure`, of one of the `batches`: what was measured of each cell, to the bit as if it were alone."""
        measured = []
        for cell in cells:
            measured.append((yield from self.measure(cell, plan, context)))
        return measured

    def shown(self, cell: Cell, plan: Plan) -> Run:
        """What is opened where the cell is clicked: its Run, or a part of that which is quick to draw."""
        return cell.run

    @abstractmethod
    def figure(self, rows: Sequence[Row], plan: Plan) -> Figure:
        """The figure, of whatever has been measured so far."""

    def findings(self, rows: Sequence[Row], plan: Plan) -> list[str]:
        """What the finished table says, one sentence each, beside what was published."""
        return []

    def comparison(self, rows: Sequence[Row], plan: Plan) -> list[Compared]:
        """What was published beside what was measured so far; nothing of what has not been."""
        return []

    def cost(self, cell: Cell, plan: Plan) -> float:
        """How long a cell takes in relation to the others."""
        return cell.run.sampler.per_step * cell.run.schedule.steps * cell.run.latents.count

    def measured_by(self, plan: Plan) -> Mapping[str, Any]:
        """Those settings that change what is measured of a Run, as JSON."""
        return {}

    def key(self, cell: Cell, plan: Plan) -> str:
        """What the cell is kept under: the digest of its Run, and a short one of how it is measured."""
        how = json.dumps([self.name, self.version, self.measured_by(plan)], sort_keys=True)
        return f"{cell.run.digest[:32]}-{hashlib.sha256(how.encode()).hexdigest()[:8]}"
