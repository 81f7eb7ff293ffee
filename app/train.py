"""The Train workspace put together: its state, its trainer and its three panels. Made by the window when shown."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.bridge import Bridge
from app.controls.training.fitting import suited
from app.controls.training.panel import TrainingPanel
from app.state import State
from app.trainer import Trainer
from app.training import TrainingState
from app.views.learned import Learned
from app.views.training import TrainingView
from engine.data import mnist
from engine.data.sets import DigitSettings, FaceSettings
from engine.models import catalogue
from engine.training.config import Training


class Train:
    """Controls left, loss and previews in the middle, measures and trainings right."""

    def __init__(self, state: State, bridge: Bridge, parent: QObject) -> None:
        first = _first()
        self.training = TrainingState(first.replace(**suited(first)), parent)
        self.trainer = Trainer(self.training, state, bridge, catalogue.TRAININGS, parent)
        self.controls = TrainingPanel(self.training)
        self.middle = TrainingView(self.training)
        self.side = Learned(self.training)
        self.side.open_wanted.connect(self.trainer.take_up)
        self.trainer.look()
        self.trainer.refresh()


def _first() -> Training:
    """What is offered to be trained first: digits where MNIST is, else faces, which need no data."""
    data = FaceSettings() if mnist.find() is None else DigitSettings()
    return Training(name=data.name, data=data)
