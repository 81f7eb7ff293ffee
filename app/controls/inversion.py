"""The picture as a latent: of data, a file or the clipboard, inverted to the latent of the first selected particle.

A group of the Latents workspace, for models of pictures. `app.inversion` does it; files are read by `app.files`.
"""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QPushButton

from app.bind import Span, ValueRow
from app.controls.picture import Chooser
from app.inversion import Inversion
from app.state import State
from engine.latents.inversion import TOLERABLE

LEAST = 0.0005
"""Smaller errors are not told apart: an eighth of what a byte can say."""

STOCHASTIC = "The sampler adds noise, so no picture comes back as it was: choose one that adds none."
POOR = "That is more than it should be: invert or draw in more steps, or choose a model that draws such pictures."


class InversionGroup(Chooser):
    """Which picture the particle has as its latent, and how well it comes back when it is drawn from that."""

    def __init__(self, inversion: Inversion, state: State) -> None:
        super().__init__("Picture as a latent", "Invert", state)
        self._inversion = inversion
        self.paste = QPushButton("Paste")
        self.steps = ValueRow(
            "Steps",
            "Steps N of the probability-flow ODE from the picture x₀ up to its latent x_T: more come back better.",
            Span(10, 1000, logarithmic=True, integer=True),
            1,
            10_000,
        )
        self.result, self.warning = QLabel(), QLabel()
        self._lay_out_own()
        self.clear.clicked.connect(inversion.clear)
        self.item.slider.sliderReleased.connect(lambda: self._want(int(self.item.box.value())))
        self.steps.changed.connect(self._set_steps)
        self.steps.released.connect(inversion.again)
        inversion.changed.connect(self._show)
        for signal in (state.drawing_changed, state.step_arrived):
            signal.connect(self._tell)
        self._show()

    def _want(self, number: int) -> None:
        """Invert that one; while the slider is dragged only its number is shown."""
        if self.item.slider.isSliderDown():
            self.item.set_value(number)
        else:
            self.item_wanted.emit(number)

    def _set_steps(self, steps: int) -> None:
        self._inversion.steps = steps
        self.steps.set_value(steps)

    def _show(self) -> None:
        inversion = self._inversion
        latent = inversion.latent
        self.clear.setEnabled(latent is not None)
        picture = None if latent is None else latent.picture
        self.show_picture(picture, f"the latent of particle {inversion.particle}", inversion.done)
        self._tell()

    def _tell(self) -> None:
        """Say how well the picture comes back, as far as it is drawn."""
        inversion = self._inversion
        error = inversion.error()
        if inversion.running:
            text = f"Inverting for particle {inversion.particle} …"
        elif inversion.latent is None:
            text = f"Particle {inversion.particle} starts from noise. A picture takes its place."
        elif error is None:
            text = "How well it comes back shows once it is drawn without other edits."
        else:
            size = f"{error[0]:.4f}" if error[0] >= LEAST else f"less than {LEAST:g}"
            text = f"It comes back with an error of {size} a pixel (0 to 1)."
        self.result.setText(text)
        poor = not inversion.running and error is not None and error[0] > TOLERABLE
        self.warning.setText("" if not poor or error is None else STOCHASTIC if error[1] else POOR)
        self.warning.setVisible(poor)

    def _lay_out_own(self) -> None:
        self.header.setToolTip(
            "Find the latent n that the model draws a picture from, along the probability-flow ODE, so that it can be "
            "edited like any other."
        )
        self.take.setText("Item")
        self.paste.setToolTip("Invert the picture on the clipboard (Ctrl+V).")
        self.paste.setAccessibleName("The picture on the clipboard")
        self.clear.setToolTip("Give the particle back the latent that its seed and number stand for.")
        self.buttons.insertWidget(2, self.paste, 1)
        for button in (self.take, self.open, self.paste, self.clear):
            button.setMinimumWidth(button.fontMetrics().horizontalAdvance(button.text()) + 12)  # four in a narrow panel
        self.result.setToolTip("Mean |x₀ − x₀′| of the picture and what is drawn from its latent, on [0, 1].")
        self.result.setAccessibleName("Round-trip error")
        self.warning.setObjectName("note")
        self.steps.set_value(self._inversion.steps)
        self.body.addWidget(self.steps)
        for label in (self.result, self.warning):
            label.setWordWrap(True)
            self.body.addWidget(label)
