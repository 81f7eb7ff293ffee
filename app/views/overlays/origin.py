"""Origin: the colour of a particle by where its latent lies. Used by every overlay that draws particles or paths."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtGui import QColor

from engine.analysis.colours import of_origins

Array = np.ndarray[Any, np.dtype[Any]]


def colours(axes: int) -> list[QColor]:
    """The colour of each class of `engine.analysis.colours.origins`."""
    return [QColor(*colour) for colour in of_origins(axes).tolist()]
