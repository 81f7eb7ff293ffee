"""Particle guidance: how hard, through which kernel and how far the particles of a group push each other apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QLabel, QToolButton

from app.bind import Holder, Row, Span, ValueRow, run_of
from app.controls.group import Group, bounds, place, title_of
from app.controls.rows import ChoiceRow, row_for
from app.state import State
from app.views.bandwidth import BandwidthView
from engine import offers
from engine.models.catalogue import ModelInfo
from engine.run import Latents, Run
from engine.settings import GuidanceSettings
from engine.settings.guidance import KERNEL_LABELS, KERNEL_TIPS
from engine.settings.samplers import ODESettings

HINT = "Drag k_PG to the right: the particles of a group push each other apart."

BESIDE = "Show the same latents without guidance as A beside this Run; A follows whatever else is changed."

SPANS = {
    "k_pg": Span(0.01, 1000, logarithmic=True, zero=True),
    "width": Span(1e-3, 1e4, logarithmic=True),
}
"""The useful ranges of the numbers."""

_FIELDS = GuidanceSettings.model_fields


def judge_strength(run: Run) -> str:
    """What to say about k_PG: where it moves nothing, or cannot be."""
    if not run.guidance.k_pg:
        return ""
    if run.latents.group_size == 1:
        return "One particle a group: there is nothing to push. Raise the group's size, or the count."
    if isinstance(run.sampler, ODESettings) and run.sampler.adapts:
        return offers.TOGETHER
    return "The sampler noising only adds noise: choose another to see guidance." if run.sampler.needs_picture else ""


def judge_group(run: Run) -> str:
    """What to say about the group's size: where the last group has fewer."""
    left = run.latents.count % run.latents.group_size
    return f"The last group has {left} of {run.latents.group_size}." if left else ""


class GroupRow(ValueRow):
    """The group's size, from 1 to the count of particles, and a button for all of them."""

    def __init__(self, holder: Holder[Any]) -> None:
        """`holder` has a value with latents, such as a Run."""
        info = Latents.model_fields["group"]
        super().__init__(title_of("group", info), info.description or "", Span(1, 2, integer=True), *bounds(info))
        self.all = QToolButton()
        self.all.setText("all")
        self.all.setCheckable(True)
        self.all.setToolTip("One group of all particles, however many there are.")
        self.all.setAccessibleName("One group of all particles")
        self.all.clicked.connect(self._take_all)
        self.add_button(self.all)
        self._count = 1
        holder.changed.connect(self._suit)
        self._suit(holder.value())

    def set_value(self, value: float | None) -> None:
        """Show `value` without telling that it changed; None is all."""
        super().set_value(self._count if value is None else value)
        self.all.setChecked(value is None)

    def _suit(self, held: Any) -> None:
        self._count = held.latents.count
        self.set_span(Span(1, max(2, self._count), integer=True))

    def _take_all(self, on: bool) -> None:
        self.changed.emit(None if on else self._count)
        self.released.emit()


class GuidanceGroup(Group):
    """A row for each setting, the group's size, the histogram of distances, and a switch for A without guidance."""

    def __init__(self, state: State) -> None:
        super().__init__("Guidance")
        self._state = state
        self.hint = QLabel(HINT)
        self.hint.setObjectName("muted")
        self.hint.setWordWrap(True)
        self.beside = QCheckBox("Without guidance beside it")
        self.beside.setToolTip(BESIDE)
        self.kernel = kernel_row()
        self.histogram = BandwidthView(state)
        self.body.addWidget(self.hint)
        self._place("k_pg", row_for("k_pg", _FIELDS["k_pg"], SPANS["k_pg"]), judge_strength)
        self.body.addWidget(self.beside)
        place(self, run_of(state), GroupRow(run_of(state)), "latents", "group", judge_group)
        self._place("kernel", self.kernel, lambda run: offers.unsuited(run.guidance.kernel, state.model))
        self._place("bandwidth", row_for("bandwidth", _FIELDS["bandwidth"]))
        self.reach = row_for("width", _FIELDS["width"], SPANS["width"])
        self._place("width", self.reach, applies=lambda run: run.guidance.bandwidth != "median")
        self.body.addWidget(self.histogram)
        for field in ("over_time", "sees", "over_particles"):
            self._place(field, row_for(field, _FIELDS[field]))
        self.beside.toggled.connect(state.set_beside)
        state.beside_changed.connect(self._show_beside)
        state.model_changed.connect(self._offer)
        state.run_changed.connect(self._show)
        self._show_beside(state.beside)
        self._offer(state.model)
        self._show(state.run)

    def _place(
        self,
        field: str,
        row: Row,
        judge: Callable[[Run], str] | None = None,
        applies: Callable[[Run], bool] | None = None,
    ) -> None:
        place(self, run_of(self._state), row, "guidance", field, judge, applies)

    def _offer(self, model: ModelInfo) -> None:
        self.kernel.offer(lambda kernel: offers.unsuited(kernel, model))

    def _show(self, run: Run) -> None:
        self.hint.setVisible(not run.guidance.k_pg)
        self.reach.label.setText("h / σ" if run.guidance.bandwidth == "sigma" else "h")

    def _show_beside(self, on: bool) -> None:
        with QSignalBlocker(self.beside):
            self.beside.setChecked(on)


def kernel_row() -> ChoiceRow:
    """A row for the kernel, with what each of them is."""
    info = _FIELDS["kernel"]
    items: dict[str, Any] = {label: kernel for kernel, label in KERNEL_LABELS.items()}
    tips = {KERNEL_LABELS[kernel]: tip for kernel, tip in KERNEL_TIPS.items()}
    return ChoiceRow(title_of("kernel", info), info.description or "", items, tips)
