"""`high-noise` (A6): the grids of `directions` with a schedule that spends more steps at high noise.

By the model that was trained on higher noise levels, with rho 7, 4 and 3, and by the other with rho 7. Named in
`EXPERIMENTS`.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field, field_validator

from engine.experiments import directions_findings
from engine.experiments.directions import Grids, Plan
from engine.experiments.directions_cells import RHO, Cells
from engine.experiments.experiment import Compared, Row


class HighNoisePlan(Plan):
    """What is drawn, by which models and on which schedules."""

    model: str = Field(
        default="circle-high-noise", title="Model", description="A model of digits that jump to one of eight places."
    )
    rhos: tuple[float, ...] = Field(
        default=(RHO, 4.0, 3.0),
        min_length=1,
        title="ρ",
        description="Of EDM's schedule, falling: the smaller, the more of the steps are at high noise.",
    )
    beside: str = Field(
        default="circle", title="Beside", description="Another such model, drawn with the first ρ, to compare; or none."
    )
    bandwidths: tuple[str, ...] = Field(
        default=("median",), min_length=1, title="Bandwidths", description="As in directions: median, unit, finished."
    )
    beyond: tuple[float, ...] = Field(
        default=(), title="k_PG beyond", description="More k_PG, rising, at the lowest S_churn alone."
    )

    @field_validator("rhos")
    @classmethod
    def _rhos(cls, rhos: tuple[float, ...]) -> tuple[float, ...]:
        if list(rhos) != sorted(set(rhos), reverse=True) or not 1 <= rhos[-1] <= rhos[0] <= 100:
            raise ValueError("must fall, from 100 at most to 1")
        return rhos


class HighNoise(Grids[HighNoisePlan]):
    """See the module."""

    name = "high-noise"
    title = "Directions with more steps at high noise"
    description = "The same with ρ 3, 4 and 7, by a model that was trained on higher noise."
    source = "J. Kleutgens's thesis on particle guidance, 2024, section 4.2 and figures 6.8 and 6.9"
    plan = HighNoisePlan()
    quick = HighNoisePlan(rhos=(7.0, 3.0), kernels=("iou",), churns=(0.0,), strengths=(1.0, 10**0.5, 10.0), batches=5)

    def drawn_by(self, plan: HighNoisePlan) -> list[tuple[str, float]]:
        """See `Grids.drawn_by`."""
        others = [(plan.beside, plan.rhos[0])] if plan.beside not in ("", plan.model) else []
        return [*others, *((plan.model, rho) for rho in plan.rhos)]

    def comparison(self, rows: Sequence[Row], plan: HighNoisePlan) -> list[Compared]:
        """See `Experiment.comparison`: figure 6.9 and what is said of it."""
        return directions_findings.of_schedules(Cells(rows))
