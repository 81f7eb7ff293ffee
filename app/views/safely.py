"""Safely: an exception in a paintEvent costs that painting only. Around the paintEvent of every widget.

Under PySide 6.10 one that leaves a paintEvent leaves its QPainter open, on which the next painting dies.
"""

from __future__ import annotations

import functools
import logging
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
            log.exception("%s could not be painted", type(widget).__name__)

    return painted
