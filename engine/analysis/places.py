"""Places that moved digits go to, in words. Called by the window's page of futures and by figures of them. No torch."""

from __future__ import annotations

import math

MOST = 16
"""Places that are shown each; there are no more directions in the data."""

STAYS = 0.5
"""Pixels of a move up to which it is not told: digits of the data move by whole ones."""


def went(down: float, right: float) -> str:
    """A move in words: "4.0 right, 2.0 up", or "stays"."""
    if not (math.isfinite(down) and math.isfinite(right)):
        return "no ink"
    parts = [
        f"{abs(pixels):.1f} {towards if pixels > 0 else back}"
        for pixels, towards, back in ((right, "right", "left"), (down, "down", "up"))
        if abs(pixels) >= STAYS
    ]
    return ", ".join(parts) or "stays"
