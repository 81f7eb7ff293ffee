"""What is said of an edit by its kind: the source of a transfer, the ends of an interpolation and the share between."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QCheckBox, QPushButton

from app.bind import Span, ValueRow
from app.controls.editing.particle import ParticleRow
from app.controls.group import Rows, bounds
from app.editing import Editing
from app.icons import IconButton
from engine.settings.edits import Interpolate, Transfer

_SHARE = Interpolate.model_fields["share"]
_SWAP = Transfer.model_fields["swap"].description or ""
_TURN = "The selected particle becomes the source, and the source its target."
_ONE = "This is between two particles: select one, other than the source."
_ITSELF = "From a particle to itself nothing changes: choose another source, or select another particle."


class TransferRows(Rows):
    """From which particle, one way or both, and the buttons that make the edit and turn it round."""

    def __init__(self, editing: Editing) -> None:
        super().__init__()
        self._editing = editing
        self.source = ParticleRow("From", "The particle whose latent is taken: m n_source + (1 − m) n.", editing.state)
        self.turn = IconButton("exchange", "Turn round", _TURN)
        self.source.add_button(self.turn)
        self.both, self.make = QCheckBox("Both ways"), QPushButton()
        for widget in (self.source, self.both, self.make):
            self.body.addWidget(widget)
        self.source.changed.connect(lambda source: self._set("choose the source", source=source))
        self.turn.clicked.connect(self._turn_round)
        self.both.clicked.connect(lambda on: self._set("transfer both ways", swap=on))
        self.make.clicked.connect(lambda: self._set("transfer"))
        editing.changed.connect(self._show)
        self._show()

    @property
    def _target(self) -> int | None:
        """The one particle that is changed, if it is one and not the source."""
        particles = self._editing.particles
        if particles is None or len(particles) != 1 or particles[0] == self._editing.value("source"):
            return None
        return particles[0]

    def _set(self, text: str, **values: Any) -> None:
        editing = self._editing
        one = editing.particles is not None and len(editing.particles) == 1
        said = {"source": editing.value("source"), "swap": editing.value("swap"), **values}
        editing.state.end_gesture()
        editing.set(text, **{**said, "swap": said["swap"] and one})
        editing.state.end_gesture()
        self._show()

    def _turn_round(self) -> None:
        target, source = self._target, self._editing.value("source")
        self._set("turn the transfer round", source=target, particles=(source,))
        self._editing.state.select([source])

    def _show(self) -> None:
        editing = self._editing
        if editing.kind != "transfer":
            return
        source, between_two = editing.value("source"), self._target is not None
        self.source.set_value(source)
        self.both.setChecked(editing.value("swap"))
        for widget, about in ((self.both, _SWAP), (self.turn, _TURN)):
            widget.setEnabled(between_two)
            widget.setToolTip(about if between_two else _ONE)
        itself = editing.particles == (source,)
        self.make.setVisible(editing.edit is None)
        self.make.setEnabled(not itself)
        self.make.setText(f"Transfer from {source} to {named(editing.particles)}")
        self.make.setToolTip(_ITSELF if itself else "Make this edit; then each change here changes it.")


class BetweenRows(Rows):
    """The two particles, and how far from the first to the second."""

    def __init__(self, editing: Editing) -> None:
        super().__init__()
        self._editing = editing
        about = "The {} end: the latent goes between the two along the great circle (slerp)."
        self.ends = [
            ParticleRow(title, about.format(which), editing.state)
            for title, which in (("From a", "first"), ("To b", "second"))
        ]
        self.share = ValueRow("Share", _SHARE.description or "", Span(0, 1), *bounds(_SHARE))
        self.make = QPushButton()
        self.make.setToolTip("Make this edit; then each change here changes it.")
        for widget in (*self.ends, self.share, self.make):
            self.body.addWidget(widget)
        for place, end in enumerate(self.ends):
            end.changed.connect(lambda particle, place=place: self._set_end(place, particle))
        self.share.changed.connect(lambda share: self._set("change the share", share=share))
        self.share.released.connect(editing.state.end_gesture)
        self.make.clicked.connect(lambda: self._set("interpolate"))
        editing.changed.connect(self._show)
        self._show()

    def _set_end(self, place: int, particle: int) -> None:
        ends = list(self._editing.value("between"))
        ends[place] = particle
        self._editing.state.end_gesture()
        self._set("choose an end", between=tuple(ends))
        self._editing.state.end_gesture()

    def _set(self, text: str, **values: Any) -> None:
        said = {name: self._editing.value(name) for name in ("between", "share")}
        self._editing.set(text, **{**said, **values})
        self._show()

    def _show(self) -> None:
        editing = self._editing
        if editing.kind != "interpolate":
            return
        for end, particle in zip(self.ends, editing.value("between"), strict=True):
            end.set_value(particle)
        self.share.set_value(editing.value("share"))
        self.make.setVisible(editing.edit is None)
        self.make.setText(f"Put {named(editing.particles)} between them")


def named(particles: tuple[int, ...] | None) -> str:
    """Particles in few words: "particle 3", "3 particles", "all"."""
    if particles is None:
        return "all"
    return f"particle {particles[0]}" if len(particles) == 1 else f"{len(particles)} particles"
