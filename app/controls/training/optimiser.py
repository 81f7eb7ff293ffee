"""The training itself: how many steps of which size, in which arithmetic, and how often a preview is drawn."""

from __future__ import annotations

from app.bind import Span
from app.controls.group import Group, place, title_of
from app.controls.rows import ChoiceRow, row_for
from app.controls.training.fitting import held
from app.training import TrainingState
from engine.training.config import Optimiser, Training

SPANS = {
    "steps": Span(100, 100_000, logarithmic=True, integer=True),
    "batch": Span(8, 1024, logarithmic=True, integer=True, multiple=8),
    "learning_rate": Span(1e-5, 1e-2, logarithmic=True),
    "warm_up": Span(0, 2000, integer=True),
    "preview_every": Span(50, 5000, logarithmic=True, integer=True),
    "seed": Span(0, 100, integer=True),
}
AVERAGES = (0.0, 0.99, 0.999, 0.9995, 0.9999)


class OptimiserGroup(Group):
    """Rows for the steps and for what each of them does."""

    def __init__(self, state: TrainingState) -> None:
        super().__init__("Training")
        holder = held(state)
        of_all, of_optimiser = Training.model_fields, Optimiser.model_fields
        for field in ("steps", "batch"):
            place(self, holder, row_for(field, of_all[field], SPANS[field]), "", field)
        for field in ("learning_rate", "warm_up"):
            place(self, holder, row_for(field, of_optimiser[field], SPANS[field]), "optimiser", field)
        info = of_all["average"]
        averages = {f"{share:g}" if share else "none": share for share in AVERAGES}
        place(self, holder, ChoiceRow(title_of("average", info), info.description or "", averages), "", "average")
        place(self, holder, row_for("precision", of_all["precision"]), "", "precision")
        for field in ("preview_every", "seed"):
            place(self, holder, row_for(field, of_all[field], SPANS[field]), "", field)
