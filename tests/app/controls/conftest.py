"""A panel of the Train workspace on a state of its own, with no worker behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app import theme
from app.controls.training.panel import TrainingPanel
from app.training import TrainingState
from engine.training.config import Training


@pytest.fixture
def state(qapp: QApplication) -> TrainingState:
    """Toy faces with a U-Net, not trained."""
    return TrainingState(Training(name="new", data={"name": "faces"}, batch=64, microbatch=4))  # type: ignore[arg-type]


@pytest.fixture
def panel(state: TrainingState) -> Iterator[TrainingPanel]:
    """The panel on the screen, as narrow as the window lets it become."""
    panel = TrainingPanel(state)
    panel.setStyleSheet(theme.style_sheet())
    panel.resize(250, 900)
    panel.show()
    yield panel
    panel.close()
    panel.deleteLater()
