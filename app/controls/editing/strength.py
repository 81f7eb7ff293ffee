"""The strength λ of an intensity: a slider about 0 over the default range, and λ in deviations of the latent's mean."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QLabel

from app.bind import TICKS, Span, ValueRow
from app.controls.editing import channels
from app.controls.group import Rows, bounds
from app.editing import Editing
from app.safely import safely
from app.views.numerals import significant
from app.views.pace import CALM, Pace
from engine.errors import InputError
from engine.latents import measure
from engine.settings.edits import Intensity
from engine.settings.references import MaskReference

SNAP = TICKS // 80
"""Positions from the middle of the slider that stand for 0."""

_FIELD = Intensity.model_fields["strength"]
_TIP = f"{_FIELD.description} n becomes n + λ m. A double click on the slider goes back to 0."

Place = tuple[tuple[int, ...], MaskReference | None, int | None]
"""The shape of the model's data, the mask and the channel: what the deviation depends on."""


class Signed(Span):
    """A range about 0, which is wide enough on the slider to be met."""

    def value(self, position: int) -> float:
        """See `Span.value`."""
        return 0.0 if abs(position - TICKS // 2) <= SNAP else super().value(position)


class StrengthRows(Rows):
    """The row of λ, and a line that says how far the mean of the latent is moved by it, or why nothing is."""

    def __init__(self, editing: Editing) -> None:
        super().__init__()
        self._editing = editing
        self._measured: Place | None = None
        self._deviation = 1.0
        self.strength = ValueRow("λ", _TIP, Signed(-1, 1), *bounds(_FIELD))
        self.moved = QLabel()
        self.moved.setObjectName("muted")
        self.moved.setWordWrap(True)
        self.moved.setToolTip("λ in standard deviations of the mean that a latent has there: λ Σm / √Σm².")
        self.body.addWidget(self.strength)
        self.body.addWidget(self.moved)
        self.strength.slider.installEventFilter(self)
        self.strength.changed.connect(lambda value: editing.set("change λ", strength=value))
        self.strength.released.connect(editing.state.end_gesture)
        self._soon = Pace(self, self._measure, CALM)
        editing.changed.connect(self._show)
        self._measure()

    @safely
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A double click on the slider goes back to 0."""
        if watched is self.strength.slider and event.type() is QEvent.Type.MouseButtonDblClick:
            self._editing.state.end_gesture()
            self._editing.set("change λ", strength=0.0)
            self._editing.state.end_gesture()
            return True
        return False

    @property
    def _place(self) -> Place:
        editing = self._editing
        return editing.state.model.data_shape, editing.mask, channels.chosen(editing)

    def _show(self) -> None:
        """Show λ; a mask that is being painted is measured now and then."""
        if self._editing.kind == "intensity":
            self._say()
            if self._place != self._measured:
                self._soon.ask()

    def _measure(self) -> None:
        """Find the deviation and the range for the mask as it is."""
        self._measured = self._place
        try:
            self._deviation, end = measure.reach(*self._measured)
        except InputError:  # the mask does not fit: the list of masks says so
            return
        self.strength.set_span(Signed(-end, end), mark=0.0)
        self._say()

    def _say(self) -> None:
        strength = self._editing.value("strength") if self._editing.kind == "intensity" else 0.0
        self.strength.set_value(strength)
        shape, mask, channel = self._place
        if self._editing.refusal:
            self.moved.setText("")
            return
        if math.isinf(self._deviation):
            self.moved.setText("The mask is empty: paint it, and λ is added there.")
            return
        sign = "+" if strength > 0 else ""
        of = "" if channel is None else f" of {channels.names(shape)[channel]}"
        where = "" if mask is None else " under the mask"
        self.moved.setText(f"{sign}{significant(strength / self._deviation, 2)} sd of the mean{of}{where}")
