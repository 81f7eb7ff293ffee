"""What in a configuration follows from something else in it, so that no control asks for it. Used by the panel.

The network's kind follows from the data, and with it the batch and the noise levels that such networks train well with;
the micro-batch follows from the batch, and the name from the data until it is given.
"""

from __future__ import annotations

from typing import Any

from app.bind import Holder
from app.training import TrainingState
from engine.data.sets import MixtureSettings, SCurveSettings
from engine.training.config import EDMLoss, Training

POINTS = frozenset(settings.model_fields["name"].default for settings in (MixtureSettings, SCurveSettings))
"""The data sets whose examples are points, by name; those of the others are pictures."""

FITTING: dict[str, dict[str, Any]] = {
    "unet": {"network": {"kind": "unet"}, "batch": 64, "loss": EDMLoss().model_dump()},
    "mlp": {"network": {"kind": "mlp"}, "batch": 1024, "loss": EDMLoss(mean=-0.8, deviation=1.6).model_dump()},
}
"""What a network of that kind is begun with, as in the configurations of the models that come with the program."""

AT_ONCE = {"unet": 4, "mlp": 256}
"""Examples whose gradient a network of that kind takes in some tens of milliseconds, so that a window stays fluent."""


def held(state: TrainingState) -> Holder[Training]:
    """The holder of the configuration being edited; a change brings with it, in one step, what follows from it."""

    def change(text: str, **groups: Any) -> None:
        state.change(text, **suited(state.config, **groups))

    return Holder(lambda: state.config, state.config_changed, change, state.end_gesture)


def suited(config: Training, **groups: Any) -> dict[str, Any]:
    """`groups` that change `config`, as `Training.replace` takes them, with what follows from them."""
    name = groups.get("data", {}).get("name", config.data.name)
    kind = "mlp" if name in POINTS else "unet"
    if name != config.data.name == config.name:
        groups = {"name": name, **groups}
    if kind != config.network.kind:
        begun = FITTING[kind] if config.loss.name == "edm" else {**FITTING[kind], "loss": {}}
        groups = {**begun, **groups}
    return {**groups, "microbatch": microbatch(groups.get("batch", config.batch), kind)}


def microbatch(batch: int, kind: str) -> int:
    """The largest part of `batch` examples that divides it and that a network of that kind takes at once."""
    return next(part for part in range(AT_ONCE[kind], 0, -1) if batch % part == 0)
