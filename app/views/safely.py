"""Safely: an exception in a paintEvent costs that painting only. Around the paintEvent of every widget.

Under PySide 6.10 one that leaves a paintEvent leaves its QPainter open, on which the next painting dies.
"""

from __future__ import annotations

import functools
import logging
import traceback
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

log = logging.getLogger(__name__)

Painting = TypeVar("Painting", bound=QWidget)


def safely(paint: Callable[[Painting, QPaintEvent], None]) -> Callable[[Painting, QPaintEvent], None]:
    """`paint`, which logs what it raises; once that is forgotten, so is its QPainter, which ends with it."""

    @functools.wraps(paint)
    def painted(widget: Painting, event: QPaintEvent) -> None:
        try:
            paint(widget, event)
        except Exception:
            # As text: a record that kept the frames would keep the painter beyond what it paints on.
            log.error("%s could not be painted:\n%s", type(widget).__name__, traceback.format_exc())

    return painted
