"""Numerals: how every view writes a number. Three significant digits, a true minus sign, figures of one width."""

from __future__ import annotations

import math

from PySide6.QtGui import QFont


def significant(value: float, digits: int = 3) -> str:
    """`value` with that many significant digits: "2.31", "0.00200", "−80.0"; powers of ten far from 1."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}".replace("-", "−")
    rounded = float(f"{value:.{digits - 1}e}")
    exponent = math.floor(math.log10(abs(rounded)))
    plain = -5 < exponent < 6
    text = f"{rounded:.{max(0, digits - 1 - exponent)}f}" if plain else f"{rounded:.{digits - 1}e}"
    return text.replace("-", "−")


def tabular(font: QFont, points: float = 0) -> QFont:
    """`font` with figures of one width, `points` larger."""
    font = QFont(font)
    font.setFeature(QFont.Tag("tnum"), 1)
    if points:
        font.setPointSizeF(font.pointSizeF() + points)
    return font
