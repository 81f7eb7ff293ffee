"""The loss: EDM's or DDPM's, with its settings."""

from __future__ import annotations

from app.bind import Span
from app.controls.group import Group, place, title_of
from app.controls.rows import ChoiceRow, row_for
from app.controls.training.fitting import held
from app.training import TrainingState
from engine.models.betas import PRESETS, CosineBetas
from engine.settings import Frozen
from engine.training.config import DDPMLoss, EDMLoss

LABELS: dict[str, type[Frozen]] = {"EDM": EDMLoss, "DDPM": DDPMLoss}
SPANS = {"mean": Span(-3, 3), "deviation": Span(0.2, 3)}


class LossGroup(Group):
    """Which loss, and the rows of that one."""

    def __init__(self, state: TrainingState) -> None:
        super().__init__("Loss")
        holder = held(state)
        names = {label: settings.model_fields["name"].default for label, settings in LABELS.items()}
        tips = {label: " ".join((settings.__doc__ or "").split()) for label, settings in LABELS.items()}
        place(self, holder, ChoiceRow("Loss", "What training makes small.", names, tips), "loss", "name")
        for field, span in SPANS.items():
            place(self, holder, row_for(field, EDMLoss.model_fields[field], span), "loss", field)
        place(self, holder, _betas_row(), "loss", "betas")
        place(self, holder, row_for("weighting", DDPMLoss.model_fields["weighting"]), "loss", "weighting")


def _betas_row() -> ChoiceRow:
    """The variance schedules by the names that they have in the literature; those with several are listed once."""
    info = DDPMLoss.model_fields["betas"]
    names: dict[str, list[str]] = {}
    for name, betas in PRESETS.items():
        names.setdefault(betas.model_dump_json(), []).append(name)
    items = {", ".join(same): PRESETS[same[0]] for same in names.values()}
    tips = {
        label: f"{betas.kind}, T = {betas.steps}, β from {betas.first:g} to {betas.last:g}"
        for label, betas in items.items()
    }
    tips["Cosine"] = " ".join((CosineBetas.__doc__ or "").split())
    return ChoiceRow(title_of("betas", info), info.description or "", {**items, "Cosine": CosineBetas()}, tips)
